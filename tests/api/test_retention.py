"""What is too old is deleted by the process that does jobs: when it starts, and once an hour."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from fastapi import FastAPI
from sqlalchemy import update
from starlette.testclient import TestClient

from vocnlp.settings import Settings
from vocnlp.store.tables import comments


@pytest.fixture
def settings(on_sqlite: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setattr("api.worker.HOUSEKEEPING", 0.2)
    monkeypatch.setattr("api.worker.POLL", 0.05)
    return on_sqlite.model_copy(update={"retention_days": 30.0})


def age(app: FastAPI, id: str, days: float) -> None:
    """As if the comment had come so many days ago."""
    then = datetime.now(UTC) - timedelta(days=days)
    with app.state.service.database.writing() as connection:
        connection.execute(update(comments).where(comments.c.id == id).values(received_at=then))


def test_comments_are_deleted_as_they_become_too_old(
    app: FastAPI, call: TestClient, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    call.post("/v1/comments", json={"items": [{"id": f"c{n}", "text": "late"} for n in range(3)]})

    def left() -> list[str]:
        return sorted(item["id"] for item in call.get("/v1/comments").json()["items"])

    age(app, "c0", 31)
    wait_for(lambda: left() == ["c1", "c2"])
    age(app, "c1", 31)  # later, when the first look is over
    age(app, "c2", 29)
    wait_for(lambda: left() == ["c2"])
