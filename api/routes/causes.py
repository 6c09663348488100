"""Why a score is what it is, on stored comments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response

from api.bodies import Name
from api.deps import Analysis, Parts, Reader, Window
from api.joboptions import about_stored
from api.later import JobState, ask

__all__ = ["router"]

router = APIRouter(prefix="/v1/causes", tags=["analysis"])
Columns = Annotated[Sequence[Name], Query(max_length=10)]


@router.get("", response_model=dict[str, Any], responses={202: {"model": JobState}}, dependencies=[Analysis])
def get(
    parts: Parts,
    key: Reader,
    window: Window,
    *,
    metric: Name | None = None,
    by: Columns = (),
    time: Name | None = None,
    customer: Name | None = None,
) -> Response:
    """What `vocnlp causes --json` gives, for the comments and scores of a time; of many, a job gives it."""
    from vocnlp.analysis.causes import causes
    from vocnlp.analysis.survey import collect

    span = {"since": window.since, "until": window.until}
    if parts.responses.count(key.tenant, **span) > parts.settings.causes_comments:
        plan = about_stored("causes", **span, metric=metric, by=list(by), time=time, customer=customer)
        return ask(parts, key.tenant, plan)
    survey = collect(response.record for response in parts.responses.each(key.tenant, **span))
    found = causes(survey, metric=metric, by=by, time=time, customer=customer)
    return Response(orjson.dumps(found.to_dict()), media_type="application/json")
