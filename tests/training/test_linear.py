from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from models.linear import save_linear
from models.manifest import Manifest
from models.store import load
from training.card import LINEAR, RESTRICTED_LICENCE, card, manifest
from training.linear import Recipe, train_linear
from vocnlp.batch.labelled import Example

ASPECTS = ("logistics", "price", "quality")
RECIPE = Recipe(bits=16, minimum_texts=1, features=20_000, folds=2, hidden=16, threads=1)

SUBJECTS = {
    "logistics": ["the parcel", "shipping", "the courier", "delivery", "tracking"],
    "price": ["the price", "the cost", "what I paid", "the fee", "the amount"],
    "quality": ["the fabric", "the wood", "the stitching", "the material", "the finish"],
}
VERDICTS = {
    "neg": ["was a disaster", "was awful", "was terrible", "let me down", "was bad"],
    "pos": ["was great", "was excellent", "was wonderful", "pleased me", "was good"],
}


def made(count: int, seed: int) -> list[Example]:
    """Comments of one or two clauses whose labels follow from their words."""
    random = np.random.default_rng(seed)
    result = []
    for number in range(count):
        chosen = random.choice(ASPECTS, size=random.integers(1, 3), replace=False).tolist()
        labels = {aspect: str(random.choice(["neg", "pos"])) for aspect in chosen}
        clauses = [f"{random.choice(SUBJECTS[a])} {random.choice(VERDICTS[p])}" for a, p in labels.items()]
        feelings = set(labels.values())
        sentiment = "mix" if len(feelings) > 1 else feelings.pop()
        result.append(Example(f"made:{number}", ". ".join(clauses), "en", sentiment, labels))
    return result


def described(labelled: list[Example], classes: dict[str, str], settings: dict[str, Any]) -> Manifest:
    return manifest(
        {example.source for example in labelled},
        {example.language for example in labelled},
        name="own",
        version="1",
        kind="linear",
        aspects=ASPECTS,
        classes=classes,
        settings=settings,
    )


@pytest.mark.slow
def test_a_trained_model_learns_what_can_be_learnt_and_loads_again(tmp_path: Path) -> None:
    labelled = made(400, seed=0)
    settings, tensors = train_linear(labelled, [], aspects=ASPECTS, recipe=RECIPE, report=lambda _: None)
    whole = described(labelled, {}, settings)
    save_linear(tmp_path / "own", whole, tensors)
    model = load(str(tmp_path / "own"))

    fresh = made(100, seed=1)
    spans = [[(0, len(e.text.split(". ")[0])), (len(e.text.split(". ")[0]), len(e.text))] for e in fresh]
    spans = [[span for span in pair if span[0] < span[1]] for pair in spans]
    found = model.predict([example.text for example in fresh], spans)
    truth = np.array([[aspect in example.aspects for aspect in ASPECTS] for example in fresh])
    assert ((found.aspects >= model.thresholds) == truth).mean() > 0.95

    feeling = found.sentiment.argmax(axis=1)
    assert (feeling == [("neg", "neu", "pos", "mix").index(e.sentiment or "") for e in fresh]).mean() > 0.8
    first = [row for row, example in enumerate(fresh) if len(example.aspects) == 2]
    best = [found.clauses[found.offsets[row] : found.offsets[row + 1]].argmax(axis=0) for row in first]
    right = [
        b[ASPECTS.index(next(iter(fresh[row].aspects)))] == 0 for row, b in zip(first, best, strict=True)
    ]
    assert np.mean(right) > 0.95


@pytest.mark.parametrize(
    ("classes", "licence"),
    [
        ({"made": "open"}, "Apache-2.0"),
        ({}, "Apache-2.0"),
        ({"made": "unstated"}, RESTRICTED_LICENCE),
        ({"made": "noncommercial"}, RESTRICTED_LICENCE),
    ],
)
def test_the_weights_carry_the_strictest_terms_of_their_sources(
    classes: dict[str, str], licence: str
) -> None:
    labelled = made(3, seed=0)
    whole = described(labelled, classes, {})
    assert whole.licence == licence
    assert f"**{licence}**" in card(whole, LINEAR, {"made": 3}, RECIPE)
