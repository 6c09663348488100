"""The application: routes, limits and errors around one service."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from api import errors
from api.auth import KeyRing
from api.batching import Tagger
from api.middleware import Guard
from api.routes import (
    alerts,
    causes,
    comments,
    corrections,
    customers,
    health,
    jobs,
    models,
    rawtexts,
    reports,
    resources,
    scores,
    tag,
    topics,
    trends,
)
from api.service import Service
from api.shadow import Shadow
from api.tracing import from_environment
from vocnlp import __version__
from vocnlp.alerts.rules import Rulebook
from vocnlp.settings import Settings

__all__ = ["create_app"]

NOUNS = (
    tag,
    comments,
    rawtexts,
    corrections,
    customers,
    scores,
    causes,
    topics,
    trends,
    reports,
    jobs,
    alerts,
    resources,
    models,
)


def create_app(
    tagger: Tagger, settings: Settings, *, rules: Rulebook | None = None, shadow: Shadow | None = None
) -> FastAPI:
    """The application on a database that is migrated already.

    tagger: a pipeline; it is used by one thread alone.   shadow: compares a second one with it.
     Raises InputError when a setting is wrong.
    """
    service = Service.make(tagger, settings, rules or Rulebook(), shadow)
    tracing = from_environment()

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        service.start()
        yield
        service.stop()
        if tracing:
            tracing.close()

    app = FastAPI(
        title="vocnlp",
        version=__version__,
        lifespan=lifespan,
        openapi_url="/v1/openapi.json",
        docs_url=None,  # the pages for a browser load scripts from elsewhere
        redoc_url=None,
    )
    app.state.service = service
    app.state.keyring = KeyRing(service.keys)
    app.add_middleware(
        Guard,
        body=settings.max_body_bytes,
        seconds=settings.request_seconds,
        metrics=service.metrics,
        tracing=tracing,
    )
    errors.install(app)
    for noun in NOUNS:
        app.include_router(noun.router, responses=errors.PROBLEMS)
    app.include_router(health.router)
    return app
