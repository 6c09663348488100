"""Bodies of any size to disk: counted, hashed, whole or not at all."""

from __future__ import annotations

import asyncio
import hashlib
import os
from pathlib import Path

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.errors import ApiError, Code
from api.streaming import receive

__all__ = ["save"]

BUFFER = 2**20


async def save(request: Request, path: Path, *, most: int, seconds: float) -> str:
    """Write the body of a request to a file that is there once it is whole; its SHA-256.

    most: bytes.   seconds: that the caller may be silent.
    Raises ApiError when it is too large or the disk is full, TimeoutError, or ClientDisconnect.
    """
    temporary = path.with_name(f".{path.name}.tmp")
    digest, size, waiting, more = hashlib.sha256(), 0, bytearray(), True
    try:
        with temporary.open("xb", buffering=0) as file:
            while more:
                piece, more = await asyncio.wait_for(receive(request), seconds)
                size += len(piece)
                if size > most:
                    raise ApiError(413, Code.BODY_TOO_LARGE, f"the file has more than {most:,} bytes")
                waiting += piece
                if len(waiting) >= BUFFER or not more:
                    digest.update(waiting)
                    await run_in_threadpool(file.write, bytes(waiting))
                    waiting.clear()
            await run_in_threadpool(os.fsync, file.fileno())
        temporary.rename(path)
    except OSError as error:
        if isinstance(error, TimeoutError):
            raise
        raise ApiError(507, Code.NO_SPACE, f"the file cannot be kept: {error.strerror}") from error
    return digest.hexdigest()
