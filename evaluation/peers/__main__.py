"""What people use today, on the same comments: how right and how fast, in one table.

    python -m evaluation.peers DATA.jsonl.zst ... [--train LABELLED.jsonl.zst] [--model NAME|DIR]

SnowNLP (Chinese), VADER (English) and TF-IDF with linear SVMs, the last one learned from --train; for speed
alone an encoder of the size of XLM-R base in float32 (`evaluation.speed`). The model runs as the whole
pipeline in one process: language, personal data, evidence and risks are part of its time. Language detectors
are compared by `python -m evaluation.language`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import click
import numpy as np

from evaluation import speed
from evaluation.peers.environments import PeerError, ask, command
from evaluation.peers.table import PEERS, Peer, Row, compare, per_second, plain, rows_for, table
from evaluation.tagging import predict
from models.interface import Model
from vocnlp import pipeline
from vocnlp.batch.labelled import Example, examples
from vocnlp.cli.main import run_command

__all__ = ["main", "run"]

CACHE = Path("~/.cache/vocnlp/peers")
TRANSFORMER = "XLM-R base size, float32"


def run(peer: Peer, model: Model, data: Sequence[Example], train: Sequence[Example], *, cache: Path) -> Row:
    """Let a peer and the model tag the comments that the peer can tell; raises PeerError if it fails."""
    rows = [data[place] for place in rows_for(peer, data)]
    if not rows:
        raise PeerError(f"no comment in {peer.language or 'the data'} has a sentiment {peer.labels}")
    if peer.trained and not train:
        raise PeerError("it learns from labelled comments: give --train")
    started = command(peer.name, module=peer.module, requirement=peer.requirement, cache=cache)
    texts = [row.text for row in rows]
    answer = ask(started, texts=texts, train=[plain(row) for row in train] if peer.trained else ())
    return compare(
        peer, answer, predict(model, rows), model.aspects, per_second(pipeline.assemble(model), texts)
    )


def transformer(model: Model, texts: Sequence[str], rows: int) -> Row:
    """The line of the large encoder: its speed beside the model's."""
    rate = speed.per_second(speed.transformer(rows), rows, 1)
    ours = per_second(pipeline.assemble(model), texts)
    return Row(TRANSFORMER, "speed alone", len(texts), None, None, (rate, ours))


def _drawn(rows: Sequence[Example], most: int) -> list[Example]:
    places = np.random.default_rng(0).permutation(len(rows))[:most]
    return [rows[place] for place in sorted(places.tolist())]


@click.command(help=__doc__)
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", metavar="NAME|DIR", help="Default: the model that `vocnlp tag` uses.")
@click.option("--train", multiple=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--train-rows", type=click.IntRange(2), default=20_000, show_default=True)
@click.option("--rows", type=click.IntRange(1), default=5_000, show_default=True, help="Comments of DATA.")
@click.option(
    "--transformer-rows", type=click.IntRange(0), default=64, show_default=True, help="0: leave out."
)
@click.option("--peer", "names", multiple=True, type=click.Choice([peer.name for peer in PEERS]))
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), default=CACHE, show_default=True)
@click.option("--json", "json_out", type=click.Path(dir_okay=False, path_type=Path))
def main(
    *,
    data: Sequence[Path],
    model: str | None,
    train: Sequence[Path],
    train_rows: int,
    rows: int,
    transformer_rows: int,
    names: Sequence[str],
    cache: Path,
    json_out: Path | None,
) -> None:
    """Measure and print."""
    loaded = pipeline.load_model(model)
    given = _drawn(examples(data, aspects=loaded.aspects), rows)
    learned = _drawn(examples(train, aspects=loaded.aspects), train_rows) if train else []
    found = []
    for peer in PEERS:
        if names and peer.name not in names:
            continue
        try:
            found.append(run(peer, loaded, given, learned, cache=cache.expanduser()))
        except PeerError as error:
            click.echo(f"{peer.title} is left out: {error}", err=True)
    if transformer_rows:
        found.append(transformer(loaded, [row.text for row in given], transformer_rows))
    for line in table(found, loaded.version):
        click.echo(line)
    if json_out:
        content = {"model": loaded.version, "peers": [row.to_dict() for row in found]}
        json_out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
