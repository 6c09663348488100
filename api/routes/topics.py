"""What stored comments are about, beyond the aspects."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response

from api.bodies import Name
from api.deps import Parts, Reader, Window
from api.joboptions import about_stored
from api.later import JobState, ask

__all__ = ["router"]

router = APIRouter(prefix="/v1/topics", tags=["analysis"])


@router.get("", response_model=dict[str, Any], responses={202: {"model": JobState}})
def get(parts: Parts, key: Reader, window: Window, *, metric: Name | None = None) -> Response:
    """What `vocnlp topics` writes, once the job that finds it is done; until then 202. Ask again.

    Within an hour the same question has the same answer.
    """
    plan = about_stored("topics", since=window.since, until=window.until, metric=metric)
    return ask(parts, key.tenant, plan)
