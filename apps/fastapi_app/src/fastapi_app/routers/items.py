"""The Items API."""

from typing import Annotated, Any, NoReturn

from fastapi import APIRouter, HTTPException, Query, Response
from sqlalchemy import delete, select, update

from fastapi_app.auth import AuthenticatedRoute
from fastapi_app.database import SessionDependency
from fastapi_app.errors import INVALID, NOT_FOUND, UNAVAILABLE
from fastapi_app.models import Item
from fastapi_app.schemas import ItemIn, ItemOut, ItemPage, PageQuery

router = APIRouter(tags=["items"], responses=UNAVAILABLE | INVALID, route_class=AuthenticatedRoute)


@router.get("/items", response_model=ItemPage)
async def list_items(query: Annotated[PageQuery, Query()], session: SessionDependency) -> dict[str, Any]:
    """List items, in the order of their ids"""
    # One more than asked for tells whether there is a next page.
    statement = select(Item).where(Item.id > query.after).order_by(Item.id).limit(query.limit + 1)
    found = (await session.scalars(statement)).all()
    page = found[: query.limit]
    return {"items": page, "next": page[-1].id if len(found) > query.limit else None}


@router.post("/items", status_code=201, response_model=ItemOut)
async def create_item(fields: ItemIn, session: SessionDependency, response: Response) -> Item:
    """Create an item"""
    item = Item(**fields.model_dump())
    session.add(item)
    await session.commit()
    response.headers["Location"] = router.url_path_for("read_item", item_id=item.id)
    return item


# Each change is one statement, so that nothing can happen between a look and a write.


@router.get("/items/{item_id:row_id}", response_model=ItemOut, responses=NOT_FOUND)
async def read_item(item_id: int, session: SessionDependency) -> Item:
    """Read an item"""
    return await session.get(Item, item_id) or not_found(item_id)


@router.put("/items/{item_id:row_id}", response_model=ItemOut, responses=NOT_FOUND)
async def replace_item(item_id: int, fields: ItemIn, session: SessionDependency) -> Item:
    """Replace an item"""
    statement = update(Item).where(Item.id == item_id).values(**fields.model_dump()).returning(Item)
    item: Item | None = await session.scalar(statement)
    await session.commit()
    return item or not_found(item_id)


@router.delete("/items/{item_id:row_id}", status_code=204, responses=NOT_FOUND)
async def delete_item(item_id: int, session: SessionDependency) -> None:
    """Delete an item"""
    deleted = await session.scalar(delete(Item).where(Item.id == item_id).returning(Item.id))
    await session.commit()
    if deleted is None:
        not_found(item_id)


def not_found(item_id: int) -> NoReturn:
    """Answer 404."""
    raise HTTPException(404, f"There is no item {item_id}.")
