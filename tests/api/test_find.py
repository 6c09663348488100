"""Comments found by what they say, how they score and what came along; trends and models."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

import vocnlp.analysis.trends  # noqa: F401  loading it takes long
from vocnlp.settings import Settings

ITEMS = [
    {
        "id": "a",
        "text": 'Late 100% "again"\x00',
        "scores": {"nps": 0, "csat": 2},
        "attributes": {"region": "EU"},
    },
    {"id": "b", "text": "很 late", "scores": {"nps": 6}, "attributes": {"region": "US", "a.b [c]": "x:y"}},
    {"id": "c", "text": "nice_one", "scores": {"nps": 7}, "attributes": {"region": "EU", "shop": 7}},
    {"id": "d", "text": "nice", "scores": {"nps": 10}, "attributes": {"note": "nul \x00 \\u0000 end"}},
]


@pytest.fixture
def settings(on_both: Settings) -> Settings:
    return on_both


@pytest.fixture
def call(caller: Any, request: pytest.FixtureRequest) -> TestClient:
    call: TestClient = caller(f"tenant {request.node.name}")
    response = call.post("/v1/comments", json={"items": ITEMS})
    assert not [item for item in response.json()["items"] if "error" in item], response.text
    return call


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"q": "LATE"}, "ab"),
        ({"q": "很"}, "b"),
        ({"q": "0%"}, "a"),
        ({"q": "e_o"}, "c"),
        ({"q": '"again"'}, "a"),
        ({"q": "text"}, ""),
        ({"band": "nps:detractor"}, "ab"),
        ({"band": "nps:passive"}, "c"),
        ({"band": "nps:promoter"}, "d"),
        ({"band": "csat:improve"}, "a"),
        ({"attribute": "region:EU"}, "ac"),
        ({"attribute": ["region:EU", "shop:7"]}, "c"),
        ({"attribute": "a.b [c]:x:y"}, "b"),
        ({"attribute": "nothing:here"}, ""),
        ({"q": "late", "band": "nps:detractor", "attribute": "region:US", "aspect": "logistics"}, "b"),
    ],
)
def test_comments_are_found(call: TestClient, query: dict[str, Any], ids: str) -> None:
    response = call.get("/v1/comments", params=query)
    assert response.status_code == 200, response.text
    assert sorted(item["id"] for item in response.json()["items"]) == list(ids)


@pytest.mark.parametrize(
    "query", [{"band": "nps:happy"}, {"band": "joy:high"}, {"attribute": "region"}, {"attribute": 'a"b:c'}]
)
def test_what_cannot_be_asked_is_refused(call: TestClient, query: dict[str, str]) -> None:
    response = call.get("/v1/comments", params=query)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_trends_are_those_of_the_stored_comments(call: TestClient) -> None:
    assert call.get("/v1/trends", params={"until": "1990-01-01"}).json()["code"] == "cannot_analyse"
    items = [
        {
            "text": "late" if n % 3 == 0 else "nice",
            "scores": {"nps": n % 11},
            "time": f"2026-{1 + n % 4:02}-{1 + n % 28:02}",
            "attributes": {"region": "EU" if n % 2 else "US"},
        }
        for n in range(200)
    ]
    call.post("/v1/comments", json={"items": items})
    query = {"every": "month", "metric": "nps", "since": "2026-01-01", "until": "2026-05-01", "by": "region"}
    response = call.get("/v1/trends", params=query)
    assert response.status_code == 200, response.text
    found = response.json()
    assert (found["metric"], found["every"]) == ("nps", "month")
    rows = [row for row in found["table"] if row["kind"] == "score"]
    assert {row["segment"] for row in rows} == {"EU", "US"}
    assert {row["period"] for row in rows} == {"2026-01-01", "2026-02-01", "2026-03-01", "2026-04-01"}
    assert sum(row["n"] for row in rows) == 200
    wrong = call.get("/v1/trends", params={"timezone": "Mars"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "cannot_analyse")


def test_models_are_listed(call: TestClient) -> None:
    models = call.get("/v1/models").json()["items"]
    (active,) = [model for model in models if model["active"]]
    assert "logistics" in active["aspects"]
    assert "@" in active["version"]
