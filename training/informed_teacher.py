"""How much more a teacher knows that is told what the source of a comment said of it.

    python -m training.informed_teacher TRAIN... --dev DEV --corpora CORPORA_DIR [--model NAME|DIR]

Of the comments in DEV: what the network says by the text alone, and what becomes of it by the stars,
sentiment and aspects that their corpus gave them, as the recipe `full` teaches it
(`training.encoder.informed`). TRAIN is what the model was trained on; no text of DEV is learned from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import replace
from pathlib import Path

import click
import numpy as np
from sklearn.metrics import accuracy_score, f1_score
from tokenizers import Tokenizer

from models.encoder import TOKENIZER
from models.manifest import read_manifest
from models.torch import load_network
from training.encoder.answers import answers
from training.encoder.informed import inform
from training.encoder.recipe import CorpusRows
from training.encoder.rows import Row, Rows, encoded, gathered
from training.encoder.soft import Soft
from training.stacking import best_thresholds
from vocnlp.batch.labelled import Example, examples
from vocnlp.cli.main import run_command
from vocnlp.errors import InputError
from vocnlp.pipeline import find_model

__all__ = ["both", "measures", "table"]

_NO_ROWS = CorpusRows(0, 0)
"""Of corpora, only what they say of labelled comments is wanted."""


def both(
    directory: Path, labelled: Sequence[Example], dev: Sequence[Example], corpora: Path
) -> tuple[Rows, Soft, Soft]:
    """Rows, and the answers for those of `dev`: of the network, and of the network informed.

    Raises InputError if the model is no encoder, or `labelled` too few.
    """
    manifest = read_manifest(directory)
    if manifest.kind != "encoder":
        raise InputError(
            f"{directory} is a model of kind {manifest.kind!r}; only an encoder can be a teacher"
        )
    sources = sorted({example.source for example in [*labelled, *dev]})
    measured = {example.text.strip() for example in dev}
    learned = gathered(labelled, corpora, sources, limits=_NO_ROWS, without=frozenset(measured))
    asked = [
        replace(row, source=row.origin) for row in gathered(dev, corpora, sources, limits=_NO_ROWS, held=0)
    ]
    found: list[Row] = [*learned, *asked]
    rows = encoded(
        found,
        Tokenizer.from_file(str(directory / TOKENIZER)),
        aspects=manifest.aspects,
        risks=manifest.settings["risks"],
        window=manifest.settings["window"],
    )
    if not rows.held.any():
        raise InputError(f"none of the {len(learned)} comments to learn from is held out; more are needed")
    network = load_network(directory, manifest).eval()
    alone = answers(network, rows, np.arange(len(learned), len(found)))
    informed = deepcopy(alone)
    inform(informed, answers(network, rows, np.flatnonzero(rows.held)), rows, found)
    return rows, alone, informed


def measures(soft: Soft, rows: Rows) -> tuple[float, float, float]:
    """Accuracy of sentiment, micro-F1 of aspects at their best common threshold, accuracy of polarity."""
    sentiment, polarity = rows.sentiment[soft.places], rows.polarity[soft.places]
    there = polarity >= 0
    tagged = soft.aspects >= best_thresholds(soft.aspects.reshape(-1, 1), there.reshape(-1, 1))
    known = sentiment >= 0
    return (
        float(accuracy_score(sentiment[known], soft.sentiment.argmax(axis=1)[known])),
        float(f1_score(there, tagged, average="micro")),
        float(accuracy_score(polarity[there], soft.polarity.argmax(axis=2)[there])),
    )


def table(rows: Rows, answered: dict[str, Soft]) -> Iterator[str]:
    """A line for each teacher."""
    yield f"{'':<12}{'sentiment, accuracy':>22}{'aspects, micro-F1':>22}{'polarity, accuracy':>22}"
    for name, soft in answered.items():
        yield f"{name:<12}" + "".join(f"{value:>22.3f}" for value in measures(soft, rows))


@click.command(help=__doc__)
@click.argument(
    "train", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--dev", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--corpora", required=True, type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", metavar="NAME|DIR")
def main(*, train: tuple[Path, ...], dev: Path, corpora: Path, model: str | None) -> None:
    """Ask, correct and print."""
    directory = find_model(model)
    aspects = read_manifest(directory).aspects
    rows, alone, informed = both(
        directory, examples(train, aspects=aspects), examples([dev], aspects=aspects), corpora
    )
    click.echo(f"{len(alone.places):,} comments")
    click.echo("\n".join(table(rows, {"text alone": alone, "informed": informed})))


if __name__ == "__main__":
    run_command(main)
