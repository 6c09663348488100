"""Reports on stored comments."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from api.bodies import Name, Time
from api.deps import IdempotencyKey, Parts, Reader, Writer
from api.errors import ApiError, Code, described
from api.joboptions import about_stored
from api.later import JobState, answer, start, state

__all__ = ["router"]

router = APIRouter(prefix="/v1/reports", tags=["analysis"])


class NewReport(BaseModel):
    """A report on the comments of a time, as `vocnlp report` makes it. metric: a score; by: attributes."""

    model_config = ConfigDict(extra="forbid")

    since: Time | None = None
    until: Time | None = None
    metric: Name | None = None
    by: list[Name] = Field([], max_length=10)
    locale: Literal["en", "zh"] = "en"
    title: Name | None = None


@router.post("", status_code=202, responses=described(409))
def add(
    body: NewReport, response: Response, parts: Parts, key: Writer, idempotency_key: IdempotencyKey = None
) -> JobState:
    """Begin a report; it is at `Location` when it is done."""
    plan = about_stored("report", time="time", **body.model_dump())
    job = start(parts, key.tenant, plan, key=idempotency_key)
    response.headers["Location"] = f"/v1/reports/{job.id}"
    return state(job)


@router.get("/{id}", response_class=HTMLResponse, responses={202: {"model": JobState}, **described(404)})
def get(id: Annotated[Name, Path()], parts: Parts, key: Reader) -> Response:
    """The page, or 202 and how far it is."""
    job = parts.jobs.get(key.tenant, id)
    if job is None or job.kind != "report":
        raise ApiError(404, Code.NOT_FOUND, f"there is no report {id!r}")
    return answer(parts, job, at=f"/v1/reports/{id}")
