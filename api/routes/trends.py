"""How scores and complaints move, on stored comments."""

from __future__ import annotations

from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Response

from api.bodies import Name
from api.deps import Analysis, Parts, Reader, Window
from api.joboptions import Every, about_stored
from api.later import JobState, ask
from api.watch import timed

__all__ = ["router"]

router = APIRouter(prefix="/v1/trends", tags=["analysis"])


@router.get("", response_model=dict[str, Any], responses={202: {"model": JobState}}, dependencies=[Analysis])
def get(
    parts: Parts,
    key: Reader,
    window: Window,
    *,
    metric: Name | None = None,
    every: Every = "week",
    by: Name | None = None,
    timezone: Annotated[Name | None, Query(description="IANA name; by default times are as written.")] = None,
) -> Response:
    """Score, complaints, risks and answers by period, with alarms; of many comments, a job gives it."""
    from vocnlp.analysis.trends import trends

    span = {"since": window.since, "until": window.until}
    if parts.responses.count(key.tenant, **span) > parts.settings.causes_comments:
        options: dict[str, Any] = {
            "metric": metric,
            "by": [by] if by else [],
            "every": every,
            "timezone": timezone,
        }
        return ask(parts, key.tenant, about_stored("trends", **span, time="time", **options))
    survey = timed(parts.responses.each(key.tenant, **span))
    found = trends(survey, survey.metric(metric), time="time", every=every, by=by, timezone=timezone)
    content = orjson.dumps(found.to_dict(), option=orjson.OPT_SERIALIZE_NUMPY, default=str)
    return Response(content, media_type="application/json")
