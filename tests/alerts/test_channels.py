"""Chats and mailboxes: what they are sent, and what happens when they do not take it."""

from __future__ import annotations

import base64
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime
from email import message_from_string, policy
from typing import Any

import orjson
import pytest
import requests
from pydantic import ValidationError

from vocnlp.alerts.channels import Channel, message
from vocnlp.alerts.dispatch import Dispatcher
from vocnlp.alerts.rules import Rulebook
from vocnlp.schema import Alert, Attempt

pytestmark = pytest.mark.filterwarnings("ignore:'imghdr' is deprecated")  # of apprise itself

COMMENT = {
    "id": "c1",
    "text": "快递太慢 <!channel> & more",
    "aspects": [{"aspect": "logistics", "polarity": "neg"}],
    "risks": [{"category": "churn", "severity": "high"}],
    "scores": {"nps": 3.0},
}
ON_COMMENT = {"id": "msg_1", "rule": "物流投诉", "severity": "high", "when": "risk", "comment": COMMENT}
ON_PATTERN = {
    "id": "msg_2",
    "rule": "eu",
    "severity": "low",
    "kind": "aggregate",
    "subject": "nps, region EU",
    "value": 12.5,
    "n": 48,
}


def alert(data: dict[str, Any] = ON_COMMENT) -> Alert:
    body = orjson.dumps({"type": "alert.fired", "data": data}).decode()
    return Alert("msg_1", "r", "high", "team", body, datetime.now(UTC), attempts=1)


def test_messages_say_what_people_need() -> None:
    title, body = message(ON_COMMENT)
    assert title == "物流投诉 (high)"
    assert body.splitlines() == [COMMENT["text"], "logistics: neg, churn: high", "nps: 3", "id: c1"]
    title, body = message(ON_PATTERN)
    assert (title, body.splitlines()) == ("eu (low)", ["nps, region EU", "value: 12.5", "n: 48"])
    _, body = message({**ON_COMMENT, "comment": {**COMMENT, "text": "慢" * 5000}})
    assert len(body) < 700


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("slack://T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ", "hooks.slack.com"),
        ("dingtalk://abcdefgh12345678", "oapi.dingtalk.com"),
        ("feishu://abcdefgh12345678", "open.feishu.cn"),
        ("wecombot://a1b2c3d4-aaaa-bbbb-cccc-a1b2c3d4e5f6", "qyapi.weixin.qq.com"),
    ],
)
def test_chats_get_the_text_at_their_own_address(
    monkeypatch: pytest.MonkeyPatch, url: str, host: str
) -> None:
    sent: list[tuple[str, str]] = []

    def post(address: str, *_: Any, data: Any = None, **__: Any) -> requests.Response:
        sent.append((address, data if isinstance(data, str) else data.decode()))
        answer = requests.Response()
        answer.status_code = 200
        answer._content = b'{"errcode": 0, "code": 0, "StatusCode": 0}' if "slack" not in url else b"ok"
        return answer

    monkeypatch.setattr("requests.post", post)
    monkeypatch.setattr("requests.request", lambda _, address, **rest: post(address, **rest))
    Channel(url=url).send(alert(), seconds=2)
    ((address, data),) = sent
    assert requests.utils.urlparse(address).hostname == host
    text = str(orjson.loads(data))
    assert "快递太慢" in text
    assert "物流投诉" in text
    if "slack" in url:
        assert "<!channel>" not in text  # else a customer could call everybody


def test_mail_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[Any, str]] = []

    class Server:
        def __init__(self, *_: Any, **__: Any) -> None: ...

        def __getattr__(self, _: str) -> Callable[..., tuple[int, bytes]]:
            return lambda *_, **__: (250, b"ok")

        def sendmail(self, _: str, to: Any, text: str) -> None:
            sent.append((to, text))

    monkeypatch.setattr(smtplib, "SMTP", Server)
    monkeypatch.setattr(smtplib, "SMTP_SSL", Server)
    Channel(url="mailtos://voc:hush@mail.example.com?to=care@example.com").send(alert(), seconds=2)
    ((to, text),) = sent
    mail = message_from_string(text, policy=policy.default)
    assert "care@example.com" in str(to)
    assert "物流投诉" in str(mail["subject"])
    assert "快递太慢" in mail.get_body(("plain", "html")).get_content()


class Queue:
    def __init__(self) -> None:
        self.settled: list[tuple[Attempt, str]] = []

    def claim(self, _: int) -> list[Alert]:
        return []

    def settle(self, _: Alert, attempt: Attempt, *, status: str, **__: Any) -> None:
        self.settled.append((attempt, status))


def test_what_is_not_taken_waits(receiver: Any) -> None:
    channel = Channel(url=receiver.url.replace("http:", "json:"))
    queue = Queue()
    dispatcher = Dispatcher(queue, {"team": channel}, seconds=2)
    receiver.answers = [500, 200]
    dispatcher.deliver(alert())
    dispatcher.deliver(alert())
    assert [(attempt.error is None, status) for attempt, status in queue.settled] == [
        (False, "pending"),
        (True, "delivered"),
    ]
    assert "did not take it" in str(queue.settled[0][0].error)


def test_urls_that_are_none_are_refused_without_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM", "dingtalk://abcdefgh12345678")
    assert "abcdefgh" not in repr(Channel(url="env:TEAM"))
    for url, words in (("env:NOWHERE", "no variable 'NOWHERE'"), ("nonsense://x", "none of apprise")):
        with pytest.raises(ValidationError, match=words):
            Channel(url=url)
    rule = {"name": "r", "when": "risk", "webhooks": ["team"]}
    book = {"channels": {"team": {"url": "env:TEAM"}}, "rules": [rule]}
    assert set(Rulebook.model_validate(book).targets) == {"team"}
    secret = "whsec_" + base64.b64encode(bytes(24)).decode()
    with pytest.raises(ValidationError, match="of a webhook and of a channel"):
        Rulebook.model_validate(
            {**book, "webhooks": {"team": {"url": "https://example.com", "secret": secret}}}
        )
