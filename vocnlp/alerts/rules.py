"""Rules as data: which comments call somebody, and whom; see docs/alerts.md for the file."""

from __future__ import annotations

import base64
import os
import uuid
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

import orjson
import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from standardwebhooks import Webhook as Signer

from vocnlp.alerts import expressions
from vocnlp.alerts.targets import check_url
from vocnlp.errors import InputError, TaxonomyError
from vocnlp.schema import Alert, TaggedComment

__all__ = ["Rule", "Rulebook", "Webhook", "load"]

Name = Annotated[str, Field(min_length=1, max_length=200)]
Severity = Literal["info", "low", "medium", "high", "critical"]
FROM_ENVIRONMENT = "env:"
PREFIX = "whsec_"
SHORTEST_SECRET = 24


class Webhook(BaseModel):
    """Where alerts go.

    secret: `whsec_` and the base64 of at least 24 bytes, or `env:NAME` for a variable that holds it.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str
    secret: str = Field(repr=False)
    _signer: Signer = PrivateAttr()

    @model_validator(mode="after")
    def _check(self) -> Webhook:
        check_url(self.url)
        secret = self.secret
        if secret.startswith(FROM_ENVIRONMENT):
            name = secret.removeprefix(FROM_ENVIRONMENT)
            if name not in os.environ:
                raise ValueError(f"the environment has no variable {name!r} for the secret")
            secret = os.environ[name]
        try:
            size = len(base64.b64decode(secret.removeprefix(PREFIX), validate=True))
        except ValueError as error:
            raise ValueError(f"the secret is not {PREFIX} and base64") from error
        if size < SHORTEST_SECRET:
            raise ValueError(f"the secret has {size} bytes; make one of {SHORTEST_SECRET} or more")
        self._signer = Signer(secret)
        return self

    def sign(self, id: str, at: datetime, body: str) -> str:
        """The value of the header `webhook-signature` (standardwebhooks.com)."""
        return self._signer.sign(id, at, body)


class Rule(BaseModel):
    """One rule. when: an expression (`expressions.read`); webhooks: names of those that are told."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    when: str
    webhooks: list[Name] = Field(min_length=1)
    severity: Severity = "high"
    tenant: Name = "default"
    _condition: expressions.Condition = PrivateAttr()

    @model_validator(mode="after")
    def _check(self) -> Rule:
        try:
            self._condition = expressions.read(self.when)
        except InputError as error:
            raise ValueError(str(error)) from error
        return self

    def matches(self, names: Mapping[str, Any]) -> bool:
        """Whether the rule fires on the record of these names (`expressions.names`)."""
        return self._condition(names)


class Rulebook(BaseModel):
    """All webhooks and rules; the empty one is silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhooks: Mapping[Name, Webhook] = {}
    rules: list[Rule] = []

    @model_validator(mode="after")
    def _check(self) -> Rulebook:
        seen: set[tuple[str, str]] = set()
        for rule in self.rules:
            unknown = [name for name in rule.webhooks if name not in self.webhooks]
            if unknown:
                there = ", ".join(self.webhooks) or "none"
                raise ValueError(f"rule {rule.name!r} names the webhook {unknown[0]!r}; there are: {there}")
            if (rule.tenant, rule.name) in seen:
                raise ValueError(f"there are two rules {rule.name!r} of tenant {rule.tenant!r}")
            seen.add((rule.tenant, rule.name))
        return self

    def fire(self, tenant: str, record: TaggedComment) -> Iterator[Alert]:
        """One alert for each rule of the tenant that matches, and each of its webhooks."""
        names = expressions.names(record)
        for rule in self.rules:
            if rule.tenant == tenant and rule.matches(names):
                for webhook in dict.fromkeys(rule.webhooks):
                    yield _alert(rule, webhook, record)


def load(path: Path) -> Rulebook:
    """Read a YAML or JSON file of webhooks and rules.

    Raises TaxonomyError with the path of what is wrong inside the file, InputError if it cannot be read.
    """
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InputError(f"alert rules {path} cannot be read: {error}") from error
    try:
        return Rulebook.model_validate(content or {})
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise TaxonomyError(f"alert rules {path}: {place}: {first['msg']}") from error


def _alert(rule: Rule, webhook: str, record: TaggedComment) -> Alert:
    id = f"msg_{uuid.uuid4().hex}"
    now = datetime.now(UTC)
    body = {
        "type": "alert.fired",
        "timestamp": now.isoformat(),
        "data": {
            "id": id,
            "rule": rule.name,
            "when": rule.when,
            "severity": rule.severity,
            "comment": record,
        },
    }
    return Alert(id, rule.name, rule.severity, webhook, orjson.dumps(body, default=str).decode(), now)
