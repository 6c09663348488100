"""Files of rules: read, refused with the place, and what they send."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks import Webhook as Verifier

from vocnlp.alerts.rules import Rulebook, load
from vocnlp.errors import InputError, TaxonomyError
from vocnlp.schema import Language, Sentiment, TaggedComment

SECRET = "whsec_" + base64.b64encode(bytes(range(24))).decode()
FILE = f"""
webhooks:
  ops: {{url: "https://hooks.example.com/voc", secret: "{SECRET}"}}
  crm: {{url: "https://crm.example.com", secret: "env:CRM_SECRET"}}
rules:
  - {{name: vip, when: 'csat < 3 and segment == "VIP"', severity: critical, webhooks: [ops, crm]}}
  - {{name: refund, when: '"退款" in text', webhooks: [ops]}}
  - {{name: theirs, when: 'True', tenant: acme, webhooks: [crm]}}
"""


def record(text: str = "慢", **scores: float) -> TaggedComment:
    sentiment = Sentiment("neg", -0.9, {"neg": 0.9})
    return TaggedComment(
        "c1",
        text,
        Language("zh", 0.9),
        sentiment,
        [],
        [],
        [],
        scores,
        {"segment": "VIP"},
        [],
        {"model": "m@1"},
    )


@pytest.fixture
def rulebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rulebook:
    monkeypatch.setenv("CRM_SECRET", SECRET)
    path = tmp_path / "alerts.yaml"
    path.write_text(FILE, encoding="utf-8")
    return load(path)


def test_a_rule_fires_for_its_tenant_once_a_webhook(rulebook: Rulebook) -> None:
    fired = list(rulebook.fire("default", record(csat=1.0)))
    assert [(a.rule, a.webhook, a.severity) for a in fired] == [
        ("vip", "ops", "critical"),
        ("vip", "crm", "critical"),
    ]
    assert len({alert.id for alert in fired}) == 2
    assert list(rulebook.fire("default", record(csat=4.0))) == []
    assert [a.rule for a in rulebook.fire("default", record("要退款"))] == ["refund"]
    assert [a.rule for a in rulebook.fire("acme", record())] == ["theirs"]
    assert list(rulebook.fire("nobody", record(csat=1.0))) == []


def test_what_is_sent_holds_the_record_and_can_be_verified(rulebook: Rulebook) -> None:
    alert = next(iter(rulebook.fire("default", record(csat=1.0))))
    body = json.loads(alert.body)
    assert body["type"] == "alert.fired"
    assert body["data"]["id"] == alert.id
    assert body["data"]["comment"]["text"] == "慢"
    assert body["data"]["comment"]["scores"] == {"csat": 1.0}
    now = datetime.now(UTC)
    headers = {
        "webhook-id": alert.id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": rulebook.webhooks["ops"].sign(alert.id, now, alert.body),
    }
    assert Verifier(SECRET).verify(alert.body, headers) == body


def test_a_secret_is_never_shown(rulebook: Rulebook) -> None:
    assert SECRET not in repr(rulebook)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rules": [{"name": "r", "when": "csat <", "webhooks": ["w"]}]}, r"rules\.0: .*no expression"),
        ({"rules": [{"name": "r", "when": "risk", "webhooks": ["x"]}]}, "webhook 'x'; there are: w"),
        ({"rules": [{"name": "r", "when": "risk", "webhooks": []}]}, r"rules\.0\.webhooks"),
        ({"rules": [{"name": "r", "when": "risk", "webhooks": ["w"], "wen": 1}]}, r"rules\.0\.wen"),
        ({"rules": [{"name": "r", "when": "risk", "webhooks": ["w"], "severity": "big"}]}, "severity"),
        ({"rules": [{"name": "r", "when": "risk", "webhooks": ["w"]}] * 2}, "two rules 'r'"),
        ({"webhooks": {"w": {"url": "ftp://x", "secret": SECRET}}}, r"webhooks\.w: .*https"),
        ({"webhooks": {"w": {"url": "https://u:p@x.example", "secret": SECRET}}}, "user name or password"),
        ({"webhooks": {"w": {"url": "https://x.example:99999", "secret": SECRET}}}, r"webhooks\.w"),
        ({"webhooks": {"w": {"url": "https://x.example", "secret": "whsec_AAAA"}}}, "3 bytes"),
        ({"webhooks": {"w": {"url": "https://x.example", "secret": "whsec_???"}}}, "base64"),
        ({"webhooks": {"w": {"url": "https://x.example", "secret": "env:NOT_THERE"}}}, "'NOT_THERE'"),
        ({"extra": 1}, "extra"),
        ([], "the file"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(tmp_path: Path, change: Any, message: str) -> None:
    good = {"webhooks": {"w": {"url": "https://hooks.example.com", "secret": SECRET}}, "rules": []}
    path = tmp_path / "alerts.json"
    path.write_text(json.dumps(good | change if isinstance(change, dict) else [1]), encoding="utf-8")
    with pytest.raises(TaxonomyError, match=message):
        load(path)


def test_an_empty_file_is_silent_and_a_broken_one_refused(tmp_path: Path) -> None:
    path = tmp_path / "alerts.yaml"
    path.write_text("")
    assert list(load(path).fire("default", record())) == []
    path.write_text("rules: [")
    with pytest.raises(InputError, match="cannot be read"):
        load(path)
    with pytest.raises(InputError, match="cannot be read"):
        load(tmp_path / "missing.yaml")
