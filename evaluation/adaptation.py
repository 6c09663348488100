"""What `vocnlp train --from` gives a customer with labels of their own: from how many examples, how much.

    python -m evaluation.adaptation CORPORA_DIR [--corpus NAME ...] [--examples 20,50,200] [--json OUT]

Each corpus is taken as a customer's data. Its own topics (`labels` in the file), of which the shipped model
was taught none, are new aspects; so many training comments of each are labelled, and twice as many comments
that have none of them. A model goes on from `--from` with them and is measured on the dev rows, beside
the linear model that `vocnlp train` makes of the same comments. Every training is the command that a customer
would give.
"""

from __future__ import annotations

import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
import yaml

from evaluation.metrics import macro_f1, paired_differences
from evaluation.tagging import judged_sentiment, predict
from evaluation.trained import trained, write_labelled
from vocnlp import pipeline
from vocnlp.batch.labelled import Example, read_lines
from vocnlp.cli.main import run_command

__all__ = ["Customer", "chosen", "customer"]

CUSTOMERS = ("twitter-us-airline", "nhs-fft")

_LEAST = 250
_MOST_ASPECTS = 8


@dataclass(slots=True)
class Customer:
    """A corpus as a customer's data: its commonest topics are the aspects."""

    name: str
    aspects: list[str]
    train: list[Example]
    dev: list[Example]


@dataclass(slots=True)
class Measured:
    """On dev rows: micro-F1 of aspects, macro-F1 of sentiment.

    rows: labelled comments that both models learned from.
    aspects_gain: 95 % interval of the difference to the linear model (paired bootstrap).
    """

    customer: str
    examples: int
    rows: int
    aspects: float
    linear_aspects: float
    aspects_gain: tuple[float, float]
    sentiment: float
    linear_sentiment: float
    untrained_sentiment: float


def customer(directory: Path) -> Customer:
    """Read a corpus; topics with fewer than 250 training comments are left out."""
    rows = {part: list(read_lines(directory / f"{part}.jsonl.zst")) for part in ("train", "dev")}
    counts = Counter(_name(label) for row in rows["train"] for label in set(row.get("labels", [])))
    aspects = sorted(name for name, count in counts.most_common(_MOST_ASPECTS) if count >= _LEAST)
    read = {
        part: [_example(directory.name, row, aspects) for row in lines if row["text"].strip()]
        for part, lines in rows.items()
    }
    return Customer(directory.name, aspects, read["train"], read["dev"])


def _name(label: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", label.lower()).strip("_")


def _example(source: str, row: dict[str, Any], aspects: Sequence[str]) -> Example:
    sentiment = row.get("sentiment")
    topics = {_name(label) for label in row.get("labels", [])} & set(aspects)
    return Example(
        f"{source}:{row['id']}",
        row["text"],
        row.get("lang", "und"),
        sentiment,
        dict.fromkeys(sorted(topics), sentiment or "neu"),
    )


def chosen(given: Customer, examples: int, seed: int = 0) -> list[Example]:
    """`examples` training comments of each aspect, and twice as many with none of them."""
    random = np.random.default_rng(seed)
    order = [given.train[place] for place in random.permutation(len(given.train)).tolist()]
    taken: dict[str, Example] = {}
    for aspect in given.aspects:
        own = [example for example in order if aspect in example.aspects]
        taken |= {example.id: example for example in own[:examples]}
    without = [example for example in order if not example.aspects]
    taken |= {example.id: example for example in without[: 2 * examples]}
    return list(taken.values())


def measured(given: Customer, examples: int, start: str, recipe: str) -> Measured:
    """Train both models on the chosen comments and measure them on the dev rows."""
    rows = chosen(given, examples)
    with tempfile.TemporaryDirectory() as directory:
        data, own = Path(directory, "labelled.jsonl"), Path(directory, "own.yaml")
        write_labelled(data, rows)
        own.write_text(_taxonomy(given.aspects), encoding="utf-8")
        kinds = {"tuned": ("--from", str(pipeline.find_model(start)), "--recipe", recipe), "linear": ()}
        tuned, linear = (
            predict(trained(data, Path(directory, name), "--taxonomy", str(own), *options), given.dev)
            for name, options in kinds.items()
        )
    plain = pipeline.load_model(start)
    untrained = predict(plain, [Example(e.id, e.text, e.language, e.sentiment) for e in given.dev])
    low, high = np.quantile(
        paired_differences(
            lambda drawn: linear.rows(drawn).detection.f1,
            lambda drawn: tuned.rows(drawn).detection.f1,
            len(given.dev),
        ),
        [0.025, 0.975],
    )
    return Measured(
        given.name,
        examples,
        len(rows),
        tuned.detection.f1,
        linear.detection.f1,
        (float(low), float(high)),
        *(macro_f1(*judged_sentiment(found)) for found in (tuned, linear, untrained)),
    )


def _taxonomy(aspects: Sequence[str]) -> str:
    fields = ("names", "description", "owner", "hint")
    own = [{"id": name, **{field: {"en": name} for field in fields}} for name in aspects]
    return yaml.safe_dump({"version": "own@1", "aspects": own})


def lines(found: Sequence[Measured]) -> Iterator[str]:
    """A readable table."""
    yield f"{'':<22}{'examples':>9}{'rows':>7}   aspects, micro-F1            sentiment, macro-F1"
    yield f"{'':<38}   {'tuned':>7}{'linear':>8}  {'difference':<16}{'tuned':>8}{'linear':>8}{'untuned':>9}"
    for one in found:
        low, high = one.aspects_gain
        yield (
            f"{one.customer:<22}{one.examples:>9}{one.rows:>7}"
            f"   {one.aspects:>7.3f}{one.linear_aspects:>8.3f}  [{low:+.3f}, {high:+.3f}]"
            f"{one.sentiment:>8.3f}{one.linear_sentiment:>8.3f}{one.untrained_sentiment:>9.3f}"
        )


@click.command(help=__doc__)
@click.argument("corpora", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--corpus", "names", multiple=True, default=CUSTOMERS, show_default=True)
@click.option("--examples", "sizes", default="20,50,200", show_default=True)
@click.option("--from", "start", default="default", show_default=True)
@click.option("--recipe", default="tune", show_default=True, metavar="NAME|FILE.toml")
@click.option("--json", "json_out", type=click.Path(path_type=Path))
def main(
    *, corpora: Path, names: Sequence[str], sizes: str, start: str, recipe: str, json_out: Path | None
) -> None:
    """Train, measure, print."""
    found = []
    for name in names:
        given = customer(corpora / name)
        click.echo(f"{name}: {', '.join(given.aspects)}; {len(given.dev):,} dev rows", err=True)
        for size in map(int, sizes.split(",")):
            found.append(measured(given, size, start, recipe))
            click.echo(list(lines(found))[-1], err=True)
    click.echo("\n".join(lines(found)))
    if json_out:
        json_out.write_text(json.dumps([asdict(one) for one in found], indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
