"""The closed loop over HTTP."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta

import pytest
from starlette.testclient import TestClient

from vocnlp.alerts.rules import Rule, Rulebook, Webhook

SOON = (datetime.now(UTC) + timedelta(hours=1)).isoformat()


@pytest.fixture
def rules() -> Rulebook:
    webhook = Webhook(url="https://10.0.0.1", secret="whsec_" + base64.b64encode(bytes(24)).decode())
    return Rulebook(webhooks={"w": webhook}, rules=[Rule(name="all", when="True", webhooks=["w"])])


@pytest.fixture
def alert(call: TestClient) -> str:
    item = {"id": "c", "text": "late", "customer_id": "p", "scores": {"nps": 1}}
    call.post("/v1/comments", json={"items": [item]})
    (found,) = call.get("/v1/alerts", params={"state": "open", "owner": "Logistics"}).json()["items"]
    id: str = found["id"]
    return id


def test_from_the_alert_to_the_next_score(call: TestClient, alert: str) -> None:
    actions = f"/v1/alerts/{alert}/actions"
    assert call.post(actions, json={"action": "acknowledge"}).json()["state"] == "acknowledged"
    call.post(actions, json={"action": "assign", "assignee": "李"})
    call.post(actions, json={"action": "resolve", "note": "refunded", "by": "李"})
    assert call.get("/v1/alerts/outcomes").json()["unverified"] == 1
    call.post("/v1/comments", json={"items": [{"text": "nice", "customer_id": "p", "time": SOON,
                                               "scores": {"nps": 9}}]})  # fmt: skip
    case = call.get(f"/v1/alerts/{alert}").json()["case"]
    assert [(entry["action"], entry["key"]) for entry in case["history"]] == [
        ("acknowledge", "test"),
        ("assign", "test"),
        ("resolve", "test"),
    ]
    assert (case["outcome"]["verdict"], case["outcome"]["before"], case["outcome"]["after"]) == (
        "better",
        1,
        9,
    )
    tally = call.get("/v1/alerts/outcomes").json()
    assert (tally["resolved"], tally["better"], tally["open"]) == (1, 1, 1)
    mine = call.get("/v1/alerts", params={"assignee": "李", "state": "resolved"}).json()["items"]
    assert [found["id"] for found in mine] == [alert]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"action": "assign"}, "assign needs 'assignee'"),
        ({"action": "resolve"}, "resolve needs 'note'"),
        ({"action": "acknowledge", "assignee": "x"}, "belongs to assign, not to acknowledge"),
        ({"action": "close"}, "'acknowledge', 'assign', 'resolve' or 'reopen'"),
    ],
)
def test_an_action_that_is_wrong_is_refused(
    call: TestClient, alert: str, body: dict[str, str], message: str
) -> None:
    response = call.post(f"/v1/alerts/{alert}/actions", json=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert message in response.json()["detail"]


def test_an_action_at_the_wrong_time_is_refused(call: TestClient, alert: str) -> None:
    response = call.post(f"/v1/alerts/{alert}/actions", json={"action": "reopen"})
    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")
    assert call.post("/v1/alerts/nothing/actions", json={"action": "acknowledge"}).status_code == 404
