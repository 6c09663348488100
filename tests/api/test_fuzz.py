"""Whatever is sent, it is answered: never by a fault of the service."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

import orjson
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

PATHS = ["/v1/tag", "/v1/comments", "/v1/scores", "/v1/corrections"]
names = st.sampled_from(
    ["id", "text", "scores", "attributes", "customer_id", "response_id", "time", "nps", "csat", "x"]
) | st.text(max_size=5)
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=10)
    | st.sampled_from(["late", "9", "2026-05-01", "0001-01-01T00:00:00+23:59", "\x00", "很慢", 10**400])
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=6,
)
plain = st.fixed_dictionaries(
    {"text": st.text(max_size=10)},
    optional={
        "id": st.text(max_size=5),
        "scores": st.dictionaries(names, leaves, max_size=3),
        "attributes": st.dictionaries(names, leaves | st.lists(leaves, max_size=2), max_size=3),
        "response_id": st.text(min_size=1, max_size=5),
        "time": leaves,
    },
)
item = plain | st.dictionaries(names, values, max_size=6) | values
body = st.fixed_dictionaries({"items": st.lists(item, min_size=1, max_size=4)})
bounded = settings(
    max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


def json_text(value: Any) -> bytes:
    """JSON as careless callers make it: with NaN, huge numbers and halves of characters."""
    return json.dumps(value).encode()


@pytest.mark.parametrize("path", PATHS)
@given(sent=body)
@bounded
def test_every_item_has_an_answer_in_its_place(call: TestClient, path: str, sent: dict[str, Any]) -> None:
    response = call.post(path, content=json_text(sent), headers={"content-type": "application/json"})
    assert response.status_code == 200, response.text
    answers = orjson.loads(response.content)["items"]
    assert len(answers) == len(sent["items"])
    assert all(("error" in answer) or ("text" in answer) or ("comments" in answer) for answer in answers)


@pytest.mark.parametrize("path", PATHS)
@given(
    sent=st.binary(max_size=200) | values.map(json_text),
    kind=st.sampled_from(["application/json", "text/plain"]),
)
@bounded
def test_any_body_is_answered(call: TestClient, path: str, sent: bytes, kind: str) -> None:
    response = call.post(path, content=sent, headers={"content-type": kind})
    assert response.status_code in (200, 400, 422), response.text


@given(sent=st.lists(st.binary(max_size=60) | item.map(json_text), max_size=5).map(b"\n".join))
@bounded
def test_any_lines_are_answered_a_line_each(call: TestClient, sent: bytes) -> None:
    response = call.post("/v1/tag/stream", content=sent)
    assert response.status_code == 200
    lines = [line for line in sent.split(b"\n") if line.strip()]
    assert len(response.content.splitlines()) == len(lines)


@given(id=st.text(min_size=1, max_size=20))
@bounded
def test_any_id_is_looked_for(call: TestClient, id: str) -> None:
    quoted = quote(id, safe="", errors="surrogatepass")
    assert call.get(f"/v1/comments/{quoted}").status_code in (200, 404, 422)
    assert call.delete(f"/v1/customers/{quoted}").status_code in (200, 404, 422)
