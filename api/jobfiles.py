"""The files of batch jobs on disk, a folder each.

    upload.EXT      as it was sent; gone when the job ends
    parts/000007    records tagged so far, JSON Lines, each part whole or absent
    tagged.jsonl    all of them in order, once all are there; the parts are then gone
    result.EXT      what may be downloaded

Every file appears under its name by a rename, so that a process may be killed at any moment.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from vocnlp.batch.outputs import Output
from vocnlp.schema import FailedComment, TaggedComment, to_json

__all__ = ["JobFiles", "stray"]

Record = TaggedComment | FailedComment
BLOCK = 2**20


class JobFiles:
    """The folder of one job under `root`. What writes raises OutputError, such as when the disk is full."""

    def __init__(self, root: Path, id: str) -> None:
        self.folder = root / id
        self.tagged = self.folder / "tagged.jsonl"
        self._parts = self.folder / "parts"

    def upload(self, extension: str) -> Path:
        """Where the file that was sent lies."""
        return self.folder / f"upload.{extension}"

    def result(self, extension: str) -> Path:
        """Where the result lies."""
        return self.folder / f"result.{extension}"

    def make(self) -> None:
        """Make the folder, for this user's eyes only."""
        self.folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.mkdir(mode=0o700)

    def write_part(self, number: int, records: Iterable[Record]) -> None:
        """Keep the records of one part; the folder of the job must exist, a removed one is not made again."""
        self._parts.mkdir(exist_ok=True)
        _write(self._parts / f"{number:09}", (to_json(record) + b"\n" for record in records))

    def write_tagged(self, lines: Iterable[bytes]) -> None:
        """Make `tagged` of lines that need no tagging."""
        _write(self.tagged, lines)

    def copy(self, source: Path, target: Path) -> None:
        """Take a file that lies elsewhere, so that it stays the same for as long as the job takes."""
        with source.open("rb") as file:
            _write(target, iter(lambda: file.read(BLOCK), b""))

    def join(self) -> None:
        """Make `tagged` of the parts; nothing happens if that was done."""
        if not self.tagged.exists():
            parts = sorted(path for path in self._parts.glob("*") if path.name.isdecimal())
            _write(self.tagged, (line for part in parts for line in _lines(part)))
        shutil.rmtree(self._parts, ignore_errors=True)

    def keep(self, wanted: Callable[[bytes], bool]) -> None:
        """Leave only the lines of `tagged` that are wanted."""
        _write(self.tagged, filter(wanted, _lines(self.tagged)))

    def withdraw_results(self) -> None:
        """Remove results that were made before."""
        for path in self.folder.glob("result.*"):
            path.unlink(missing_ok=True)

    def remove_upload(self) -> None:
        """Remove what was sent."""
        for path in self.folder.glob("upload.*"):
            path.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove all."""
        shutil.rmtree(self.folder, ignore_errors=True)


def stray(root: Path, before: float) -> list[str]:
    """Names of the folders of jobs that nobody has touched since a time (Unix seconds)."""
    folders = [path for path in root.glob("*") if len(path.name) == 32 and path.is_dir()]
    return [path.name for path in folders if path.stat().st_mtime < before]


def _lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        yield from file


def _write(path: Path, lines: Iterable[bytes]) -> None:
    with Output(path) as output:
        for line in lines:
            with output.errors():
                output.file.write(line)
            output.records += 1
        output.commit()
