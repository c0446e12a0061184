"""The items table."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of items."""
    op.create_table(
        "items",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("price", sa.Numeric(12, 2), nullable=False),
        sa.Column("quantity", sa.Integer, nullable=False),
        sa.CheckConstraint("price > 0", name="items_price_positive"),
        sa.CheckConstraint("quantity >= 0", name="items_quantity_not_negative"),
    )


def downgrade() -> None:
    """Drop the table of items, and with it all that is in it."""
    op.drop_table("items")
