"""Vectors kept on disk, found by the hash of their text; no text is kept."""

from __future__ import annotations

import hashlib
import re
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType

import numpy as np
from numpy.typing import NDArray

from vocnlp.errors import OutputError

__all__ = ["Cache", "text_hash"]

Floats = NDArray[np.float32]


def text_hash(text: str) -> bytes:
    """16 bytes that stand for a text."""
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()


class Cache:
    """A SQLite file for each encoder in a directory; vectors as 16-bit floats. Used as a context.

    Raises OutputError when the directory cannot be written or the file is damaged.
    """

    def __init__(self, directory: Path, encoder: str) -> None:
        readable = re.sub(r"[^\w.@-]", "_", encoder)
        digest = hashlib.sha256(encoder.encode()).hexdigest()[:8]
        self.path = directory / f"{readable}-{digest}.sqlite"

    def __enter__(self) -> Cache:
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._base = sqlite3.connect(self.path)
            self._base.execute(
                "CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID"
            )
        except (OSError, sqlite3.Error) as error:
            raise OutputError(f"the cache {self.path} cannot be used: {error}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._base.close()

    def get(
        self, texts: Sequence[str], make: Callable[[Sequence[str]], Floats], *, batch: int = 1024
    ) -> Floats:
        """[N, W] the vectors of N texts; those not kept yet are made and kept, batch by batch."""
        found: list[Floats] = []
        for at in range(0, len(texts), batch):
            found.append(self._get(texts[at : at + batch], make))
        return np.concatenate(found) if found else np.zeros((0, 1), np.float32)

    def _get(self, texts: Sequence[str], make: Callable[[Sequence[str]], Floats]) -> Floats:
        keys = [text_hash(text) for text in texts]
        kept: dict[bytes, bytes] = {}
        for at in range(0, len(keys), 500):  # SQLite takes 999 parameters everywhere
            some = keys[at : at + 500]
            question = f"SELECT text, vector FROM vectors WHERE text IN ({','.join('?' * len(some))})"  # noqa: S608
            with closing(self._base.execute(question, some)) as rows:
                kept.update(rows)
        missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in kept}
        if missing:
            made = make(list(missing.values())).astype(np.float16)
            new = {key: vector.tobytes() for key, vector in zip(missing, made, strict=True)}
            with self._base:
                self._base.executemany("INSERT OR IGNORE INTO vectors VALUES (?, ?)", new.items())
            kept |= new
        return np.stack([np.frombuffer(kept[key], np.float16) for key in keys]).astype(np.float32)
