"""Do the causes tell the truth? Simulated surveys whose causes are known, against two common ways.

    python -m evaluation.attribution [--quick] [--seed 1]

prints the tables of docs/causes.md; `evaluation.attribution_tags` does so for errors of the tags, and
`evaluation.attribution_real` runs the analysis on public corpora.

The surveys have complaints in company, rare ones, three regions, a drift over six months, customers who
answer twice and a fifth who do not write (`evaluation/worlds.py`).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import click
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from evaluation.worlds import World, random_world
from vocnlp.analysis.causes import causes
from vocnlp.analysis.findings import Causes
from vocnlp.analysis.multiplicity import benjamini_hochberg
from vocnlp.analysis.survey import Survey
from vocnlp.cli.main import run_command
from vocnlp.scores.metrics import NPS

__all__ = ["main", "measure"]

Floats = NDArray[np.float64]

METHODS = ("vocnlp", "leave-out", "regression")
SURE = 0.05
FULL = {200: (20, 15, 100), 1000: (20, 10, 100), 5000: (20, 8, 100), 50_000: (20, 5, 50)}
QUICK = {200: (4, 8, 50), 1000: (3, 4, 50), 5000: (2, 2, 50)}
"""n: worlds, surveys of each, bootstrap draws."""


@dataclass(slots=True)
class Found:
    """[K] estimates, limits and q-values of one method on one survey; NaN where it gave none."""

    estimate: Floats
    lower: Floats
    upper: Floats
    q_value: Floats


@dataclass(slots=True)
class Tally:
    """What happened over many surveys of one size."""

    inside: list[Floats] = field(default_factory=list)
    errors: list[Floats] = field(default_factory=list)
    guilty: list[Floats] = field(default_factory=list)
    judged: list[Floats] = field(default_factory=list)
    false: list[float] = field(default_factory=list)
    power: list[float] = field(default_factory=list)
    top: list[float] = field(default_factory=list)

    def add(self, found: Found, truth: Floats, judged: Floats) -> None:
        known = ~np.isnan(found.estimate)
        self.inside.append(np.where(known, (found.lower <= truth) & (truth <= found.upper), np.nan))
        self.errors.append(found.estimate - truth)
        self.guilty.append(truth != 0)
        self.judged.append(judged)
        called = found.q_value <= SURE
        self.false.append(float((called & (truth == 0)).sum() / max(called.sum(), 1)))
        self.power.append(float(called[truth != 0].mean()) if (truth != 0).any() else np.nan)
        best = np.argsort(np.where(known, found.estimate, np.inf), kind="stable")[:3]
        self.top.append(float(np.isin(best, np.argsort(truth)[:3]).mean()))

    def coverage(self, least: float = 0, most: float = np.inf) -> float:
        inside, judged = np.stack(self.inside), np.stack(self.judged)
        counted = inside[(judged >= least) & (judged < most) & ~np.isnan(inside)]
        return float(counted.mean()) if len(counted) else np.nan

    def uncertainty(self, worlds: int) -> float:
        """Half the 95 % Monte-Carlo interval of the coverage; surveys of one world are one draw.

        NaN for a single world.
        """
        if worlds < 2:
            return np.nan
        means = [np.nanmean(block) for block in np.array_split(np.stack(self.inside), worlds)]
        return float(stats.t.ppf(0.975, worlds - 1) * np.std(means, ddof=1) / np.sqrt(worlds))

    def error(self, guilty: bool) -> tuple[float, float]:
        """Mean and root mean square, in points, over guilty or innocent causes."""
        errors = np.stack(self.errors)[np.stack(self.guilty) == guilty]
        return float(np.nanmean(errors)), float(np.sqrt(np.nanmean(errors**2)))


def by_causes(result: Causes, names: tuple[str, ...]) -> Found:
    """The effects in the order of the world's aspects."""
    rows = {factor.aspect: factor.effect for factor in result.causes}
    nothing = (np.nan, (np.nan, np.nan), np.nan)
    values = [(e.estimate, e.interval, e.q_value) if (e := rows.get(name)) else nothing for name in names]
    limits = np.array([interval for _, interval, _ in values])
    return Found(
        np.array([v[0] for v in values]), limits[:, 0], limits[:, 1], np.array([v[2] for v in values], float)
    )


def by_leaving_out(survey: Survey) -> Found:
    """NPS of all minus NPS without the comments that complain, with the interval of the delta method."""
    y = NPS.points(survey.frame["nps"])
    rest = ~survey.negative
    share = rest.mean(axis=0)
    without = (rest * y[:, None]).sum(axis=0) / rest.sum(axis=0)
    influence = (y - y.mean())[:, None] - rest / share * (y[:, None] - without)
    return _normal(y.mean() - without, influence)


def by_regression(survey: Survey) -> Found:
    """Least squares of the points on all complaints, times their rates; robust standard errors."""
    wrote = survey.commented
    y, x = NPS.points(survey.frame["nps"])[wrote], survey.negative[wrote].astype(np.float64)
    design = np.column_stack([np.ones(len(y)), x])
    bread = np.linalg.pinv(design.T @ design)
    beta = bread @ design.T @ y
    rate = survey.negative.mean(axis=0)
    slopes = (design @ bread)[:, 1:] * (y - design @ beta)[:, None] * len(survey)
    influence = np.zeros((len(survey), x.shape[1]))
    influence[wrote] = slopes * rate
    influence += beta[1:] * (survey.negative - rate)
    return _normal(beta[1:] * rate, influence)


def _normal(estimate: Floats, influence: Floats) -> Found:
    error = np.sqrt((influence**2).sum(axis=0)) / len(influence)
    with np.errstate(invalid="ignore", divide="ignore"):
        p = 2 * stats.norm.sf(np.abs(np.where(error > 0, estimate / error, 0)))
    return Found(estimate, estimate - 1.96 * error, estimate + 1.96 * error, benjamini_hochberg(p))


@dataclass(slots=True)
class Report:
    """One size of survey: a tally a method, and what only the causes have."""

    n: int
    worlds: int
    surveys: int = 0
    methods: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in METHODS})
    nothing: dict[str, Tally] = field(default_factory=lambda: {name: Tally() for name in METHODS})
    shares: list[Floats] = field(default_factory=list)
    unexplained: list[bool] = field(default_factory=list)
    score: list[bool] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)


def measure(n: int, *, worlds: int, surveys: int, draws: int, seed: int) -> Report:
    """Analyse `surveys` surveys of n answers from each world, and as many in which nothing matters."""
    rng = np.random.default_rng([seed, n])
    report = Report(n, worlds)
    for _ in range(worlds):
        world = random_world(rng)
        for _ in range(surveys):
            _measure(report, world, rng, draws, report.methods)
            _measure(report, world.without_effects(), rng, draws, report.nothing)
            report.surveys += 1
    return report


def _measure(
    report: Report, world: World, rng: np.random.Generator, draws: int, tallies: dict[str, Tally]
) -> None:
    survey = world.survey(rng, report.n)
    result = causes(survey, by=("region",), time="month", customer="customer", draws=draws)
    truth, judged = world.truth, survey.negative.sum(axis=0).astype(np.float64)
    tallies["vocnlp"].add(by_causes(result, world.names), truth.effects, judged)
    tallies["leave-out"].add(by_leaving_out(survey), truth.effects, judged)
    tallies["regression"].add(by_regression(survey), truth.effects, judged)
    parts = {factor.aspect: factor.attributed for factor in result.causes}
    inside = [
        low <= true <= high
        for name, true in zip(world.names, truth.shares, strict=True)
        if (part := parts[name])
        for low, high in [part.interval]
    ]
    report.shares.append(np.array(inside, dtype=np.float64))
    rest = result.unexplained
    report.unexplained.append(rest.interval[0] <= truth.unexplained <= rest.interval[1])
    report.score.append(result.interval[0] <= truth.score <= result.interval[1])
    report.sums.append(abs(sum(part.share for part in parts.values() if part) + rest.share - 1))


def lines(report: Report) -> Iterator[str]:
    """The table of one size."""
    yield f"n = {report.n:,}: {report.surveys} surveys with effects, {report.surveys} without"
    yield (
        f"  {'':<12}{'coverage':>9}{'+-':>7}{'10-30':>7}{'30-100':>7}{'100+':>7}{'FDR none':>9}{'FDR':>7}"
        f"{'found':>7}{'top 3':>7}{'bias g.':>9}{'bias i.':>9}{'RMSE g.':>9}{'RMSE i.':>9}"
    )
    for name, tally in report.methods.items():
        guilty, innocent = tally.error(True), tally.error(False)
        numbers = [tally.coverage(), *(tally.coverage(a, b) for a, b in ((10, 30), (30, 100), (100, np.inf)))]
        rates = [
            np.mean(report.nothing[name].false),
            np.mean(tally.false),
            np.nanmean(tally.power),
            np.mean(tally.top),
        ]
        yield (
            f"  {name:<12}{numbers[0]:9.3f}{tally.uncertainty(report.worlds):7.3f}"
            + "".join(f"{value:7.3f}" for value in numbers[1:])
            + f"{rates[0]:9.3f}"
            + "".join(f"{value:7.3f}" for value in rates[1:])
            + f"{guilty[0]:9.2f}{innocent[0]:9.2f}{guilty[1]:9.2f}{innocent[1]:9.2f}"
        )
    quiet = report.nothing["vocnlp"].coverage()
    yield f"  coverage where nothing matters {quiet:.3f}, of the score {np.mean(report.score):.3f}"
    yield (
        f"  attributed shares: coverage {np.mean(np.concatenate(report.shares)):.3f}, "
        f"unexplained {np.mean(report.unexplained):.3f}, furthest sum from one {max(report.sums):.1e}"
    )


@click.command()
@click.option("--quick", is_flag=True, help="Few surveys, for continuous integration.")
@click.option("--seed", default=1, show_default=True)
@click.option("--size", type=int, multiple=True, help="Only surveys of this many answers.")
def main(*, quick: bool, seed: int, size: tuple[int, ...]) -> None:
    """Print coverage, false discoveries, ranking, bias and error of the causes and of two common ways."""
    for n, (worlds, surveys, draws) in (QUICK if quick else FULL).items():
        if not size or n in size:
            for line in lines(measure(n, worlds=worlds, surveys=surveys, draws=draws, seed=seed)):
                click.echo(line)
            click.echo()


if __name__ == "__main__":
    run_command(main)
