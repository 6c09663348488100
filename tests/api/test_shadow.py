"""A second model beside the first: it is counted where they differ, and nobody waits for it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from api.shadow import Shadow
from vocnlp.errors import ModelError
from vocnlp.schema import Comment, FailedComment, TaggedComment
from vocnlp.settings import Settings


class Other:
    """Tags like the fake tagger, but finds no risks and is happy; `broken` in a text breaks it."""

    def __init__(self, first: Any) -> None:
        self.first = first
        self.seen: list[str] = []
        self.pause = 0.0

    def tag(self, comments: Iterable[Comment | FailedComment]) -> Iterator[TaggedComment | FailedComment]:
        time.sleep(self.pause)
        for record in self.first.tag(comments):
            assert isinstance(record, TaggedComment)
            self.seen.append(record.text)
            if "broken" in record.text:
                raise ValueError
            happy = replace(record.sentiment, label="pos")
            yield replace(record, risks=[], sentiment=happy, versions={"model": "other@2"})


@pytest.fixture
def other(tagger: Any) -> Other:
    return Other(type(tagger)())


@pytest.fixture
def share() -> float:
    return 1.0


@pytest.fixture
def app(tagger: Any, settings: Settings, other: Other, share: float) -> FastAPI:
    return create_app(tagger, settings, shadow=Shadow(lambda: other, share=share))


def tag(call: TestClient, *texts: str) -> None:
    response = call.post("/v1/tag", json={"items": [{"text": text} for text in texts]})
    assert response.status_code == 200


def shadow(call: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = call.get("/v1/models").json()["shadow"]
    return found


def test_disagreement_is_counted(
    call: TestClient, other: Other, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    tag(call, "nice", "late fraud", "late", "late 13800138000")
    wait_for(lambda: shadow(call)["compared"] == 4)
    assert shadow(call) == {
        "model": "other@2",
        "compared": 4,
        "skipped": 0,
        "differ": {"sentiment": 3, "aspects": 0, "risks": 1},
        "only_active": {"fraud": 1},
        "only_shadow": {},
        "languages": {"en": 3},
    }
    assert "late [phone]" in other.seen


def test_a_shadow_that_breaks_harms_nobody(
    call: TestClient, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    tag(call, "broken")
    tag(call, "nice")
    wait_for(lambda: shadow(call)["compared"] == 1)


def test_nobody_waits_for_it_and_what_it_has_no_time_for_is_skipped(
    call: TestClient, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.shadow.MOST_WAITING", 16)
    other.pause = 0.5
    begun = time.monotonic()
    for _ in range(4):
        tag(call, *(["late"] * 10))
    assert time.monotonic() - begun < 2 * other.pause
    assert shadow(call)["skipped"] >= 20


class TestSample:
    @pytest.fixture
    def share(self) -> float:
        return 0.0

    def test_only_a_share_is_compared(self, call: TestClient, other: Other) -> None:
        tag(call, "late", "nice")
        assert shadow(call)["compared"] == 0
        assert other.seen == []


def test_a_model_that_cannot_be_loaded_is_told_at_the_start() -> None:
    def load() -> Any:
        raise ModelError("there is none")

    with pytest.raises(ModelError, match="there is none"):
        Shadow(load, share=1)
