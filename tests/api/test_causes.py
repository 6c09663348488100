"""Causes of stored comments are those that the same function gives for a file."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest
from starlette.testclient import TestClient

from vocnlp.analysis.causes import causes
from vocnlp.analysis.survey import collect
from vocnlp.settings import Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"causes_comments": 300})


def items(count: int) -> list[dict[str, Any]]:
    """Who says `late` gives lower scores."""
    draw = random.Random(1)  # noqa: S311
    made = []
    for number in range(count):
        late = draw.random() < 0.3
        words = ["late" if late else "fine", "nice" if draw.random() < 0.3 else "so so"]
        made.append(
            {
                "id": f"c{number}",
                "text": " ".join(words),
                "scores": {"nps": draw.choice([0, 3, 6, 8] if late else [6, 8, 9, 10])},
                "attributes": {"region": draw.choice(["EU", "US"])},
                "time": f"2026-05-{1 + number % 28:02}T00:00:00Z",
            }
        )
    return made


def test_the_result_is_that_of_the_command_line(call: TestClient) -> None:
    records = call.post("/v1/comments", json={"items": items(250)}).json()["items"]
    response = call.get("/v1/causes", params={"metric": "nps"})
    assert response.status_code == 200, response.text
    result = response.json()
    same = causes(collect(records), metric="nps").to_dict()
    assert result["n"] == 250
    assert result["score"] == pytest.approx(same["score"])
    assert [cause["aspect"] for cause in result["causes"]] == [cause["aspect"] for cause in same["causes"]]
    (late,) = [cause for cause in result["causes"] if cause["aspect"] == "logistics"]
    assert late["effect"]["estimate"] < 0
    assert late["effect"]["estimate"] == pytest.approx(same["causes"][0]["effect"]["estimate"])


def test_what_cannot_be_analysed_is_told(call: TestClient) -> None:
    assert call.get("/v1/causes").json()["code"] == "cannot_analyse"
    call.post("/v1/comments", json={"items": items(250)})
    for query, words in (
        ({"metric": "csat"}, "nps"),
        ({"by": "continent"}, "region"),
        ({"until": "2020-01-01"}, "no answers"),
    ):
        response = call.get("/v1/causes", params=query)
        assert (response.status_code, response.json()["code"]) == (422, "cannot_analyse")
        assert words in response.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/causes", "/v1/trends"])
def test_a_job_answers_for_many_comments(call: TestClient, path: str) -> None:
    call.post("/v1/comments", json={"items": items(301)})
    response = call.get(path)
    assert response.status_code == 202, response.text
    job = response.json()["id"]
    assert response.headers["location"] == f"/v1/jobs/{job}"
    found = _when_done(call, path)
    assert found.status_code == 200, found.text
    assert found.json() == call.get(f"/v1/jobs/{job}/result").json()
    assert found.json()["metric" if path == "/v1/causes" else "table"]


def test_topics_are_found_by_a_job(call: TestClient) -> None:
    call.post("/v1/comments", json={"items": items(20)})
    assert call.get("/v1/topics").status_code == 202
    found = _when_done(call, "/v1/topics").json()
    assert (found["n"], found["topics"]) == (20, [])
    assert "too few" in found["warnings"][0]


def test_what_a_job_cannot_answer_is_told(call: TestClient) -> None:
    call.post("/v1/comments", json={"items": items(301)})
    response = _when_done(call, "/v1/causes", metric="csat")
    assert (response.status_code, response.json()["code"]) == (422, "cannot_analyse")


@pytest.mark.slow
def test_a_report_on_what_is_stored_forgets_who_is_erased(call: TestClient) -> None:
    sent = items(250)
    sent[0] |= {"customer_id": "anna", "text": "late by-anna-alone", "scores": {"nps": 0}}
    call.post("/v1/comments", json={"items": sent})
    order = {"title": "Mai", "by": ["region"], "locale": "zh"}
    first, again = (
        call.post("/v1/reports", json=order, headers={"Idempotency-Key": "may"}) for _ in range(2)
    )
    assert first.status_code == again.status_code == 202
    where = first.headers["location"]
    assert where == again.headers["location"]
    page = _when_done(call, where)
    assert page.headers["content-type"].startswith("text/html")
    assert "<title>Mai" in page.text
    assert call.delete("/v1/customers/anna").json()["jobs"] == 1
    assert "by-anna-alone" not in _when_done(call, where).text


def _when_done(call: TestClient, path: str, **query: str) -> Any:
    end = time.monotonic() + 60
    while (response := call.get(path, params=query)).status_code == 202:
        assert time.monotonic() < end, response.text
        time.sleep(0.05)
    return response


def test_only_a_few_analyses_run_at_once(call: TestClient, app: Any) -> None:
    turns = app.state.service.analyses
    taken = 0
    while turns.acquire(blocking=False):
        taken += 1
    assert taken == 2
    response = call.get("/v1/causes")
    assert (response.status_code, response.json()["code"]) == (503, "overloaded")
    for _ in range(taken):
        turns.release()
    assert call.get("/v1/causes").status_code == 422
