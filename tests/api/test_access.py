"""Who may do what: every route, without key, with the wrong one, and for the wrong tenant."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from vocnlp.alerts.rules import Rule, Rulebook, Webhook
from vocnlp.settings import Settings

RAW_TEXT_KEY = Fernet.generate_key().decode()
OPEN = {("GET", "/healthz"), ("GET", "/readyz"), ("GET", "/metrics")}
ITEMS = {"items": [{"id": "x", "text": "late"}]}
SCORES = {"items": [{"response_id": "theirs", "scores": {"nps": 1}}]}
REVIEWS = {"items": [{"id": "theirs", "aspects": {"logistics": "neg"}, "reviewer": "fraud team"}]}
FILE: dict[str, Any] = {"params": {"kind": "tags", "format": "csv"}, "content": b"text\nlate fraud\n"}
OUR_REVIEW = {"items": [{"id": "theirs", "aspects": {}}]}
TRIAL = {
    "rules": [{"name": "bad", "when": '"logistics:neg" in aspects', "webhooks": ["w"], "tenant": "theirs"}]
}
DONE = {"action": "resolve", "note": "fraud refunded", "by": "Ana"}
WORDS: dict[str, Any] = {
    "version": "fraud@1",
    "languages": {"en": {}},
    "checks": {"delay": []},
    "rules": {"delay": {"en": {"high": ["001 late"]}}},
}
# method, path, scope, options of the request
ROUTES: list[tuple[str, str, str, dict[str, Any]]] = [
    ("POST", "/v1/tag", "write", {"json": ITEMS}),
    ("POST", "/v1/tag/stream", "write", {"content": b'{"text":"late"}'}),
    ("POST", "/v1/comments", "write", {"json": ITEMS}),
    ("GET", "/v1/comments", "read", {}),
    ("GET", "/v1/comments/{id}", "read", {}),
    ("GET", "/v1/raw-texts/{id}", "admin", {}),
    ("DELETE", "/v1/customers/{id}", "admin", {}),
    ("POST", "/v1/scores", "write", {"json": SCORES}),
    ("POST", "/v1/corrections", "write", {"json": REVIEWS}),
    ("GET", "/v1/corrections", "read", {}),
    ("GET", "/v1/causes", "read", {}),
    ("GET", "/v1/trends", "read", {}),
    ("GET", "/v1/topics", "read", {}),
    ("POST", "/v1/reports", "write", {"json": {}}),
    ("GET", "/v1/reports/{id}", "read", {}),
    ("GET", "/v1/models", "read", {}),
    ("POST", "/v1/jobs", "write", FILE),
    ("GET", "/v1/jobs", "read", {}),
    ("GET", "/v1/jobs/{id}", "read", {}),
    ("GET", "/v1/jobs/{id}/result", "read", {}),
    ("POST", "/v1/jobs/{id}/cancel", "write", {}),
    ("DELETE", "/v1/jobs/{id}", "write", {}),
    ("GET", "/v1/alerts", "read", {}),
    ("POST", "/v1/alerts/dry-run", "read", {"json": TRIAL}),
    ("GET", "/v1/alerts/{id}", "read", {}),
    ("POST", "/v1/alerts/{id}/replay", "admin", {}),
    ("POST", "/v1/alerts/{id}/actions", "write", {"json": DONE}),
    ("GET", "/v1/alerts/outcomes", "read", {}),
    ("GET", "/v1/resources/{kind}", "read", {}),
    ("POST", "/v1/resources/{kind}", "write", {"json": {"content": WORDS}}),
    ("GET", "/v1/resources/{kind}/{number}", "read", {}),
    ("POST", "/v1/resources/{kind}/{number}/dry-run", "read", {}),
    ("POST", "/v1/resources/{kind}/{number}/activate", "admin", {}),
    ("POST", "/v1/resources/{kind}/roll-back", "admin", {}),
]


@pytest.fixture
def settings(on_both: Settings) -> Settings:
    # jobs stay as they are
    return on_both.model_copy(update={"worker": False, "raw_text_keys": SecretStr(RAW_TEXT_KEY)})


@pytest.fixture
def them() -> str:
    """The name of a tenant; on PostgreSQL the tests share a database."""
    return f"theirs {uuid.uuid4()}"


@pytest.fixture
def rules(them: str) -> Rulebook:
    webhook = Webhook(url="https://10.0.0.1", secret="whsec_" + base64.b64encode(bytes(24)).decode())
    return Rulebook(
        webhooks={"w": webhook}, rules=[Rule(name="all", when="True", webhooks=["w"], tenant=them)]
    )


def test_the_table_holds_every_route(app: FastAPI) -> None:
    routes = {
        (method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods
    }
    assert {(method, path) for method, path, _, _ in ROUTES} | OPEN == routes


@pytest.mark.parametrize("route", ROUTES)
def test_a_key_with_the_scope_is_needed(
    client: TestClient, caller: Callable[..., TestClient], route: tuple[str, str, str, dict[str, Any]]
) -> None:
    method, path, scope, options = route
    bad = ["", "Bearer", "Bearer wrong", "Basic eDp5", "Bearer é", f"Bearer {'x' * 5000}"]
    for value in bad:
        headers = {"authorization": value.encode()} if value else {}
        response = client.request(method, path, headers=headers, **options)
        assert (response.status_code, response.json()["code"]) == (401, "unauthorized")
        assert response.headers["www-authenticate"] == "Bearer"
    others = [other for other in ("read", "write", "admin") if other != scope]
    response = caller(scopes=others).request(method, path, **options)
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    assert scope in response.json()["detail"]
    response = caller(scopes=[scope]).request(method, path, **options)
    assert response.status_code not in (401, 403)


def test_expired_and_revoked_keys_are_refused(app: FastAPI, client: TestClient) -> None:
    keys = app.state.service.keys
    old = keys.create("old", expires_at=datetime.now(UTC) - timedelta(seconds=1))
    revoked = keys.create("revoked")
    keys.revoke(keys.find(revoked).id)
    for key in (old, revoked):
        response = client.get("/v1/comments", headers={"authorization": f"Bearer {key}"})
        assert response.status_code == 401


def test_no_route_shows_or_changes_what_is_another_tenants(
    caller: Callable[..., TestClient], wait_for: Callable[[Callable[[], bool]], None], them: str
) -> None:
    theirs, ours = caller(them), caller(f"not {them}")
    theirs.post("/v1/comments", json={"items": [{"id": "theirs", "text": "late fraud", "customer_id": "p"}]})
    alert = theirs.get("/v1/alerts").json()["items"][0]["id"]
    wait_for(lambda: theirs.get(f"/v1/alerts/{alert}").json()["status"] == "dead")
    job = theirs.post("/v1/jobs", **FILE).json()["id"]
    report = theirs.post("/v1/reports", json={"title": "fraud"}).json()["id"]
    assert theirs.post("/v1/corrections", json=REVIEWS).json()["items"][0]["id"] == "theirs"
    assert theirs.post(f"/v1/alerts/{alert}/actions", json=DONE).json()["state"] == "resolved"
    assert theirs.post("/v1/resources/risks", json={"content": WORDS}).json() == {"number": 1}
    assert theirs.post("/v1/resources/risks/1/activate").status_code == 200
    before = theirs.get("/v1/comments/theirs").json()
    answers = {
        ("POST", "/v1/tag"): ours.post("/v1/tag", json=ITEMS),
        ("POST", "/v1/tag/stream"): ours.post("/v1/tag/stream", content=b'{"text":"late"}'),
        ("POST", "/v1/comments"): ours.post(
            "/v1/comments", json={"items": [{"id": "theirs", "text": "nice"}]}
        ),
        ("GET", "/v1/comments"): ours.get("/v1/comments", params={"risk": "fraud"}),
        ("GET", "/v1/comments/{id}"): ours.get("/v1/comments/theirs"),
        ("GET", "/v1/raw-texts/{id}"): ours.get("/v1/raw-texts/theirs"),
        ("DELETE", "/v1/customers/{id}"): ours.delete("/v1/customers/p"),
        ("POST", "/v1/scores"): ours.post("/v1/scores", json=SCORES),
        ("GET", "/v1/causes"): ours.get("/v1/causes"),
        ("POST", "/v1/corrections"): ours.post("/v1/corrections", json=OUR_REVIEW),
        ("GET", "/v1/corrections"): ours.get("/v1/corrections"),
        ("GET", "/v1/trends"): ours.get("/v1/trends"),
        ("GET", "/v1/topics"): ours.get("/v1/topics"),
        ("POST", "/v1/reports"): ours.post("/v1/reports", json={}),
        ("GET", "/v1/reports/{id}"): ours.get(f"/v1/reports/{report}"),
        ("GET", "/v1/models"): ours.get("/v1/models"),
        ("POST", "/v1/jobs"): ours.post("/v1/jobs", **FILE),
        ("GET", "/v1/jobs"): ours.get("/v1/jobs"),
        ("GET", "/v1/jobs/{id}"): ours.get(f"/v1/jobs/{job}"),
        ("GET", "/v1/jobs/{id}/result"): ours.get(f"/v1/jobs/{job}/result"),
        ("POST", "/v1/jobs/{id}/cancel"): ours.post(f"/v1/jobs/{job}/cancel"),
        ("DELETE", "/v1/jobs/{id}"): ours.delete(f"/v1/jobs/{job}"),
        ("GET", "/v1/alerts"): ours.get("/v1/alerts"),
        ("POST", "/v1/alerts/dry-run"): ours.post("/v1/alerts/dry-run", json=TRIAL),
        ("GET", "/v1/alerts/{id}"): ours.get(f"/v1/alerts/{alert}"),
        ("POST", "/v1/alerts/{id}/replay"): ours.post(f"/v1/alerts/{alert}/replay"),
        ("POST", "/v1/alerts/{id}/actions"): ours.post(
            f"/v1/alerts/{alert}/actions", json={"action": "reopen"}
        ),
        ("GET", "/v1/alerts/outcomes"): ours.get("/v1/alerts/outcomes"),
        ("GET", "/v1/resources/{kind}/{number}"): ours.get("/v1/resources/risks/1"),
        ("POST", "/v1/resources/{kind}/{number}/dry-run"): ours.post("/v1/resources/risks/1/dry-run"),
        ("POST", "/v1/resources/{kind}/{number}/activate"): ours.post("/v1/resources/risks/1/activate"),
        ("POST", "/v1/resources/{kind}/roll-back"): ours.post("/v1/resources/risks/roll-back"),
        ("POST", "/v1/resources/{kind}"): ours.post(
            "/v1/resources/taxonomy", json={"content": ours.get("/v1/resources/taxonomy/0").json()}
        ),
        ("GET", "/v1/resources/{kind}"): ours.get("/v1/resources/risks"),
    }
    assert answers.keys() == {(method, path) for method, path, _, _ in ROUTES}
    for response in answers.values():
        assert "fraud" not in response.text
    assert answers["POST", "/v1/comments"].json()["items"][0]["text"] == "nice"
    assert answers["GET", "/v1/comments"].json()["items"] == []
    assert answers["GET", "/v1/comments/{id}"].json()["text"] == "nice"  # our own of the same id
    assert answers["GET", "/v1/raw-texts/{id}"].json()["text"] == "nice"
    assert theirs.get("/v1/raw-texts/theirs").json()["text"] == "late fraud"
    assert answers["DELETE", "/v1/customers/{id}"].json()["comments"] == 0
    assert answers["POST", "/v1/scores"].json()["items"] == [
        {"response_id": "theirs", "customer_id": None, "comments": 1}
    ]
    assert answers["POST", "/v1/corrections"].json()["items"][0]["id"] == "theirs"
    assert answers["GET", "/v1/corrections"].json()["text"] == "nice"
    began = [
        answers[route].json()["id"]
        for route in (("POST", "/v1/jobs"), ("GET", "/v1/topics"), ("POST", "/v1/reports"))
    ]
    assert {job["id"] for job in answers["GET", "/v1/jobs"].json()["items"]} == set(began)
    assert len(set(began)) == 3
    assert answers["GET", "/v1/reports/{id}"].status_code == 404
    for method, path in (("GET", ""), ("GET", "/result"), ("POST", "/cancel"), ("DELETE", "")):
        assert answers[method, f"/v1/jobs/{{id}}{path}"].status_code == 404
    assert theirs.get(f"/v1/jobs/{job}").json()["status"] == "queued"
    assert answers["POST", "/v1/alerts/dry-run"].json()["items"][0]["fired"] == 0
    assert answers["GET", "/v1/alerts"].json()["items"] == []
    assert answers["GET", "/v1/alerts/{id}"].status_code == 404
    assert answers["POST", "/v1/alerts/{id}/replay"].status_code == 404
    assert theirs.get("/v1/comments/theirs").json() == before
    assert answers["POST", "/v1/alerts/{id}/actions"].status_code == 404
    assert set(answers["GET", "/v1/alerts/outcomes"].json().values()) == {0}
    for path in ("", "/dry-run", "/activate"):
        method = "POST" if path else "GET"
        assert answers[method, f"/v1/resources/{{kind}}/{{number}}{path}"].status_code == 404
    assert answers["POST", "/v1/resources/{kind}/roll-back"].status_code == 409
    assert answers["GET", "/v1/resources/{kind}"].json() == {"active": 0, "items": []}
    assert theirs.get("/v1/resources/risks").json()["active"] == 1
    assert theirs.get("/v1/resources/taxonomy").json()["items"] == []
    shown = theirs.get(f"/v1/alerts/{alert}").json()
    assert (shown["status"], shown["state"]) == ("dead", "resolved")


def test_an_idempotency_key_of_one_tenant_is_none_of_another(
    caller: Callable[..., TestClient], them: str
) -> None:
    first, second = (
        caller(tenant).post(
            "/v1/comments", json={"items": [{"text": "late"}]}, headers={"Idempotency-Key": "same"}
        )
        for tenant in (them, f"not {them}")
    )
    assert first.status_code == second.status_code == 200
    assert first.json()["items"][0]["id"] != second.json()["items"][0]["id"]


class TestRateLimit:
    @pytest.fixture
    def settings(self, settings: Any) -> Any:
        return settings.model_copy(update={"rate_limit": "3/minute"})

    def test_a_key_is_slowed_down_and_no_other(self, caller: Callable[..., TestClient]) -> None:
        first, second = caller(), caller()
        assert [first.get("/v1/comments").status_code for _ in range(4)] == [200, 200, 200, 429]
        response = first.get("/v1/alerts")
        assert response.json()["code"] == "rate_limited"
        assert 1 <= int(response.headers["retry-after"]) <= 60
        assert second.get("/v1/comments").status_code == 200
        assert first.get("/healthz").status_code == 200
