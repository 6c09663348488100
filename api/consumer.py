"""Comments that come from a broker one a message: tagged, stored, answered; the same for every broker.

What cannot be a comment is answered with what is wrong with it, so that it can be put aside and does not come
again for ever. Whoever calls `take` acknowledges the message after it has returned and its answer is sent: if
the process dies before, the message comes again, and nothing is stored twice.
"""

from __future__ import annotations

import asyncio
import json
import logging
from dataclasses import dataclass
from typing import Any

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError

from api.batching import OverloadedError, Raw
from api.bodies import StoredItem, read_comments
from api.service import Service
from vocnlp.errors import ErrorCode
from vocnlp.schema import Comment, FailedComment, Problem, to_json

__all__ = ["Answer", "Consumer"]

PATIENCE = 1.0

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """The record as JSON, or what is wrong with the message."""

    record: bytes | None = None
    problem: Problem | None = None


class Consumer:
    """Stores the comments of one tenant."""

    def __init__(self, service: Service, tenant: str) -> None:
        self._service = service
        self._tenant = tenant
        self.stored = 0
        self.refused = 0

    async def take(self, body: bytes, source: str | None) -> Answer:
        """Tag and store the comment of a message; returns once it is safe.

        body: an item of `POST /v1/comments` as JSON.   source: the broker's id of the message, for an item
        that has none.   While the database is away or too much waits, it waits.
        """
        comment = _read(body, source)
        record = await self._store(comment) if isinstance(comment, Comment) else comment
        if isinstance(record, FailedComment):
            self.refused += 1
            return Answer(problem=record.error)
        self.stored += 1
        return Answer(record=to_json(record))

    async def _store(self, comment: Raw) -> Any:
        while True:
            try:
                records = await self._service.tag_for(self._tenant, [comment])
                (stored,) = await self._service.store(self._tenant, [comment], records, None)
                return stored
            except OverloadedError:
                pass
            except (InterfaceError, OperationalError, NoConnectionError):
                log.exception("the database is away; a message waits for it")
            except Exception as error:
                log.exception("a message cannot be stored")
                what = f"storing failed ({type(error).__name__})"
                return FailedComment(comment.id, Problem(ErrorCode.INTERNAL, what))
            await asyncio.sleep(PATIENCE)


def _read(body: bytes, source: str | None) -> Raw:
    try:
        item = json.loads(body)
    except (ValueError, RecursionError):
        what = "the message is no JSON; it must be one whole object in UTF-8"
        return FailedComment(None, Problem(ErrorCode.BAD_JSON, what))
    if isinstance(item, dict) and item.get("id") is None:
        if source is None:
            what = "the message has no `id`, nor has the broker's; it would be stored twice if it came again"
            return FailedComment(None, Problem(ErrorCode.BAD_ROW, what))
        item["id"] = source
    (comment,) = read_comments(StoredItem, [item])
    return comment
