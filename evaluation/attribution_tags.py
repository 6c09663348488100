"""Do the causes stay true when the tags err? Simulated surveys whose complaints are missed and made up.

    python -m evaluation.attribution_tags [--surveys 40] [--seed 1]

A tagger misses a fifth of the complaints and finds some where there are none. Printed are how often the
interval
holds the true effect, and how wide it is: of the tags as they are, corrected with rows that a person
checked, and of the band drawn from the tagger's precision and recall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import click
import numpy as np
from numpy.typing import NDArray

from evaluation.worlds import checked_rows, mistag, random_world
from vocnlp.analysis.correction import Checked, correct
from vocnlp.analysis.findings import Factor
from vocnlp.analysis.inputs import prepare
from vocnlp.analysis.ranking import add_effects, described
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.tag_quality import Quality, add_bands
from vocnlp.analysis.uncertainty import quick
from vocnlp.cli.main import run_command

__all__ = ["main", "measure"]

ANSWERS = 5000
CHECKED = (300, 1000)
RECALL = 0.8
FALSE_RATE = 0.006
LEAST_MENTIONS = 10


@dataclass(slots=True)
class Tally:
    """Intervals of one way: whether they hold the truth, how wide they are, and errors of guilty causes."""

    inside: list[bool] = field(default_factory=list)
    width: list[float] = field(default_factory=list)
    error: list[float] = field(default_factory=list)

    def add(self, estimate: float, interval: tuple[float, float], truth: float) -> None:
        low, high = interval
        self.inside.append(low <= truth <= high)
        self.width.append(high - low)
        if truth:
            self.error.append(estimate - truth)


def measure(surveys: int, seed: int) -> dict[str, Tally]:
    """Tallies of the effects under the given tags, corrected with few and with many rows, and of the band."""
    rng = np.random.default_rng(seed)
    tallies = {name: Tally() for name in ("tags as given", *(f"{m} rows checked" for m in CHECKED), "band")}
    for number in range(surveys):
        if number % 5 == 0:
            world = random_world(rng)
        true = world.survey(rng, ANSWERS)
        given = mistag(true, rng, recall=RECALL, false_rate=FALSE_RATE)
        for checked in CHECKED:
            for factor, truth in zip(_factors(true, given, checked, rng), world.truth.effects, strict=True):
                _add(tallies, factor, float(truth), checked)
    return tallies


def _factors(true: Survey, given: Survey, checked: int, rng: np.random.Generator) -> list[Factor]:
    data = prepare(given, by=("region",), time="month", customer="customer")
    cells = data.cells()
    factors = described(data, data.causes, data.metric.detractor(data.answers))
    add_effects(factors, quick(cells, data.resampler(cells)), LEAST_MENTIONS)
    correct(factors, data, Checked.of(data, checked_rows(true, rng, checked)))
    add_bands(factors, _quality(true, given))
    return factors


def _add(tallies: dict[str, Tally], factor: Factor, truth: float, checked: int) -> None:
    if factor.effect is None:
        return
    if checked == CHECKED[0]:
        tallies["tags as given"].add(factor.effect.estimate, factor.effect.interval, truth)
        band = factor.extra["sensitivity"]
        tallies["band"].add(band["estimate"], tuple(band["band"]), truth)
    if corrected := factor.extra["corrected"].get("effect"):
        found = tallies[f"{checked} rows checked"]
        found.add(corrected["estimate"], tuple(corrected["interval"]), truth)


def _quality(true: Survey, given: Survey) -> dict[str, Quality]:
    """As measured on a large sample like this one."""
    both = (true.negative & given.negative).sum(axis=0)
    precision = _share(both, given.negative.sum(axis=0))
    recall = _share(both, true.negative.sum(axis=0))
    return {
        name: Quality(p, r, (p, p), (r, r))
        for name, p, r in zip(true.aspects, precision, recall, strict=True)
    }


def _share(part: NDArray[np.int64], whole: NDArray[np.int64]) -> list[float]:
    return [float(value) for value in part / np.maximum(whole, 1)]


def lines(tallies: dict[str, Tally]) -> Iterator[str]:
    yield f"n = {ANSWERS:,}, recall {RECALL}, complaints made up in {FALSE_RATE:.1%} of the answers"
    yield f"  {'':<20}{'intervals':>10}{'coverage':>10}{'width':>8}{'bias g.':>9}"
    for name, tally in tallies.items():
        yield (
            f"  {name:<20}{len(tally.inside):>10,}{np.mean(tally.inside):10.3f}{np.mean(tally.width):8.2f}"
            f"{np.mean(tally.error):9.2f}"
        )


@click.command()
@click.option("--surveys", type=click.IntRange(1), default=40, show_default=True)
@click.option("--seed", default=1, show_default=True)
def main(*, surveys: int, seed: int) -> None:
    """Print coverage, width and bias with tags that err, uncorrected and corrected."""
    for line in lines(measure(surveys, seed)):
        click.echo(line)


if __name__ == "__main__":
    run_command(main)
