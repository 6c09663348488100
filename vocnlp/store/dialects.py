"""What SQLite and PostgreSQL spell apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, text
from sqlalchemy.dialects import postgresql, sqlite

__all__ = ["insert_new", "insert_or_replace", "lock_tenant"]


def _insert(connection: Connection, table: Table) -> Any:
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)


def insert_new(connection: Connection, table: Table) -> Any:
    """INSERT that leaves out the rows whose keys are there already."""
    return _insert(connection, table).on_conflict_do_nothing()


def insert_or_replace(connection: Connection, table: Table, *, columns: Sequence[str]) -> Any:
    """INSERT that gives `columns` of a row with the same primary key their new values."""
    statement = _insert(connection, table)
    values = {name: statement.excluded[name] for name in columns}
    return statement.on_conflict_do_update(index_elements=list(table.primary_key), set_=values)


def lock_tenant(connection: Connection, tenant: str, *, shared: bool) -> None:
    """Keep what belongs to a tenant from passing each other unseen; SQLite has one writer anyway."""
    if connection.dialect.name == "postgresql":
        function = "pg_advisory_xact_lock_shared" if shared else "pg_advisory_xact_lock"
        connection.execute(text(f"SELECT {function}(hashtextextended(:tenant, 0))"), {"tenant": tenant})
