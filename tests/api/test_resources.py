"""Taxonomies and risk rules of a tenant: drafted, tried, used for tagging, and taken back."""

from __future__ import annotations

import copy
import json
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from vocnlp.settings import Settings

RISKS: dict[str, Any] = {
    "version": "mine@1",
    "languages": {"en": {}},
    "checks": {"delay": ["exceptions"]},
    "rules": {"delay": {"en": {"high": ["001 late"]}}},
}


@pytest.fixture
def settings(on_both: Settings) -> Settings:
    return on_both


@pytest.fixture
def tenant() -> str:
    return f"tenant {uuid.uuid4()}"


@pytest.fixture
def call(caller: Callable[..., TestClient], tenant: str) -> TestClient:
    return caller(tenant)


@pytest.fixture
def aspects(call: TestClient) -> dict[str, Any]:
    """The shipped taxonomy without `attitude`, whose deliveries belong to the depot."""
    content: dict[str, Any] = call.get("/v1/resources/taxonomy/0").json()
    kept = [aspect for aspect in content["aspects"] if aspect["id"] != "attitude"]
    kept[0]["owner"] = {"en": "The depot"}
    return {"version": "mine@1", "aspects": kept}


def draft(call: TestClient, kind: str, content: dict[str, Any]) -> int:
    response = call.post(f"/v1/resources/{kind}", json={"content": content})
    assert response.status_code == 201, response.text
    number: int = response.json()["number"]
    return number


def activate(call: TestClient, kind: str, content: dict[str, Any]) -> None:
    number = draft(call, kind, content)
    assert call.post(f"/v1/resources/{kind}/{number}/activate").json() == {"number": number}


def tag(call: TestClient, text: str = "late nice fraud") -> dict[str, Any]:
    (record,) = call.post("/v1/tag", json={"items": [{"text": text}]}).json()["items"]
    found: dict[str, Any] = record
    return found


def test_rules_of_a_tenant_decide_on_its_risks(call: TestClient, caller: Callable[..., TestClient]) -> None:
    before = tag(call)
    number = draft(call, "risks", RISKS)
    assert tag(call) == before
    assert call.get(f"/v1/resources/risks/{number}").json() == RISKS
    call.post(f"/v1/resources/risks/{number}/activate")
    after = tag(call)
    assert [(risk["category"], risk["rule"], risk["text"]) for risk in after["risks"]] == [
        ("delay", "delay.en.001", "late")
    ]
    assert after["versions"] == before["versions"] | {"risks": "mine@1"}
    (line,) = call.post("/v1/tag/stream", content=b'{"text":"late"}').text.splitlines()
    assert json.loads(line)["risks"][0]["category"] == "delay"
    assert tag(caller(f"other {uuid.uuid4()}")) == before
    assert call.get("/v1/resources/risks").json()["active"] == number
    assert call.post("/v1/resources/risks/roll-back").json() == {"number": 0}
    assert tag(call) == before


def test_jobs_use_the_rules_of_their_tenant(
    call: TestClient, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    activate(call, "risks", RISKS)
    job = call.post("/v1/jobs", params={"kind": "tags", "format": "csv"}, content=b"text\nlate\n").json()[
        "id"
    ]
    wait_for(lambda: call.get(f"/v1/jobs/{job}").json()["status"] == "done")
    record = json.loads(call.get(f"/v1/jobs/{job}/result").text)
    assert record["risks"][0]["category"] == "delay"


def test_aspects_that_a_taxonomy_lacks_are_left_out(call: TestClient, aspects: dict[str, Any]) -> None:
    activate(call, "taxonomy", aspects)
    record = tag(call)
    assert [found["aspect"] for found in record["aspects"]] == ["logistics"]
    assert record["versions"]["taxonomy"] == "mine@1"
    call.post("/v1/comments", json={"items": [{"id": "c", "text": "late"}]})
    reviews = [{"id": "c", "aspects": {"attitude": "neg"}}, {"id": "c", "aspects": {"logistics": "neg"}}]
    wrong, right = call.post("/v1/corrections", json={"items": reviews}).json()["items"]
    assert "'attitude' is not in the taxonomy; it has logistics" in wrong["error"]["message"]
    assert "error" not in right


def test_a_dry_run_tells_what_would_change(call: TestClient, aspects: dict[str, Any]) -> None:
    items = [{"id": f"c{n}", "text": text} for n, text in enumerate(["late", "late", "nice", "fraud"])]
    call.post("/v1/comments", json={"items": items})
    call.post("/v1/scores", json={"items": [{"response_id": "alone", "scores": {"nps": 1}}]})
    before = call.get("/v1/comments").json()
    rules = call.post(f"/v1/resources/risks/{draft(call, 'risks', RISKS)}/dry-run").json()
    assert rules["comments"] == 4
    assert rules["changes"] == [
        {"name": "delay", "before": 0, "after": 2, "gained": 2, "lost": 0},
        {"name": "fraud", "before": 1, "after": 0, "gained": 0, "lost": 1},
    ]
    found = {(one["comment"], one["name"], one["change"], one["words"]) for one in rules["examples"]}
    assert found == {
        ("c0", "delay", "gained", "late"),
        ("c1", "delay", "gained", "late"),
        ("c3", "fraud", "lost", "fraud"),
    }
    new = copy.deepcopy(aspects["aspects"][0]) | {"id": "breakfast"}
    number = draft(call, "taxonomy", aspects | {"aspects": [*aspects["aspects"], new]})
    trial = call.post(f"/v1/resources/taxonomy/{number}/dry-run").json()
    assert [(change["name"], change["lost"]) for change in trial["changes"]] == [
        ("attitude", 1),
        ("logistics", 0),
    ]
    assert trial["warnings"] == ["the model does not know 'breakfast': train one that does"]
    assert call.get("/v1/comments").json() == before
    nothing = call.post(f"/v1/resources/taxonomy/{number}/dry-run", params={"until": "2000-01-01"})
    assert nothing.json()["comments"] == 0


def test_the_shipped_content_is_taken_back_as_it_is(call: TestClient) -> None:
    for kind in ("taxonomy", "risks"):
        content = call.get(f"/v1/resources/{kind}/0").json()
        number = draft(call, kind, content)
        assert call.get(f"/v1/resources/{kind}/{number}").json() == content


@pytest.mark.parametrize(
    ("kind", "change", "message"),
    [
        ("risks", {"rules": {"delay": {"en": {"high": ["late"]}}}}, "risks: rules.delay.en.high[0]"),
        ("risks", {"rules": {"delay": {"en": {"high": ["001 (late"]}}}}, "risks: "),
        ("risks", {"checks": {}}, "the category is not in `checks`"),
        ("risks", {"version": "mine@" + "1" * 200}, "at most 200 characters"),
        ("taxonomy", {}, "taxonomy: aspects: Field required"),
    ],
)
def test_content_that_is_wrong_is_refused_with_its_place(
    call: TestClient, kind: str, change: dict[str, Any], message: str
) -> None:
    response = call.post(f"/v1/resources/{kind}", json={"content": RISKS | change})
    assert (response.status_code, response.json()["code"]) == (422, "invalid")
    assert message in response.json()["detail"]


def test_what_does_not_fit_is_refused(call: TestClient) -> None:
    number = draft(call, "risks", RISKS)
    assert call.post("/v1/resources/risks", json={"content": RISKS}).json()["code"] == "wrong_state"
    call.post(f"/v1/resources/risks/{number}/activate")
    assert call.post(f"/v1/resources/risks/{number}/activate").status_code == 409
    assert call.post("/v1/resources/risks/99/activate").status_code == 404
    assert call.post("/v1/resources/taxonomy/roll-back").status_code == 409
    assert call.get("/v1/resources/models").status_code == 422
