"""Comments and scores over HTTP: stored once, found, joined, erased, alerted."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
import pytest
from starlette.testclient import TestClient

from vocnlp.alerts.rules import Rule, Rulebook, Webhook

WEBHOOK = Webhook(url="https://hooks.example.com", secret="whsec_" + base64.b64encode(bytes(24)).decode())


@pytest.fixture
def rules() -> Rulebook:
    rule = Rule(name="vip", when='nps < 3 and segment == "VIP"', webhooks=["private"])
    return Rulebook(
        webhooks={"private": Webhook(url="https://10.0.0.1", secret=WEBHOOK.secret)}, rules=[rule]
    )


def add(call: TestClient, *items: Any, key: str | None = None) -> list[Any]:
    headers = {"Idempotency-Key": key} if key else {}
    response = call.post("/v1/comments", json={"items": list(items)}, headers=headers)
    assert response.status_code == 200, response.text
    found: list[Any] = response.json()["items"]
    return found


def found(call: TestClient, **query: Any) -> list[str]:
    response = call.get("/v1/comments", params=query)
    assert response.status_code == 200, response.text
    return [record["id"] for record in response.json()["items"]]


def test_a_stored_record_holds_where_it_belongs(call: TestClient) -> None:
    (record,) = add(
        call,
        {
            "id": "c1",
            "text": "late 13800138000",
            "customer_id": "p1",
            "response_id": "r1",
            "time": "2026-05-01T08:00:00+08:00",
            "attributes": {"product": "lamp"},
        },
    )
    assert record["text"] == "late [phone]"
    assert record["attributes"] == {
        "product": "lamp",
        "customer_id": "p1",
        "response_id": "r1",
        "time": "2026-05-01T08:00:00+08:00",
    }
    assert call.get("/v1/comments/c1").json() == record
    assert call.get("/v1/comments").json() == {"items": [record], "next": None}


@pytest.mark.parametrize("id", ["a/b", "a b?c=d#e", "评论/一", "%2F"])
def test_ids_of_any_kind_are_found_again(server: str, key: str, id: str) -> None:
    with httpx.Client(base_url=server, headers={"Authorization": f"Bearer {key}"}) as client:
        client.post("/v1/comments", json={"items": [{"id": id, "text": "late", "customer_id": id}]})
        assert client.get(f"/v1/comments/{quote(id, safe='')}").json()["id"] == id
        assert client.delete(f"/v1/customers/{quote(id, safe='')}").json()["comments"] == 1


def test_items_fail_each_for_itself(call: TestClient) -> None:
    records = add(
        call,
        {"id": "a", "text": "late"},
        {"id": "b", "text": "boom"},
        {"id": "c", "text": "x", "time": "yesterday"},
        {"id": "d", "text": "x", "time": "0001-01-01T00:00:00+14:00"},
        {"id": "e", "text": "x", "attributes": {"customer_id": "p"}},
        {"id": "e", "text": "x", "scores": {"time": "noon"}},
        {"id": "a", "text": "something else"},
        {"id": "f", "text": "nice"},
    )
    codes = [record.get("error", {}).get("code") for record in records]
    assert codes == [None, "internal", "bad_row", "bad_row", "bad_row", "bad_row", "id_conflict", None]
    assert sorted(found(call)) == ["a", "f"]


def test_sending_again_changes_nothing(call: TestClient) -> None:
    first = add(call, {"id": "a", "text": "late"}, {"text": "nice"}, key="k1")
    assert add(call, {"id": "a", "text": "late"}, {"text": "nice"}, key="k1") == first
    assert len(found(call)) == 2
    response = call.post(
        "/v1/comments", json={"items": [{"text": "other"}]}, headers={"Idempotency-Key": "k1"}
    )
    assert (response.status_code, response.json()["code"]) == (409, "idempotency_key_reused")
    assert len(found(call)) == 2


def test_without_id_and_key_every_sending_is_new(call: TestClient) -> None:
    add(call, {"text": "late"})
    add(call, {"text": "late"})
    assert len(set(found(call))) == 2


def test_filters_and_pages(call: TestClient) -> None:
    for day, text in enumerate(["late", "nice", "很 late", "late nice fraud"], 1):
        add(call, {"id": f"d{day}", "text": text, "time": f"2026-05-0{day}"})
    assert found(call) == ["d4", "d3", "d2", "d1"]
    assert found(call, since="2026-05-02T00:00:00Z", until="2026-05-04") == ["d3", "d2"]
    assert found(call, language="zh") == ["d3"]
    assert found(call, aspect="logistics", polarity="neg") == ["d4", "d3", "d1"]
    assert found(call, aspect="logistics", polarity="pos") == []
    assert found(call, risk="fraud") == ["d4"]
    page = call.get("/v1/comments", params={"limit": 3, "polarity": "neg"}).json()
    assert page["next"] is None
    seen = []
    query = {"limit": 2}
    while True:
        page = call.get("/v1/comments", params=query).json()
        seen.append([record["id"] for record in page["items"]])
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert seen == [["d4", "d3"], ["d2", "d1"]]


@pytest.mark.parametrize(
    "query",
    [
        {"cursor": "nonsense"},
        {"cursor": "MjAyNi0wNS0wMSAx"},  # a place without a zone
        {"cursor": base64.urlsafe_b64encode(b"2026-05-01T00:00:00+00:00 99999999999999999999").decode()},
        {"cursor": "é"},
        {"since": "yesterday"},
        {"until": "9999-12-31"},
        {"polarity": "bad"},
        {"limit": 0},
        {"limit": 501},
        {"aspect": ""},
        {"risk": "a\x00b"},
    ],
)
def test_wrong_questions_are_problems(call: TestClient, query: dict[str, Any]) -> None:
    response = call.get("/v1/comments", params=query)
    assert (response.status_code, response.json()["code"]) == (422, "invalid")


def test_scores_find_their_comments(call: TestClient) -> None:
    add(call, {"id": "a", "text": "late", "response_id": "r1"})
    sent = [
        {"response_id": "r1", "scores": {"NPS": "2", "csat": 4}},
        {"response_id": "r2", "scores": {"nps": 9}},
        {"response_id": "r1", "scores": {"nps": 11}},
        {"response_id": "r1", "scores": {"mood": 1}},
        {"response_id": "r1", "scores": {}},
        {"scores": {"nps": 1}},
    ]
    results = call.post("/v1/scores", json={"items": sent}).json()["items"]
    assert results[:2] == [
        {"response_id": "r1", "customer_id": None, "comments": 1},
        {"response_id": "r2", "customer_id": None, "comments": 0},
    ]
    assert [r["error"]["code"] for r in results[2:]] == ["score_rejected"] * 2 + ["bad_row"] * 2
    assert call.get("/v1/comments/a").json()["scores"] == {"nps": 2.0, "csat": 4.0}
    (late,) = add(call, {"id": "b", "text": "nice", "response_id": "r2"})
    assert late["scores"] == {"nps": 9.0}


def test_a_customer_is_erased_with_a_receipt(call: TestClient) -> None:
    add(
        call,
        {"id": "a", "text": "late", "customer_id": "p/1"},
        {"id": "b", "text": "nice", "customer_id": "p2"},
    )
    call.post("/v1/scores", json={"items": [{"response_id": "a", "scores": {"nps": 1}}]})
    receipt = call.delete("/v1/customers/p%2F1").json()
    assert receipt.keys() == {"id", "at", "comments", "scores", "alerts", "jobs"}
    assert (receipt["comments"], receipt["scores"]) == (1, 1)
    assert call.get("/v1/comments/a").status_code == 404
    assert found(call) == ["b"]


def alerts(call: TestClient) -> list[Any]:
    listed: list[Any] = call.get("/v1/alerts").json()["items"]
    return listed


def test_an_alert_fires_once_also_by_a_later_score(
    call: TestClient, app: Any, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    add(call, {"id": "a", "text": "late", "attributes": {"segment": "VIP"}})
    assert alerts(call) == []
    for _ in range(2):
        call.post("/v1/scores", json={"items": [{"response_id": "a", "scores": {"nps": 1}}]})
    (alert,) = alerts(call)
    assert (alert["rule"], alert["comment"], alert["webhook"]) == ("vip", "a", "private")
    wait_for(lambda: alerts(call)[0]["status"] == "dead")  # its address is refused
    shown = call.get(f"/v1/alerts/{alert['id']}").json()
    assert [attempt["status_code"] for attempt in shown["deliveries"]] == [None]
    assert "10.0.0.1" in shown["deliveries"][0]["error"]
    assert call.post(f"/v1/alerts/{alert['id']}/replay").status_code == 202
    wait_for(lambda: len(call.get(f"/v1/alerts/{alert['id']}").json()["deliveries"]) == 2)
    assert call.get("/v1/alerts", params={"status": "delivered"}).json()["items"] == []
    assert call.get("/v1/alerts/none").status_code == 404
    assert call.post("/v1/alerts/none/replay").status_code == 404
