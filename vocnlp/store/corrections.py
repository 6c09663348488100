"""What people say that comments should have been tagged with.

The record stays as the model tagged it; the review stands beside it, and is what the next model learns from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select

from vocnlp.schema import Polarity
from vocnlp.store.database import Database
from vocnlp.store.dialects import insert_or_replace
from vocnlp.store.tables import comments, corrections

__all__ = ["Corrections", "Review"]

PAGE = 500


@dataclass(frozen=True, slots=True)
class Review:
    """The tags that are right. aspects: all that the comment judges; sentiment, risks: None if not judged."""

    aspects: dict[str, Polarity]
    sentiment: Polarity | None
    risks: list[str] | None
    reviewer: str | None
    at: datetime


class Corrections:
    """The reviews of a database. Every method sees one tenant's comments only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, tenant: str, reviews: Sequence[tuple[str, Review]]) -> list[bool]:
        """Keep reviews by the id of the comment, in place of earlier ones; False where none is stored."""
        last = dict(reviews)
        query = select(comments.c.id, comments.c.pk).where(
            comments.c.tenant == tenant, comments.c.id.in_(last)
        )
        with self._database.writing() as connection:
            known = {row.id: row.pk for row in connection.execute(query)}
            rows = [
                {"comment": known[id], "review": orjson.dumps(asdict(last[id])).decode(), "at": last[id].at}
                for id in sorted(known)
            ]
            if rows:
                replace = insert_or_replace(connection, corrections, columns=("review", "at"))
                connection.execute(replace, rows)
        return [id in known for id, _ in reviews]

    def labelled(
        self, tenant: str, *, since: datetime | None = None, until: datetime | None = None
    ) -> Iterator[dict[str, Any]]:
        """Reviewed comments in the form that `vocnlp train` reads, by the time of the review from `since`."""
        query = (
            select(comments.c.pk, comments.c.record, corrections.c.review)
            .join(corrections, corrections.c.comment == comments.c.pk)
            .where(comments.c.tenant == tenant)
            .order_by(comments.c.pk)
            .limit(PAGE)
        )
        if since:
            query = query.where(corrections.c.at >= since)
        if until:
            query = query.where(corrections.c.at < until)
        last = -1
        while True:
            with self._database.reading() as connection:
                rows = connection.execute(query.where(comments.c.pk > last)).all()
            for row in rows:
                yield _labelled(orjson.loads(row.record), orjson.loads(row.review))
            if len(rows) < PAGE:
                return
            last = rows[-1].pk


def _labelled(record: dict[str, Any], review: dict[str, Any]) -> dict[str, Any]:
    judged = {name: review[name] for name in ("sentiment", "risks") if review[name] is not None}
    return {
        "id": record["id"],
        "lang": record["language"]["code"],
        "text": record["text"],
        "aspects": review["aspects"],
        **judged,
    }
