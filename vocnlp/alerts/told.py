"""What all rules have: a name, who is told, how grave it is, and when they want to be left alone."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PrivateAttr, model_validator

from vocnlp.schema import Alert, Limit

__all__ = ["Flood", "Name", "Quiet", "Severity", "Told"]

Name = Annotated[str, Field(min_length=1, max_length=200)]
Severity = Literal["info", "low", "medium", "high", "critical"]


def _quoted(value: object) -> object:
    if isinstance(value, int | float):  # YAML reads 22:00 as a number of base 60
        raise ValueError('put the time into quotes: "22:00"')
    return value


Clock = Annotated[time, BeforeValidator(_quoted)]


class Quiet(BaseModel):
    """Hours of every day, by the clock of a zone, in which nothing is sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, validate_by_name=True)

    since: Clock = Field(alias="from")
    to: Clock
    zone: str = "UTC"
    _zone: ZoneInfo = PrivateAttr()

    @model_validator(mode="after")
    def _check(self) -> Quiet:
        try:
            self._zone = ZoneInfo(self.zone)
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"there is no zone {self.zone!r}; use e.g. Asia/Shanghai") from error
        if self.since == self.to:
            raise ValueError("`from` and `to` are the same")
        return self

    def end(self, at: datetime) -> datetime | None:
        """When the quiet hours that hold this moment end; None outside them."""
        local = at.astimezone(self._zone)
        clock = local.time()
        over_night = self.since > self.to
        inside = (clock >= self.since or clock < self.to) if over_night else self.since <= clock < self.to
        if not inside:
            return None
        day = local.date() + timedelta(days=over_night and clock >= self.since)
        return datetime.combine(day, self.to, self._zone).astimezone(UTC)


class Flood(BaseModel):
    """More than `most` alerts of a rule to a webhook within `minutes` are a flood; the rest is a digest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    most: Annotated[int, Field(ge=1)] = 100
    minutes: Annotated[float, Field(gt=0, le=1440)] = 10.0


class Told(BaseModel):
    """webhooks: names of webhooks and channels; quiet: an alert of these hours is sent at their end.

    flood: for this rule alone; null: there is no limit.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: Name
    webhooks: list[Name] = Field(min_length=1)
    severity: Severity = "high"
    tenant: Name = "default"
    quiet: Quiet | None = None
    flood: Flood | None = None

    def alerts(
        self,
        data: Mapping[str, Any],
        *,
        flood: Flood | None = None,
        besides: Sequence[str] = (),
        owner: str | None = None,
        again: timedelta | None = None,
    ) -> Iterator[Alert]:
        """One alert for each webhook and those `besides`, on what has happened now.

        flood: the limit where the rule has none of its own.
        """
        now = datetime.now(UTC)
        due_at = self._after_quiet(now)
        event = f"evt_{uuid.uuid4().hex}"
        for webhook in dict.fromkeys((*self.webhooks, *besides)):
            id = f"msg_{uuid.uuid4().hex}"
            told = {"id": id, "event": event, "rule": self.name, "severity": self.severity, **data}
            body = {"type": "alert.fired", "timestamp": now.isoformat(), "data": told}
            yield Alert(
                id,
                self.name,
                self.severity,
                webhook,
                orjson.dumps(body, default=str).decode(),
                now,
                due_at=due_at,
                event=event,
                owner=owner,
                again=again,
                limit=self._limit(flood, due_at),
            )

    def _limit(self, usual: Flood | None, due_at: datetime) -> Limit | None:
        flood = self.flood if "flood" in self.model_fields_set else usual
        if flood is None:
            return None
        window = timedelta(minutes=flood.minutes)
        return Limit(flood.most, window, self._after_quiet(due_at + window))

    def _after_quiet(self, at: datetime) -> datetime:
        return (self.quiet.end(at) if self.quiet else None) or at
