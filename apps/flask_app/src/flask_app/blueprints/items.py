"""The Items API."""

from typing import Any, NoReturn

from flask import abort, url_for
from flask.views import MethodView
from sqlalchemy import delete, select, update

from flask_app.database import session
from flask_app.models import Item
from flask_app.openapi import Blueprint
from flask_app.schemas import MAX_ID, Error, ItemIn, ItemOut, ItemPage, PageQuery

blueprint = Blueprint("items", __name__, description="Things in stock")


@blueprint.route("/items")
class Items(MethodView):
    """The collection."""

    @blueprint.arguments(PageQuery, location="query")
    @blueprint.response(200, ItemPage)
    def get(self, query: dict[str, Any]) -> dict[str, Any]:
        """List items, in the order of their ids"""
        after, limit = query["after"], query["limit"]
        # One more than asked for tells whether there is a next page.
        found = session().scalars(select(Item).where(Item.id > after).order_by(Item.id).limit(limit + 1)).all()
        page = found[:limit]
        return {"items": page, "next": page[-1].id if len(found) > limit else None}

    @blueprint.arguments(ItemIn)
    @blueprint.response(201, ItemOut)
    def post(self, fields: dict[str, Any]) -> tuple[Item, int, dict[str, str]]:
        """Create an item"""
        item = Item(**fields)
        session().add(item)
        session().commit()
        return item, 201, {"Location": url_for("items.SingleItem", item_id=item.id)}


@blueprint.route(f"/items/<int(max={MAX_ID}):item_id>")
class SingleItem(MethodView):
    """One item. Each change is one statement, so that nothing can happen between a look and a write."""

    @blueprint.response(200, ItemOut)
    @blueprint.alt_response(404, schema=Error)
    def get(self, item_id: int) -> Item:
        """Read an item"""
        return session().get(Item, item_id) or not_found(item_id)

    @blueprint.arguments(ItemIn)
    @blueprint.response(200, ItemOut)
    @blueprint.alt_response(404, schema=Error)
    def put(self, fields: dict[str, Any], item_id: int) -> Item:
        """Replace an item"""
        statement = update(Item).where(Item.id == item_id).values(**fields).returning(Item)
        item: Item | None = session().scalar(statement)
        session().commit()
        return item or not_found(item_id)

    @blueprint.response(204)
    @blueprint.alt_response(404, schema=Error)
    def delete(self, item_id: int) -> None:
        """Delete an item"""
        deleted = session().scalar(delete(Item).where(Item.id == item_id).returning(Item.id))
        session().commit()
        if deleted is None:
            not_found(item_id)


def not_found(item_id: int) -> NoReturn:
    """Answer 404."""
    abort(404, f"There is no item {item_id}.")
