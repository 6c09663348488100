"""Simulated surveys whose causes are known: what every customer would have answered without each complaint.

A customer's latent answer is a level, minus the cost of every complaint, plus praise, region, month, the
customer's own leniency and noise; it is rounded to 0 to 10. Complaints come in company: a bad day raises
several of them, guilty and innocent ones. Truth is computed on a large population from the exact
probabilities of the answers.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import norm

from vocnlp.analysis.survey import Survey
from vocnlp.scores.metrics import NPS

__all__ = ["Truth", "World", "checked_rows", "mistag", "random_world"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

POPULATION = 400_000
REGIONS = ("north", "south", "west")
MONTHS = pd.date_range("2026-01-01", periods=6, freq="MS")
LENIENCY = 0.8  # standard deviation of a customer's own part of the noise
NOISE = 1.8  # standard deviation of the whole
SILENT = 0.2  # share of answers without comment


@dataclass(frozen=True)
class Truth:
    """[K] effects on the NPS, [K] attributed shares of detractors, the unexplained share, the NPS."""

    effects: Floats
    shares: Floats
    unexplained: float
    score: float


@dataclass(frozen=True)
class World:
    """What complaints cost, and how they come.

    costs: [K] latent points a complaint takes.   gains: [K] that praise gives.   complain, praise: [K] rates.
    loads: [K] how much a bad day raises each complaint, from 0 to 1.   region, drift: latent level and the
    shift of complaints by region and by month.
    """

    costs: Floats
    gains: Floats
    complain: Floats
    praise: Floats
    loads: Floats
    level: float = 8.8
    region: tuple[float, ...] = (0.0, -0.6, 0.3)
    drift: float = 0.08

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(f"aspect {k:02d}" for k in range(1, len(self.costs) + 1))

    def without_effects(self) -> World:
        """The same company of complaints, none of which costs anything."""
        return replace(self, costs=0 * self.costs, gains=0 * self.gains)

    def _tags(
        self, rng: np.random.Generator, n: int
    ) -> tuple[Mask, Mask, NDArray[np.intp], NDArray[np.intp]]:
        region, month = rng.integers(len(REGIONS), size=n), rng.integers(len(MONTHS), size=n)
        day = rng.normal(size=(n, 1)) + 0.3 * (region == 1)[:, None] + self.drift * month[:, None]
        own = rng.normal(size=(n, len(self.costs)))
        negative = self.loads * day + np.sqrt(1 - self.loads**2) * own > norm.isf(self.complain)
        cheer = -0.3 * day + rng.normal(size=(n, len(self.costs)))
        return negative, (cheer > norm.isf(self.praise)) & ~negative, region, month

    def _latent(
        self, negative: Mask, positive: Mask, region: NDArray[np.intp], month: NDArray[np.intp]
    ) -> Floats:
        place = np.asarray(self.region)[region] - self.drift * month
        return np.asarray(self.level - negative @ self.costs + positive @ self.gains + place)

    def survey(self, rng: np.random.Generator, n: int, *, twice: float = 0.25) -> Survey:
        """n answers; a share `twice` of them are second answers of the same customers."""
        again = int(n * twice / (1 + twice))
        customer = np.concatenate([np.arange(n - again), np.arange(again)])
        negative, positive, region, month = self._tags(rng, n)
        leniency = LENIENCY * rng.normal(size=n - again)[customer]
        noise = np.sqrt(NOISE**2 - LENIENCY**2) * rng.normal(size=n)
        latent = self._latent(negative, positive, region, month) + leniency + noise
        wrote = rng.random(n) >= SILENT
        negative, positive = negative & wrote[:, None], positive & wrote[:, None]
        frame = pd.DataFrame(
            {
                "id": [f"r{i}" for i in range(n)],
                "text": np.where(wrote, [f"comment {i}" for i in range(n)], ""),
                "language": "en",
                "sentiment": "neu",
                "sentiment_score": (positive.sum(axis=1) - negative.sum(axis=1))
                / (1 + (negative | positive).sum(axis=1)),
                "nps": np.clip(np.round(latent), 0, 10),
                "region": np.asarray(REGIONS)[region],
                "month": MONTHS[month],
                "customer": customer,
            }
        )
        return Survey(
            frame=frame,
            scores=("nps",),
            attributes=("region", "month", "customer"),
            aspects=self.names,
            negative=negative,
            positive=positive,
            mentioned=negative | positive,
            risk_categories=(),
            risks=np.zeros((n, 0), dtype=bool),
            metrics={"nps": NPS},
        )

    @cached_property
    def truth(self) -> Truth:
        """Of the population, in which a share SILENT does not write, so that their reasons are not seen."""
        rng = np.random.default_rng(12345)
        negative, positive, region, month = self._tags(rng, POPULATION)
        latent = self._latent(negative, positive, region, month)
        points = _points(latent)
        effects = np.array(
            [
                np.sum(points[seen] - _points(latent[seen] + cost)) / POPULATION
                for seen, cost in zip(negative.T, self.costs, strict=True)
            ]
        )
        unhappy = _detractor(latent)
        shares = _shapley(negative, latent, self.costs, rng) / unhappy.sum()
        return Truth(
            effects=(1 - SILENT) * effects,
            shares=(1 - SILENT) * shares,
            unexplained=float(1 - (1 - SILENT) * shares.sum()),
            score=float(points.mean()),
        )


def _detractor(latent: Floats) -> Floats:
    return np.asarray(ndtr((6.5 - latent) / NOISE))


def _points(latent: Floats) -> Floats:
    return np.asarray(100 * (ndtr((latent - 8.5) / NOISE) - _detractor(latent)))


def _shapley(negative: Mask, latent: Floats, costs: Floats, rng: np.random.Generator) -> Floats:
    """[K] detractors by cause: for each number of complaints the mean over orders, all of them up to four."""
    result = np.zeros(len(costs))
    count = negative.sum(axis=1)
    for m in np.unique(count[count > 0]):
        rows = np.flatnonzero(count == m)
        members = np.nonzero(negative[rows])[1].reshape(-1, m)
        orders = list(permutations(range(m))) if m <= 4 else [rng.permutation(m) for _ in range(24)]
        for order in orders if costs.any() else ():
            level = latent[rows] + costs[members].sum(axis=1)
            before = _detractor(level)
            for place in order:
                level = level - costs[members[:, place]]
                after = _detractor(level)
                result += np.bincount(members[:, place], after - before, minlength=len(costs)) / len(orders)
                before = after
    return result


def random_world(rng: np.random.Generator, aspects: int = 12) -> World:
    """Three causes that cost most, three that cost less, the rest innocent; some common, some rare."""
    third = aspects // 4
    costs = np.zeros(aspects)
    costs[:third] = rng.uniform(2.5, 4.0, third)
    costs[third : 2 * third] = rng.uniform(0.8, 1.6, third)
    complain = np.concatenate(
        [
            rng.uniform(0.06, 0.12, third),
            rng.uniform(0.02, 0.08, third),
            np.geomspace(0.12, 0.01, aspects - 2 * third),
        ]
    )
    return World(
        costs=costs,
        gains=rng.uniform(0, 0.9, aspects),
        complain=complain,
        praise=rng.permutation(np.geomspace(0.15, 0.02, aspects)),
        loads=rng.uniform(0.2, 0.65, aspects),
    )


def mistag(
    survey: Survey, rng: np.random.Generator, *, recall: float = 0.85, false_rate: float = 0.004
) -> Survey:
    """The survey as a tagger sees it: complaints missed, and found where there are none."""
    wrote = survey.commented[:, None]
    kept = survey.negative & (rng.random(survey.negative.shape) < recall)
    added = (rng.random(survey.negative.shape) < false_rate) & wrote & ~survey.negative
    negative = kept | added
    return replace(survey, negative=negative, mentioned=negative | survey.positive)


def checked_rows(survey: Survey, rng: np.random.Generator, n: int) -> dict[str, dict[str, str]]:
    """What a person would find in n commented answers drawn at random, from the survey with true tags."""
    rows = rng.choice(np.flatnonzero(survey.commented), n, replace=False)
    return {str(survey.frame["id"].iloc[row]): _truths(survey, row) for row in rows}


def _truths(survey: Survey, row: Any) -> dict[str, str]:
    found = {name: "neg" for name, seen in zip(survey.aspects, survey.negative[row], strict=True) if seen}
    return found | {
        name: "pos" for name, seen in zip(survey.aspects, survey.positive[row], strict=True) if seen
    }
