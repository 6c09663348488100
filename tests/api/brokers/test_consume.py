"""Comments from brokers that really run: each stored once, answered, or put aside with the reason."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from vocnlp.store.database import Database
from vocnlp.store.repository import Repository
from vocnlp.store.tables import comments

Read = list[tuple[bytes, dict[str, Any]]]
pytestmark = [pytest.mark.service, pytest.mark.slow]


async def until(holds: Callable[[], Awaitable[bool]], seconds: float = 60) -> None:
    async with asyncio.timeout(seconds):
        while not await holds():
            await asyncio.sleep(0.05)


def item(number: int, **options: Any) -> bytes:
    return json.dumps({"id": f"c{number}", "text": f"late {number}"} | options).encode()


@pytest.fixture
def database(tmp_path: Path) -> Database:
    database = Database(f"sqlite:///{tmp_path}/voc.db")
    database.migrate()
    return database


def count(database: Database) -> int:
    with database.reading() as connection:
        return connection.execute(select(func.count()).select_from(comments)).scalar_one()


async def answers(broker: Any, place: str, expected: int) -> Read:
    """What has come to a place, each body once, as soon as there are so many."""
    seen: dict[bytes, dict[str, Any]] = {}

    async def enough() -> bool:
        seen.update(await broker.read(place))
        return len(seen) >= expected

    await until(enough)
    return list(seen.items())


def test_every_comment_is_stored_and_answered(
    opened: Callable[[], Any], consume: Callable[..., Any], database: Database
) -> None:
    async def work() -> None:
        async with opened() as broker:
            running = consume(broker, tenant="acme")
            assert await asyncio.to_thread(running.begun) == f"consuming {broker.source}"
            sent = [item(n, scores={"nps": 3}, customer_id="p") for n in range(50)]
            await broker.put(*sent)
            await broker.put(sent[7])  # once more
            records = [json.loads(body) for body, _ in await answers(broker, broker.to, 50)]
            assert {record["id"] for record in records} == {f"c{n}" for n in range(50)}
            assert records[0]["scores"] == {"nps": 3.0}
            assert records[0]["versions"]["model"] == "tiny@1"
            assert ", refused 0" in running.end(signal.SIGTERM)
            assert await broker.left() == 0
            assert await broker.read(broker.dead) == []
        assert count(database) == 50
        assert Repository(database).get("acme", "c7")

    asyncio.run(work())


def test_what_is_no_comment_is_put_aside_with_the_reason(
    opened: Callable[[], Any], consume: Callable[..., Any], database: Database
) -> None:
    wrong = {
        b"\xff no json": "bad_json",
        b"[1]": "bad_row",
        b'{"id": "x", "text": "late", "txet": 1}': "bad_row",
        b'{"id": "c1", "text": "something else"}': "id_conflict",
    }

    async def work() -> None:
        async with opened() as broker:
            running = consume(broker)
            await asyncio.to_thread(running.begun)
            await broker.put(item(1))
            await until(lambda: _stored(database, 1))
            await broker.put(*wrong, item(2))
            refused = await answers(broker, broker.dead, len(wrong))
            assert {body: headers["vocnlp-code"] for body, headers in refused} == wrong
            reasons = " ".join(headers["vocnlp-reason"] for _, headers in refused)
            assert "no JSON" in reasons
            assert "txet" in reasons
            await until(lambda: _stored(database, 2))
            running.end(signal.SIGTERM)
            assert await broker.left() == 0
        assert count(database) == 2

    asyncio.run(work())


def test_the_id_of_the_broker_stands_in(
    opened: Callable[[], Any], consume: Callable[..., Any], database: Database
) -> None:
    async def work() -> None:
        async with opened() as broker:
            running = consume(broker)
            await asyncio.to_thread(running.begun)
            await broker.put(b'{"text": "late"}', ids=["from-outside"])
            await until(lambda: _stored(database, 1))
            running.end(signal.SIGTERM)
        assert Repository(database).get("default", "from-outside")

    asyncio.run(work())


def test_a_kill_between_receipt_and_commit_loses_nothing(
    opened: Callable[[], Any], consume: Callable[..., Any], database: Database
) -> None:
    async def work() -> None:
        async with opened() as broker:
            running = consume(broker)
            await asyncio.to_thread(running.begun)
            with database.writing():  # so that nobody else can commit
                await broker.put(*(item(n) for n in range(20)))
                await until(lambda: _received(broker))
                running.end(signal.SIGKILL)
            assert count(database) == 0
            again = consume(broker)
            await asyncio.to_thread(again.begun)
            found = await answers(broker, broker.to, 20)
            assert {json.loads(body)["id"] for body, _ in found} == {f"c{n}" for n in range(20)}
            again.end(signal.SIGTERM)
            assert await broker.left() == 0
        assert count(database) == 20

    asyncio.run(work())


def test_kills_while_it_works_lose_and_double_nothing(
    opened: Callable[[], Any], consume: Callable[..., Any], database: Database
) -> None:
    async def work() -> None:
        async with opened() as broker:
            await broker.put(*(item(n) for n in range(300)))
            for stored in (1, 100, 200):
                running = consume(broker)
                await asyncio.to_thread(running.begun)
                await until(lambda stored=stored: _stored(database, stored))  # type: ignore[misc]
                running.end(signal.SIGKILL)
            last = consume(broker)
            await asyncio.to_thread(last.begun)
            found = await answers(broker, broker.to, 300)
            assert {json.loads(body)["id"] for body, _ in found} == {f"c{n}" for n in range(300)}
            last.end(signal.SIGTERM)
            assert await broker.left() == 0
        assert count(database) == 300

    asyncio.run(work())


@pytest.mark.parametrize("option", ["from", "to", "dead"])
def test_a_place_that_is_not_there_stops_the_start(
    opened: Callable[[], Any], consume: Callable[..., Any], database: Database, option: str
) -> None:
    async def work() -> None:
        async with opened() as broker:
            running = consume(broker, **{option: "nowhere.at.all"})
            told = await asyncio.to_thread(running.begun)
            assert "'nowhere.at.all'; make one first" in told.splitlines()[-1]
            assert running.process.returncode == 2

    asyncio.run(work())


async def _received(broker: Any) -> bool:
    return await broker.under_way() > 0


async def _stored(database: Database, least: int) -> bool:
    return await asyncio.to_thread(count, database) >= least
