"""Do the alarms keep their budget, and do they see outbreaks? Simulated series of which all is known.

    python -m evaluation.alarms [--days 61] [--series 1000] [--seed 1]

Prints alarms a month among 1,000 quiet daily series, for Poisson and overdispersed counts of 0.2 to 50 a day
with weekdays, with a season, with short histories, and for scores; beside them what the usual rule "mean + 3
standard deviations of the last 28 days" raises. Then, for outbreaks of twice and three times the usual, how
many are seen within four weeks and after how many days.
"""

from __future__ import annotations

from dataclasses import dataclass

import click
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.analysis.alarms import watch
from vocnlp.analysis.levels import Moments
from vocnlp.analysis.panels import Counts, Levels, Series
from vocnlp.cli.main import run_command

__all__ = ["main"]

Floats = NDArray[np.float64]
RATES = (0.2, 1.0, 5.0, 20.0, 50.0)  # events a day
ANSWERS = (5, 20, 50, 200, 1000)  # answers a day
WEEKDAYS = np.array([1.2, 1.1, 1.0, 1.0, 1.0, 0.8, 0.5])
MONTH = 30.4
OUTBREAK = 28  # days
SPACING = 21  # one series of so many has an outbreak; no multiple of the number of rates


@dataclass(frozen=True)
class Scenario:
    """dispersion: a of Var = mu + a mu^2. season: height of a yearly wave. history: days before the watch."""

    name: str
    dispersion: float = 0.0
    season: float = 0.0
    history: int = 180


SCENARIOS = (
    Scenario("Poisson"),
    Scenario("overdispersed 0.1", dispersion=0.1),
    Scenario("overdispersed 0.5", dispersion=0.5),
    Scenario("overdispersed 0.1, season 30 %", dispersion=0.1, season=0.3),
    Scenario("overdispersed 0.1, season 30 %, two years", dispersion=0.1, season=0.3, history=700),
    Scenario("overdispersed 0.1, 40 days of history", dispersion=0.1, history=40),
)


def _index(days: int) -> pd.PeriodIndex:
    return pd.period_range("2024-01-01", periods=days, freq="D")


def _counts(
    rng: np.random.Generator, scenario: Scenario, days: int, series: int, *, outbreak: float = 1.0
) -> Counts:
    """Series of the rates in turn; in an outbreak some series are raised in the last four weeks."""
    index = _index(scenario.history + days)
    phase = 2 * np.pi * (index.start_time.day_of_year.to_numpy() / 365.25 + rng.random((series, 1)))
    mean = (
        np.resize(RATES, series)[:, None]
        * WEEKDAYS[index.day_of_week]
        * (1 + scenario.season * np.sin(phase))
    )
    mean[_struck(series), -OUTBREAK:] *= outbreak
    if scenario.dispersion:
        mean = mean * rng.gamma(1 / scenario.dispersion, scenario.dispersion, size=mean.shape)
    named = tuple(Series("negative", f"{k}", "") for k in range(series))
    return Counts(named, rng.poisson(mean).astype(np.float64), np.ones_like(mean))


def _struck(series: int) -> NDArray[np.bool_]:
    return np.asarray(np.arange(series) % SPACING == 0)


def _scores(rng: np.random.Generator, scenario: Scenario, days: int, series: int) -> Levels:
    """Means of NPS points; the score of a series moves by itself as far as the dispersion says."""
    index = _index(scenario.history + days)
    n = rng.poisson(np.resize(ANSWERS, series)[:, None] * WEEKDAYS[index.day_of_week])
    detractors = 0.15 * np.exp(np.sqrt(scenario.dispersion) * 0.3 * rng.normal(size=n.shape))
    unhappy = rng.binomial(n, np.minimum(detractors, 0.4))
    happy = rng.binomial(n - unhappy, 0.65)
    means = 100 * (happy - unhappy) / np.maximum(n, 1)
    squares = 100**2 * (happy + unhappy) - n * means**2
    thirds = 100**3 * (happy - unhappy) - 3 * means * 100**2 * (happy + unhappy) + 2 * n * means**3
    total = n.sum(axis=1)
    deviation = np.sqrt(squares.sum(axis=1) / total)
    moments = Moments(deviation, thirds.sum(axis=1) / total / deviation**3, total.astype(np.float64))
    named = tuple(Series("score", f"{k}", "") for k in range(series))
    return Levels(named, means, n.astype(np.float64), moments)


def _no_counts(days: int) -> Counts:
    return Counts((), np.zeros((0, days)), np.zeros((0, days)))


def _no_levels(days: int) -> Levels:
    return Levels((), np.zeros((0, days)), np.zeros((0, days)), Moments(*np.zeros((3, 0))))


def _usual_rule(counts: Floats, days: int) -> float:
    """Alarms a month of counts above mean + 3 deviations of the 28 days before."""
    alarms = 0
    for now in range(counts.shape[1] - days, counts.shape[1]):
        past = counts[:, now - 28 : now]
        alarms += int((counts[:, now] > past.mean(axis=1) + 3 * past.std(axis=1, ddof=1)).sum())
    return alarms * MONTH / days


@click.command()
@click.option("--days", default=61, show_default=True, help="Days watched in each scenario.")
@click.option("--series", default=1000, show_default=True, help="Series watched at once.")
@click.option("--seed", default=1, show_default=True)
def main(days: int, series: int, seed: int) -> None:
    """Print alarms a month without outbreaks, and how soon outbreaks are seen."""
    rng = np.random.default_rng(seed)
    click.echo(
        f"alarms a month among {series} quiet daily series, {RATES[0]:g} to {RATES[-1]:g} events a day"
    )
    click.echo(f"{'':46}{'vocnlp':>8}{'mean + 3 sd':>14}")
    for scenario in SCENARIOS:
        counts = _counts(rng, scenario, days, series)
        length = counts.counts.shape[1]
        seen = watch(counts, _no_levels(length), _index(length), "day", watched=days)
        rate, usual = len(seen.alarms) * MONTH / days, _usual_rule(counts.counts, days)
        click.echo(f"{scenario.name:46}{rate:8.2f}{usual:14.1f}")
    for scenario in (Scenario("scores"), Scenario("scores that move by themselves", dispersion=1.0)):
        levels = _scores(rng, scenario, days, series)
        length = levels.n.shape[1]
        seen = watch(_no_counts(length), levels, _index(length), "day", watched=days)
        click.echo(f"{scenario.name:46}{len(seen.alarms) * MONTH / days:8.2f}")
    click.echo(
        f"\noutbreaks of {OUTBREAK} days in one series of {SPACING}: share seen, median days until seen"
    )
    click.echo(f"{'events a day, usually':>46}" + "".join(f"{rate:>14g}" for rate in RATES))
    for factor in (2.0, 3.0):
        for scenario in SCENARIOS[:3]:
            _print_outbreaks(rng, scenario, factor, series)


def _print_outbreaks(rng: np.random.Generator, scenario: Scenario, factor: float, series: int) -> None:
    counts = _counts(rng, scenario, OUTBREAK, series, outbreak=factor)
    length = counts.counts.shape[1]
    index = _index(length)
    seen = watch(counts, _no_levels(length), index, "day", watched=OUTBREAK)
    onset = index[-OUTBREAK].start_time
    delay = np.full(series, np.inf)
    for alarm in reversed(seen.alarms):
        delay[int(alarm.series.name)] = (pd.Timestamp(alarm.start) - onset).days + 1
    cells = []
    for k in range(len(RATES)):
        mine = delay[_struck(series) & (np.arange(series) % len(RATES) == k)]
        found = mine[np.isfinite(mine)]
        cells.append(f"{np.isfinite(mine).mean():.0%}, {np.median(found):.0f} d" if len(found) else "0%")
    click.echo(f"{f'{factor:g} times, {scenario.name}':46}" + "".join(f"{cell:>14}" for cell in cells))


if __name__ == "__main__":
    run_command(main)
