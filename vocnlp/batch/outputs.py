"""Where a file is written before it takes its place."""

from __future__ import annotations

import errno
import io
import logging
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from vocnlp.errors import OutputError

__all__ = ["STDOUT", "Output"]

STDOUT = "-"
BUFFER_BYTES = 2**18
_NO_SPACE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

log = logging.getLogger(__name__)


class Output:
    """A file that appears under its name when it is committed, and otherwise not at all.

    Standard output, pipes and devices are written directly. Raises OutputError when the file cannot be made.
    """

    def __init__(self, path: str | Path) -> None:
        self._standard = str(path) == STDOUT
        self.name = "standard output" if self._standard else str(path)
        self.records = 0
        self._target = Path(os.path.realpath(path))
        self._temporary: Path | None = None
        with self.errors():
            self.file = self._open(path)

    def _open(self, path: str | Path) -> BinaryIO:
        if str(path) == STDOUT:
            return _stdout()
        if self._target.exists() and not self._target.is_file():
            return self._target.open("wb")  # a folder fails here; a device or pipe cannot be renamed over
        temporary = self._target.with_name(f".{self._target.name}.{secrets.token_hex(4)}.tmp")
        file = temporary.open("xb", buffering=BUFFER_BYTES)
        self._temporary = temporary
        return file

    def __enter__(self) -> Output:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.file is not sys.stdout.buffer:
            with suppress(OSError):  # what cannot be flushed any more has been reported
                self.file.close()
        if self._standard and isinstance(error, OutputError):
            _silence_stdout()
        if self._temporary:
            self._temporary.unlink(missing_ok=True)

    def commit(self) -> None:
        """Sync the file and give it its name."""
        self._move(self._target)

    def keep_partial(self) -> None:
        """Keep what was written so far as NAME.partial.EXT."""
        if self._temporary and self.records:
            partial = self._target.with_name(f"{self._target.stem}.partial{self._target.suffix}")
            self._move(partial)
            log.warning("interrupted: the %d records done so far are in %s", self.records, partial)

    def _move(self, target: Path) -> None:
        with self.errors():
            self.file.flush()
            if self._temporary:
                os.fsync(self.file.fileno())
                self.file.close()
                self._temporary.replace(target)
                self._temporary = None

    @contextmanager
    def errors(self) -> Iterator[None]:
        """Errors of the operating system as OutputErrors that say what to do."""
        try:
            yield
        except OSError as error:
            after = f"after {self.records:,} records" if self.records else "at all"
            reason = error.strerror or str(error)
            if error.errno in _NO_SPACE:
                reason = f"no space left ({reason}); free some, or name another disk with -o"
            raise OutputError(f"cannot write {self.name} {after}: {reason}") from error


def _stdout() -> BinaryIO:
    """Standard output with a buffer: without one (`python -u`) a write may end in the middle of a line."""
    if isinstance(sys.stdout.buffer, io.RawIOBase):
        return open(sys.stdout.fileno(), "wb", closefd=False)
    return sys.stdout.buffer


def _silence_stdout() -> None:
    """Keep Python from trying once more to flush what the reader of the pipe, or the disk, did not take."""
    with open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        os.dup2(nowhere.fileno(), sys.stdout.fileno())
