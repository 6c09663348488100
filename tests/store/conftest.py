"""Both databases, and records to put into them."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from vocnlp.schema import AspectTag, Evidence, Language, Risk, Sentiment, TaggedComment
from vocnlp.store.database import Database
from vocnlp.store.repository import Repository, Submission


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/test.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def database(url: str) -> Iterator[Database]:
    """Migrated; on PostgreSQL tests share it and keep apart by their tenants."""
    database = Database(url)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def repository(database: Database) -> Repository:
    return Repository(database)


@pytest.fixture
def tenant() -> str:
    return f"tenant-{uuid.uuid4()}"


def make_submission(id: str, text: str = "late again", **options: Any) -> Submission:
    """A comment that complains of logistics; options as of Submission, and scores, attributes, risks."""
    record = TaggedComment(
        id=id,
        text=text,
        language=Language(options.pop("language", "en"), 0.9),
        sentiment=Sentiment("neg", -0.8, {"neg": 0.9, "neu": 0.0, "pos": 0.1, "mix": 0.0}),
        aspects=[
            AspectTag(aspect, polarity, 0.9, [Evidence(0, 4, text[:4])])
            for aspect, polarity in options.pop("aspects", [("logistics", "neg")])
        ],
        risks=[Risk(category, "high", "rule", 0, 1, text[:1]) for category in options.pop("risks", [])],
        pii=[],
        scores=options.pop("scores", {}),
        attributes=options.pop("attributes", {}),
        warnings=[],
        versions={},
    )
    defaults = {"time": datetime(2026, 5, 1, tzinfo=UTC), "response_id": id}
    return Submission(record, **(defaults | options))


@pytest.fixture
def submission() -> Callable[..., Submission]:
    return make_submission
