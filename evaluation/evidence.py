"""Whether evidence lies where an aspect is stated: tagged comments against labelled clauses.

    python -m evaluation.evidence LABELLED.jsonl.zst ... [--model NAME|DIR] [--json OUT]

LABELLED are the comments that `evaluation/data/evidence.jsonl` names by id. Of the labelled aspects that are
detected, the share whose evidence overlaps a labelled range, and what as many clauses drawn at random reach.
Intervals are Wilson's, at 95 %.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import comb
from pathlib import Path
from typing import Any

import click

from evaluation.metrics import share
from vocnlp import pipeline
from vocnlp.batch.labelled import examples, read_lines
from vocnlp.cli.main import run_command
from vocnlp.errors import InputError
from vocnlp.pipeline import Pipeline
from vocnlp.schema import AspectTag, Comment, TaggedComment
from vocnlp.taxonomy import taxonomy
from vocnlp.text import clauses

__all__ = ["Finding", "Statement", "judge", "measure", "read", "table"]

_STATEMENTS = Path(__file__).with_name("data") / "evidence.jsonl"


@dataclass(frozen=True, slots=True)
class Statement:
    """Where a comment states an aspect: half-open code point ranges in its prepared text."""

    id: str
    lang: str
    aspect: str
    spans: list[list[int]]

    def overlaps(self, start: int, end: int) -> bool:
        """Whether a range shares a character with one of the statement's."""
        return any(start < last and first < end for first, last in self.spans)


@dataclass(frozen=True, slots=True)
class Finding:
    """A statement against a record.

    detected: the aspect is tagged.   overlaps: its evidence overlaps the statement.   chance: the probability
    that one of as many clauses of the comment, drawn at random, does.
    """

    statement: Statement
    detected: bool
    overlaps: bool = False
    chance: float = 0.0


def read(path: Path = _STATEMENTS) -> list[Statement]:
    """The statements of a file; raises InputError or TypeError for a line that is none."""
    return [Statement(**row) for row in read_lines(path)]


def judge(statements: Sequence[Statement], texts: Mapping[str, str], tagging: Pipeline) -> list[Finding]:
    """Tag the comments that statements name and compare; raises InputError if `texts` lacks one."""
    wanted = list(dict.fromkeys(statement.id for statement in statements))
    missing = [name for name in wanted if name not in texts]
    if missing:
        raise InputError(f"the data lack {len(missing)} of {len(wanted)} comments, such as {missing[0]!r}")
    tagged = tagging.tag(Comment(id=name, text=texts[name]) for name in wanted)
    records = {record.id: record for record in tagged if isinstance(record, TaggedComment)}
    return [_finding(statement, records.get(statement.id)) for statement in statements]


def _finding(statement: Statement, record: TaggedComment | None) -> Finding:
    tags = record.aspects if record else []
    tag = next((tag for tag in tags if tag.aspect == statement.aspect), None)
    if record is None or tag is None:
        return Finding(statement, detected=False)
    overlaps = any(statement.overlaps(words.start, words.end) for words in tag.evidence)
    return Finding(statement, detected=True, overlaps=overlaps, chance=_chance(statement, record.text, tag))


def _chance(statement: Statement, text: str, tag: AspectTag) -> float:
    cut = clauses.split(text)
    beside = sum(not statement.overlaps(*clause) for clause in cut)
    return 1 - comb(beside, len(tag.evidence)) / comb(len(cut), len(tag.evidence))


def measure(findings: Iterable[Finding]) -> dict[str, dict[str, Any]]:
    """By language, and `*` for all: statements, how many are detected, share that overlaps, chance level."""
    groups: dict[str, list[Finding]] = defaultdict(list)
    for finding in findings:
        for language in ("*", finding.statement.lang):
            groups[language].append(finding)
    return {language: _measures(members) for language, members in sorted(groups.items())}


def _measures(findings: Sequence[Finding]) -> dict[str, Any]:
    detected = [finding for finding in findings if finding.detected]
    return {
        "labelled": len(findings),
        "detected": len(detected),
        "overlaps": share(sum(finding.overlaps for finding in detected), len(detected)),
        "chance": sum(finding.chance for finding in detected) / max(len(detected), 1),
    }


def table(result: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    """Lines of a readable table."""
    yield f"{'language':<10}{'labelled':>9}{'detected':>9}{'evidence overlaps':>22}{'chance':>8}"
    for language, values in result.items():
        value, low, high = values["overlaps"]
        overlaps = f"{value:.2f} [{low:.2f}, {high:.2f}]"
        counts = f"{values['labelled']:>9}{values['detected']:>9}"
        yield f"{language:<10}{counts}{overlaps:>22}{values['chance']:>8.2f}"


@click.command(help=__doc__)
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", metavar="NAME|DIR", help="Default: the model that `vocnlp tag` uses.")
@click.option("--json", "json_out", type=click.Path(path_type=Path), help="Write every number here.")
def main(*, data: Sequence[Path], model: str | None, json_out: Path | None) -> None:
    """Measure and print."""
    tagging = pipeline.load(model=model)
    texts = {example.id: example.text for example in examples(data, aspects=taxonomy.load().ids)}
    result = measure(judge(read(), texts, tagging))
    for line in (tagging.model.version, *table(result)):
        click.echo(line)
    if json_out:
        json_out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
