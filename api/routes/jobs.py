"""Jobs: whole files, tagged or analysed while nobody waits."""

from __future__ import annotations

import hashlib
import uuid
from pathlib import Path as FilePath
from pathlib import PurePath
from typing import Annotated, Any, cast, get_args

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse
from pydantic import BaseModel

from api import uploads
from api.bodies import Name
from api.deps import IdempotencyKey, Limit, Parts, Reader, Writer
from api.errors import ApiError, Code, described
from api.jobfiles import JobFiles
from api.joboptions import Format, JobOptions, Plan
from api.jobwork import check, told
from api.later import RESULT_TYPES, JobState, result_of, state
from api.service import Service
from vocnlp.errors import InputError
from vocnlp.store.jobs import Job
from vocnlp.store.keys import Key

__all__ = ["router"]

router = APIRouter(prefix="/v1/jobs", tags=["jobs"])
Id = Annotated[Name, Path()]
CONTENT_TYPES: dict[str, Format] = {
    "text/csv": "csv",
    "text/tab-separated-values": "tsv",
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/vnd.apache.parquet": "parquet",
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}
_BODY = {"requestBody": {"required": True, "content": dict.fromkeys(CONTENT_TYPES, _BINARY)}}
_KINDS = [kind.partition(";")[0] for kind in RESULT_TYPES.values()]
_FILES: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file.", "content": dict.fromkeys(_KINDS, _BINARY)}
}


class Jobs(BaseModel):
    """Jobs, and the cursor of the next page; null on the last one."""

    items: list[JobState]
    next: str | None


@router.post("", status_code=202, responses=described(409, 507), openapi_extra=_BODY)
async def add(
    *,
    options: Annotated[JobOptions, Query()],
    request: Request,
    response: Response,
    parts: Parts,
    key: Writer,
    idempotency_key: IdempotencyKey = None,
) -> JobState:
    """Take a file and work on it; the answer comes once the file is safe."""
    if options.file:
        options.format = options.format or _by_name(options.file)
    content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    options.format = options.format or CONTENT_TYPES.get(content_type)
    if options.format is None:
        what = f"name the format: csv, tsv, jsonl, parquet, or one of {', '.join(CONTENT_TYPES)}"
        raise ApiError(422, Code.INVALID, what)
    files = JobFiles(parts.settings.jobs, uuid.uuid4().hex)
    try:
        job = await _take(request, parts, files, options=options, key=key, again=idempotency_key)
    except BaseException:
        files.remove()
        raise
    parts.worker.wake()
    response.headers["Location"] = f"/v1/jobs/{job.id}"
    return state(job)


async def _take(
    request: Request, parts: Service, files: JobFiles, *, options: JobOptions, key: Key, again: str | None
) -> Job:
    files.make()
    if options.file:
        digest = await run_in_threadpool(_look_at, parts, key, options)
    else:
        path, limits = files.upload(options.format or ""), parts.settings
        digest = await uploads.save(
            request, path, most=limits.max_upload_bytes, seconds=limits.request_seconds
        )
        await run_in_threadpool(_check, path, options, files.folder)
    plan = Plan(**options.model_dump())
    job = await run_in_threadpool(
        parts.jobs.add,
        key.tenant,
        files.folder.name,
        kind=plan.kind,
        options=plan.model_dump(mode="json"),
        digest=hashlib.sha256(digest.encode() + options.model_dump_json().encode()).hexdigest(),
        key=again,
    )
    if job.id != files.folder.name:
        files.remove()
    return job


def _look_at(parts: Service, key: Key, options: JobOptions) -> str:
    """Whether a file on the server can be worked on; what tells it from what it may be later."""
    try:
        path = parts.inputs.find(key.tenant, options.file or "")
    except InputError as error:
        raise ApiError(422, Code.INVALID, str(error)) from error
    _check(path, options, path.parent)
    seen = path.stat()
    return f"{path} {seen.st_size} {seen.st_mtime_ns}"


def _check(path: FilePath, options: JobOptions, folder: FilePath) -> None:
    try:
        check(path, options)
    except InputError as error:
        raise ApiError(422, Code.BAD_FILE, told(error, folder)) from error


def _by_name(file: str) -> Format:
    extension = PurePath(file).suffix.lower().removeprefix(".")
    if extension not in get_args(Format):
        what = f"the file is {file!r}; use {', '.join(get_args(Format))} by the end of its name"
        raise ApiError(422, Code.INVALID, what)
    return cast(Format, extension)


@router.get("")
def find(
    parts: Parts, key: Reader, limit: Limit = 100, cursor: Annotated[Name | None, Query()] = None
) -> Jobs:
    """Jobs, latest first."""
    items = [state(job) for job in parts.jobs.page(key.tenant, before=cursor, limit=limit)]
    return Jobs(items=items, next=items[-1].id if len(items) == limit else None)


@router.get("/{id}", responses=described(404))
def get(id: Id, parts: Parts, key: Reader) -> JobState:
    """How far a job has come."""
    return state(_known(parts, key, id))


@router.get("/{id}/result", response_class=FileResponse, responses={**described(404, 409), **_FILES})
def result(id: Id, parts: Parts, key: Reader) -> FileResponse:
    """The result of a job that is done."""
    job = _known(parts, key, id)
    if file := result_of(parts, job):
        return file
    raise ApiError(409, Code.NOT_DONE, f"the job is {job.status}; there is no result")


@router.post("/{id}/cancel", responses=described(404, 409))
def cancel(id: Id, parts: Parts, key: Writer) -> JobState:
    """End a job that is not finished, and remove its files."""
    if not parts.jobs.cancel(key.tenant, id):
        job = _known(parts, key, id)
        raise ApiError(409, Code.NOT_DONE, f"the job is {job.status} already")
    JobFiles(parts.settings.jobs, id).remove()
    return state(_known(parts, key, id))


@router.delete("/{id}", status_code=204, responses=described(404))
def delete(id: Id, parts: Parts, key: Writer) -> None:
    """End a job if it is not finished, and forget it and its files."""
    if not parts.jobs.delete(key.tenant, id):
        raise ApiError(404, Code.NOT_FOUND, f"there is no job {id!r}")
    JobFiles(parts.settings.jobs, id).remove()


def _known(parts: Service, key: Key, id: str) -> Job:
    job = parts.jobs.get(key.tenant, id)
    if job is None:
        raise ApiError(404, Code.NOT_FOUND, f"there is no job {id!r}")
    return job
