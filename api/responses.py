"""Records as the service sends them: the contract's JSON, byte for byte as the command line writes it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

import orjson
from fastapi import Response
from pydantic import BaseModel

from api.errors import ApiError, Code
from vocnlp.schema import FailedComment, TaggedComment, to_json
from vocnlp.store.corrections import Review
from vocnlp.store.repository import Place

__all__ = ["Items", "Page", "StoredComment", "encode", "items", "page", "read_cursor"]


class _AspectName(BaseModel):
    aspect: str
    polarity: str
    confidence: float


class _RiskName(BaseModel):
    category: str
    severity: str
    rule: str


class Tags(BaseModel):
    """A record with `detail=tags`: what was found, without the words."""

    id: str
    language: dict[str, Any]
    sentiment: dict[str, Any]
    aspects: list[_AspectName]
    risks: list[_RiskName]
    warnings: list[str]
    versions: dict[str, str]


class Items(BaseModel):
    """One record for each item, in order."""

    items: list[TaggedComment | Tags | FailedComment]


@dataclass(slots=True)
class StoredComment(TaggedComment):
    """A record as it is stored; `review`, only if there is one, is what a person says are the right tags."""

    review: Review | None = None


class Page(BaseModel):
    """Records, and the cursor of the next page; null on the last one."""

    items: list[StoredComment]
    next: str | None


def encode(record: TaggedComment | FailedComment, detail: Literal["full", "tags"]) -> bytes:
    """The JSON of one record."""
    if detail == "full" or isinstance(record, FailedComment):
        return to_json(record)
    return orjson.dumps(
        {
            "id": record.id,
            "language": record.language,
            "sentiment": record.sentiment,
            "aspects": [
                {"aspect": tag.aspect, "polarity": tag.polarity, "confidence": tag.confidence}
                for tag in record.aspects
            ],
            "risks": [
                {"category": risk.category, "severity": risk.severity, "rule": risk.rule}
                for risk in record.risks
            ],
            "warnings": record.warnings,
            "versions": record.versions,
        }
    )


def items(
    records: Iterable[TaggedComment | FailedComment], detail: Literal["full", "tags"] = "full"
) -> Response:
    """The response of `Items`."""
    joined = b",".join(encode(record, detail) for record in records)
    return Response(b'{"items":[' + joined + b"]}", media_type="application/json")


def page(records: Iterable[str], after: Place | None) -> Response:
    """The response of `Page`."""
    cursor = orjson.dumps(_cursor(after) if after else None).decode()
    body = f'{{"items":[{",".join(records)}],"next":{cursor}}}'
    return Response(body, media_type="application/json")


def _cursor(after: Place) -> str:
    time, pk = after
    return base64.urlsafe_b64encode(f"{time.isoformat()} {pk}".encode()).decode()


def read_cursor(cursor: str | None) -> Place | None:
    """The place that a cursor stands for; raises ApiError for one that this service did not make."""
    if cursor is None:
        return None
    try:
        time, _, pk = base64.urlsafe_b64decode(cursor.encode()).decode().partition(" ")
        place = datetime.fromisoformat(time), int(pk)
    except (ValueError, binascii.Error) as error:
        raise ApiError(
            422, Code.INVALID, "the cursor is none of this service; take `next` of a page"
        ) from error
    if place[0].tzinfo is None or not 0 <= place[1] < 2**63:
        raise ApiError(422, Code.INVALID, "the cursor is none of this service; take `next` of a page")
    return place
