"""Migrations up and down on both databases, and errors that say what is wrong."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine, inspect, make_url, text

from vocnlp.errors import InputError
from vocnlp.store.database import Database
from vocnlp.store.tables import metadata


@pytest.fixture
def empty(url: str) -> Iterator[Database]:
    """A database of its own, since others use the tables of the shared one."""
    parsed = make_url(url)
    if parsed.get_backend_name() == "postgresql":
        server = create_engine(url, isolation_level="AUTOCOMMIT")
        name = f"{parsed.database}_migrations"
        with server.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name}"))
        database = Database(parsed.set(database=name).render_as_string(hide_password=False))
        yield database
        database.close()
        with server.connect() as connection:
            connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
        server.dispose()
        return
    database = Database(url)
    yield database
    database.close()


def names(database: Database) -> set[str]:
    with database.reading() as connection:
        return set(inspect(connection).get_table_names())


def test_migrations_run_up_and_down_and_give_the_tables_of_the_code(empty: Database) -> None:
    empty.migrate()
    assert empty.is_current()
    assert names(empty) == {*metadata.tables, "alembic_version"}
    with empty.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []
    empty.migrate("base")
    assert names(empty) == {"alembic_version"}
    assert not empty.is_current()
    empty.migrate()
    empty.migrate()
    assert empty.is_current()


def test_migrations_keep_alerts_and_their_deliveries(empty: Database) -> None:
    """SQLite makes the table of alerts anew, and deliveries would go with the old one."""
    empty.migrate("0003")
    then = {"then": "2026-05-01 00:00:00+00:00"}
    rows = (
        "comments (pk, tenant, id, response_id, time, received_at, language, record) "
        "VALUES (1, 't', 'c', 'c', :then, :then, 'en', '')",
        "alerts (id, tenant, comment, rule, severity, webhook, body, status, created_at, due_at, attempts) "
        "VALUES ('a', 't', 1, 'r', 'high', 'w', '', 'dead', :then, :then, 1)",
        "deliveries (pk, alert, at, seconds) VALUES (7, 'a', :then, 0.5)",
    )
    with empty.writing() as connection:
        for row in rows:
            connection.execute(text(f"INSERT INTO {row}"), then)
    empty.migrate()
    with empty.reading() as connection:
        assert connection.exec_driver_sql("SELECT id, comment FROM alerts").all() == [("a", 1)]
        found = connection.exec_driver_sql("SELECT pk, alert, seconds FROM deliveries").all()
        assert found == [(7, "a", 0.5)]
        assert inspect(connection).get_foreign_keys("deliveries")[0]["referred_table"] == "alerts"


def test_processes_that_start_together_migrate_once(empty: Database) -> None:
    failures: list[BaseException] = []

    def migrate() -> None:
        try:
            empty.migrate()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=migrate) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert empty.is_current()


def test_a_database_of_a_newer_version_is_refused(empty: Database) -> None:
    empty.migrate()
    with empty.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'future'"))
    with pytest.raises(InputError, match="newer version"):
        empty.migrate()


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense", "cannot be read"),
        ("mysql://root@127.0.0.1/x", "'mysql'; use sqlite"),
        ("sqlite:////no/such/folder/x.db", "no folder '/no/such/folder'"),
    ],
)
def test_a_wrong_url_is_refused(url: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Database(url)


def test_a_database_that_is_away_or_no_database_is_told_without_the_password(tmp_path: Path) -> None:
    away = Database("postgresql+psycopg://root:hush@127.0.0.1:1/x")
    with pytest.raises(InputError, match="cannot use the database") as told:
        away.migrate()
    assert "hush" not in str(told.value)
    away.close()
    (tmp_path / "x.db").write_bytes(b"this is no database" * 100)
    other = Database(f"sqlite:///{tmp_path}/x.db")
    with pytest.raises(InputError, match="not a database"):
        other.migrate()
    other.close()
