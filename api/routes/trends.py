"""How scores and complaints move, on stored comments."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

import orjson
from fastapi import APIRouter, Query, Response

from api.bodies import YEARS, Name
from api.deps import Analysis, Parts, Reader, Window
from api.watch import timed
from vocnlp.store.history import history

__all__ = ["router"]

router = APIRouter(prefix="/v1/trends", tags=["analysis"])
FIRST, LAST = (datetime(year, 1, 1, tzinfo=UTC) for year in (YEARS.start, YEARS.stop))


@router.get("", response_model=dict[str, Any], dependencies=[Analysis])
def get(
    parts: Parts,
    key: Reader,
    window: Window,
    *,
    metric: Name | None = None,
    every: Literal["day", "week", "month"] = "week",
    by: Name | None = None,
    timezone: Annotated[Name | None, Query(description="IANA name; by default times are as written.")] = None,
) -> Response:
    """Score, complaints, risks and answers by period, with alarms (docs/trends.md)."""
    from vocnlp.analysis.trends import trends

    responses = history(
        parts.database,
        key.tenant,
        since=window.since or FIRST,
        until=window.until or LAST,
        most=parts.settings.causes_comments,
    )
    survey = timed(responses)
    found = trends(survey, survey.metric(metric), time="time", every=every, by=by, timezone=timezone)
    content = orjson.dumps(found.to_dict(), option=orjson.OPT_SERIALIZE_NUMPY, default=str)
    return Response(content, media_type="application/json")
