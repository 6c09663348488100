"""Patterns in stored comments: told once, forgotten with the customer, and tried on the past."""

from __future__ import annotations

import base64
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from starlette.testclient import TestClient

import vocnlp.analysis.trends  # noqa: F401  loading it takes long
from vocnlp.alerts.rules import Rulebook
from vocnlp.settings import Settings
from vocnlp.store.tables import alerts

WEBHOOK = {"url": "https://10.0.0.1", "secret": "whsec_" + base64.b64encode(bytes(24)).decode()}
PATTERNS: list[dict[str, Any]] = [
    {"name": "again", "kind": "repeat", "times": 2, "days": 30},
    {
        "name": "low",
        "kind": "aggregate",
        "score": "nps",
        "by": ["region"],
        "days": 30,
        "least": 5,
        "below": 0,
    },
    {"name": "hush", "kind": "silence", "hours": 36},
    {"name": "surge", "kind": "spike"},
]


@pytest.fixture
def settings(on_both: Settings) -> Settings:
    return on_both


@pytest.fixture
def tenant(request: pytest.FixtureRequest) -> str:
    return f"tenant {request.node.name}"


@pytest.fixture
def patterns(tenant: str) -> list[dict[str, Any]]:
    return [{**pattern, "webhooks": ["ops"], "tenant": tenant} for pattern in PATTERNS]


@pytest.fixture
def rules(patterns: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> Rulebook:
    monkeypatch.setattr("api.watch.Watch.start", lambda _: None)  # the tests look by themselves
    monkeypatch.setattr("api.watch.Watch.stop", lambda _: None)
    return Rulebook.model_validate({"webhooks": {"ops": WEBHOOK}, "patterns": patterns})


@pytest.fixture
def call(caller: Any, tenant: str) -> TestClient:
    call: TestClient = caller(tenant)
    return call


def store(call: TestClient, *items: dict[str, Any]) -> None:
    for start in range(0, len(items), 1000):
        response = call.post("/v1/comments", json={"items": list(items[start : start + 1000])})
        assert response.status_code == 200, response.text


def days_ago(days: float) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).isoformat()


def late(number: int, days: float, **options: Any) -> dict[str, Any]:
    attributes = {"region": "EU"}
    plain = {"id": f"c{number}", "text": "late", "time": days_ago(days), "attributes": attributes}
    return plain | {"scores": {"nps": 1}, "customer_id": "p1"} | options


def look(app: FastAPI, name: str) -> int:
    watch = app.state.service.watch
    (pattern,) = [pattern for pattern in watch._patterns if pattern.name == name]
    found: int = watch.look(pattern)
    return found


def test_what_is_found_is_told_once(app: FastAPI, call: TestClient) -> None:
    assert [look(app, name) for name in ("again", "low", "hush", "surge")] == [0, 0, 0, 0]
    store(call, *(late(n, 2 + n) for n in range(5)))
    assert [look(app, name) for name in ("again", "low", "hush")] == [1, 1, 1]
    assert [look(app, name) for name in ("again", "low", "hush")] == [0, 0, 0]
    told = call.get("/v1/alerts").json()["items"]
    assert {(alert["rule"], alert["subject"], alert["comment"]) for alert in told} == {
        ("again", "logistics: p1", None),
        ("low", "nps, region EU", None),
        ("hush", "silence", None),
    }
    (again,) = [alert["id"] for alert in told if alert["rule"] == "again"]
    with app.state.service.database.reading() as connection:
        body = connection.execute(select(alerts.c.body).where(alerts.c.id == again)).scalar_one()
    data = orjson.loads(body)["data"]
    assert (data["kind"], data["customer_id"], data["times"]) == ("repeat", "p1", 5)


def test_scores_without_comment_count(app: FastAPI, call: TestClient) -> None:
    scores = [{"response_id": f"r{n}", "scores": {"nps": 0}, "time": days_ago(1)} for n in range(5)]
    call.post("/v1/scores", json={"items": scores})
    assert look(app, "low") == 1


def test_alerts_on_an_erased_customer_are_erased(app: FastAPI, call: TestClient) -> None:
    store(call, late(1, 1), late(2, 2))
    assert look(app, "again") == 1
    assert call.delete("/v1/customers/p1").json()["alerts"] == 1
    assert call.get("/v1/alerts").json()["items"] == []


def surge() -> list[dict[str, Any]]:
    """Ninety quiet days, and then complaints about deliveries."""
    draw = random.Random(2)  # noqa: S311
    items = []
    for day in range(90):
        share = 0.6 if day < 2 else 0.1
        items += [
            late(
                100 * day + n,
                day + 0.1 + n / 100,
                text="late" if draw.random() < share else "nice",
                customer_id=f"p{day}-{n}",
                scores={"nps": draw.choice([7, 8, 9, 10])},
            )
            for n in range(30)
        ]
    return items


@pytest.mark.slow
def test_a_surge_is_told_once(app: FastAPI, call: TestClient) -> None:
    store(call, *surge())
    assert look(app, "surge") >= 1
    assert any("logistics" in alert["subject"] for alert in call.get("/v1/alerts").json()["items"])
    assert look(app, "surge") == 0


def rehearse(call: TestClient, patterns: list[dict[str, Any]], **query: str) -> dict[str, dict[str, Any]]:
    rule = {"name": "each", "when": '"logistics:neg" in aspects', "webhooks": ["ops"]}
    response = call.post("/v1/alerts/dry-run", params=query, json={"rules": [rule], "patterns": patterns})
    assert response.status_code == 200, response.text
    return {item["rule"]: item for item in response.json()["items"]}


def test_a_dry_run_tells_what_would_have_been(call: TestClient, patterns: list[dict[str, Any]]) -> None:
    store(call, *(late(n, 20 + n) for n in range(5)), late(6, 10, customer_id="p2", scores={}))
    found = rehearse(call, patterns[:3])
    assert {name: item["fired"] > 0 for name, item in found.items()} == {
        "each": True,
        "again": True,
        "low": True,
        "hush": True,
    }
    assert found["each"]["fired"] == 6
    assert found["each"]["examples"][0]["about"] == "c6"
    assert found["again"]["examples"][0]["about"] == "logistics: p1"
    assert call.get("/v1/alerts").json()["items"] == []
    assert rehearse(call, [], until=days_ago(15))["each"]["fired"] == 5
    wrong = call.post("/v1/alerts/dry-run", json={"rules": [{"name": "x", "when": "a <", "webhooks": ["w"]}]})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "invalid")


@pytest.mark.slow
def test_a_dry_run_of_a_spike(call: TestClient, patterns: list[dict[str, Any]]) -> None:
    store(call, *surge())
    found = rehearse(call, [patterns[3]])["surge"]
    assert found["fired"] >= 1
    assert "logistics" in str(found["examples"])
