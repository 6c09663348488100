"""One database, SQLite or PostgreSQL: opened, migrated, read and written in whole transactions."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, exc, make_url, text
from sqlalchemy.engine import URL

from vocnlp.errors import InputError

__all__ = ["Database", "KeyReusedError"]

MIGRATIONS = Path(__file__).with_name("migrations")
EXAMPLES = "sqlite:///vocnlp.db or postgresql+psycopg://USER:PASSWORD@HOST/NAME"
STATEMENT_SECONDS = 30
# any number will do, as long as all processes that migrate agree on it
_MIGRATION_LOCK = 0x766F63


class KeyReusedError(InputError):
    """An idempotency key came before, with something else."""

    def __init__(self, key: str) -> None:
        super().__init__(f"the idempotency key {key!r} came before with something else; use a new one")


class Database:
    """Connections to one database; safe for use by several threads and processes at once.

    url: as SQLAlchemy writes it.   Raises InputError when it is wrong.
    """

    def __init__(self, url: str) -> None:
        parsed = _parse(url)
        self.url = url
        self.name = parsed.render_as_string(hide_password=True)
        self.dialect = parsed.get_backend_name()
        self._engine = _engine(parsed)
        self._writing = self._engine.execution_options(writing=True)

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that sees one state of the data."""
        with self._engine.begin() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that is committed at the end and rolled back by an error."""
        with self._writing.begin() as connection:
            yield connection

    def migrate(self, revision: str = "head") -> None:
        """Bring the tables to a revision of `migrations/versions`, up or down (`base`: no tables).

        Several processes may call it at once. Raises InputError when the database does not answer.
        """
        from alembic import command
        from alembic.util import CommandError

        # alembic speaks at the level of information; its users asked for a server, not for its plumbing
        logging.getLogger("alembic").setLevel(logging.WARNING)
        try:
            with self.writing() as connection:
                if self.dialect == "postgresql":
                    connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATION_LOCK})"))
                change = command.downgrade if revision == "base" else command.upgrade
                change(self._alembic(connection), revision)
        except exc.DBAPIError as error:
            raise InputError(f"cannot use the database {self.name}: {error.orig}") from error
        except CommandError as error:
            hint = "was it made by a newer version of vocnlp?"
            raise InputError(f"the database {self.name} does not fit: {error}; {hint}") from error

    def is_current(self) -> bool:
        """Whether the database answers and its tables are those of this version."""
        from alembic.runtime.migration import MigrationContext
        from alembic.script import ScriptDirectory

        with self.reading() as connection:
            current = MigrationContext.configure(connection).get_current_revision()
            return current == ScriptDirectory.from_config(self._alembic(connection)).get_current_head()

    def forget(self) -> None:
        """See to it that deleted rows are gone from the files too, not only from the tables."""
        if self.dialect == "sqlite":  # the write-ahead log still holds them
            with closing(self._engine.raw_connection()) as connection:
                connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _alembic(self, connection: Connection) -> Any:
        from alembic.config import Config

        config = Config()
        config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
        config.attributes["connection"] = connection
        return config


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
    except exc.ArgumentError as error:
        raise InputError(f"the database URL cannot be read; use {EXAMPLES}") from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InputError(f"the database is {parsed.get_backend_name()!r}; use {EXAMPLES}")
    folder = Path(parsed.database or "").parent
    if parsed.get_backend_name() == "sqlite" and not folder.is_dir():
        raise InputError(f"there is no folder {str(folder)!r} for the database; make it first")
    return parsed


def _engine(url: URL) -> Engine:
    options: dict[str, Any] = {"hide_parameters": True}  # parameters are what customers wrote
    if url.get_backend_name() == "sqlite":
        engine = create_engine(url, connect_args={"timeout": STATEMENT_SECONDS}, **options)
        event.listen(engine, "connect", _set_up_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    return create_engine(
        url,
        pool_pre_ping=True,
        pool_size=5,
        max_overflow=15,
        pool_timeout=STATEMENT_SECONDS,
        connect_args={
            "connect_timeout": 10,
            "options": f"-c statement_timeout={1000 * STATEMENT_SECONDS}",
        },
        **options,
    )


def _set_up_sqlite(connection: Any, _record: Any) -> None:
    # the driver would begin transactions by itself, too late for BEGIN IMMEDIATE
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    # a reader that turns writer fails at once if another wrote meanwhile: writers queue from the start
    writing = connection.get_execution_options().get("writing")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")
