"""Alerts: what has fired, whether it arrived, and sending it again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.bodies import Name
from api.deps import Admin, Analysis, Limit, Parts, Reader, Window, Writer
from api.errors import ApiError, Code, described
from api.watch import rehearse, rehearse_rule
from vocnlp.alerts.patterns import EXAMPLES, Pattern
from vocnlp.alerts.rules import Rule
from vocnlp.schema import Attempt
from vocnlp.store.cases import Act, Action, Case
from vocnlp.store.history import history
from vocnlp.store.outbox import State, Status, Wanted

__all__ = ["router"]

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])
Id = Annotated[Name, Path()]


class Fired(BaseModel):
    """An alert, without what it says. It is about a comment, or about the subject of a pattern."""

    id: str
    comment: str | None
    subject: str | None
    event: str
    rule: str
    severity: str
    webhook: str
    owner: str | None
    status: Status
    part_of: str | None
    attempts: int
    created_at: datetime
    state: State
    assignee: str | None


class Logged(Fired):
    """An alert with every try to deliver it, and what was done about it."""

    deliveries: list[Attempt]
    case: Case


class Alerts(BaseModel):
    """Alerts, and the cursor of the next page; null on the last one."""

    items: list[Fired]
    next: str | None


@router.get("")
def find(
    parts: Parts,
    key: Reader,
    *,
    status: Status | None = None,
    state: State | None = None,
    owner: Name | None = None,
    assignee: Name | None = None,
    rule: Name | None = None,
    event: Name | None = None,
    part_of: Name | None = None,
    limit: Limit = 100,
    cursor: Annotated[Name | None, Query()] = None,
) -> Alerts:
    """Alerts, latest first; `status=dead`: those given up; `state=open`: those to be looked at."""
    only = Wanted(status, state, owner, assignee, rule, event, part_of)
    found = parts.outbox.page(key.tenant, only, before=cursor, limit=limit)
    items = [Fired(**alert) for alert in found]
    return Alerts(items=items, next=items[-1].id if len(items) == limit else None)


class Trial(BaseModel):
    """Rules and patterns as in the file; whose they are does not matter."""

    model_config = ConfigDict(extra="forbid")

    rules: list[Rule] = Field([], max_length=20)
    patterns: list[Pattern] = Field([], max_length=20)


class Example(BaseModel):
    """When it would have fired, and on which comment or subject."""

    at: datetime
    about: str


class Rehearsal(BaseModel):
    """fired: how often in all; examples: the latest ten."""

    rule: str
    fired: int
    examples: list[Example]


class Rehearsals(BaseModel):
    """One result for each rule, then for each pattern, in order."""

    items: list[Rehearsal]


@router.post("/dry-run", dependencies=[Analysis])
def dry_run(body: Trial, parts: Parts, key: Reader, window: Window) -> Rehearsals:
    """What rules would have fired on the stored comments of a time; patterns as if looked for once a day."""
    until = window.until or datetime.now(UTC)
    since = window.since or until - timedelta(days=90)
    responses = history(
        parts.database, key.tenant, since=since, until=until, most=parts.settings.causes_comments
    )
    found = [(rule.name, rehearse_rule(rule, responses)) for rule in body.rules]
    found += [(pattern.name, rehearse(pattern, responses, until)) for pattern in body.patterns]
    return Rehearsals(items=[_rehearsal(name, fired) for name, fired in found])


def _rehearsal(name: str, fired: list[tuple[datetime, str]]) -> Rehearsal:
    latest = sorted(fired, reverse=True)[:EXAMPLES]
    examples = [Example(at=at, about=about) for at, about in latest]
    return Rehearsal(rule=name, fired=len(fired), examples=examples)


class Tally(BaseModel):
    """Events by state; better, same, worse, unverified: those resolved, by the customer's next score."""

    open: int = 0
    acknowledged: int = 0
    resolved: int = 0
    better: int = 0
    same: int = 0
    worse: int = 0
    unverified: int = 0


@router.get("/outcomes", dependencies=[Analysis])
def outcomes(parts: Parts, key: Reader, window: Window) -> Tally:
    """What became of the events of a time, by default of the last 90 days."""
    until = window.until or datetime.now(UTC)
    since = window.since or until - timedelta(days=90)
    most = parts.settings.causes_comments
    return Tally(**parts.cases.tally(key.tenant, since=since, until=until, most=most))


class NewAction(BaseModel):
    """assign needs an `assignee`, resolve a `note` of what was done; `by`: the person, for the log."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    assignee: Name | None = None
    note: Annotated[str, Field(min_length=1, max_length=4000, pattern=r"^[^\x00]+$")] | None = None
    by: Name | None = None

    @model_validator(mode="after")
    def _check(self) -> NewAction:
        needed = {"assign": "assignee", "resolve": "note"}.get(self.action)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"{self.action} needs {needed!r}")
        if self.assignee and self.action != "assign":
            raise ValueError(f"`assignee` belongs to assign, not to {self.action}")
        return self


@router.get("/{id}", responses=described(404))
def get(id: Id, parts: Parts, key: Reader) -> Logged:
    """One alert with the log of its delivery."""
    found, case = parts.outbox.get(key.tenant, id), parts.cases.get(key.tenant, id)
    if found is None or case is None:
        raise ApiError(404, Code.NOT_FOUND, f"there is no alert {id!r}")
    return Logged(**found, case=case)


@router.post("/{id}/actions", responses=described(404, 409))
def act(id: Id, body: NewAction, parts: Parts, key: Writer) -> Case:
    """Acknowledge, assign, resolve or reopen what an alert is about; its alerts to other webhooks follow."""
    act = Act(body.action, body.assignee, body.note, body.by)
    case = parts.cases.act(key.tenant, id, act, key=key.name)
    if case is None:
        raise ApiError(404, Code.NOT_FOUND, f"there is no alert {id!r}")
    return case


@router.post("/{id}/replay", status_code=202, responses=described(404))
def replay(id: Id, parts: Parts, key: Admin) -> None:
    """Send a dead alert again."""
    if not parts.outbox.replay(key.tenant, id):
        raise ApiError(404, Code.NOT_FOUND, f"there is no dead alert {id!r}")
    parts.dispatcher.wake()
