"""The reports table, which is also the queue of those that are not made yet."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table of reports."""
    op.create_table(
        "reports",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), sa.Identity(), primary_key=True),
        sa.Column("seconds", sa.Float, nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True)),
        sa.Column("items", sa.BigInteger),
        sa.Column("value", sa.Numeric(24, 2)),
    )
    # Only what is not made yet is looked for: the index stays as small as the queue.
    op.create_index(
        "reports_pending",
        "reports",
        ["id"],
        postgresql_where=sa.text("items IS NULL"),
        sqlite_where=sa.text("items IS NULL"),
    )


def downgrade() -> None:
    """Drop the table of reports, and with it all that is in it."""
    op.drop_table("reports")
