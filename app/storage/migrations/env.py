"""Runs the revisions of one set of tables on the connection that `app.storage.schema` hands over."""

from __future__ import annotations

from alembic import context

connection, tables = context.config.attributes["connection"], context.config.attributes["tables"]
context.configure(
    connection=connection,
    target_metadata=tables.metadata,
    version_table=tables.version_table,
    transactional_ddl=True,
    transaction_per_migration=False,
)
context.run_migrations()
