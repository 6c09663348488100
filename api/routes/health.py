"""Whether the service lives, whether it can serve, and how it fares; open to all who reach it."""

from __future__ import annotations

from typing import Literal

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from sqlalchemy.exc import SQLAlchemyError

from api.deps import Parts
from api.errors import ApiError, Code, described

__all__ = ["router"]

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """Always the same."""

    status: Literal["ok"] = "ok"


@router.get("/healthz")
async def alive() -> Health:
    """The process answers."""
    return Health()


@router.get("/readyz", responses=described(503))
def ready(parts: Parts) -> Health:
    """The database answers and fits, and the model is at work."""
    try:
        current = parts.database.is_current()
    except SQLAlchemyError:
        current = False
    if not (current and parts.batcher.alive):
        what = "the model has stopped" if current else "the database does not answer or is of another version"
        raise ApiError(503, Code.NOT_READY, what, {"Retry-After": "5"})
    return Health()


@router.get("/metrics", response_class=PlainTextResponse)
def metrics(parts: Parts) -> Response:
    """Prometheus metrics."""
    waiting, lag = parts.outbox.waiting()
    parts.metrics.queue.set(parts.batcher.waiting)
    parts.metrics.jobs.set(parts.jobs.unfinished())
    parts.metrics.alerts_waiting.set(waiting)
    parts.metrics.alert_lag.set(lag)
    return Response(generate_latest(parts.metrics.registry), media_type=CONTENT_TYPE_LATEST)
