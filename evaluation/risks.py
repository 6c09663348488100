"""How well risks are flagged in labelled comments: precision, recall and F1 by category and language.

    python -m evaluation.risks LABELLED.jsonl.zst ... [--model NAME|DIR] [--rules] [--misses] [--json OUT]

LABELLED are lines with `text`, `lang` and `risks`, as docs/training.md describes. Comments go through the
whole pipeline, so that errors of its language detector count too. Intervals are Wilson's, at 95 %.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from evaluation.metrics import Counts, share
from vocnlp import pipeline
from vocnlp.batch.labelled import Example, examples
from vocnlp.cli.main import run_command
from vocnlp.pipeline import Pipeline
from vocnlp.schema import Comment, TaggedComment
from vocnlp.taxonomy import taxonomy

BIG = ("fraud", "safety", "legal", "churn")
"""The categories that have targets."""
_LEAST = 5


@dataclass(slots=True)
class Tally:
    """Ids of the comments in which a category was rightly flagged, wrongly flagged, or missed."""

    right: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)

    @property
    def counts(self) -> Counts:
        """How many of each."""
        return Counts(len(self.right), len(self.wrong), len(self.missed))

    def to_dict(self) -> dict[str, Any]:
        """Measures with intervals, and the ids of the errors."""
        counts = self.counts
        return {
            "labelled": counts.hits + counts.missed,
            "precision": share(counts.hits, counts.hits + counts.false),
            "recall": share(counts.hits, counts.hits + counts.missed),
            "f1": counts.f1,
            "wrong": self.wrong,
            "missed": self.missed,
        }


def measure(labelled: Sequence[Example], tagging: Pipeline) -> dict[tuple[str, str], Tally]:
    """Tallies by (category, language); the language `*` is all of them."""
    tallies: dict[tuple[str, str], Tally] = defaultdict(Tally)
    comments = [Comment(id=example.id, text=example.text) for example in labelled]
    for example, tagged in zip(labelled, tagging.tag(comments), strict=True):
        found = {risk.category for risk in tagged.risks} if isinstance(tagged, TaggedComment) else set()
        for category in found | set(example.risks):
            kind = "wrong" if category not in example.risks else "right" if category in found else "missed"
            for key in ((category, "*"), (category, example.language)):
                getattr(tallies[key], kind).append(example.id)
    return tallies


def together(tallies: dict[tuple[str, str], Tally]) -> Counts:
    """Counts over the categories that have targets."""
    counts = [tallies[category, "*"].counts for category in BIG if (category, "*") in tallies]
    return Counts(*(sum(getattr(c, name) for c in counts) for name in ("hits", "false", "missed")))


def summary(tallies: dict[tuple[str, str], Tally]) -> dict[str, dict[str, float]]:
    """Measures of each category in all languages, and of those with targets together."""
    counts = {category: tally.counts for (category, code), tally in sorted(tallies.items()) if code == "*"}
    return {
        name: {"n": c.hits + c.missed, "precision": c.precision, "recall": c.recall, "f1": c.f1}
        for name, c in {**counts, "+".join(BIG): together(tallies)}.items()
    }


def table(tallies: dict[tuple[str, str], Tally]) -> Iterator[str]:
    """Lines of a readable table; languages with fewer than 5 comments of a category are left out."""
    yield f"{'category':<16}{'language':<10}{'labelled':>9}{'precision':>22}{'recall':>22}{'F1':>7}"
    for (category, code), tally in sorted(tallies.items(), key=_order):
        measures = tally.to_dict()
        if code != "*" and measures["labelled"] < _LEAST:
            continue
        name = category if code == "*" else ""
        shares = (measures["precision"], measures["recall"])
        cells = "".join(f"{value:>8.2f} [{low:.2f}, {high:.2f}]" for value, low, high in shares)
        yield f"{name:<16}{code:<10}{measures['labelled']:>9}{cells}{measures['f1']:>7.2f}"
    yield f"F1 over {', '.join(BIG)} together: {together(tallies).f1:.3f}"


def _order(item: tuple[tuple[str, str], Tally]) -> tuple[int, str, bool, int]:
    (category, code), tally = item
    place = BIG.index(category) if category in BIG else len(BIG)
    return place, category, code != "*", -tally.counts.hits - tally.counts.missed


@click.command(help=__doc__)
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", metavar="NAME|DIR", help="Default: the model that `vocnlp tag` uses.")
@click.option("--rules", is_flag=True, help="Measure the rules alone.")
@click.option("--misses", is_flag=True, help="List the ids of wrong and missed flags.")
@click.option("--json", "json_out", type=click.Path(path_type=Path))
def main(
    *, data: Sequence[Path], model: str | None, rules: bool, misses: bool, json_out: Path | None
) -> None:
    """Measure and print."""
    tagging = pipeline.load(model=model)
    if rules:
        tagging.verdict = None
    tallies = measure(examples(data, aspects=taxonomy.load().ids), tagging)
    for line in table(tallies):
        click.echo(line)
    if misses:
        for category in sorted({category for category, _ in tallies}):
            tally = tallies[category, "*"]
            click.echo(
                f"{category}, wrong: {' '.join(tally.wrong)}\n{category}, missed: {' '.join(tally.missed)}"
            )
    if json_out:
        content = {f"{category} {code}": tally.to_dict() for (category, code), tally in tallies.items()}
        json_out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
