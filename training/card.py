"""What a trained model says about itself: manifest and card."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models.manifest import Manifest
from training.linear import Recipe
from vocnlp.batch.labelled import Example

__all__ = ["OWN", "RESTRICTED_LICENCE", "card", "manifest"]

OWN = "own"
"""Class of data that no index lists: the user's own."""
FREE_LICENCE = "Apache-2.0"
RESTRICTED_LICENCE = "CC-BY-NC-SA-4.0"


def manifest(
    examples: Sequence[Example],
    *,
    name: str,
    version: str,
    aspects: Sequence[str],
    classes: Mapping[str, str],
    settings: dict[str, Any],
) -> Manifest:
    """The manifest of a model trained on the examples; `classes` gives the licence class of a source.

    Trained on anything but open or own data, weights are non-commercial and share-alike.
    """
    sources = {source: classes.get(source, OWN) for source in sorted({e.source for e in examples})}
    free = set(sources.values()) <= {"open", OWN}
    return Manifest(
        name=name,
        version=version,
        kind="linear",
        licence=FREE_LICENCE if free else RESTRICTED_LICENCE,
        aspects=tuple(aspects),
        languages=tuple(sorted({example.language for example in examples})),
        files={},
        sources=sources,
        settings=settings,
    )


def card(made: Manifest, labelled: Sequence[Example], other: Sequence[Example], recipe: Recipe) -> str:
    """CARD.md: what the model is, what it was trained on, under which terms it may be used."""
    counts = Counter(example.source for example in (*labelled, *other))
    rows = "\n".join(
        f"| {source or '-'} | {kind} | {counts[source]:,} |" for source, kind in made.sources.items()
    )
    settings = "\n".join(f"- {name}: {value}" for name, value in asdict(recipe).items())
    return f"""# {made.name} {made.version}

Two-stage linear n-gram model (`models/linear.py`): one support vector machine a label on hashed character and
word n-grams, then a small network on out-of-fold scores of the text and of its clauses. It gives sentiment
(neg, neu, pos, mix) and {len(made.aspects)} aspects with polarity; a clause's own score is the evidence.

Licence of the weights: **{made.licence}**. They follow the strictest terms among the training sources below.

Trained on {len(labelled):,} comments labelled with the taxonomy and {len(other):,} comments of other corpora
for which only the sentiment is known, in {len(made.languages)} languages: {", ".join(made.languages)}.

## Recipe

{settings}

## Sources

| source | licence class | comments used |
|---|---|---|
{rows}
"""
