"""Patterns of alerts, looked for in what is stored: now and again, or in the past (a dry run)."""

from __future__ import annotations

import logging
import threading
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from vocnlp.alerts import expressions
from vocnlp.alerts.patterns import Event, Finding, Pattern, Spike
from vocnlp.alerts.rules import Rule, Rulebook
from vocnlp.errors import InputError
from vocnlp.store.database import Database
from vocnlp.store.history import Response, history
from vocnlp.store.outbox import Outbox
from vocnlp.store.responses import from_record

if TYPE_CHECKING:
    from vocnlp.analysis.survey import Survey

__all__ = ["Watch", "rehearse", "rehearse_rule", "timed"]

LOOK = 60.0
LOOK_AT_SPIKES = 3600.0  # their baselines take a while
STEP = timedelta(days=1)

log = logging.getLogger(__name__)


class Watch:
    """Looks for patterns in a thread of its own, between `start` and `stop`; several processes may.

    most: comments that a pattern may look at.
    """

    def __init__(self, database: Database, outbox: Outbox, rules: Rulebook, *, most: int) -> None:
        self._database = database
        self._outbox = outbox
        self._rules = rules
        self._patterns = rules.patterns
        self._most = most
        self._due: dict[int, float] = defaultdict(float)
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="patterns", daemon=True)

    def start(self) -> None:
        """Begin to look, if there is something to look for."""
        if self._patterns:
            self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        if self._patterns:
            self._thread.join()

    def look(self, pattern: Pattern) -> int:
        """Look once, and put into the outbox what is new; how many alerts."""
        now = datetime.now(UTC)
        read = history(self._database, pattern.tenant, since=now - pattern.memory, until=now, most=self._most)
        count = 0
        for finding in _find(pattern, read, now):
            data = {"kind": pattern.kind, "subject": finding.subject, **finding.data}
            count += self._outbox.add(
                pattern.tenant,
                finding.subject,
                pattern.alerts(data, flood=self._rules.usual_flood(pattern)),
                again=timedelta(hours=pattern.again_hours),
                customer=finding.customer,
            )
        return count

    def _run(self) -> None:
        while not self._stopping.is_set():
            for number, pattern in enumerate(self._patterns):
                if time.monotonic() >= self._due[number] and not self._stopping.is_set():
                    self._look_safely(pattern)
                    pause = LOOK_AT_SPIKES if isinstance(pattern, Spike) else LOOK
                    self._due[number] = time.monotonic() + pause
            self._stopping.wait(1.0)

    def _look_safely(self, pattern: Pattern) -> None:
        try:
            self.look(pattern)
        except InputError as error:
            log.warning("the pattern %r cannot be looked for: %s", pattern.name, error)
        except SQLAlchemyError:
            log.exception("the pattern %r cannot be looked for", pattern.name)


def rehearse(pattern: Pattern, responses: Sequence[Response], until: datetime) -> list[tuple[datetime, str]]:
    """When a pattern would have told what, had it been looked for once a day."""
    if isinstance(pattern, Spike):
        return [(datetime.fromisoformat(start), subject) for start, subject in _alarms(pattern, responses)]
    events = [_event(response) for response in responses]
    told: dict[str, datetime] = {}
    found = []
    now = min((event.time for event in events), default=until) + STEP
    while now < until + STEP:
        moment = min(now, until)
        for finding in pattern.find(events, moment):
            before = told.get(finding.subject)
            if before is None or moment - before >= timedelta(hours=pattern.again_hours):
                told[finding.subject] = moment
                found.append((moment, finding.subject))
        now += STEP
    return found


def rehearse_rule(rule: Rule, responses: Sequence[Response]) -> list[tuple[datetime, str]]:
    """On which comments a rule would have fired."""
    events = [_event(response) for response in responses if response.record["text"]]
    return [(event.time, event.id) for event in events if rule.matches(event.names)]


def timed(responses: Iterable[Response]) -> Survey:
    """A survey with the time of every response in the column `time`."""
    from vocnlp.analysis.answers import read_times
    from vocnlp.analysis.survey import collect

    records = [response.timed() for response in responses]
    if not records:
        raise InputError("there are no comments of this time")
    survey = collect(records)
    survey.frame["time"], _ = read_times(survey.frame["time"])
    return survey


def _find(pattern: Pattern, responses: Sequence[Response], now: datetime) -> Iterator[Finding]:
    if not isinstance(pattern, Spike):
        yield from pattern.find([_event(response) for response in responses], now)
        return
    earliest = (now - pattern.recent[pattern.every]).date().isoformat()
    for end, subject in _alarms(pattern, responses, by_end=True):
        if end >= earliest:
            yield Finding(subject)


def _alarms(pattern: Spike, responses: Sequence[Response], *, by_end: bool = False) -> list[tuple[str, str]]:
    """First (or last) day and subject of the alarms; raises InputError without scores or times."""
    from vocnlp.analysis.trends import trends

    counted = [response for response in responses if pattern.counts(_event(response))]
    if not counted:
        return []
    survey = timed(counted)
    seen = trends(
        survey, survey.metric(), time="time", every=pattern.every, by=pattern.by, budget=pattern.budget
    )
    return [
        (alarm.end if by_end else alarm.start, f"{_series(alarm.series)} since {alarm.start}")
        for alarm in seen.alarms
    ]


def _series(series: Any) -> str:
    parts = (series.kind, series.name, f"({series.segment})" if series.segment else "")
    return " ".join(part for part in parts if part)[:180]


def _event(response: Response) -> Event:
    record = response.record
    if "sentiment" not in record:  # scores alone
        names = {
            **record["attributes"],
            **record["scores"],
            "text": "",
            "aspects": [],
            "risk": False,
            "risks": [],
            "scores": record["scores"],
            "attributes": record["attributes"],
        }
        return Event(record["id"], response.time, response.customer, names, frozenset())
    tagged = from_record(record)
    complaints = frozenset(tag.aspect for tag in tagged.aspects if tag.polarity == "neg")
    return Event(tagged.id, response.time, response.customer, expressions.names(tagged), complaints)
