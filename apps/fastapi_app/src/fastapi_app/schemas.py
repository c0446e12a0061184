"""What goes in and out. Types are strict: "3" is not 3, and true is not 1."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fastapi_app.model import FEATURES, MAX_FEATURE, MAX_ROWS

MAX_PRICE = 9_999_999_999.99  # numeric(12, 2)
MAX_INTEGER = 2**31 - 1
MAX_ID = 2**63 - 1


def _whole_cents(value: float) -> float:
    """Refuse what the database would round."""
    if round(value, 2) != value:
        raise ValueError("must have at most two decimal places")
    return value


# PostgreSQL's text cannot hold NUL.
Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[^\x00]*$")]
Price = Annotated[float, Field(gt=0, le=MAX_PRICE, allow_inf_nan=False), AfterValidator(_whole_cents)]
Quantity = Annotated[int, Field(ge=0, le=MAX_INTEGER)]


class ItemIn(BaseModel):
    """An item as the client writes it."""

    model_config = ConfigDict(strict=True, extra="forbid")

    name: Name
    price: Price
    quantity: Quantity


class ItemOut(BaseModel):
    """An item as the client reads it."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    price: float
    quantity: int


class PageQuery(BaseModel):
    """Which page of a list: at most `limit` items whose id is greater than `after`."""

    limit: int = Field(50, ge=1, le=200)
    after: int = Field(0, ge=0, le=MAX_ID)


class ItemPage(BaseModel):
    """A page of items. `next` is the `after` of the following page, null on the last one."""

    model_config = ConfigDict(from_attributes=True)

    items: list[ItemOut]
    next: int | None


class Message(BaseModel):
    """The smallest answer."""

    message: str


class Slept(BaseModel):
    """How long the request waited, in seconds."""

    slept: float


class Burned(BaseModel):
    """How much CPU time the request burned, in milliseconds."""

    burned_ms: int


Feature = Annotated[float, Field(ge=-MAX_FEATURE, le=MAX_FEATURE, allow_inf_nan=False)]
Row = Annotated[list[Feature], Field(min_length=FEATURES, max_length=FEATURES)]


class Features(BaseModel):
    """Rows of numbers to predict from."""

    model_config = ConfigDict(strict=True, extra="forbid")

    features: Annotated[list[Row], Field(min_length=1, max_length=MAX_ROWS)]


class Predictions(BaseModel):
    """One prediction per row."""

    predictions: list[float]


class UpstreamAnswer(BaseModel):
    """What the other service answered: HTTP status and size in bytes."""

    status: int
    bytes: int


class ReportIn(BaseModel):
    """An order for a report. `seconds` is how long making it takes at least, as real reports do."""

    model_config = ConfigDict(strict=True, extra="forbid")

    seconds: float = Field(0.0, ge=0, le=60, allow_inf_nan=False)


class ReportOut(BaseModel):
    """A report: how many items there were and what all of them were worth, null until it is done."""

    model_config = ConfigDict(from_attributes=True)

    id: int
    state: Literal["pending", "done"]
    items: int | None
    value: float | None
