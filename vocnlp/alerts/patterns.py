"""Rules that look at many comments at once: an average, a repetition, a silence, a surge; docs/alerts.md.

Each looks at the events of its memory up to a moment; the same function serves the present and the dry run.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, PrivateAttr, model_validator

from vocnlp.alerts import expressions
from vocnlp.alerts.told import Told
from vocnlp.errors import InputError
from vocnlp.scores.metrics import METRICS

__all__ = ["EXAMPLES", "Aggregate", "Event", "Finding", "Pattern", "Repeat", "Silence", "Spike"]

EXAMPLES = 10
Days = Annotated[float, Field(gt=0, le=730)]


@dataclass(frozen=True, slots=True)
class Event:
    """One response. names: what expressions can name; complaints: aspects that are judged `neg`."""

    id: str
    time: datetime
    customer: str | None
    names: Mapping[str, Any]
    complaints: frozenset[str]


@dataclass(frozen=True, slots=True)
class Finding:
    """What a pattern has found; subject: about what, the same for as long as it is the same thing."""

    subject: str
    data: dict[str, Any] = field(default_factory=dict)
    customer: str | None = None


class _Pattern(Told):
    """when: which responses count; by default all. again_hours: after which the same is told again."""

    when: str | None = None
    again_hours: float = Field(24.0, gt=0)
    _condition: expressions.Condition | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _read(self) -> _Pattern:
        if self.when is not None:
            try:
                self._condition = expressions.read(self.when)
            except InputError as error:
                raise ValueError(str(error)) from error
        return self

    @property
    def memory(self) -> timedelta:
        """How far back it looks."""
        raise NotImplementedError

    def counts(self, event: Event) -> bool:
        """Whether the response is one of those that count."""
        return self._condition is None or self._condition(event.names)

    def chosen(self, events: Sequence[Event], now: datetime) -> list[Event]:
        """The events of its memory that count."""
        return [e for e in events if now - self.memory < e.time <= now and self.counts(e)]


class Aggregate(_Pattern):
    """A score of the last `days`, by groups, falls below or rises above a limit, on `least` answers."""

    kind: Literal["aggregate"]
    score: str
    by: list[str] = Field([], max_length=3)
    days: Days
    least: int = Field(30, ge=2)
    below: float | None = None
    above: float | None = None

    @model_validator(mode="after")
    def _check(self) -> Aggregate:
        if self.score not in METRICS:
            raise ValueError(f"there is no score {self.score!r}; there are: {', '.join(METRICS)}")
        if (self.below is None) == (self.above is None):
            raise ValueError("give either `below` or `above`")
        return self

    @property
    def memory(self) -> timedelta:
        """The window."""
        return timedelta(days=self.days)

    def find(self, events: Sequence[Event], now: datetime) -> Iterator[Finding]:
        """One finding for each group beyond the limit."""
        groups: dict[tuple[str, ...], list[float]] = defaultdict(list)
        for event in self.chosen(events, now):
            answer = event.names.get("scores", {}).get(self.score)
            if answer is not None:
                groups[tuple(str(event.names.get(name)) for name in self.by)].append(answer)
        for group, answers in sorted(groups.items()):
            if len(answers) < self.least:
                continue
            value = METRICS[self.score].fit(answers).score(answers)
            if (self.below is not None and value < self.below) or (
                self.above is not None and value > self.above
            ):
                named = dict(zip(self.by, group, strict=True))
                subject = ", ".join([self.score, *(f"{name} {of}" for name, of in named.items())])
                yield Finding(subject, {"value": round(value, 2), "n": len(answers), "group": named})


class Repeat(_Pattern):
    """One customer complains of one aspect `times` times within `days`."""

    kind: Literal["repeat"]
    times: int = Field(3, ge=2)
    days: Days = 30.0
    aspect: str | None = None

    @property
    def memory(self) -> timedelta:
        """The window."""
        return timedelta(days=self.days)

    def find(self, events: Sequence[Event], now: datetime) -> Iterator[Finding]:
        """One finding for each customer and aspect."""
        found: dict[tuple[str, str], list[str]] = defaultdict(list)
        for event in self.chosen(events, now):
            for aspect in event.complaints if event.customer else ():
                if self.aspect in (None, aspect):
                    found[event.customer or "", aspect].append(event.id)
        for (customer, aspect), ids in sorted(found.items()):
            if len(ids) >= self.times:
                data = {"aspect": aspect, "times": len(ids), "comments": ids[-EXAMPLES:]}
                yield Finding(f"{aspect}: {customer}"[:200], {"customer_id": customer, **data}, customer)


class Silence(_Pattern):
    """Nothing that counts has come for `hours`."""

    kind: Literal["silence"]
    hours: float = Field(gt=0, le=17520)

    @property
    def memory(self) -> timedelta:
        """Twice the silence: what has never spoken cannot fall silent."""
        return timedelta(hours=2 * self.hours)

    def find(self, events: Sequence[Event], now: datetime) -> Iterator[Finding]:
        """One finding, if something came before."""
        last = max((event.time for event in self.chosen(events, now)), default=None)
        if last and now - last >= timedelta(hours=self.hours):
            yield Finding("silence", {"last": last.isoformat()})


class Spike(_Pattern):
    """Scores or complaints of the newest periods are odder than chance allows (docs/trends.md)."""

    kind: Literal["spike"]
    every: Literal["day", "week"] = "day"
    by: str | None = None
    budget: float = Field(1.0, gt=0, description="False alarms a month over all series.")
    again_hours: float = Field(24.0 * 31, gt=0)
    recent: ClassVar[Mapping[str, timedelta]] = {"day": timedelta(days=2), "week": timedelta(days=14)}

    @property
    def memory(self) -> timedelta:
        """What baselines are made of."""
        return timedelta(days=730)


Pattern = Annotated[Aggregate | Repeat | Silence | Spike, Field(discriminator="kind")]
