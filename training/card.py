"""What a trained model says about itself: manifest and card."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from models.manifest import Manifest

__all__ = [
    "DISTILLED",
    "ENCODER",
    "LINEAR",
    "NGRAMS",
    "OWN",
    "RESTRICTED_LICENCE",
    "SHIPPED_BEGINNING",
    "SUBWORDS",
    "TUNED",
    "card",
    "manifest",
]

OWN = "own"
"""Class of data that no index lists: the user's own."""
FREE_LICENCE = "Apache-2.0"
RESTRICTED_LICENCE = "CC-BY-NC-SA-4.0"


LINEAR = """Two-stage linear n-gram model (`models/linear.py`): one support vector machine a label on
hashed character and word n-grams, then a small network on out-of-fold scores of the text and of its clauses.
A clause's own score is the evidence."""
ENCODER = """Transformer in eight bits (`models/encoder.py`): a multilingual encoder, a query for each aspect
and risk that pools the sub-words it attends to, linear read-outs. Where an aspect was read is its evidence.
Networks of all layers of {beginning} learned from
the labels below and then taught this smaller one."""
TUNED = """Transformer in eight bits (`models/encoder.py`): {beginning}, taken further on the labels below."""
NGRAMS = """ Support vector machines on n-grams of those comments have a say in what these label."""
SUBWORDS = """Transformer in eight bits (`models/encoder.py`): {beginning}, and beside it support vector
machines on sub-words of the comments below (`models/subword_branch.py`), which have a say in sentiment."""
DISTILLED = """Transformer in eight bits (`models/encoder.py`), made small and fast: {beginning} labelled the
comments below and taught it."""
SHIPPED_BEGINNING = "multilingual-e5-small (Wang et al. 2024, MIT licence, copyright Microsoft Corporation)"


def manifest(
    sources: Iterable[str],
    languages: Iterable[str],
    *,
    name: str,
    version: str,
    kind: str,
    aspects: Sequence[str],
    classes: Mapping[str, str],
    settings: dict[str, Any],
) -> Manifest:
    """The manifest of a model trained on these sources; `classes` gives the licence class of a source.

    Trained on anything but open or own data, weights are non-commercial and share-alike.
    """
    found = {source: classes.get(source, OWN) for source in sorted(set(sources))}
    free = set(found.values()) <= {"open", OWN}
    return Manifest(
        name=name,
        version=version,
        kind=kind,
        licence=FREE_LICENCE if free else RESTRICTED_LICENCE,
        aspects=tuple(aspects),
        languages=tuple(sorted(set(languages))),
        files={},
        sources=found,
        settings=settings,
    )


def card(made: Manifest, what: str, counts: Mapping[str, int], recipe: Any) -> str:
    """CARD.md: what the model is, what it was trained on, under which terms it may be used.

    what: LINEAR, ENCODER or TUNED, filled in.   counts: comments used of each source.
    recipe: settings, a dataclass.
    """
    rows = "\n".join(
        f"| {source or '-'} | {kind} | {counts[source]:,} |" for source, kind in made.sources.items()
    )
    settings = "\n".join(f"- {name}: {value}" for name, value in asdict(recipe).items())
    return f"""# {made.name} {made.version}

{what}

It gives sentiment (neg, neu, pos, mix) and {len(made.aspects)} aspects with polarity.

Licence of the weights: **{made.licence}**. They follow the strictest terms among the training sources below.

Trained on {sum(counts.values()):,} comments in {len(made.languages)} languages: {", ".join(made.languages)}.

## Recipe

{settings}

## Sources

| source | licence class | comments used |
|---|---|---|
{rows}
"""
