"""Alembic's entry point. Runs inside the transaction that flask_app.migrate opened and holds locked."""

from alembic import context
from flask_app.models import Base

context.configure(connection=context.config.attributes["connection"], target_metadata=Base.metadata)
with context.begin_transaction():
    context.run_migrations()
