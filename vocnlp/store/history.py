"""What a tenant's customers have said and answered over a time, one item a response."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import func, select

from vocnlp.errors import InputError
from vocnlp.store.database import Database
from vocnlp.store.responses import without_comment
from vocnlp.store.tables import comments

__all__ = ["Response", "history"]


@dataclass(frozen=True, slots=True)
class Response:
    """A record in plain form, without tags where there is no comment; and when and by whom."""

    time: datetime
    customer: str | None
    record: dict[str, Any]


def history(
    database: Database, tenant: str, *, since: datetime, until: datetime, most: int
) -> list[Response]:
    """The responses from `since` up to but not at `until`: comments by time, then scores without comment.

    Raises InputError for more than `most` comments.
    """
    where = (comments.c.tenant == tenant, comments.c.time >= since, comments.c.time < until)
    query = select(comments.c.time, comments.c.customer_id, comments.c.record).where(*where)
    with database.reading() as connection:
        count = connection.execute(select(func.count()).select_from(comments).where(*where)).scalar_one()
        if count > most:
            what = f"{count:,} comments have come since {since:%Y-%m-%d}, at most {most:,} can be looked at"
            raise InputError(what)
        found = [
            Response(row.time, row.customer_id, orjson.loads(row.record))
            for row in connection.execute(query.order_by(comments.c.time, comments.c.pk))
        ]
        for record in without_comment(connection, tenant, since=since, until=until):
            places = record["attributes"]
            time = datetime.fromisoformat(places["time"])
            found.append(Response(time, places.get("customer_id"), record))
    return found
