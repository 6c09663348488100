"""Who calls, and what they may do."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.errors import ApiError, Code
from api.service import Service
from vocnlp.store.keys import Key, Keys, Scope

__all__ = ["KeyRing", "holder", "requires"]

TRUSTED_SECONDS = 1.0
MOST_TRUSTED = 10_000

_bearer = HTTPBearer(auto_error=False, description="A key made by `vocnlp keys create`.")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


class KeyRing:
    """Keys that were valid a moment ago, so that not every request asks the database.

    A key that is revoked elsewhere is refused `TRUSTED_SECONDS` later at the latest.
    """

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._trusted: dict[bytes, tuple[float, Key]] = {}

    async def find(self, secret: str) -> Key | None:
        """The key, if it is known, not revoked and not expired."""
        digest = hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()
        until, key = self._trusted.get(digest, (0.0, None))
        if key is None or time.monotonic() > until or not key.is_valid:
            key = await run_in_threadpool(self._keys.find, secret)
            if len(self._trusted) >= MOST_TRUSTED:
                self._trusted.clear()
            if key:
                self._trusted[digest] = time.monotonic() + TRUSTED_SECONDS, key
            else:
                self._trusted.pop(digest, None)
        return key


async def holder(request: Request, credentials: Credentials) -> Key:
    """The key of the request, within its rate limit."""
    service: Service = request.app.state.service
    ring: KeyRing = request.app.state.keyring
    key = await ring.find(credentials.credentials) if credentials else None
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
