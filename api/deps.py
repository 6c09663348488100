"""Dependencies of the routes under short names.

Those that do not wait are coroutines: a plain function would be sent to a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any, Literal

from fastapi import Depends, Header, Query, Request
from pydantic import AfterValidator, Field

from api.auth import requires
from api.bodies import Name, Time
from api.errors import ApiError, Code
from api.service import Service
from vocnlp.schema import Polarity
from vocnlp.scores.metrics import METRICS
from vocnlp.store.filters import Filter
from vocnlp.store.keys import Key

__all__ = [
    "Admin",
    "Analysis",
    "Detail",
    "Filtered",
    "IdempotencyKey",
    "Limit",
    "MayRead",
    "Parts",
    "Reader",
    "Room",
    "Window",
    "Writer",
]


async def _service(request: Request) -> Service:
    service: Service = request.app.state.service
    return service


Parts = Annotated[Service, Depends(_service)]
Reader = Annotated[Key, Depends(requires("read"))]
Writer = Annotated[Key, Depends(requires("write"))]
MayRead = Depends(requires("read"))
Admin = Annotated[Key, Depends(requires("admin"))]

Detail = Annotated[
    Literal["full", "tags"],
    Query(description="`tags` leaves out text, evidence, personal data and what was sent."),
]
Limit = Annotated[int, Query(ge=1, le=500)]
IdempotencyKey = Annotated[Name | None, Header(description="Repeat it to repeat a request without effect.")]


BANDS = [f"{name}:{band.name}" for name, metric in METRICS.items() for band in metric.bands]


def _known(band: str) -> str:
    if band not in BANDS:
        raise ValueError(f"there are: {', '.join(BANDS)}")
    return band


Band = Annotated[str, AfterValidator(_known), Field(json_schema_extra={"enum": list[Any](BANDS)})]
Pair = Annotated[str, Field(max_length=400, pattern=r'^[^:"\x00-\x1f]+:[^\x00-\x1f]*$')]


async def _filter(
    *,
    since: Time | None = None,
    until: Time | None = None,
    language: Name | None = None,
    aspect: Name | None = None,
    polarity: Polarity | None = None,
    risk: Name | None = None,
    reviewed: bool | None = None,
    q: Annotated[Name | None, Query(description="Words in the text.")] = None,
    band: Annotated[Band | None, Query(description="Score and band, such as nps:detractor.")] = None,
    attribute: Annotated[list[Pair], Query(max_length=5, description="Name and value: region:EU.")] = [],  # noqa: B006
) -> Filter:
    pairs = [pair.partition(":") for pair in attribute]
    return Filter(
        since,
        until,
        language,
        aspect,
        polarity,
        risk,
        reviewed,
        text=q,
        band=(band.partition(":")[0], band.partition(":")[2]) if band else None,
        attributes=tuple((name, value) for name, _, value in pairs),
    )


Filtered = Annotated[Filter, Depends(_filter)]


async def _window(since: Time | None = None, until: Time | None = None) -> Filter:
    return Filter(since, until)


Window = Annotated[Filter, Depends(_window)]


async def _room(parts: Parts) -> None:
    """Refuse before the body is looked into; what it holds is looked at by the queue itself."""
    parts.batcher.admit()


Room = Depends(_room)


def _turn(parts: Parts) -> Iterator[None]:
    """Analyses are long and heavy: only a few at once, and tagging goes on beside them."""
    if not parts.analyses.acquire(blocking=False):
        raise ApiError(503, Code.OVERLOADED, "other analyses are running; try again", {"Retry-After": "10"})
    try:
        yield
    finally:
        parts.analyses.release()


Analysis = Depends(_turn)
