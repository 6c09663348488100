"""The groupings that `evaluation.topics` compares."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.topics.clauses import Clauses
from vocnlp.analysis.topics.cluster import cluster
from vocnlp.analysis.topics.find import smallest

__all__ = ["Grouped", "Grouping", "kept", "ours", "plain"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Grouped:
    """labels: [U] topic of each clause, -1 for none.   keywords: of each topic, where the method has its own.

    seconds: that it took, where it was taken from a file.
    """

    labels: Codes
    keywords: Sequence[list[str]] = ()
    seconds: float = 0.0

    @property
    def count(self) -> int:
        """How many topics."""
        return int(self.labels.max(initial=-1)) + 1


Grouping = Callable[[Floats, Clauses], Grouped]
"""Vectors [U, W] of clauses -> their groups."""


def ours(vectors: Floats, clauses: Clauses) -> Grouped:
    """As `vocnlp topics` does it."""
    return Grouped(cluster(vectors, smallest=smallest(clauses)).nearest(vectors)[0])


def plain(vectors: Floats, clauses: Clauses) -> Grouped:
    """BERTopic as it comes, seeded, and told of several languages: else it drops all but Latin letters."""
    from bertopic import BERTopic
    from umap import UMAP

    reducer = UMAP(n_neighbors=15, n_components=5, min_dist=0.0, metric="cosine", random_state=0)
    model = BERTopic(language="multilingual", embedding_model=None, umap_model=reducer)
    labels = np.asarray(model.fit_transform(clauses.texts, vectors)[0], np.int64)
    named = model.get_topics()
    words = [[word for word, _ in named[k] if word] for k in range(int(labels.max(initial=-1)) + 1)]
    return Grouped(labels, words)


def kept(group: Grouping, directory: Path | None) -> Grouping:
    """The same, taken from a file where it was done before with the same vectors of the same clauses."""
    if directory is None:
        return group

    def found(vectors: Floats, clauses: Clauses) -> Grouped:
        digest = hashlib.sha256("\0".join(clauses.texts).encode("utf-8", "surrogatepass"))
        digest.update(vectors.tobytes())
        path = directory / f"{digest.hexdigest()[:16]}.json"
        if path.is_file():
            content = json.loads(path.read_text("utf-8"))
            return Grouped(np.array(content["labels"], np.int64), content["keywords"], content["seconds"])
        begun = time.perf_counter()
        made = group(vectors, clauses)
        seconds = time.perf_counter() - begun
        directory.mkdir(parents=True, exist_ok=True)
        content = {"labels": made.labels.tolist(), "keywords": list(made.keywords), "seconds": seconds}
        path.write_text(json.dumps(content, ensure_ascii=False), "utf-8")
        return Grouped(made.labels, made.keywords, seconds)

    return found
