"""Vectors of clauses: the default model's, those of any sentence-transformers encoder, or of the words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.topics.cache import Cache
from vocnlp.analysis.topics.clauses import Clauses
from vocnlp.analysis.topics.progress import Progress, Stage, silent
from vocnlp.analysis.topics.words import WORDS
from vocnlp.errors import InputError, MissingExtraError
from vocnlp.pipeline import load_model

__all__ = ["Encoder", "NeuralEncoder", "embed_all", "find_encoder"]

Floats = NDArray[np.float32]

_BATCH = 1024
_AT_ONCE = 8 * _BATCH
_SMALL_FILE = 2**20


class Encoder(Protocol):
    """Texts in, vectors out; vectors of two encoders with the same name can be compared."""

    @property
    def name(self) -> str:
        """Which encoder this is, for the registry and the cache."""

    def embed(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:
        """[N, W] of unit length, or zero where nothing is known of a text."""


@dataclass(frozen=True, slots=True)
class NeuralEncoder:
    """vectors: texts -> [N, W].   cache: keeps them on disk; they are rounded to 16 bits, kept or not."""

    name: str
    vectors: Callable[[Sequence[str]], Floats]
    cache: Path | None = None

    def embed(self, texts: Sequence[str], languages: Sequence[str]) -> Floats:  # noqa: ARG002
        """See `Encoder.embed`."""
        if self.cache is None:
            return _in_batches(self.vectors, texts)
        with Cache(self.cache, self.name) as cache:
            return cache.get(texts, lambda missing: _in_batches(self.vectors, missing), batch=_BATCH)


def find_encoder(
    encoder: str | Path | None = None, *, model: str | None = None, cache: Path | None = None
) -> NeuralEncoder | None:
    """The encoder asked for; None stands for the words alone.

    encoder: "model" (the tagging model), "words", or a sentence-transformers directory; by default the model
    if it makes vectors, else the words.   model: name or directory, as for tagging.
    Raises InputError for a directory that is none or a model that makes no vectors, MissingExtraError
    without sentence-transformers.
    """
    if encoder == WORDS:
        return None
    if encoder in (None, "model"):
        loaded: Any = load_model(model)
        if hasattr(loaded, "embed"):
            return NeuralEncoder(loaded.version, loaded.embed, cache)
        if encoder is None:
            return None
        raise InputError(f"the model {loaded.version} makes no vectors; use another --encoder, such as words")
    directory = Path(str(encoder))
    if not directory.is_dir():
        raise InputError(
            f"--encoder {directory} is no directory; give model, words or a sentence-transformers directory"
        )
    return NeuralEncoder(f"{directory.name}@{_digest(directory)}", _sentence_transformer(directory), cache)


def embed_all(embedder: Encoder, clauses: Clauses, progress: Progress = silent) -> Floats:
    """[U, W] vectors of the different texts; raises InputError when the encoder gives no numbers."""
    total = len(clauses.texts)
    found = []
    for at in range(0, total, _AT_ONCE):
        progress(Stage.VECTORS, at, total)
        some = slice(at, at + _AT_ONCE)
        found.append(embedder.embed(clauses.texts[some], clauses.languages[some]))
    vectors = np.concatenate(found)
    if broken := int((~np.isfinite(vectors).all(axis=1)).sum()):
        raise InputError(
            f"the encoder {embedder.name} gives no finite vectors for {broken:,} of {total:,} clauses"
        )
    return vectors


def _sentence_transformer(directory: Path) -> Callable[[Sequence[str]], Floats]:
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise MissingExtraError("sentence-transformers", "topics") from error
    try:
        loaded = SentenceTransformer(str(directory))
    except (OSError, ValueError) as error:
        raise InputError(
            f"--encoder {directory} is no sentence-transformers directory ({str(error).splitlines()[0]});"
            " vocnlp models export makes one of a model of vocnlp"
        ) from error

    def vectors(texts: Sequence[str]) -> Floats:
        found: Floats = loaded.encode(list(texts), normalize_embeddings=True)
        return found

    return vectors


def _digest(directory: Path) -> str:
    """Of the files' names and sizes, and of what small ones hold."""
    digest = hashlib.sha256()
    for path in sorted(path for path in directory.rglob("*") if path.is_file()):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(directory).as_posix()}\0{size}\0".encode())
        if size <= _SMALL_FILE:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _in_batches(vectors: Callable[[Sequence[str]], Floats], texts: Sequence[str]) -> Floats:
    found = [vectors(texts[at : at + _BATCH]) for at in range(0, len(texts), _BATCH)]
    return (
        np.concatenate(found).astype(np.float16).astype(np.float32) if found else np.zeros((0, 1), np.float32)
    )
