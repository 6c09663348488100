"""Batch jobs as rows: what is wanted, how far it has come, and who is in the files.

The files are `api.jobfiles`; the work is done by `api.worker`. A customer is known here by a hash alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, delete, func, select, update

from vocnlp.store.database import Database, KeyReusedError
from vocnlp.store.dialects import insert_new, lock_tenant
from vocnlp.store.tables import job_customers, job_erasures, jobs

__all__ = ["Job", "JobStatus", "Jobs", "Kind", "customer_hash", "erase_from_jobs"]

Kind = Literal["tags", "causes", "report", "topics", "trends"]
JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]
UNFINISHED = ("queued", "running")


@dataclass(frozen=True, slots=True)
class Job:
    """A job. total: comments in the file, once they are counted; comments, failed: done so far.

    round: how often its result has been withdrawn to be written anew.   error: why it has failed.
    """

    id: str
    tenant: str
    kind: Kind
    status: JobStatus
    options: dict[str, Any]
    digest: str
    round: int
    total: int | None
    comments: int
    failed: int
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


_COLUMNS = [jobs.c[name] for name in Job.__dataclass_fields__]


class Jobs:
    """The jobs of a database. Methods that take a tenant see that tenant's rows only."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self, tenant: str, id: str, *, kind: Kind, options: dict[str, Any], digest: str, key: str | None
    ) -> Job:
        """Queue a job; one that came before under the same idempotency key is returned as it is.

        digest: of the file and the options. Raises KeyReusedError if it differs under the same key.
        """
        row = {
            "id": id,
            "tenant": tenant,
            "kind": kind,
            "status": "queued",
            "options": orjson.dumps(options).decode(),
            "key": key,
            "digest": digest,
            "round": 0,
            "comments": 0,
            "failed": 0,
            "created_at": datetime.now(UTC),
        }
        same = jobs.c.key == key if key else jobs.c.id == id
        with self._database.writing() as connection:
            connection.execute(insert_new(connection, jobs).values(row))
            query = select(*_COLUMNS).where(jobs.c.tenant == tenant, same)
            found = _job(connection.execute(query).one())
        if key and found.digest != digest:
            raise KeyReusedError(key)
        return found

    def get(self, tenant: str, id: str) -> Job | None:
        """One job."""
        query = select(*_COLUMNS).where(jobs.c.tenant == tenant, jobs.c.id == id)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return _job(row) if row else None

    def recent(self, tenant: str, digest: str, since: datetime) -> Job | None:
        """The latest job on the same, if one was asked for since a time and was not cancelled."""
        query = select(*_COLUMNS).where(
            jobs.c.tenant == tenant,
            jobs.c.created_at >= since,
            jobs.c.digest == digest,
            jobs.c.status != "cancelled",
        )
        query = query.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(1)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        return _job(row) if row else None

    def page(self, tenant: str, *, before: str | None = None, limit: int = 100) -> list[Job]:
        """A tenant's jobs, newest first; `before`: only those older than this one."""
        query = select(*_COLUMNS).where(jobs.c.tenant == tenant)
        if before:
            edge = select(jobs.c.created_at).where(jobs.c.tenant == tenant, jobs.c.id == before)
            created = edge.scalar_subquery()
            query = query.where(
                (jobs.c.created_at < created) | ((jobs.c.created_at == created) & (jobs.c.id < before))
            )
        query = query.order_by(jobs.c.created_at.desc(), jobs.c.id.desc()).limit(limit)
        with self._database.reading() as connection:
            return [_job(row) for row in connection.execute(query)]

    def cancel(self, tenant: str, id: str) -> bool:
        """End a job that is not finished; False if there is none."""
        with self._database.writing() as connection:
            return _end(connection, id, "cancelled", None, tenant=tenant)

    def delete(self, tenant: str, id: str) -> bool:
        """Forget a job; False if there is none."""
        with self._database.writing() as connection:
            where = (jobs.c.tenant == tenant, jobs.c.id == id)
            return bool(connection.execute(delete(jobs).where(*where)).rowcount)

    def unfinished(self) -> int:
        """How many jobs of all tenants wait or are under way."""
        query = select(func.count()).select_from(jobs).where(jobs.c.status.in_(UNFINISHED))
        with self._database.reading() as connection:
            return connection.execute(query).scalar_one()

    def queued(self) -> list[tuple[str, int]]:
        """Id and round of the jobs of all tenants that wait, the longest waiting first."""
        query = select(jobs.c.id, jobs.c.round).where(jobs.c.status == "queued").order_by(jobs.c.created_at)
        with self._database.reading() as connection:
            return [(row.id, row.round) for row in connection.execute(query)]

    def known(self, ids: Sequence[str]) -> set[str]:
        """Which of these jobs exist."""
        with self._database.reading() as connection:
            return set(connection.execute(select(jobs.c.id).where(jobs.c.id.in_(ids))).scalars())

    def expire(self, before: datetime) -> list[str]:
        """Forget the jobs of all tenants that finished before a time; their ids."""
        change = delete(jobs).where(jobs.c.finished_at < before).returning(jobs.c.id)
        with self._database.writing() as connection:
            return list(connection.execute(change).scalars())

    def begin(self, id: str, round: int) -> Job | None:
        """Take up a job; None when it is not, or no longer, to be done."""
        wanted = (jobs.c.id == id, jobs.c.round == round, jobs.c.status.in_(UNFINISHED))
        now = func.coalesce(jobs.c.started_at, datetime.now(UTC))
        change = update(jobs).where(*wanted).values(status="running", started_at=now)
        with self._database.writing() as connection:
            row = connection.execute(change.returning(*_COLUMNS)).one_or_none()
        return _job(row) if row else None

    def count(self, id: str, total: int) -> None:
        """Tell how many comments the file has."""
        with self._database.writing() as connection:
            connection.execute(update(jobs).where(jobs.c.id == id).values(total=total))

    def advance(self, id: str, *, comments: int, failed: int, customers: Iterable[str]) -> bool:
        """Tell how far a job has come, and who is in its files; False if it is no longer to be done."""
        running = (jobs.c.id == id, jobs.c.status == "running")
        rows = [{"job": id, "customer": customer} for customer in sorted(customers)]
        with self._database.writing() as connection:
            change = update(jobs).where(*running).values(comments=comments, failed=failed)
            if not connection.execute(change).rowcount:
                return False
            if rows:
                connection.execute(insert_new(connection, job_customers), rows)
        return True

    def erasures(self, id: str) -> frozenset[str]:
        """Who must leave the files of a job, by `customer_hash`."""
        query = select(job_erasures.c.customer).where(job_erasures.c.job == id)
        with self._database.reading() as connection:
            return frozenset(connection.execute(query).scalars())

    def finish(self, job: Job, erased: frozenset[str], *, comments: int, failed: int) -> bool:
        """Give a result free, from which these customers are gone; False if others must be gone by now."""
        with self._database.writing() as connection:
            lock_tenant(connection, job.tenant, shared=True)
            query = select(job_erasures.c.customer).where(job_erasures.c.job == job.id)
            if not erased.issuperset(connection.execute(query).scalars()):
                return False
            connection.execute(delete(job_erasures).where(job_erasures.c.job == job.id))
            gone = (job_customers.c.job == job.id, job_customers.c.customer.in_(erased))
            connection.execute(delete(job_customers).where(*gone))
            values = {"status": "done", "finished_at": datetime.now(UTC)}
            done = update(jobs).where(jobs.c.id == job.id, jobs.c.status == "running")
            connection.execute(done.values(**values, comments=comments, failed=failed))
        return True

    def fail(self, id: str, error: str) -> None:
        """End a job that cannot be done, and say why."""
        with self._database.writing() as connection:
            _end(connection, id, "failed", error)


def customer_hash(tenant: str, customer: str) -> str:
    """By which the customer of a tenant is known here."""
    return hashlib.sha256(f"{tenant}\n{customer}".encode()).hexdigest()


def erase_from_jobs(connection: Connection, tenant: str, customer: str) -> int:
    """Have a customer leave the files of a tenant's jobs, in the transaction of the erasure.

    Results with the customer in them are withdrawn and written anew. Jobs under way may hold anybody: before
    they give their result free, they leave the customer out. How many jobs there are of both.
    """
    hashed = customer_hash(tenant, customer)
    held = select(job_customers.c.job).where(job_customers.c.customer == hashed)
    query = select(jobs.c.id, jobs.c.status).where(
        jobs.c.tenant == tenant,
        jobs.c.status.in_(UNFINISHED) | ((jobs.c.status == "done") & jobs.c.id.in_(held)),
    )
    touched = connection.execute(query).all()
    if rows := [{"job": job.id, "customer": hashed} for job in touched]:
        connection.execute(insert_new(connection, job_erasures), rows)
    again = update(jobs).where(jobs.c.id.in_([job.id for job in touched]), jobs.c.status == "done")
    connection.execute(again.values(status="queued", finished_at=None, round=jobs.c.round + 1))
    return len(touched)


def _end(
    connection: Connection, id: str, status: JobStatus, error: str | None, *, tenant: str | None = None
) -> bool:
    """End an unfinished job; who was in its files does not matter any more."""
    change = update(jobs).where(jobs.c.id == id, jobs.c.status.in_(UNFINISHED))
    if tenant is not None:
        change = change.where(jobs.c.tenant == tenant)
    if not connection.execute(
        change.values(status=status, error=error, finished_at=datetime.now(UTC))
    ).rowcount:
        return False
    for table in (job_customers, job_erasures):
        connection.execute(delete(table).where(table.c.job == id))
    return True


def _job(row: Any) -> Job:
    return Job(**{**row._mapping, "options": orjson.loads(row.options)})
