"""Text files as located lines: read by the chunk, decoded line by line, of bounded length."""

from __future__ import annotations

import logging
import os
import stat
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from vocnlp.batch.encodings import Decoder, transcode
from vocnlp.batch.rows import MAX_ROW_BYTES
from vocnlp.errors import ErrorCode, InputError
from vocnlp.schema import Problem

__all__ = ["STDIN", "Line", "read_lines", "source_name"]

STDIN = "-"
CHUNK_BYTES = 2**20
SAMPLE_LINES = 5000

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Line:
    """One line with its line end; `text` is None where a problem says why it could not be read."""

    number: int
    text: str | None
    warning: str | None = None
    problem: Problem | None = None


def read_lines(path: str | Path, encoding: str | None = None) -> Iterator[Line]:
    """The lines of a file or of standard input (`-`), in memory one chunk at a time.

    encoding: a name that Python knows; by default the byte order mark and the first lines decide.
    Raises InputError at the call when the file is missing, not readable or empty, and while reading when
    it goes away.
    """
    lines, decoder = _open(_read_chunks(path), path, encoding)
    if encoding is None and decoder.encoding != "utf-8":
        log.warning(
            "%s is not UTF-8; it is read as %s. If that is wrong, name another with --encoding.",
            source_name(path),
            decoder.encoding,
        )
    return lines


def _open(chunks: Iterator[bytes], path: str | Path, encoding: str | None) -> tuple[Iterator[Line], Decoder]:
    first = next(chunks, b"")
    if not first:
        raise InputError(f"{source_name(path)} is empty; it must hold at least one comment")
    chunks, known = transcode(chain([first], chunks), encoding)
    head = next(chunks)
    sample = head.split(b"\n")
    if len(sample) > 1:
        sample.pop()  # it may be cut inside a character
    decoder = Decoder(sample[:SAMPLE_LINES], known)
    return _decode(_split(chain([head], chunks)), decoder), decoder


def source_name(path: str | Path) -> str:
    """What messages call the input."""
    return "standard input" if str(path) == STDIN else str(path)


def _read_chunks(path: str | Path) -> Iterator[bytes]:
    """Chunks of the file; OSErrors become InputErrors here, and nowhere else for text files."""
    try:
        if str(path) == STDIN:
            yield from iter(partial(sys.stdin.buffer.read, CHUNK_BYTES), b"")
            return
        with Path(path).open("rb") as file:
            yield from _whole_file(file, path)
    except OSError as error:
        raise InputError(f"cannot read {source_name(path)}: {error.strerror or error}") from error


def _whole_file(file: BinaryIO, path: str | Path) -> Iterator[bytes]:
    status = os.fstat(file.fileno())
    done = 0
    while chunk := file.read(CHUNK_BYTES):
        done += len(chunk)
        yield chunk
    if stat.S_ISREG(status.st_mode) and done < status.st_size:
        raise InputError(
            f"{path} shrank while it was read: {done} of {status.st_size} bytes were there; "
            "was it replaced or truncated? Start again when it is complete."
        )


def _split(chunks: Iterator[bytes]) -> Iterator[bytes | None]:
    """Lines with their line ends; None in the place of one that is longer than MAX_ROW_BYTES."""
    end: bytes | None = None
    rest = b""
    too_long = False
    for chunk in chunks:
        if end is None:
            end = b"\r" if b"\r" in chunk and b"\n" not in chunk else b"\n"
        *whole, rest = (rest + chunk).split(end)
        for line in whole:
            yield None if too_long or len(line) > MAX_ROW_BYTES else line + b"\n"
            too_long = False
        if len(rest) > MAX_ROW_BYTES:
            too_long, rest = True, b""
    if rest or too_long:
        yield None if too_long else rest


def _decode(lines: Iterator[bytes | None], decoder: Decoder) -> Iterator[Line]:
    for number, data in enumerate(lines, 1):
        if data is None:
            what = f"line {number} is longer than {MAX_ROW_BYTES // 2**20} MiB, the most a row may have"
            yield Line(number, None, problem=Problem(ErrorCode.LINE_TOO_LONG, what, number))
            continue
        text, warning = decoder.decode(data, number)
        if text is None:
            what = f"line {number} is in no known encoding; save the file as UTF-8, or use --encoding"
            yield Line(number, None, problem=Problem(ErrorCode.BAD_ENCODING, what, number))
        else:
            yield Line(number, text, warning)
