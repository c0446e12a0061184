"""What goes in and out. Types are strict: "3" is not 3, and true is not 1."""

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from flask_app.model import FEATURES, MAX_FEATURE, MAX_ROWS

MAX_PRICE = 9_999_999_999.99  # numeric(12, 2)
MAX_INTEGER = 2**31 - 1
MAX_ID = 2**63 - 1


class Number(fields.Float):
    """A JSON number. marshmallow's own Float would also take a string that looks like one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


def whole_cents(value: float) -> None:
    """Refuse what the database would round."""
    if round(value, 2) != value:
        raise ValidationError("Must have at most two decimal places.")


def storable_text(value: str) -> None:
    """Refuse what PostgreSQL cannot store as text: NUL, and surrogates that are not UTF-8."""
    if "\0" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValidationError("Must be text without NUL characters or lone surrogates.")


class ItemIn(Schema):
    """An item as the client writes it."""

    class Meta:
        unknown = RAISE

    name = fields.String(required=True, validate=[validate.Length(min=1, max=100), storable_text])
    price = Number(
        required=True,
        validate=[validate.Range(min=0, min_inclusive=False), validate.Range(max=MAX_PRICE), whole_cents],
    )
    quantity = fields.Integer(required=True, strict=True, validate=validate.Range(min=0, max=MAX_INTEGER))


class ItemOut(Schema):
    """An item as the client reads it."""

    id = fields.Integer(required=True)
    name = fields.String(required=True)
    price = fields.Float(required=True)
    quantity = fields.Integer(required=True)


class Error(Schema):
    """Any failure: `message` in a sentence, or `errors` by location and field."""

    code = fields.Integer(required=True, metadata={"description": "HTTP status code"})
    status = fields.String(required=True, metadata={"description": "HTTP status phrase"})
    message = fields.String()
    errors = fields.Dict(
        keys=fields.String(),
        values=fields.Dict(keys=fields.String()),
        metadata={"example": {"json": {"price": ["Not a valid number."]}}},
    )


class PageQuery(Schema):
    """Which page of a list: at most `limit` items whose id is greater than `after`."""

    limit = fields.Integer(load_default=50, validate=validate.Range(min=1, max=200))
    after = fields.Integer(load_default=0, validate=validate.Range(min=0, max=MAX_ID))


class ItemPage(Schema):
    """A page of items. `next` is the `after` of the following page, null on the last one."""

    items = fields.List(fields.Nested(ItemOut), required=True)
    next = fields.Integer(required=True, allow_none=True)


class Message(Schema):
    """The smallest answer."""

    message = fields.String(required=True)


class SlowQuery(Schema):
    """How long to wait, in seconds."""

    seconds = fields.Float(load_default=1.0, validate=validate.Range(min=0, max=60))


class Slept(Schema):
    """How long the request waited, in seconds."""

    slept = fields.Float(required=True)


class CpuQuery(Schema):
    """How much CPU time to burn, in milliseconds."""

    ms = fields.Integer(load_default=100, validate=validate.Range(min=0, max=5000))


class Burned(Schema):
    """How much CPU time the request burned, in milliseconds."""

    burned_ms = fields.Integer(required=True)


class Features(Schema):
    """Rows of numbers to predict from."""

    class Meta:
        unknown = RAISE

    features = fields.List(
        fields.List(
            Number(validate=validate.Range(-MAX_FEATURE, MAX_FEATURE)), validate=validate.Length(equal=FEATURES)
        ),
        required=True,
        validate=validate.Length(min=1, max=MAX_ROWS),
    )


class Predictions(Schema):
    """One prediction per row."""

    predictions = fields.List(fields.Float(), required=True)


class UpstreamAnswer(Schema):
    """What the other service answered: HTTP status and size in bytes."""

    status = fields.Integer(required=True)
    bytes = fields.Integer(required=True)


class ReportIn(Schema):
    """An order for a report. `seconds` is how long making it takes at least, as real reports do."""

    class Meta:
        unknown = RAISE

    seconds = Number(load_default=0.0, validate=validate.Range(min=0, max=60))


class ReportOut(Schema):
    """A report: how many items there were and what all of them were worth, null until it is done."""

    id = fields.Integer(required=True)
    state = fields.String(required=True, validate=validate.OneOf(["pending", "done"]))
    items = fields.Integer(required=True, allow_none=True)
    value = fields.Float(required=True, allow_none=True)
