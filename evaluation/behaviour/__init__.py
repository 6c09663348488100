"""Does a model do what a reader expects: texts written for one difficulty each, and what must hold for them.

`texts.jsonl` holds a text a line: `kind` names the difficulty, `sentiment` lists the labels that are right,
`aspects` the polarities that are right for each aspect that must be tagged, `absent` the aspects that must
not be; texts of one `group` say the same in several languages. The texts are for measuring, not for training.
After CheckList (Ribeiro et al. 2020, arXiv 2005.04118).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from pathlib import Path
from typing import Any

from evaluation.metrics import share
from vocnlp.batch.labelled import read_lines
from vocnlp.schema import FailedComment, TaggedComment

__all__ = ["KINDS", "Item", "Outcome", "judge", "measure", "read", "table"]

KINDS = ("negation", "contrast", "comparison", "sarcasm", "typos", "mixing", "script", "parity")
_TEXTS = Path(__file__).with_name("texts.jsonl")
_LEAST = 5


@dataclass(frozen=True, slots=True)
class Item:
    """One text and what must hold for its record."""

    id: str
    kind: str
    language: str
    text: str
    sentiment: list[str]
    aspects: dict[str, list[str]] = field(default_factory=dict)
    absent: list[str] = field(default_factory=list)
    group: str = ""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a record says of an item.

    sentiment: the label given, empty for a failed comment.   aspects: polarity of each tagged aspect.
    """

    item: Item
    sentiment: str
    aspects: dict[str, str]

    @property
    def right_sentiment(self) -> bool:
        """Whether the sentiment is one of the right ones."""
        return self.sentiment in self.item.sentiment

    @property
    def found(self) -> list[str]:
        """Aspects that had to be tagged and are, with a right polarity."""
        return [name for name, right in self.item.aspects.items() if self.aspects.get(name) in right]

    @property
    def faults(self) -> list[str]:
        """What does not hold; empty if the item is passed."""
        faults = [] if self.right_sentiment else [f"sentiment {self.sentiment or 'none'}"]
        for name in self.item.aspects.keys() - set(self.found):
            faults.append(f"{name} {self.aspects[name]}" if name in self.aspects else f"no {name}")
        faults.extend(f"{name} tagged" for name in self.item.absent if name in self.aspects)
        return sorted(faults)


def read(path: Path = _TEXTS) -> list[Item]:
    """The items of a file; raises InputError or TypeError for a line that is none."""
    return [Item(**row) for row in read_lines(path)]


def judge(items: Sequence[Item], records: Iterable[TaggedComment | FailedComment]) -> list[Outcome]:
    """The outcome of each item, given the records of its texts in the same order."""
    return [
        Outcome(item, record.sentiment.label, {tag.aspect: tag.polarity for tag in record.aspects})
        if isinstance(record, TaggedComment)
        else Outcome(item, "", {})
        for item, record in zip(items, records, strict=True)
    ]


def measure(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Shares with Wilson intervals at 95 %, of all items, by kind and by language, and agreement in parity.

    passed: items for which everything holds.   sentiment: items whose sentiment is right.   aspects: aspects
    that had to be tagged and are, with a right polarity.   absent: aspects that had to be absent and are.
    """
    languages = sorted({outcome.item.language for outcome in outcomes})
    return {
        "all": _shares(outcomes),
        "kinds": {kind: _shares([o for o in outcomes if o.item.kind == kind]) for kind in KINDS},
        "languages": {code: _shares([o for o in outcomes if o.item.language == code]) for code in languages},
        "parity": _parity(outcomes),
        "failures": {outcome.item.id: outcome.faults for outcome in outcomes if outcome.faults},
    }


def _shares(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    tagged = [name in outcome.aspects for outcome in outcomes for name in outcome.item.absent]
    wanted = sum(len(outcome.item.aspects) for outcome in outcomes)
    return {
        "n": len(outcomes),
        "passed": share(sum(not outcome.faults for outcome in outcomes), len(outcomes)),
        "sentiment": share(sum(outcome.right_sentiment for outcome in outcomes), len(outcomes)),
        "aspects": share(sum(len(outcome.found) for outcome in outcomes), wanted),
        "absent": share(len(tagged) - sum(tagged), len(tagged)),
        "counts": {"aspects": wanted, "absent": len(tagged)},
    }


def _parity(outcomes: Sequence[Outcome]) -> dict[str, dict[str, float]]:
    """Agreement by group, over all pairs of its languages.

    sentiment: share of pairs with the same.   aspects: mean overlap (Jaccard) of aspects with their polarity,
    1 where neither has any.
    """
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        if outcome.item.group:
            groups[outcome.item.group].append(outcome)
    result = {}
    for name, members in groups.items():
        pairs = list(combinations(members, 2))
        result[name] = {
            "languages": len(members),
            "sentiment": sum(a.sentiment == b.sentiment for a, b in pairs) / len(pairs),
            "aspects": sum(_overlap(a, b) for a, b in pairs) / len(pairs),
        }
    return result


def _overlap(first: Outcome, second: Outcome) -> float:
    one, other = set(first.aspects.items()), set(second.aspects.items())
    return len(one & other) / len(one | other) if one | other else 1.0


def table(result: dict[str, Any]) -> Iterator[str]:
    """Lines of a readable table, without languages of few texts; a dash stands where nothing was asked."""
    names = ("passed", "sentiment", "aspects", "absent")
    yield f"{'':<12}{'texts':>6}" + "".join(f"{name:>20}" for name in names)
    languages = {code: shares for code, shares in result["languages"].items() if shares["n"] >= _LEAST}
    rows = [("all", result["all"]), *result["kinds"].items(), *languages.items()]
    for row, shares in rows:
        cells = (_cell(shares[name], asked=shares["counts"].get(name, shares["n"])) for name in names)
        yield f"{row:<12}{shares['n']:>6}" + "".join(cells)
    yield ""
    yield f"{'agreement':<12}{'texts':>6}{'sentiment':>12}{'aspects':>12}"
    for group, values in result["parity"].items():
        yield f"{group:<12}{values['languages']:>6}{values['sentiment']:>12.2f}{values['aspects']:>12.2f}"


def _cell(measured: Sequence[float], *, asked: int) -> str:
    if not asked:
        return f"{'-':>20}"
    value, low, high = measured
    return f"{value:>6.2f} [{low:.2f}, {high:.2f}]".rjust(20)
