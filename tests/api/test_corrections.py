"""A person's tags: kept beside the record, shown, and given to training."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from vocnlp.batch.labelled import examples
from vocnlp.settings import Settings
from vocnlp.taxonomy import taxonomy


@pytest.fixture
def settings(on_both: Settings) -> Settings:
    return on_both


@pytest.fixture
def call(caller: Any, request: pytest.FixtureRequest) -> TestClient:
    call: TestClient = caller(f"tenant {request.node.name}")
    items = [{"id": f"c{n}", "text": f"late {n}", "customer_id": f"p{n}"} for n in range(3)]
    assert call.post("/v1/comments", json={"items": items}).status_code == 200
    return call


def correct(call: TestClient, *items: dict[str, Any]) -> list[dict[str, Any]]:
    response = call.post("/v1/corrections", json={"items": list(items)})
    assert response.status_code == 200, response.text
    found: list[dict[str, Any]] = response.json()["items"]
    return found


def test_a_review_is_shown_beside_the_record(call: TestClient) -> None:
    before = call.get("/v1/comments/c1").json()
    review = {"aspects": {"price": "neg", "design": "pos"}, "sentiment": "mix", "risks": ["churn"]}
    (kept,) = correct(call, {"id": "c1", "reviewer": "Mai", **review})
    shown = call.get("/v1/comments/c1").json()
    assert shown.pop("review") == {**review, "reviewer": "Mai", "at": kept["at"].replace("Z", "+00:00")}
    assert shown == before
    assert call.get("/v1/comments/c0").json().keys() == before.keys()
    pages = {
        reviewed: [c["id"] for c in call.get("/v1/comments", params={"reviewed": reviewed}).json()["items"]]
        for reviewed in (True, False)
    }
    assert pages[True] == ["c1"]
    assert sorted(pages[False]) == ["c0", "c2"]


def test_a_later_review_replaces_an_earlier_one(call: TestClient) -> None:
    correct(call, {"id": "c1", "aspects": {"price": "neg"}, "reviewer": "Mai"})
    correct(call, {"id": "c1", "aspects": {}}, {"id": "c1", "aspects": {"food": "pos"}})
    review = call.get("/v1/comments/c1").json()["review"]
    assert (review["aspects"], review["reviewer"]) == ({"food": "pos"}, None)


def test_a_wrong_item_does_not_spoil_the_others(call: TestClient) -> None:
    answers = correct(
        call,
        {"id": "nowhere", "aspects": {}},
        {"id": "c0", "aspects": {"weather": "neg"}},
        {"id": "c0", "aspects": {"price": "bad"}},
        {"id": "c2", "aspects": {"price": "neg"}},
    )
    assert [answer.get("error", {}).get("code") for answer in answers] == [
        "unknown_id",
        "bad_row",
        "bad_row",
        None,
    ]
    assert "it has logistics" in answers[1]["error"]["message"]
    assert "review" not in call.get("/v1/comments/c0").json()


def test_reviews_are_exported_as_training_reads_them(
    call: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vocnlp.store.corrections.PAGE", 1)
    correct(call, {"id": "c0", "aspects": {"price": "neg"}}, {"id": "c1", "aspects": {}, "sentiment": "neu"})
    response = call.get("/v1/corrections")
    assert response.headers["content-type"] == "application/x-ndjson"
    (tmp_path / "corrected.jsonl").write_bytes(response.content)
    found = examples([tmp_path / "corrected.jsonl"], aspects=taxonomy.load().ids)
    assert [(e.id, e.text, e.language, e.sentiment, e.aspects) for e in found] == [
        ("c0", "late 0", "en", None, {"price": "neg"}),
        ("c1", "late 1", "en", "neu", {}),
    ]
    assert call.get("/v1/corrections", params={"since": "2100-01-01"}).content == b""
    assert call.get("/v1/corrections", params={"until": "2100-01-01"}).content == response.content


def test_an_erased_customer_takes_the_review_along(call: TestClient) -> None:
    correct(call, {"id": "c0", "aspects": {"price": "neg"}})
    call.delete("/v1/customers/p0")
    assert call.get("/v1/corrections").content == b""
