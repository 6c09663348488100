"""Which stored comments are wanted, and how both databases are asked for them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, Float, String, cast, exists, func, select, type_coerce

from vocnlp.scores.metrics import METRICS
from vocnlp.store.tables import aspects, comments, corrections, risks

__all__ = ["Filter", "where"]


@dataclass(frozen=True, slots=True)
class Filter:
    """Which comments; a field that is None lets all through.

    since, until: half-open range of `time`.   aspect, polarity: of one and the same tag.   risk: a category.
    reviewed: whether a person has corrected the tags.   text: words in the text, in either case.
    band: score and band of its usual scale, such as ("nps", "detractor").   attributes: names and values.
    """

    since: datetime | None = None
    until: datetime | None = None
    language: str | None = None
    aspect: str | None = None
    polarity: str | None = None
    risk: str | None = None
    reviewed: bool | None = None
    text: str | None = None
    band: tuple[str, str] | None = None
    attributes: tuple[tuple[str, str], ...] = ()


def where(tenant: str, only: Filter, dialect: str) -> list[ColumnElement[bool]]:
    """The conditions on `comments`."""
    conditions = [comments.c.tenant == tenant]
    if only.since:
        conditions.append(comments.c.time >= only.since)
    if only.until:
        conditions.append(comments.c.time < only.until)
    if only.language:
        conditions.append(comments.c.language == only.language)
    if only.aspect or only.polarity:
        tag = [aspects.c.comment == comments.c.pk]
        tag += [aspects.c.aspect == only.aspect] if only.aspect else []
        tag += [aspects.c.polarity == only.polarity] if only.polarity else []
        conditions.append(exists().where(*tag))
    if only.risk:
        conditions.append(exists().where(risks.c.comment == comments.c.pk, risks.c.category == only.risk))
    if only.reviewed is not None:
        reviewed = comments.c.pk.in_(select(corrections.c.comment))
        conditions.append(reviewed if only.reviewed else ~reviewed)
    return conditions + _inside(only, _json(dialect))


def _inside(only: Filter, record: Any) -> list[ColumnElement[bool]]:
    """The conditions on what only the record itself holds."""
    conditions: list[ColumnElement[bool]] = []
    if only.text:
        conditions.append(record["text"].as_string().icontains(only.text, autoescape=True))
    if only.band:
        name, band = only.band
        low, high = _range(name, band)
        score = cast(record["scores"][name].as_string(), Float)
        conditions.append(score >= low)
        if high is not None:
            conditions.append(score < high)
    conditions += [
        cast(record["attributes"][name].as_string(), String) == value for name, value in only.attributes
    ]
    return conditions


def _range(name: str, band: str) -> tuple[float, float | None]:
    """Where a band begins, and where the next one does; raises StopIteration for an unknown one."""
    bands = METRICS[name].bands
    place = next(place for place, one in enumerate(bands) if one.name == band)
    return bands[place].low, bands[place + 1].low if place + 1 < len(bands) else None


def _json(dialect: str) -> Any:
    """The record as JSON; PostgreSQL cannot read a NUL in it, which customers' systems send."""
    if dialect == "postgresql":
        return cast(func.replace(comments.c.record, "\\u0000", "\\ufffd"), JSON)
    return type_coerce(comments.c.record, JSON)
