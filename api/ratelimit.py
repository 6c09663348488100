"""How many requests a key may make, counted in this process."""

from __future__ import annotations

import math
import time

from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from vocnlp.errors import InputError

__all__ = ["RateLimit"]


class RateLimit:
    """A limit such as "600/minute"; raises InputError when it cannot be read."""

    def __init__(self, limit: str) -> None:
        try:
            self._item = parse(limit)
        except ValueError as error:
            raise InputError(f"the rate limit is {limit!r}; use e.g. 600/minute or 20/second") from error
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def hit(self, key: str) -> int | None:
        """Count a request; if it is too many, the seconds until the next may come."""
        if self._limiter.hit(self._item, key):
            return None
        reset, _ = self._limiter.get_window_stats(self._item, key)
        return max(1, math.ceil(reset - time.time()))
