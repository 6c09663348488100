"""Questions about stored comments that take longer than a caller waits: a job answers them."""

from __future__ import annotations

import hashlib
import uuid
from datetime import UTC, datetime, timedelta

from fastapi import Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from api.errors import ApiError, Code
from api.jobfiles import JobFiles
from api.joboptions import Plan, plan_of
from api.service import Service
from vocnlp.store.jobs import Job, JobStatus, Kind

__all__ = ["RESULT_TYPES", "JobState", "answer", "ask", "result_of", "start", "state"]

FRESH = timedelta(hours=1)
RESULT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "jsonl": "application/x-ndjson",
    "parquet": "application/vnd.apache.parquet",
    "tsv": "text/tab-separated-values; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


class JobState(BaseModel):
    """A job. total: comments, once counted; comments, failed: so far; error: why it failed."""

    id: str
    kind: Kind
    status: JobStatus
    total: int | None
    comments: int
    failed: int
    error: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


def state(job: Job) -> JobState:
    """What a caller is told of a job."""
    return JobState(**{name: getattr(job, name) for name in JobState.model_fields})


def result_of(parts: Service, job: Job) -> FileResponse | None:
    """The result of a job, if it is done."""
    extension = plan_of(job).extension
    path = JobFiles(parts.settings.jobs, job.id).result(extension)
    if job.status != "done" or not path.exists():
        return None
    return FileResponse(path, media_type=RESULT_TYPES[extension], filename=f"{job.id}.{extension}")


def ask(parts: Service, tenant: str, plan: Plan) -> Response:
    """The answer, if the same was asked within the last hour and is ready; else the job that will have it."""
    known = parts.jobs.recent(tenant, _digest(plan), datetime.now(UTC) - FRESH)
    return answer(parts, known or start(parts, tenant, plan), at=None)


def start(parts: Service, tenant: str, plan: Plan, *, key: str | None = None) -> Job:
    """A new job on stored comments, or the one that came before under the same idempotency key."""
    files = JobFiles(parts.settings.jobs, uuid.uuid4().hex)
    files.make()
    options, digest = plan.model_dump(mode="json"), _digest(plan)
    job = parts.jobs.add(tenant, files.folder.name, kind=plan.kind, options=options, digest=digest, key=key)
    if job.id != files.folder.name:
        files.remove()
    parts.worker.wake()
    return job


def answer(parts: Service, job: Job, *, at: str | None) -> Response:
    """The result, or 202 with how far the job has come and where to look again (`at`).

    Raises ApiError when it has failed.
    """
    if job.status in ("failed", "cancelled"):
        raise ApiError(422, Code.CANNOT_ANALYSE, job.error or f"the job is {job.status}")
    where = at or f"/v1/jobs/{job.id}"
    headers = {"Location": where, "Retry-After": "1"}
    return result_of(parts, job) or Response(
        state(job).model_dump_json(), 202, headers, media_type="application/json"
    )


def _digest(plan: Plan) -> str:
    return hashlib.sha256(plan.model_dump_json().encode()).hexdigest()
