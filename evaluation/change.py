"""Does the split of a change tell the truth? Simulated surveys whose population is known.

    python -m evaluation.change [--runs 400] [--seed 1]

Prints, for several numbers of answers, how often the 95 % intervals of each kind of part hold the value of
the population, how often a part is called (q <= 0.05) when both periods are the same, and how exactly the
parts sum to the difference. Aspects overlap, some are rare, segments move, a third of customers answers
twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import click
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.analysis.change import KINDS, Change, change
from vocnlp.analysis.survey import Survey
from vocnlp.cli.main import run_command
from vocnlp.scores.metrics import NPS

__all__ = ["main", "simulate"]

ASPECTS = tuple(f"aspect {k}" for k in range(1, 9))
POPULATION = 1_000_000
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class World:
    """How a period's customers are: shares of six segments, rates of mentions, what a mention does."""

    segments: Floats
    rates: Floats
    effects: Floats
    level: float


BEFORE = World(
    segments=np.array([0.30, 0.20, 0.20, 0.15, 0.10, 0.05]),
    rates=np.array([0.15, 0.10, 0.08, 0.06, 0.05, 0.04, 0.02, 0.01]),
    effects=np.array([2.0, 1.5, 3.0, 1.0, 0.0, 2.0, 1.0, 3.0]),
    level=8.3,
)
AFTER = World(
    segments=np.array([0.20, 0.20, 0.25, 0.15, 0.10, 0.10]),
    rates=np.array([0.22, 0.10, 0.08, 0.03, 0.08, 0.04, 0.03, 0.01]),
    effects=np.array([2.0, 2.5, 3.0, 1.0, 0.0, 1.0, 1.0, 3.0]),
    level=8.0,
)
SEGMENT_LEVELS = np.array([0.4, 0.2, 0.0, -0.2, -0.5, -1.0])


def simulate(rng: np.random.Generator, n: int, world: World, label: str) -> pd.DataFrame:
    """n answers as columns: nps, segment, customer, period, and neg_k and pos_k of the aspects."""
    twice = n // 4
    customer = np.concatenate([np.arange(n - twice), np.arange(twice)])
    mood = rng.normal(size=n - twice)[customer]
    segment = rng.choice(6, size=n - twice, p=world.segments)[customer]
    # a bad mood makes all complaints likelier: the aspects are mentioned together
    odds = world.rates / (1 - world.rates) * np.exp(0.8 * mood[:, None] - 0.3)
    negative = rng.random((n, len(ASPECTS))) < odds / (1 + odds)
    positive = ~negative & (rng.random((n, len(ASPECTS))) < 0.06)
    answer = world.level + SEGMENT_LEVELS[segment] - negative @ world.effects + 0.7 * positive.sum(axis=1)
    answer += 0.5 * rng.normal(size=n - twice)[customer] + 1.2 * rng.normal(size=n)
    frame = pd.DataFrame({"nps": np.clip(np.round(answer), 0, 10), "segment": segment, "period": label})
    frame["customer"] = [f"{label}{c}" for c in customer]
    for k in range(len(ASPECTS)):
        frame[f"neg_{k}"], frame[f"pos_{k}"] = negative[:, k], positive[:, k]
    return frame


def compare(frame: pd.DataFrame) -> Change:
    """The change from period a to period b."""
    k = range(len(ASPECTS))
    negative = frame[[f"neg_{i}" for i in k]].to_numpy(dtype=np.bool_)
    positive = frame[[f"pos_{i}" for i in k]].to_numpy(dtype=np.bool_)
    columns = frame[["nps", "segment", "customer", "period"]].assign(id="", text="written")
    survey = Survey(
        frame=columns,
        scores=("nps",),
        attributes=("segment", "customer", "period"),
        aspects=ASPECTS,
        negative=negative,
        positive=positive,
        mentioned=negative | positive,
        risk_categories=(),
        risks=np.zeros((len(frame), 0), dtype=np.bool_),
    )
    first = (frame["period"] == "a").to_numpy()
    return change(survey, NPS, before=first, after=~first, mix=["segment"], customer="customer")


def _pair(rng: np.random.Generator, n: int, after: World) -> Change:
    return compare(pd.concat([simulate(rng, n // 2, BEFORE, "a"), simulate(rng, n - n // 2, after, "b")]))


def _table(result: Change) -> pd.DataFrame:
    """Estimates and limits of all parts and, with an empty name, of the totals."""
    totals = pd.DataFrame(
        [("total " + t.kind, "", "", t.estimate, *t.interval) for t in result.totals if t.kind != "baseline"]
        + [("difference", "", "", result.difference, *result.interval)],
        columns=["kind", "name", "polarity", "estimate", "low", "high"],
    )
    return pd.concat([result.to_frame()[totals.columns], totals]).set_index(["kind", "name", "polarity"])


def _coverage(rng: np.random.Generator, n: int, runs: int, truth: pd.DataFrame) -> tuple[pd.Series, float]:
    held, worst = [], 0.0
    for _ in range(runs):
        result = _pair(rng, n, AFTER)
        worst = max(worst, abs(sum(p.estimate for p in result.parts) - result.difference))
        table = _table(result).reindex(truth.index)
        inside = (table["low"] <= truth["estimate"]) & (truth["estimate"] <= table["high"])
        held.append(inside.where(table["low"].notna()))
    return pd.concat(held, axis=1).mean(axis=1).groupby("kind").mean(), worst


def _false_calls(rng: np.random.Generator, n: int, runs: int) -> float:
    called = [any(part.q_value <= 0.05 for part in _pair(rng, n, BEFORE).parts) for _ in range(runs)]
    return float(np.mean(called))


@click.command()
@click.option("--runs", default=400, show_default=True, help="Simulated surveys for each number of answers.")
@click.option("--seed", default=1, show_default=True)
def main(runs: int, seed: int) -> None:
    """Print the coverage of the intervals, false calls without a change, and the exactness of the sum."""
    rng = np.random.default_rng(seed)
    population = _pair(rng, POPULATION, AFTER)
    truth = _table(population)
    sums = ", ".join(f"{t.kind} {t.estimate:+.2f}" for t in population.totals)
    click.echo(f"population: difference {population.difference:+.2f} = {sums}")
    kinds = [*KINDS, *(f"total {kind}" for kind in KINDS[:-1]), "difference"]
    click.echo(
        f"{'share of 95 % intervals that hold the population value':58}" + "false calls   |sum - difference|"
    )
    for n in (400, 1000, 4000, 20000):
        coverage, worst = _coverage(rng, n, runs, truth)
        calls = _false_calls(rng, n, runs)
        shown = "\n".join(f"    {kind:30} {coverage[kind]:.3f}" for kind in kinds)
        click.echo(f"n = {n:<54}{calls:<14.3f}{worst:.1e}\n{shown}")


if __name__ == "__main__":
    run_command(main)
