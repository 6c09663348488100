"""A fair split of the unhappy answers over the causes that were mentioned together.

The value of a set of causes is the number of unhappy answers that the model expects to vanish without their
mentions. Shapley's split of it (1953, "A value for n-person games") is the only one that is additive,
symmetric and gives nothing to a cause that changes nothing. It is a sum over answers, and within an answer
only the causes
it mentions play: so it is exact for any number of causes, as long as no answer mentions more than `EXACT`. Of
those that do, random orders and their reverses are averaged (antithetic sampling).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb
from typing import Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["EXACT", "Split"]

EXACT = 12
ORDERS = 64
CHUNK = 1 << 15  # probabilities at once: they stay in the cache, and BLAS starts no threads for so little

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Group:
    """Patterns that mention equally many causes: [g] their rows and [g, m] their causes.

    sets: [s, m] the sets of causes to evaluate, None for all in binary order.
    signed: [s, m] what the value of each set weighs in the share of each cause.
    """

    rows: Indices
    members: Indices
    sets: Floats | None
    signed: Floats

    def chances(self, odds_against: Floats, factors: Floats) -> Floats:
        """[g, s] chance with each set of causes; factors: [g, m] what each does to the odds against."""
        if self.sets is not None:
            return 1 / (1 + odds_against[:, None] * np.exp(np.log(factors) @ self.sets.T))
        against = odds_against[:, None]
        for factor in factors.T:
            against = np.concatenate([against, against * factor[:, None]], axis=1)
        return 1 / (1 + against)


@dataclass(frozen=True, slots=True)
class Split:
    """What to evaluate for G patterns over K causes; made once, used for every resample."""

    causes: int
    groups: tuple[_Group, ...]

    @classmethod
    def of(cls, mentions: NDArray[np.bool_], *, seed: int = 0) -> Self:
        """From the [G, K] mentions of the patterns."""
        size = mentions.sum(axis=1)
        groups = []
        for m in np.unique(size[size > 0]):
            rows = np.flatnonzero(size == m)
            members = np.nonzero(mentions[rows])[1].reshape(len(rows), m)
            sets, signed = _all_sets(int(m)) if m <= EXACT else _sampled_orders(int(m), seed)
            groups.append(_Group(rows, members, None if m <= EXACT else sets, signed))
        return cls(mentions.shape[1], tuple(groups))

    def attribute(self, odds_against: Floats, weights: Floats, effects: Floats) -> Floats:
        """[K] unhappy answers that fall to each cause.

        odds_against: [G] 1 / odds of each pattern as it is.   weights: [G] answers.
        effects: [K] log odds that a mention adds.
        """
        shares = np.zeros(self.causes)
        removed, factors = np.exp(effects), np.exp(-effects)
        for group in self.groups:
            size = max(1, CHUNK // len(group.signed))
            for begin in range(0, len(group.rows), size):
                rows, members = group.rows[begin : begin + size], group.members[begin : begin + size]
                without = odds_against[rows] * removed[members].prod(axis=1)
                part = weights[rows, None] * (group.chances(without, factors[members]) @ group.signed)
                shares += np.bincount(members.ravel(), part.ravel(), minlength=self.causes)
        return shares


def _all_sets(m: int) -> tuple[Floats, Floats]:
    """All sets of m causes, and each set's weight in the share of each cause."""
    sets = (np.arange(1 << m)[:, None] >> np.arange(m)) & 1
    size = sets.sum(axis=1)
    inside = np.array([1 / (m * comb(m - 1, s - 1)) if s else 0 for s in size])
    outside = np.array([1 / (m * comb(m - 1, s)) if s < m else 0 for s in size])
    return sets.astype(np.float64), np.where(sets == 1, inside[:, None], -outside[:, None])


def _sampled_orders(m: int, seed: int) -> tuple[Floats, Floats]:
    """The sets met when causes join in random orders and their reverses, with the weights of their steps."""
    generator = np.random.default_rng([seed, m])
    steps, signed = [], []
    for order in (generator.permutation(m) for _ in range(ORDERS)):
        for way in (order, order[::-1]):
            joined = np.tri(m + 1, m, -1)[:, np.argsort(way)]
            change = np.zeros((m + 1, m))
            change[np.arange(1, m + 1), way] += 1
            change[np.arange(m), way] -= 1
            steps.append(joined)
            signed.append(change / (2 * ORDERS))
    return np.concatenate(steps), np.concatenate(signed)
