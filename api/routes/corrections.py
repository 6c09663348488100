"""Corrections: what a person says about tags, for all to see and for the next model to learn."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import orjson
from fastapi import APIRouter
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from api.bodies import NewCorrections, read_corrections
from api.deps import Parts, Reader, Window, Writer
from vocnlp.errors import ErrorCode
from vocnlp.schema import FailedComment, Problem
from vocnlp.store.corrections import Review
from vocnlp.taxonomy.taxonomy import shipped

__all__ = ["router"]

router = APIRouter(prefix="/v1/corrections", tags=["corrections"])
_LINES: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {"application/x-ndjson": {"schema": {"type": "string"}}},
        "description": "A comment a line.",
    }
}


class Corrected(BaseModel):
    """The comment, and when its review was kept."""

    id: str
    at: datetime


class Results(BaseModel):
    """One result for each item, in order."""

    items: list[Corrected | FailedComment]


class Lines(StreamingResponse):
    """JSON Lines."""

    media_type = "application/x-ndjson"


@router.post("")
def add(body: NewCorrections, parts: Parts, key: Writer) -> Results:
    """Keep the right tags of up to 1,000 comments; a later review replaces an earlier one."""
    now = datetime.now(UTC)
    taxonomy = parts.vocabularies.of(key.tenant).taxonomy or shipped()
    read = read_corrections(body.items, taxonomy)
    reviews = [
        (item.id, Review(item.aspects, item.sentiment, item.risks, item.reviewer, now))
        for item, _ in (entry for entry in read if not isinstance(entry, FailedComment))
    ]
    known = iter(zip(reviews, parts.corrections.add(key.tenant, reviews), strict=True))
    return Results(
        items=[entry if isinstance(entry, FailedComment) else _result(*next(known)) for entry in read]
    )


def _result(reviewed: tuple[str, Review], known: bool) -> Corrected | FailedComment:
    id, review = reviewed
    if known:
        return Corrected(id=id, at=review.at)
    return FailedComment(id, Problem(ErrorCode.UNKNOWN_ID, f"there is no comment {id!r}"))


@router.get("", response_class=Lines, responses=_LINES)
def export(parts: Parts, key: Reader, reviewed: Window) -> Lines:
    """All reviewed comments in the form that `vocnlp train` reads; `since`, `until`: of the review."""

    def lines() -> Iterator[bytes]:
        for line in parts.corrections.labelled(key.tenant, since=reviewed.since, until=reviewed.until):
            yield orjson.dumps(line) + b"\n"

    return Lines(lines())
