"""Causes of stored comments are those that the same function gives for a file."""

from __future__ import annotations

import random
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


def test_too_many_comments_are_refused(call: TestClient) -> None:
    call.post("/v1/comments", json={"items": items(301)})
    response = call.get("/v1/causes")
    assert response.status_code == 422
    assert "at most 300" in response.json()["detail"]


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
