"""Tagging over HTTP: the contract's records in order, errors in place, nothing stored."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient


def tag(call: TestClient, *items: Any, detail: str = "full") -> list[Any]:
    response = call.post("/v1/tag", params={"detail": detail}, json={"items": list(items)})
    assert response.status_code == 200, response.text
    found: list[Any] = response.json()["items"]
    return found


def test_the_record_is_that_of_the_contract(call: TestClient) -> None:
    (record,) = tag(
        call,
        {"id": "c1", "text": "late 13800138000", "scores": {"nps": 3}, "attributes": {"product": "lamp"}},
    )
    assert record == {
        "id": "c1",
        "text": "late [phone]",
        "language": {"code": "en", "confidence": 0.9},
        "sentiment": {
            "label": "neg",
            "score": 0.5,
            "probabilities": {"neg": 0.25, "neu": 0.0, "pos": 0.75, "mix": 0.0},
        },
        "aspects": [
            {
                "aspect": "logistics",
                "polarity": "neg",
                "confidence": 0.9,
                "evidence": [{"start": 0, "end": 4, "text": "late"}],
            }
        ],
        "risks": [],
        "pii": [],
        "scores": {"nps": 3.0},
        "attributes": {"product": "lamp"},
        "warnings": [],
        "versions": {"model": "fake@1", "taxonomy": "voc@1", "risks": "risks@1"},
    }
    assert call.get("/v1/comments").json()["items"] == []


def test_tags_alone_leave_out_words_and_what_was_sent(call: TestClient) -> None:
    items = [{"id": "c1", "text": "late fraud", "attributes": {"a": 1}}, {"text": ""}]
    record, failed = tag(call, *items, detail="tags")
    assert record.keys() == {"id", "language", "sentiment", "aspects", "risks", "warnings", "versions"}
    assert record["aspects"] == [{"aspect": "logistics", "polarity": "neg", "confidence": 0.9}]
    assert record["risks"] == [{"category": "fraud", "severity": "critical", "rule": "fraud.en.001"}]
    assert failed["error"]["code"] == "missing_text"


def test_bad_items_are_errors_in_their_place(call: TestClient) -> None:
    good = {"id": "good", "text": "nice"}
    bad: list[tuple[Any, str | None, str]] = [
        (5, None, "item 2 is no object"),
        ({"id": "x", "text": "y", "txet": "z"}, "x", "item 3: txet"),
        ({"id": "x", "text": 5}, "x", "item 4: text"),
        ({"id": "", "text": "y"}, "", "item 5: id"),
        ({"id": "a\x00b", "text": "y"}, "a\x00b", "item 6: id"),
        ({"id": 7, "text": "y"}, None, "item 7: id"),
        ({"text": "y", "attributes": {"a": {"b": 1}}}, None, "item 8: attributes.a"),
        ({"text": "boom"}, "9", "tagging failed"),
        ({"text": " \n"}, "10", "item 10 has no text"),
    ]
    first, *failed, last = tag(call, good, *[item for item, _, _ in bad], good)
    assert first == last
    assert first["text"] == "nice"
    for record, (_, id, message) in zip(failed, bad, strict=True):
        assert record["id"] == id
        assert message in record["error"]["message"]
        assert record["error"]["code"] in ("bad_row", "internal", "missing_text")


def test_scores_are_recognised_and_checked_as_in_files(call: TestClient) -> None:
    records = tag(
        call,
        {"text": "a", "scores": {"NPS评分": "9"}},
        {"text": "a", "attributes": {"nps": 8, "shop": "x"}},
        {"text": "a", "scores": {"nps": 11}},
        {"scores": {"nps": 2}},
    )
    assert [record["scores"] for record in records] == [{"nps": 9.0}, {"nps": 8.0}, {}, {"nps": 2.0}]
    assert records[1]["attributes"] == {"shop": "x"}
    assert records[2]["attributes"] == {"nps": 11}
    assert records[2]["warnings"][0].startswith("score_rejected: item 3")


def test_halves_of_characters_are_mended_and_told(call: TestClient) -> None:
    body = rb'{"items": [{"id": "a", "text": "late \ud83d", "attributes": {"k\udc00": [1e400, "\ud800"]}}]}'
    headers = {"content-type": "application/json"}
    (record,) = call.post("/v1/tag", content=body, headers=headers).json()["items"]
    assert record["text"] == "late �"
    assert record["attributes"] == {"k�": ["inf", "�"]}
    assert record["warnings"][0].startswith("characters_repaired")


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_request"),
        (b"\xff", 400, "bad_request"),
        (b"[" * 100_000, 400, "bad_request"),
        (b"[]", 422, "invalid"),
        (b"{}", 422, "invalid"),
        (b'{"items": []}', 422, "invalid"),
        (b'{"items": 1}', 422, "invalid"),
        (b'{"items": [{"text": "a"}], "x": 1}', 422, "invalid"),
        (b'{"items": [' + b",".join([b"1"] * 1001) + b"]}", 422, "invalid"),
    ],
)
def test_a_wrong_envelope_is_a_problem(call: TestClient, body: bytes, status: int, code: str) -> None:
    response = call.post("/v1/tag", content=body, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["request_id"] == response.headers["x-request-id"]


def test_a_thousand_comments_of_any_mix(call: TestClient) -> None:
    items = [{"id": str(i), "text": ("很慢", "late", "どうも", "")[i % 4]} for i in range(1000)]
    records = tag(call, *items)
    assert [record["id"] for record in records] == [str(i) for i in range(1000)]
    assert sum("error" in record for record in records) == 250


def test_what_a_customer_wrote_is_in_no_error(call: TestClient) -> None:
    response = call.post("/v1/tag", json={"items": "my phone is 13800138000"})
    assert response.status_code == 422
    assert "13800138000" not in response.text
