"""Who calls, and what they may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import ApiError, Code
from api.service import Service
from vocnlp.store.keys import Key, Scope

__all__ = ["holder", "requires"]

_bearer = HTTPBearer(auto_error=False, description="A key made by `vocnlp keys create`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def holder(request: Request, credentials: Credentials) -> Key:
    """The key of the request, within its rate limit; runs in a thread, since it asks the database."""
    service: Service = request.app.state.service
    key = service.keys.find(credentials.credentials) if credentials else None
    if key is None:
        raise ApiError(
            401,
            Code.UNAUTHORIZED,
            "send a valid key as `Authorization: Bearer KEY`; make one with: vocnlp keys create",
            {"WWW-Authenticate": "Bearer"},
        )
    if seconds := service.limit.hit(key.id):
        what = f"more than {service.settings.rate_limit} by this key; try again in {seconds} s"
        raise ApiError(429, Code.RATE_LIMITED, what, {"Retry-After": str(seconds)})
    return key


def requires(scope: Scope) -> Callable[[Key], Awaitable[Key]]:
    """A dependency: the key of the request, which must have the scope."""

    async def check(key: Annotated[Key, Depends(holder)]) -> Key:
        if scope not in key.scopes:
            there = ", ".join(sorted(key.scopes))
            raise ApiError(403, Code.FORBIDDEN, f"the key has the scopes {there}; this needs {scope}")
        return key

    return check
