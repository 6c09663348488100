"""Dependencies of the routes under short names.

Those that do not wait are coroutines: a plain function would be sent to a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal

from fastapi import Depends, Header, Query, Request

from api.auth import requires
from api.bodies import Name, Time
from api.errors import ApiError, Code
from api.service import Service
from vocnlp.schema import Polarity
from vocnlp.store.keys import Key
from vocnlp.store.repository import Filter

__all__ = [
    "Admin",
    "Analysis",
    "Detail",
    "Filtered",
    "IdempotencyKey",
    "Limit",
    "MayWrite",
    "Parts",
    "Reader",
    "Window",
    "Writer",
]


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Parts = Annotated[Service, Depends(_service)]
Reader = Annotated[Key, Depends(requires("read"))]
Writer = Annotated[Key, Depends(requires("write"))]
MayWrite = Depends(requires("write"))
Admin = Annotated[Key, Depends(requires("admin"))]

Detail = Annotated[
    Literal["full", "tags"],
    Query(description="`tags` leaves out text, evidence, personal data and what was sent."),
]
Limit = Annotated[int, Query(ge=1, le=500)]
IdempotencyKey = Annotated[Name | None, Header(description="Repeat it to repeat a request without effect.")]


async def _filter(
    *,
    since: Time | None = None,
    until: Time | None = None,
    language: Name | None = None,
    aspect: Name | None = None,
    polarity: Polarity | None = None,
    risk: Name | None = None,
    reviewed: bool | None = None,
) -> Filter:
    return Filter(since, until, language, aspect, polarity, risk, reviewed)


Filtered = Annotated[Filter, Depends(_filter)]


async def _window(since: Time | None = None, until: Time | None = None) -> Filter:
    return Filter(since, until)


Window = Annotated[Filter, Depends(_window)]


def _turn(parts: Parts) -> Iterator[None]:
    """Analyses are long and heavy: only a few at once, and tagging goes on beside them."""
    if not parts.analyses.acquire(blocking=False):
        raise ApiError(503, Code.OVERLOADED, "other analyses are running; try again", {"Retry-After": "10"})
    try:
        yield
    finally:
        parts.analyses.release()


Analysis = Depends(_turn)
