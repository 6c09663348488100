"""Rules as data: which comments call somebody, and whom; see docs/alerts.md for the file."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationError, model_validator
from standardwebhooks import Webhook as Signer

from vocnlp.alerts import expressions
from vocnlp.alerts.channels import Channel
from vocnlp.alerts.owners import complaints, owners
from vocnlp.alerts.patterns import Pattern
from vocnlp.alerts.targets import check_url
from vocnlp.alerts.told import Flood, Name, Told
from vocnlp.errors import InputError, TaxonomyError
from vocnlp.schema import Alert, TaggedComment
from vocnlp.taxonomy.taxonomy import Taxonomy, shipped

__all__ = ["Rule", "Rulebook", "Webhook", "load"]

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


class Rule(Told):
    """A rule on single comments. when: an expression (`expressions.read`).

    also: webhooks that hear besides, by the aspect complained of.   again_hours: for how long a customer of
    whom it was told is not told of again.
    """

    when: str
    also: Mapping[Name, list[Name]] = {}
    again_hours: float | None = Field(None, gt=0, le=17520)
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

    @property
    def heard_by(self) -> list[str]:
        """All webhooks that it may tell."""
        return [*self.webhooks, *(name for names in self.also.values() for name in names)]


class Rulebook(BaseModel):
    """All webhooks and channels, rules on single comments and patterns of many; the empty one is silent.

    flood: the limit of all rules but critical ones, where they have none of their own; null: none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    webhooks: Mapping[Name, Webhook] = {}
    channels: Mapping[Name, Channel] = {}
    rules: list[Rule] = []
    patterns: list[Pattern] = []
    flood: Flood | None = Flood()

    @model_validator(mode="after")
    def _check(self) -> Rulebook:
        if both := self.webhooks.keys() & self.channels.keys():
            raise ValueError(f"{both.pop()!r} is the name of a webhook and of a channel")
        seen: set[tuple[str, str]] = set()
        for rule in (*self.rules, *self.patterns):
            heard = rule.heard_by if isinstance(rule, Rule) else rule.webhooks
            unknown = [name for name in heard if name not in self.targets]
            if unknown:
                there = ", ".join(self.targets) or "none"
                raise ValueError(f"rule {rule.name!r} names the webhook {unknown[0]!r}; there are: {there}")
            if (rule.tenant, rule.name) in seen:
                raise ValueError(f"there are two rules {rule.name!r} of tenant {rule.tenant!r}")
            seen.add((rule.tenant, rule.name))
        return self

    @property
    def targets(self) -> dict[str, Webhook | Channel]:
        """All that can be told, by name."""
        return {**self.webhooks, **self.channels}

    def fire(self, tenant: str, record: TaggedComment, taxonomy: Taxonomy | None = None) -> Iterator[Alert]:
        """One alert for each rule of the tenant that matches, and each of its webhooks.

        taxonomy: who owns what; by default the project's own.
        """
        taxonomy = taxonomy or shipped()
        names = expressions.names(record)
        for rule in self.rules:
            if rule.tenant == tenant and rule.matches(names):
                aspects = complaints(record)
                concerned = owners(aspects, taxonomy)
                yield from rule.alerts(
                    {"when": rule.when, "owners": concerned, "comment": record},
                    flood=self.usual_flood(rule),
                    besides=[name for aspect in aspects for name in rule.also.get(aspect, ())],
                    owner=taxonomy.owner(aspects[0])[:200] or None if aspects else None,
                    again=timedelta(hours=rule.again_hours) if rule.again_hours else None,
                )

    def usual_flood(self, rule: Told) -> Flood | None:
        """The limit of a rule that has none of its own: what is critical is never held back."""
        return None if rule.severity == "critical" else self.flood


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
