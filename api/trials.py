"""What another vocabulary would change in comments that are stored: counts, and examples of each change."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import BaseModel

from vocnlp.schema import TaggedComment
from vocnlp.store.resources import Kind
from vocnlp.store.responses import from_record
from vocnlp.tagging.vocabulary import Vocabulary

__all__ = ["Comparison", "compare"]

EXAMPLES = 10


class Change(BaseModel):
    """Comments tagged with an aspect or a risk category as stored, and as they would be."""

    name: str
    before: int
    after: int
    gained: int
    lost: int


class Example(BaseModel):
    """A comment that would gain or lose a tag; words: what it says there."""

    comment: str
    name: str
    change: Literal["gained", "lost"]
    words: str


class Comparison(BaseModel):
    """comments: that were looked at; examples: up to ten for each name and change; latest first."""

    comments: int
    changes: list[Change]
    examples: list[Example]
    warnings: list[str] = []


def compare(kind: Kind, words: Vocabulary, records: Sequence[dict[str, Any]]) -> Comparison:
    """Tag stored records anew; those without comment are left out."""
    counts: dict[str, Counter[str]] = {}
    shown: Counter[tuple[str, str]] = Counter()
    examples: list[Example] = []
    said = [from_record(record) for record in records if "sentiment" in record]
    for record in reversed(said):
        before, after = _tags(kind, record), _tags(kind, words.apply(record))
        _count(counts, before, "before")
        _count(counts, after, "after")
        for change, names, tags in (
            ("gained", after.keys() - before.keys(), after),
            ("lost", before.keys() - after.keys(), before),
        ):
            _count(counts, names, change)
            for name in sorted(names):
                shown[name, change] += 1
                if shown[name, change] <= EXAMPLES:
                    example = {"comment": record.id, "name": name, "change": change, "words": tags[name]}
                    examples.append(Example.model_validate(example))
    changes = [
        Change(name=name, **{of: counts[name][of] for of in ("before", "after", "gained", "lost")})
        for name in sorted(counts)
    ]
    return Comparison(comments=len(said), changes=changes, examples=examples)


def _count(counts: dict[str, Counter[str]], names: Iterable[str], what: str) -> None:
    for name in names:
        counts.setdefault(name, Counter())[what] += 1


def _tags(kind: Kind, record: TaggedComment) -> dict[str, str]:
    """Aspects or categories, each with the words that carry it first."""
    if kind == "taxonomy":
        return {tag.aspect: tag.evidence[0].text if tag.evidence else "" for tag in record.aspects}
    return {risk.category: risk.text for risk in reversed(record.risks)}
