"""How much more is right when a sentence is read in several languages at once.

    python -m evaluation.translations PARALLEL.jsonl.zst [--model NAME|DIR]

Of the held-out groups of translations (`group` of a line): aspects and sentiment of single answers, and of
the mean probabilities over so many translations of each sentence, drawn at random. The recipe `full`
teaches the mean over all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import Counts
from evaluation.tagging import Predictions, predict
from vocnlp import pipeline
from vocnlp.batch.labelled import Example, examples
from vocnlp.cli.main import run_command
from vocnlp.errors import InputError

__all__ = ["joined", "members", "table"]

_COUNTS = (1, 2, 4, 8, 16)


def members(labelled: Sequence[Example]) -> list[NDArray[np.int64]]:
    """Places of the translations of each sentence."""
    found: dict[str, list[int]] = defaultdict(list)
    for place, example in enumerate(labelled):
        found[example.group].append(place)
    return [np.array(places) for _, places in sorted(found.items())]


def joined(
    found: Predictions, drawn: Sequence[NDArray[np.int64]], thresholds: NDArray[np.float32]
) -> tuple[float, float]:
    """Micro-F1 of aspects and accuracy of sentiment of the mean answers, one for each set of rows."""
    first = np.array([places[0] for places in drawn])
    aspects = np.stack([found.aspects[places].mean(axis=0) for places in drawn])
    sentiment = np.stack([found.sentiment[places].mean(axis=0) for places in drawn]).argmax(axis=1)
    truth = found.true_sentiment[first]
    detection = Counts.of(aspects >= thresholds, found.true_polarity[first] >= 0)
    return detection.f1, float((sentiment == truth)[truth >= 0].mean())


def table(
    found: Predictions, groups: Sequence[NDArray[np.int64]], thresholds: NDArray[np.float32], seed: int = 0
) -> Iterator[str]:
    """A line for each number of translations."""
    random = np.random.default_rng(seed)
    most = max(map(len, groups))
    yield f"{'translations':>12} {'aspects, micro-F1':>18} {'sentiment, accuracy':>20}"
    for count in [*(count for count in _COUNTS if count < most), most]:
        drawn = [random.permutation(places)[:count] for places in groups]
        f1, accuracy = joined(found, drawn, thresholds)
        yield f"{count:>12} {f1:>18.3f} {accuracy:>20.3f}"


@click.command(help=__doc__)
@click.argument("data", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", metavar="NAME|DIR")
def main(*, data: Path, model: str | None) -> None:
    """Predict and print."""
    judge = pipeline.load_model(model)
    held = [example for example in examples([data], aspects=judge.aspects) if example.held_out]
    if not held:
        raise InputError(f"{data} has no held-out group of translations")
    groups = members(held)
    click.echo(f"{judge.version}: {len(groups)} sentences, {len(held):,} translations")
    click.echo("\n".join(table(predict(judge, held), groups, judge.thresholds)))


if __name__ == "__main__":
    run_command(main)
