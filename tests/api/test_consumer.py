"""Messages become stored comments, or are told what is wrong with them; waiting is no failure."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy.exc import OperationalError
from starlette.testclient import TestClient

from api import consumer as consumers
from api.batching import OverloadedError
from api.brokers import Places, connect
from api.consumer import Answer, Consumer
from vocnlp.errors import InputError


@pytest.fixture
def consumer(app: FastAPI) -> Iterator[Consumer]:
    with TestClient(app):
        yield Consumer(app.state.service, "acme")


def take(consumer: Consumer, body: bytes, source: str | None = None) -> Answer:
    return asyncio.run(consumer.take(body, source))


def test_a_comment_is_stored_once_and_answered_each_time(app: FastAPI, consumer: Consumer) -> None:
    body = b'{"id": "c", "text": "late", "scores": {"nps": 1}, "customer_id": "p"}'
    first, again = take(consumer, body), take(consumer, body)
    assert first == again
    assert json.loads(first.record or b"")["aspects"][0]["aspect"] == "logistics"
    assert app.state.service.repository.get("acme", "c").encode() == first.record
    assert (consumer.stored, consumer.refused) == (2, 0)


@pytest.mark.parametrize(
    ("body", "code", "message"),
    [
        (b"\xff", "bad_json", "no JSON"),
        (b"[" * 100_000, "bad_json", "no JSON"),
        (b"3", "bad_row", "no object"),
        (b'{"text": "late"}', "bad_row", "it would be stored twice"),
        (b'{"id": 3, "text": "late"}', "bad_row", "id: Input should be a valid string"),
        (b'{"id": "x", "txet": "late"}', "bad_row", "txet"),
        (b'{"id": "x", "text": "boom"}', "internal", "tagging failed"),
    ],
)
def test_what_is_no_comment_is_told_why(consumer: Consumer, body: bytes, code: str, message: str) -> None:
    problem = take(consumer, body).problem
    assert problem is not None
    assert problem.code == code
    assert message in problem.message
    assert (consumer.stored, consumer.refused) == (0, 1)


def test_another_comment_of_a_known_id_is_refused(consumer: Consumer) -> None:
    take(consumer, b'{"text": "late"}', "m1")
    assert take(consumer, b'{"text": "late"}', "m1").record
    problem = take(consumer, b'{"text": "nice"}', "m1").problem
    assert problem is not None
    assert problem.code == "id_conflict"


@pytest.mark.parametrize("error", [OperationalError("", {}, Exception("away")), OverloadedError(1)])
def test_it_waits_while_it_cannot_store(
    app: FastAPI, consumer: Consumer, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    monkeypatch.setattr(consumers, "PATIENCE", 0.01)
    store, failures = type(app.state.service).store, [error, error]

    async def failing(*arguments: Any) -> Any:
        if failures:
            raise failures.pop()
        return await store(*arguments)

    monkeypatch.setattr(type(app.state.service), "store", failing)
    assert take(consumer, b'{"id": "c", "text": "late"}').record
    assert failures == []


def test_what_can_never_be_stored_is_put_aside(
    app: FastAPI, consumer: Consumer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(*arguments: Any) -> Any:
        raise RuntimeError

    monkeypatch.setattr(type(app.state.service), "store", broken)
    problem = take(consumer, b'{"id": "c", "text": "late"}').problem
    assert problem is not None
    assert (problem.code, problem.message) == ("internal", "storing failed (RuntimeError)")


def test_another_kind_of_broker_is_refused() -> None:
    with pytest.raises(InputError, match="begins with 'kafka'; use nats://"):
        connect("kafka://x", Places("a", None, "b"))


@pytest.mark.parametrize("url", ["nats://127.0.0.1:1", "amqp://127.0.0.1:1"])
def test_a_broker_that_is_away_is_told(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("api.brokers.CONNECTING", 1.0)

    async def nothing(body: bytes, source: str | None) -> Answer:
        raise AssertionError

    async def start() -> None:
        broker = connect(url, Places("a", None, "b"))
        try:
            await broker.start(nothing)
        finally:
            await broker.stop()

    with pytest.raises(InputError, match="the broker does not let us in"):
        asyncio.run(start())
