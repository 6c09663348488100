"""JSON Lines in and out at once: tagged while they arrive, at the pace of the slower side."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any, Literal

from fastapi import Request
from starlette.requests import ClientDisconnect
from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from api.batching import Raw, Record
from api.bodies import CommentItem, comments_of, read_items
from api.responses import encode
from vocnlp.batch.rows import MAX_ROW_BYTES
from vocnlp.errors import ErrorCode
from vocnlp.schema import FailedComment, Problem, TaggedComment

__all__ = ["Duplex", "receive", "tag_lines"]

GROUP = 100
Tag = Callable[[Sequence[Raw]], Awaitable[list[Record]]]


class Duplex(StreamingResponse):
    """A stream whose request is still being read: it must not listen for the caller's leaving by itself."""

    media_type = "application/x-ndjson"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        """Send it; the reader of the request notices when the caller leaves."""
        await self.stream_response(send)


async def tag_lines(
    request: Request, tag: Tag, *, detail: Literal["full", "tags"], seconds: float
) -> AsyncIterator[bytes]:
    """One line of output for each line that is not blank, in order.

    An overloaded service makes a stream wait instead of refusing it. A caller who sends nothing for `seconds`
    is cut off: TimeoutError.
    """
    number = 1
    async for lines in _lines(request, seconds):
        for start in range(0, len(lines), GROUP):
            group = lines[start : start + GROUP]
            records = await _tag(tag, group, number)
            number += len(group)
            yield b"".join(encode(record, detail) + b"\n" for record in records)


async def _tag(tag: Tag, lines: Sequence[bytes | None], first: int) -> list[TaggedComment | FailedComment]:
    parsed = [_parse(line, number) for number, line in enumerate(lines, first)]
    read = [
        line if isinstance(line, FailedComment) else read_items(CommentItem, [line], first=number)[0]
        for number, line in enumerate(parsed, first)
    ]
    comments = comments_of(read, first=first)
    return await tag(comments)


def _parse(line: bytes | None, number: int) -> Any:
    if line is None:
        what = f"line {number} has more than {MAX_ROW_BYTES:,} bytes"
        return FailedComment(None, Problem(ErrorCode.LINE_TOO_LONG, what, number))
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        what = f"line {number} is no JSON; every line must be one whole object in UTF-8"
        return FailedComment(None, Problem(ErrorCode.BAD_JSON, what, number))


async def _lines(request: Request, seconds: float) -> AsyncIterator[list[bytes | None]]:
    """The lines that every arriving piece completes; None for one that is too long."""
    rest = bytearray()
    skipping = False
    more = True
    while more:
        piece, more = await asyncio.wait_for(receive(request), seconds)
        rest += piece if more or not (rest or piece) else piece + b"\n"
        *whole, last = bytes(rest).split(b"\n")
        rest = bytearray(last)
        lines: list[bytes | None] = []
        for line in whole:
            if skipping:
                skipping = False
            elif line.strip():
                lines.append(line if len(line) <= MAX_ROW_BYTES else None)
        if len(rest) > MAX_ROW_BYTES:
            if not skipping:
                lines.append(None)
            skipping = True
            rest.clear()
        if lines:
            yield lines


async def receive(request: Request) -> tuple[bytes, bool]:
    """The next piece of the body, and whether more follows; raises ClientDisconnect when the caller left."""
    message = await request.receive()
    if message["type"] == "http.disconnect":
        raise ClientDisconnect
    return message.get("body", b""), message.get("more_body", False)
