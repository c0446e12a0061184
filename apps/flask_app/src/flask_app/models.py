"""Tables."""

from datetime import datetime

from sqlalchemy import BigInteger, CheckConstraint, DateTime, Identity, Index, Integer, Numeric, String, text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of all models."""


# SQLite only numbers rows by itself when the key is declared INTEGER.
Id = BigInteger().with_variant(Integer, "sqlite")


class Item(Base):
    """A thing in stock."""

    __tablename__ = "items"
    __table_args__ = (
        CheckConstraint("price > 0", name="items_price_positive"),
        CheckConstraint("quantity >= 0", name="items_quantity_not_negative"),
    )

    id: Mapped[int] = mapped_column(Id, Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    price: Mapped[float] = mapped_column(Numeric(12, 2, asdecimal=False))
    quantity: Mapped[int]


class Report(Base):
    """A summary of all items. Until it is made, the row is its place in the queue."""

    __tablename__ = "reports"
    __table_args__ = (
        Index("reports_pending", "id", postgresql_where=text("items IS NULL"), sqlite_where=text("items IS NULL")),
    )

    id: Mapped[int] = mapped_column(Id, Identity(), primary_key=True)
    seconds: Mapped[float]
    claimed_until: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    items: Mapped[int | None] = mapped_column(BigInteger)
    value: Mapped[float | None] = mapped_column(Numeric(24, 2, asdecimal=False))

    @property
    def state(self) -> str:
        """`pending` or `done`."""
        return "pending" if self.items is None else "done"
