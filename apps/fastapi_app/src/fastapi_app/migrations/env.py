"""Alembic's entry point. Runs inside the transaction that fastapi_app.migrate opened and holds locked."""

from alembic import context
from fastapi_app.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
