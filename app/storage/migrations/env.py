"""Runs the revisions on the connection that `app.storage.schema` hands over."""

from __future__ import annotations

from alembic import context

from app.storage.tables import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, transactional_ddl=True, transaction_per_migration=False)
context.run_migrations()
