"""Alerts: what has fired, whether it arrived, and sending it again."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel

from api.bodies import Name
from api.deps import Admin, Limit, Parts, Reader
from api.errors import ApiError, Code, described
from vocnlp.schema import Attempt
from vocnlp.store.outbox import Status

__all__ = ["router"]

router = APIRouter(prefix="/v1/alerts", tags=["alerts"])
Id = Annotated[Name, Path()]


class Fired(BaseModel):
    """An alert, without what it says."""

    id: str
    comment: str
    rule: str
    severity: str
    webhook: str
    status: Status
    attempts: int
    created_at: datetime


class Logged(Fired):
    """An alert with every try to deliver it."""

    deliveries: list[Attempt]


class Alerts(BaseModel):
    """Alerts, and the cursor of the next page; null on the last one."""

    items: list[Fired]
    next: str | None


@router.get("")
def find(
    parts: Parts,
    key: Reader,
    status: Status | None = None,
    limit: Limit = 100,
    cursor: Annotated[Name | None, Query()] = None,
) -> Alerts:
    """Alerts, latest first; `status=dead` are those that were given up."""
    found = parts.outbox.page(key.tenant, status=status, before=cursor, limit=limit)
    items = [Fired(**alert) for alert in found]
    return Alerts(items=items, next=items[-1].id if len(items) == limit else None)


@router.get("/{id}", responses=described(404))
def get(id: Id, parts: Parts, key: Reader) -> Logged:
    """One alert with the log of its delivery."""
    found = parts.outbox.get(key.tenant, id)
    if found is None:
        raise ApiError(404, Code.NOT_FOUND, f"there is no alert {id!r}")
    return Logged(**found)


@router.post("/{id}/replay", status_code=202, responses=described(404))
def replay(id: Id, parts: Parts, key: Admin) -> None:
    """Send a dead alert again."""
    if not parts.outbox.replay(key.tenant, id):
        raise ApiError(404, Code.NOT_FOUND, f"there is no dead alert {id!r}")
    parts.dispatcher.wake()
