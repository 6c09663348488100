"""Chats and mailboxes that are told of alerts, by apprise: Slack, DingTalk, Feishu, WeCom, e-mail, others."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import orjson
from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, model_validator

from vocnlp.errors import MissingExtraError
from vocnlp.schema import Alert
from vocnlp.taxonomy.taxonomy import localised

__all__ = ["Channel", "message"]

FROM_ENVIRONMENT = "env:"
LONGEST = 600


class Channel(BaseModel):
    """url: as apprise writes it, such as slack://A/B/C, or `env:NAME` for a variable that holds it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = Field(repr=False)
    _plugin: Any = PrivateAttr()

    @model_validator(mode="after")
    def _check(self) -> Channel:
        url, name = self.url, self.url.removeprefix(FROM_ENVIRONMENT)
        if url.startswith(FROM_ENVIRONMENT):
            if name not in os.environ:
                raise ValueError(f"the environment has no variable {name!r} for the URL")
            url = os.environ[name]
        try:
            import apprise
        except ImportError as error:
            raise ValueError(str(MissingExtraError("apprise", "channels"))) from error
        self._plugin = apprise.Apprise.instantiate(url, suppress_exceptions=True)
        if self._plugin is None:
            raise ValueError("the URL is none of apprise; see https://github.com/caronc/apprise/wiki")
        return self

    def send(self, alert: Alert, *, seconds: float) -> None:
        """Tell it, within about so many seconds; raises ConnectionError when it is not taken."""
        import apprise

        self._plugin.socket_connect_timeout = self._plugin.socket_read_timeout = seconds
        title, body = message(orjson.loads(alert.body)["data"])
        channel = apprise.Apprise()
        channel.add(self._plugin)
        if not channel.notify(body=body, title=title, body_format=apprise.NotifyFormat.TEXT):
            raise ConnectionError("the channel did not take it; the log of apprise tells more")


def message(data: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text for people, from the `data` of an alert; the words are those of the data."""
    title = f"{data['rule']} ({data['severity']})"
    comment = data.get("comment")
    if comment is None:
        known = {"id", "event", "rule", "severity", "kind", "subject"}
        facts = [f"{name}: {_short(value)}" for name, value in data.items() if name not in known]
        return title, "\n".join([str(data["subject"]), *facts])
    tags = [f"{tag['aspect']}: {tag['polarity']}" for tag in comment["aspects"]]
    tags += [f"{risk['category']}: {risk['severity']}" for risk in comment["risks"]]
    scores = [f"{name}: {value:g}" for name, value in comment["scores"].items()]
    departments = [localised(owner["owner"], "en") for owner in data.get("owners", ())]
    lines = (
        _short(comment["text"]),
        ", ".join(tags),
        ", ".join(scores),
        ", ".join(f"→ {name}" for name in dict.fromkeys(departments)),
        f"id: {comment['id']}",
    )
    return title, "\n".join(line for line in lines if line)


def _short(value: object) -> str:
    if isinstance(value, Mapping):
        value = [f"{name} {count}" for name, count in value.items()]
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return text if len(text) <= LONGEST else text[:LONGEST] + "…"
