"""The next run of a registry: topics that are the same keep their ids and names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.topics.cache import text_hash
from vocnlp.analysis.topics.changes import Flow, describe, match
from vocnlp.analysis.topics.cluster import NONE, Centres
from vocnlp.analysis.topics.registry import Known, Run

__all__ = ["Fitted", "next_run"]

Codes = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fitted:
    """M topics of U different clauses.

    weights: [U] how often each clause occurs.   labels: [U] its topic or `NONE`.   former: [U] the topic of
    the last run, as a place in its `known`, that would take the clause, or `NONE`.   names: [M] name and
    keywords.   vocabulary, state: of the encoder, where it was fitted on the clauses.
    """

    encoder: str
    centres: Centres
    texts: Sequence[str]
    weights: Codes
    labels: Codes
    former: Codes
    names: Sequence[tuple[str, list[str]]]
    vocabulary: list[str] = field(default_factory=list)
    state: dict[str, NDArray[np.float32]] = field(default_factory=dict)


def next_run(last: Run | None, found: Fitted) -> Run:
    """The run after `last`; its changes tell what has become of each topic."""
    hashes = _hashes(found.texts)
    flow = _flow(last, found, hashes) if last else None
    same = match(flow) if flow else {}
    run = Run(
        version=last.version + 1 if last else 1,
        encoder=found.encoder,
        known=[],
        centres=found.centres,
        clauses=int(found.weights.sum()),
        outliers=int(found.weights[found.labels < 0].sum()),
        hashes=hashes,
        labels=found.labels,
        vocabulary=found.vocabulary,
        state=found.state,
    )
    places = _enter(run, last, found, same)
    if flow:
        run.changes = describe(flow, same, [run.known[place].id for place in places])
    return run


def _enter(run: Run, last: Run | None, found: Fitted, same: dict[int, int]) -> list[int]:
    """Put the topics among those known, and return their places there."""
    sizes = np.bincount(np.maximum(found.labels, 0), found.weights * (found.labels >= 0), len(found.names))
    run.known = list(last.known) if last else []
    centroids = list(last.centres.centroids) if last else []
    least = list(last.centres.least) if last else []
    fresh = max((topic.id for topic in run.known), default=-1) + 1
    places = []
    for new, (name, keywords) in enumerate(found.names):
        place = same.get(new, len(run.known))
        if place == len(run.known):
            run.known.append(Known(fresh, name, keywords, run.version, run.version, 0))
            centroids.append(found.centres.centroids[new])
            least.append(found.centres.least[new])
            fresh += 1
        old = run.known[place]
        run.known[place] = Known(old.id, old.name, keywords, old.born, run.version, int(sizes[new]))
        centroids[place], least[place] = found.centres.centroids[new], found.centres.least[new]
        places.append(place)
    width = len(found.centres.mean)
    stacked = np.array(centroids, np.float32).reshape(-1, width)
    run.centres = Centres(found.centres.mean, stacked, np.array(least, np.float32))
    run.labels = np.array([*places, NONE], np.int64)[found.labels]
    return places


def _flow(last: Run, found: Fitted, hashes: NDArray[np.uint64]) -> Flow:
    former = _remembered(last, hashes, found.former)
    moved = np.zeros((len(last.known) + 1, len(found.names) + 1), np.int64)
    np.add.at(moved, (former, found.labels), found.weights)  # NONE is -1: the last row and column
    return Flow(
        ids=[topic.id for topic in last.known],
        alive=last.alive,
        sizes=np.array([topic.clauses for topic in last.known], np.int64),
        total=last.clauses,
        cosine=last.centres.centroids @ found.centres.centroids.T,
        moved=moved,
    )


def _remembered(last: Run, hashes: NDArray[np.uint64], former: Codes) -> Codes:
    """The topic that each clause had in the last run, where it was in it, else the one given."""
    if not len(last.hashes):
        return former
    order = np.argsort(last.hashes)
    place = np.minimum(np.searchsorted(last.hashes[order], hashes), len(order) - 1)
    found = order[place]
    return np.where(last.hashes[found] == hashes, last.labels[found], former)


def _hashes(texts: Sequence[str]) -> NDArray[np.uint64]:
    return np.array([int.from_bytes(text_hash(text)[:8], "little") for text in texts], np.uint64)
