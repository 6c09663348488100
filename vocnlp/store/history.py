"""What a tenant's customers have said and answered over a time, one item a response."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import ColumnElement, func, literal, select, tuple_

from vocnlp.errors import InputError
from vocnlp.store.database import Database
from vocnlp.store.responses import without_comment
from vocnlp.store.tables import comments

__all__ = ["Response", "Responses", "TooManyError", "history"]

PAGE = 500
FIRST = datetime(1, 1, 1, tzinfo=UTC)


class TooManyError(InputError):
    """More comments than can be looked at while somebody waits."""


@dataclass(frozen=True, slots=True)
class Response:
    """A record in plain form, without tags where there is no comment; and when and by whom."""

    time: datetime
    customer: str | None
    record: dict[str, Any]

    def timed(self) -> dict[str, Any]:
        """The record with its time among its attributes."""
        return {**self.record, "attributes": {**self.record["attributes"], "time": self.time.isoformat()}}


class Responses:
    """The responses of all tenants of a database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, tenant: str, *, since: datetime | None, until: datetime | None) -> int:
        """How many comments there are from `since` up to but not at `until`."""
        where = _within(tenant, since, until)
        with self._database.reading() as connection:
            return connection.execute(select(func.count()).select_from(comments).where(*where)).scalar_one()

    def each(self, tenant: str, *, since: datetime | None, until: datetime | None) -> Iterator[Response]:
        """The responses of a time, page by page: comments by time, then scores without comment."""
        query = (
            select(comments.c.time, comments.c.pk, comments.c.customer_id, comments.c.record)
            .where(*_within(tenant, since, until))
            .order_by(comments.c.time, comments.c.pk)
            .limit(PAGE)
        )
        place = FIRST, -1
        while True:
            following = tuple_(comments.c.time, comments.c.pk) > tuple_(*map(literal, place, COLUMN_TYPES))
            with self._database.reading() as connection:
                rows = connection.execute(query.where(following)).all()
            for row in rows:
                yield Response(row.time, row.customer_id, orjson.loads(row.record))
            if len(rows) < PAGE:
                break
            place = rows[-1].time, rows[-1].pk
        with self._database.reading() as connection:
            alone = without_comment(connection, tenant, since=since, until=until)
        for record in alone:
            places = record["attributes"]
            yield Response(datetime.fromisoformat(places["time"]), places.get("customer_id"), record)


COLUMN_TYPES = comments.c.time.type, comments.c.pk.type


def _within(tenant: str, since: datetime | None, until: datetime | None) -> list[ColumnElement[bool]]:
    return [
        comments.c.tenant == tenant,
        *([comments.c.time >= since] if since else []),
        *([comments.c.time < until] if until else []),
    ]


def history(
    database: Database, tenant: str, *, since: datetime, until: datetime, most: int
) -> list[Response]:
    """All responses from `since` up to but not at `until`, as `Responses.each` gives them.

    Raises TooManyError for more than `most` comments.
    """
    responses = Responses(database)
    count = responses.count(tenant, since=since, until=until)
    if count > most:
        what = f"{count:,} comments have come since {since:%Y-%m-%d}, at most {most:,} can be looked at"
        raise TooManyError(what)
    return list(responses.each(tenant, since=since, until=until))
