"""Raw texts through the API: for administrators alone, with a trace in the log, and nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from pydantic import SecretStr
from starlette.testclient import TestClient

from api.app import create_app
from api.consumer import Consumer
from api.logs import JsonFormatter
from vocnlp.errors import InputError
from vocnlp.settings import Settings
from vocnlp.store.rawtexts import RawTexts

KEY = Fernet.generate_key().decode()
TEXT = "late, call 13800138000"
ITEMS: dict[str, Any] = {"items": [{"text": ["bad"]}, {"id": "a/b", "text": TEXT, "customer_id": "p"}]}


@pytest.fixture
def settings(on_sqlite: Settings) -> Settings:
    return on_sqlite.model_copy(update={"raw_text_keys": SecretStr(KEY)})


def test_a_raw_text_is_shown_to_administrators_and_the_log_tells_of_it(
    call: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    stored = call.post("/v1/comments", json=ITEMS)
    response = call.get("/v1/raw-texts/a/b")
    assert response.json() == {"id": "a/b", "text": TEXT}
    (record,) = [record for record in caplog.records if record.message == "raw text read"]
    line = orjson.loads(JsonFormatter().format(record))
    assert line["request_id"] == response.headers["x-request-id"]
    assert len(line["key"]) > 4
    assert line["comment"] > 0
    shown = [stored.text, call.get("/v1/comments").text, call.get("/v1/comments/a/b").text]
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert all("13800138000" not in text for text in (*shown, *lines))


def test_no_other_scope_and_no_other_tenant_sees_it(caller: Callable[..., TestClient]) -> None:
    caller().post("/v1/comments", json=ITEMS)
    response = caller(scopes=["read", "write"]).get("/v1/raw-texts/a/b")
    assert (response.status_code, response.json()["code"]) == (403, "forbidden")
    response = caller("others").get("/v1/raw-texts/a/b")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


def test_it_goes_with_the_customer(call: TestClient) -> None:
    call.post("/v1/comments", json=ITEMS)
    assert call.delete("/v1/customers/p").json()["comments"] == 1
    assert call.get("/v1/raw-texts/a/b").status_code == 404


def test_comments_of_a_broker_keep_theirs(app: FastAPI, call: TestClient) -> None:
    consumer = Consumer(app.state.service, "default")
    asyncio.run(consumer.take(orjson.dumps(ITEMS["items"][1]), None))
    assert call.get("/v1/raw-texts/a/b").json()["text"] == TEXT


def test_a_service_does_not_start_on_another_key(call: TestClient, tagger: Any, settings: Settings) -> None:
    call.post("/v1/comments", json=ITEMS)
    other = SecretStr(Fernet.generate_key().decode())
    with pytest.raises(InputError, match="put the earlier key behind the new one"):
        create_app(tagger, settings.model_copy(update={"raw_text_keys": other}))


def test_a_process_without_the_key_says_so(call: TestClient, tagger: Any, on_sqlite: Settings) -> None:
    call.post("/v1/comments", json=ITEMS)
    app = create_app(tagger, on_sqlite)
    response = TestClient(app, headers=call.headers).get("/v1/raw-texts/a/b")
    assert (response.status_code, response.json()["code"]) == (409, "wrong_state")
    app.state.service.database.close()


def test_the_key_is_read_from_the_environment_and_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOCNLP_RAW_TEXT_KEYS", KEY)
    settings = Settings()
    assert settings.raw_text_keys is not None
    assert settings.raw_text_keys.get_secret_value() == KEY
    assert KEY not in repr(settings)


def test_texts_of_older_keys_are_renewed_by_the_process_that_does_jobs(
    call: TestClient, tagger: Any, settings: Settings, wait_for: Callable[[Callable[[], bool]], None]
) -> None:
    call.post("/v1/comments", json=ITEMS)
    new = Fernet.generate_key().decode()
    both = create_app(tagger, settings.model_copy(update={"raw_text_keys": SecretStr(f"{new},{KEY}")}))
    with TestClient(both, headers=call.headers) as client:
        database = both.state.service.database

        def renewed() -> bool:
            try:
                RawTexts(database, new).check()
            except InputError:
                return False
            return True

        wait_for(renewed)
        assert client.get("/v1/raw-texts/a/b").json()["text"] == TEXT
