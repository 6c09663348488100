"""The service on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Callable

import pytest
from starlette.testclient import TestClient

from vocnlp.settings import Settings
from vocnlp.store.database import Database

pytestmark = pytest.mark.service


@pytest.fixture
def settings(settings: Settings, postgres_url: str) -> Settings:
    database = Database(postgres_url)
    database.migrate()
    database.close()
    return settings.model_copy(update={"database": postgres_url})


def test_a_comment_goes_all_its_ways(caller: Callable[..., TestClient]) -> None:
    call = caller(f"tenant-{uuid.uuid4()}")
    item = {"id": "评论/1", "text": "很 late \x00 fraud", "customer_id": "p1", "time": "2026-05-01"}
    (record,) = call.post("/v1/comments", json={"items": [item]}, headers={"Idempotency-Key": "k"}).json()[
        "items"
    ]
    assert record["text"] == item["text"]
    again = call.post("/v1/comments", json={"items": [item]}, headers={"Idempotency-Key": "k"})
    assert again.json()["items"] == [record]
    call.post("/v1/scores", json={"items": [{"response_id": "评论/1", "scores": {"nps": 1}}]})
    (found,) = call.get("/v1/comments", params={"risk": "fraud", "aspect": "logistics"}).json()["items"]
    assert found["scores"] == {"nps": 1.0}
    assert call.get("/readyz").status_code == 200
    receipt = call.delete("/v1/customers/p1").json()
    assert (receipt["comments"], receipt["scores"]) == (1, 1)
    assert call.get("/v1/comments").json() == {"items": [], "next": None}
