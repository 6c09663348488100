"""What a training says of its labelled comments before it begins."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence

from vocnlp.batch.labelled import Example

__all__ = ["notices", "unseen"]

_SHOWN = 5


def unseen(labelled: Sequence[Example], without: Collection[str]) -> list[Example]:
    """The comments whose text is not among those that the model will be measured on."""
    return [example for example in labelled if example.text.strip() not in without]


def notices(given: Sequence[Example], kept: Sequence[Example]) -> Iterator[str]:
    """Comments left out, texts that occur more than once, and those labelled in two ways, with ids."""
    if len(kept) < len(given):
        yield f"comments left out, for they are measured on (--without): {len(given) - len(kept):,}"
    same = defaultdict(list)
    for example in kept:
        same[example.text.strip()].append(example)
    repeated = [group for group in same.values() if len(group) > 1]
    if repeated:
        yield f"texts that occur more than once: {len(repeated):,}, in {sum(map(len, repeated)):,} comments"
    torn = [group for group in repeated if len({_labels(example) for example in group}) > 1]
    if torn:
        shown = "; ".join(", ".join(e.id for e in group) for group in torn[:_SHOWN])
        more = "; ..." if len(torn) > _SHOWN else ""
        yield f"texts labelled in more than one way: {len(torn):,} ({shown}{more})"


def _labels(example: Example) -> tuple[object, ...]:
    return example.sentiment, frozenset(example.aspects.items()), frozenset(example.risks)
