"""Probes, metrics and logs."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI
from sqlalchemy import text
from starlette.testclient import TestClient

from api.logs import JsonFormatter


def test_a_healthy_service(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    assert client.get("/readyz").json() == {"status": "ok"}


def test_a_service_without_its_tables_or_model_is_not_ready(client: TestClient, app: FastAPI) -> None:
    with app.state.service.database.writing() as connection:
        current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        connection.execute(text("UPDATE alembic_version SET version_num = 'older'"))
    response = client.get("/readyz")
    assert (response.status_code, response.json()["code"]) == (503, "not_ready")
    assert client.get("/healthz").status_code == 200
    with app.state.service.database.writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :v"), {"v": current})
    assert client.get("/readyz").status_code == 200
    app.state.service.batcher.stop()
    assert "model" in client.get("/readyz").json()["detail"]


def test_metrics_count_what_happened_and_name_nobody(
    client: TestClient, caller: Callable[..., TestClient]
) -> None:
    call = caller("acme-tenant")
    call.post("/v1/tag", json={"items": [{"text": "很 late"}, {"text": "nice"}, {"text": ""}]})
    call.get("/v1/comments/customer-42")
    client.get("/no/such/path-1")
    shown = client.get("/metrics").text
    for line in (
        'vocnlp_requests_total{method="POST",route="/v1/tag",status="200"} 1.0',
        'vocnlp_requests_total{method="GET",route="/v1/comments/{id:path}",status="404"} 1.0',
        'vocnlp_requests_total{method="unknown",route="unknown",status="404"} 1.0',
        'vocnlp_comments_total{language="zh"} 1.0',
        'vocnlp_comments_total{language="en"} 1.0',
        'vocnlp_comment_errors_total{code="missing_text"} 1.0',
        "vocnlp_batch_comments_count 1.0",
        "vocnlp_queue_tokens 0.0",
        "vocnlp_alerts_waiting 0.0",
        "vocnlp_alert_lag_seconds 0.0",
    ):
        assert line in shown
    assert "acme" not in shown
    assert "customer-42" not in shown


def test_logs_are_json_without_what_customers_wrote(
    call: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        call.post("/v1/tag", json={"items": [{"text": "boom 13800138000"}]})
        call.get("/v1/comments/customer-42", params={"x": "y"})
    lines = [JsonFormatter().format(record) for record in caplog.records if record.name.startswith("api")]
    assert not any("13800138000" in line or "customer-42" in line for line in lines)
    parsed: list[Any] = [json.loads(line) for line in lines]
    request = next(line for line in parsed if line.get("route") == "/v1/tag")
    assert (request["method"], request["status"], request["level"]) == ("POST", 200, "info")
    failure = next(line for line in parsed if line.get("error"))
    assert failure["error"] == "ValueError"
    assert any("conftest.py" in place for place in failure["trace"])
