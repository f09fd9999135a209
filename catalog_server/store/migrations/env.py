"""Alembic's way in: the engine is handed over, nothing is read from files."""

from __future__ import annotations

from typing import Any

from alembic import context

from catalog_server.store.tables import metadata


def include_name(name: str | None, kind: str, _parents: Any) -> bool:
    """The full-text index and its shadow tables are made by hand in the migrations."""
    return not (kind == "table" and (name or "").startswith("served_fts"))


def run() -> None:
    """Migrate over the engine of the database."""
    engine = context.config.attributes["engine"]
    with engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=metadata,
            include_name=include_name,
            render_as_batch=True,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()


run()
