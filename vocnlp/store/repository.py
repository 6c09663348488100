"""Comments, their tags and scores, by tenant.

Whatever order comments and later scores arrive in, the stored record holds both.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
from sqlalchemy import ColumnElement, Connection, Select, and_, delete, insert, select

from vocnlp.errors import ErrorCode
from vocnlp.schema import Alert, FailedComment, Problem, TaggedComment, to_json
from vocnlp.store.cases import drop_orphans
from vocnlp.store.database import Database, KeyReusedError
from vocnlp.store.dialects import insert_new, insert_or_replace, lock_tenant
from vocnlp.store.filters import Filter, where
from vocnlp.store.jobs import erase_from_jobs
from vocnlp.store.outbox import enqueue
from vocnlp.store.rawtexts import Sealed
from vocnlp.store.responses import Fire, join_scores, load, rescore
from vocnlp.store.tables import (
    alerts,
    aspects,
    comments,
    corrections,
    erasures,
    raw_texts,
    requests,
    risks,
    scores,
)
from vocnlp.store.waiting import nearest, settle, waiting_id

__all__ = ["Answer", "Erasure", "Place", "Repository", "Submission", "forget_old"]

REMEMBERED = timedelta(days=7)

Record = TaggedComment | FailedComment
Place = tuple[datetime, int]


@dataclass(frozen=True, slots=True)
class Submission:
    """A tagged comment to store; `time` is when the customer wrote it; `raw`: its raw text, if it is kept."""

    record: TaggedComment
    time: datetime
    response_id: str
    customer_id: str | None = None
    raw: Sealed | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """Scores of one response to a survey; `time` is when the customer gave them.

    Without `response_id` they are those of the response that `waiting` finds by customer and time.
    """

    response_id: str | None
    scores: dict[str, float]
    time: datetime
    customer_id: str | None = None


@dataclass(frozen=True, slots=True)
class Erasure:
    """The receipt: what was deleted, and when; `jobs` are those whose files are written anew without them."""

    id: str
    at: datetime
    comments: int
    scores: int
    alerts: int
    jobs: int


def _silent(_: TaggedComment) -> Iterable[Alert]:
    return ()


class Repository:
    """What the tenants of a database have stored. Every method sees one tenant's rows only.

    window: how far scores that name no response may lie from their comment.
    """

    def __init__(self, database: Database, *, window: timedelta = timedelta(days=14)) -> None:
        self._database = database
        self._window = window

    def add(
        self,
        tenant: str,
        submissions: Sequence[Submission],
        *,
        fire: Fire = _silent,
        key: str | None = None,
    ) -> list[Record]:
        """Store comments and the alerts that `fire` raises on them, in one transaction; one result for each.

        A comment whose id is stored already gives the stored record if it says the same, else an error.
        key: an idempotency key; raises KeyReusedError if it came before with other comments.
        """
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=True)
            if key:
                _remember(connection, tenant, key, submissions)
            said = [(s.customer_id, s.time, s.response_id) for s in submissions if s.customer_id is not None]
            settle(connection, tenant, said, self._window)
            join_scores(connection, tenant, ((s.response_id, s.record) for s in submissions))
            first = {submission.record.id: submission for submission in reversed(submissions)}
            inserted = _insert(connection, tenant, sorted(first.values(), key=lambda s: s.record.id))
            for id, pk in inserted.items():
                enqueue(connection, tenant, pk, fire(first[id].record), customer=first[id].customer_id)
            known = _stored(connection, tenant, [id for id in first if id not in inserted])
        known |= {id: first[id].record for id in inserted}
        return [_same(submission.record, known[submission.record.id]) for submission in submissions]

    def add_scores(self, tenant: str, answers: Sequence[Answer], *, fire: Fire = _silent) -> list[int]:
        """Keep scores and put them into the records of their responses; how many comments each has reached.

        A later score replaces an earlier one of the same name. Scores whose comment comes later wait for it.
        """
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=False)
            responses = [self._response(connection, tenant, answer) for answer in answers]
            rows = {
                (response, name): {
                    "tenant": tenant,
                    "response_id": response,
                    "name": name,
                    "value": value,
                    "customer_id": answer.customer_id,
                    "time": answer.time,
                }
                for answer, response in zip(answers, responses, strict=True)
                for name, value in answer.scores.items()
            }
            if rows:
                replace = insert_or_replace(connection, scores, columns=("value", "customer_id", "time"))
                connection.execute(replace, [rows[key] for key in sorted(rows)])
            reached = rescore(connection, tenant, set(responses), fire)
        return [reached.get(response, 0) for response in responses]

    def _response(self, connection: Connection, tenant: str, answer: Answer) -> str:
        if answer.response_id is not None:
            return answer.response_id
        customer = answer.customer_id or ""
        found = nearest(connection, tenant, customer, answer.time, self._window)
        return found or waiting_id(customer, answer.time)

    def get(self, tenant: str, id: str) -> str | None:
        """The JSON of a record, with its review if there is one."""
        query = _reviewed(comments.c.tenant == tenant, comments.c.id == id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return _shown(row) if row else None

    def page(
        self, tenant: str, only: Filter, *, limit: int, after: Place | None = None
    ) -> tuple[list[str], Place | None]:
        """Records as JSON, latest first, and the place after which the next page begins, if there is one."""
        query = _reviewed(*where(tenant, only, self._database.dialect))
        if after:
            time, pk = after
            query = query.where((comments.c.time < time) | and_(comments.c.time == time, comments.c.pk < pk))
        query = query.order_by(comments.c.time.desc(), comments.c.pk.desc()).limit(limit + 1)
        with self._database.reading() as connection:
            rows = connection.execute(query).all()
        more = rows[limit - 1] if len(rows) > limit else None
        return [_shown(row) for row in rows[:limit]], (more.time, more.pk) if more else None

    def erase(self, tenant: str, customer_id: str) -> Erasure:
        """Delete a customer's comments, tags, scores, alerts and the log of their delivery, and from jobs."""
        theirs = and_(comments.c.tenant == tenant, comments.c.customer_id == customer_id)
        responses = select(comments.c.response_id).where(theirs)
        pks = select(comments.c.pk).where(theirs)
        with self._database.writing() as connection:
            lock_tenant(connection, tenant, shared=False)
            counts = {
                "scores": connection.execute(
                    delete(scores).where(
                        scores.c.tenant == tenant,
                        (scores.c.customer_id == customer_id) | scores.c.response_id.in_(responses),
                    )
                ).rowcount,
                "alerts": connection.execute(
                    delete(alerts).where(
                        alerts.c.comment.in_(pks)
                        | ((alerts.c.tenant == tenant) & (alerts.c.customer_id == customer_id))
                    )
                ).rowcount,
                "comments": connection.execute(delete(comments).where(theirs)).rowcount,
                "jobs": erase_from_jobs(connection, tenant, customer_id),
            }
            drop_orphans(connection, tenant)
            receipt = Erasure(str(uuid.uuid4()), datetime.now(UTC), **counts)
            connection.execute(insert(erasures).values(id=receipt.id, tenant=tenant, at=receipt.at, **counts))
        self._database.forget()
        return receipt


def forget_old(database: Database, before: datetime) -> int:
    """Delete what all tenants' customers said and answered before a time; how many comments.

    Comments go by when they were received; alerts on patterns by when they fired.
    """
    with database.writing() as connection:
        connection.execute(delete(scores).where(scores.c.time < before))
        connection.execute(delete(alerts).where(alerts.c.comment.is_(None), alerts.c.created_at < before))
        count = connection.execute(delete(comments).where(comments.c.received_at < before)).rowcount
        drop_orphans(connection)
    database.forget()
    return count


def _remember(connection: Connection, tenant: str, key: str, submissions: Iterable[Submission]) -> None:
    # of the masked text: a hash of the raw text would let a phone number be guessed
    said = [(s.record.id, s.record.text, s.record.scores, s.record.attributes) for s in submissions]
    digest = hashlib.sha256(orjson.dumps(said, option=orjson.OPT_SORT_KEYS)).hexdigest()
    now = datetime.now(UTC)
    connection.execute(delete(requests).where(requests.c.created_at < now - REMEMBERED))
    row = {"tenant": tenant, "key": key, "digest": digest, "created_at": now}
    connection.execute(insert_new(connection, requests).values(row))
    query = select(requests.c.digest).where(requests.c.tenant == tenant, requests.c.key == key)
    if connection.execute(query).scalar_one() != digest:
        raise KeyReusedError(key)


def _insert(connection: Connection, tenant: str, submissions: Sequence[Submission]) -> dict[str, int]:
    """Insert the comments that are new; id -> pk."""
    now = datetime.now(UTC)
    rows = [
        {
            "tenant": tenant,
            "id": submission.record.id,
            "response_id": submission.response_id,
            "customer_id": submission.customer_id,
            "time": submission.time,
            "received_at": now,
            "language": submission.record.language.code,
            "record": to_json(submission.record).decode(),
        }
        for submission in submissions
    ]
    if not rows:
        return {}
    statement = insert_new(connection, comments).returning(comments.c.id, comments.c.pk)
    inserted = {row.id: row.pk for row in connection.execute(statement, rows)}
    new = [(inserted[s.record.id], s.record) for s in submissions if s.record.id in inserted]
    tagged = {(pk, tag.aspect, tag.polarity) for pk, record in new for tag in record.aspects}
    flagged = {(pk, risk.category) for pk, record in new for risk in record.risks}
    sealed = {
        (inserted[s.record.id], s.raw.key, s.raw.ciphertext)
        for s in submissions
        if s.raw and s.record.id in inserted
    }
    for table, values in ((aspects, tagged), (risks, flagged), (raw_texts, sealed)):
        if values:
            names = table.columns.keys()
            connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in sorted(values)])
    return inserted


def _stored(connection: Connection, tenant: str, ids: Sequence[str]) -> dict[str, TaggedComment]:
    query = select(comments.c.record).where(comments.c.tenant == tenant, comments.c.id.in_(ids))
    records = [load(record) for record in connection.execute(query).scalars()]
    return {record.id: record for record in records}


def _reviewed(*wanted: ColumnElement[bool]) -> Select[Any]:
    """Comments and their reviews."""
    columns = (comments.c.time, comments.c.pk, comments.c.record, corrections.c.review)
    joined = comments.outerjoin(corrections, corrections.c.comment == comments.c.pk)
    return select(*columns).select_from(joined).where(*wanted)


def _shown(row: Any) -> str:
    """The JSON of a record, in which a review comes last."""
    record: str = row.record
    return f'{record[:-1]},"review":{row.review}}}' if row.review else record


def _same(new: TaggedComment, stored: TaggedComment) -> Record:
    if new.text == stored.text:
        return stored
    what = f"a comment with the id {new.id!r} is stored and says something else; it stays as it was"
    return FailedComment(new.id, Problem(ErrorCode.ID_CONFLICT, what))
