"""What has become of topics from one run to the next: which are the same, and what the others are.

Two topics are the same as far as their centroids point the same way and they hold the same clauses. Which
clauses they share is known for those that both runs saw; for all others, the former topic is the one that
would have taken the clause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.topics.drift import proportion_test

__all__ = ["Change", "Flow", "describe", "match"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]

SAME = 0.5
"""Two topics are the same when the mean of cosine and overlap is at least this."""
_MOST_OF = 0.5
_MUCH_OF = 0.2
_FACTOR = 1.2
_Q_VALUE = 0.05


@dataclass(slots=True)
class Change:
    """kind: born, died, grew, shrank, stayed, returned (had died), split or merged.

    before, now: ids of the topics it is about; in a split or merger the one that goes on stands first.
    share_before, share_now: of all clauses of the run.   overlap: clauses in common, of those of either
    (for split and merged: of the clauses that moved, the part that moved there).   q_value: of growth.
    """

    kind: str
    before: list[int]
    now: list[int]
    share_before: float
    share_now: float
    overlap: float
    q_value: float | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """K former topics, M new ones.

    ids: [K].   alive: [K] whether the last run had it.   sizes: [K] clauses in the last run that had it, of
    `total` in the last run.   cosine: [K, M] of centroids.   moved: [K + 1, M + 1] clauses of the new run by
    former and new topic; the last row and column are those without.
    """

    ids: Sequence[int]
    alive: NDArray[np.bool_]
    sizes: Codes
    total: int
    cosine: Floats
    moved: Codes

    @property
    def overlap(self) -> NDArray[np.float64]:
        """[K, M] clauses that both have, of those that either has (Jaccard)."""
        former, new = self.moved.sum(axis=1)[:-1, None], self.moved.sum(axis=0)[None, :-1]
        both = self.moved[:-1, :-1]
        found: NDArray[np.float64] = both / np.maximum(former + new - both, 1)
        return found


def match(flow: Flow) -> dict[int, int]:
    """New topic -> former topic (places, not ids) that is the same; one to one, the best sum of likeness."""
    likeness = (flow.cosine + flow.overlap) / 2
    pairs = zip(*linear_sum_assignment(-likeness), strict=True)
    return {int(new): int(former) for former, new in pairs if likeness[former, new] >= SAME}


def describe(flow: Flow, same: dict[int, int], ids: Sequence[int]) -> list[Change]:
    """Each topic's change.   same: of `match`.   ids: [M] of the new topics."""
    story = _Story(flow, same, ids)
    return [*story.goes_on(), *story.comes(), *story.goes()]


class _Story:
    def __init__(self, flow: Flow, same: dict[int, int], ids: Sequence[int]) -> None:
        self.flow = flow
        self.same = same
        self.heir = {former: new for new, former in same.items()}
        self.ids = ids
        self.now = flow.moved.sum(axis=0)[:-1]
        self.former = flow.moved.sum(axis=1)[:-1]
        self.clauses = int(flow.moved.sum())
        self.divided: set[int] = set()

    def _share(self, former: int) -> float:
        return float(self.flow.sizes[former] / max(self.flow.total, 1)) if self.flow.alive[former] else 0.0

    def _share_now(self, new: int) -> float:
        return float(self.now[new] / max(self.clauses, 1))

    def goes_on(self) -> list[Change]:
        """Topics that are the same as a former one."""
        changes, p_values = [], []
        for new, former in sorted(self.same.items()):
            before, now = self._share(former), self._share_now(new)
            hits = (int(self.now[new]), self.clauses), (int(self.flow.sizes[former]), self.flow.total)
            more, less = (hits[0], hits[1]) if now >= before else (hits[1], hits[0])
            lived = bool(self.flow.alive[former])
            p_values.append(min(1.0, 2 * proportion_test(*more, *less)) if lived else np.nan)
            overlap = float(self.flow.overlap[former, new])
            name = self.flow.ids[former]
            changes.append(Change("stayed", [name], [self.ids[new]], before, now, overlap))
        for change, q in zip(changes, benjamini_hochberg(p_values), strict=True):
            if np.isnan(q):
                change.kind = "returned"
                continue
            change.q_value = float(q)
            if q <= _Q_VALUE and change.share_now >= _FACTOR * change.share_before:
                change.kind = "grew"
            elif q <= _Q_VALUE and change.share_before >= _FACTOR * change.share_now:
                change.kind = "shrank"
        return changes

    def comes(self) -> list[Change]:
        """New topics: parts of a former one, or born."""
        changes = []
        for new in range(len(self.ids)):
            if new in self.same:
                continue
            origin = self._origin(new)
            if origin is None:
                changes.append(Change("born", [], [self.ids[new]], 0.0, self._share_now(new), 0.0))
                continue
            self.divided.add(origin)
            rest = [self.ids[self.heir[origin]]] if origin in self.heir else []
            part = float(self.flow.moved[origin, new] / self.former[origin])
            before, name = self._share(origin), self.flow.ids[origin]
            changes.append(
                Change("split", [name], [*rest, self.ids[new]], before, self._share_now(new), part)
            )
        return changes

    def _origin(self, new: int) -> int | None:
        """The living former topic that most of its clauses are of, if they are a good part of that topic."""
        if not len(self.former):
            return None
        most = int(self.flow.moved[:-1, new].argmax())
        moved = self.flow.moved[most, new]
        is_part = moved >= _MOST_OF * self.now[new] and moved >= _MUCH_OF * self.former[most]
        return most if moved and is_part and self.flow.alive[most] else None

    def goes(self) -> list[Change]:
        """Former topics that no new one is the same as: now in another, or dead."""
        changes = []
        for former in np.flatnonzero(self.flow.alive).tolist():
            if former in self.heir or former in self.divided:
                continue
            name, before = self.flow.ids[former], self._share(former)
            moved = self.flow.moved[former, :-1]
            into = int(moved.argmax()) if len(moved) else 0
            if len(moved) and moved[into] and moved[into] >= _MOST_OF * self.former[former]:
                others = [self.flow.ids[self.same[into]]] if into in self.same else []
                part = float(moved[into] / self.former[former])
                changes.append(
                    Change("merged", [*others, name], [self.ids[into]], before, self._share_now(into), part)
                )
            else:
                changes.append(Change("died", [name], [], before, 0.0, 0.0))
        return changes
