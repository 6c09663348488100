"""What a source says of a comment corrects the teacher as far as it is worth, and no further."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

pytest.importorskip("torch")
pytest.importorskip("sklearn")

from models.interface import POLARITIES
from training.encoder.informed import inform
from training.encoder.recipe import CorpusRows
from training.encoder.rows import OWN, Row, Rows, gathered
from training.encoder.soft import Soft
from vocnlp.batch.labelled import Example

LEARNED, HELD, OTHERS = 900, 500, 2000
COUNT = LEARNED + HELD + OTHERS
NAMES = ("sentiment", "polarity", "aspects")


@dataclass
class World:
    """Comments with one aspect of two, whose polarity is the sentiment; `soft` is of the last of them."""

    rows: Rows
    found: list[Row]
    soft: Soft
    held: Soft
    feeling: NDArray[np.int64]
    about: NDArray[np.bool_]

    def right(self) -> dict[str, float]:
        """Share of labels that `soft` has right."""
        mine, there = self.feeling[self.soft.places], self.about[self.soft.places]
        return {
            "sentiment": float((self.soft.sentiment.argmax(axis=1) == mine).mean()),
            "polarity": float((self.soft.polarity[:, 0].argmax(axis=1) == mine)[there].mean()),
            "aspects": float(((self.soft.aspects[:, 0] > 0.5) == there).mean()),
        }

    def loss(self) -> float:
        """Mean negative log-likelihood of the sentiments of `soft`."""
        line = np.arange(len(self.soft.places))
        return float(-np.log(self.soft.sentiment[line, self.feeling[self.soft.places]]).mean())


@pytest.fixture(scope="module")
def world(rows_of: Callable[..., Rows]) -> Callable[..., World]:
    """Makes a network that is right in 70 % of cases, and a source that is right as often as said."""

    def made(source_right: float, *, learned: int = LEARNED, seed: int = 0) -> World:
        random = np.random.default_rng(seed)
        feeling = random.integers(0, len(POLARITIES), COUNT)
        about = random.random(COUNT) < 0.5

        def seen(truth: NDArray[np.int64], right: float, classes: int) -> NDArray[np.int64]:
            return np.where(random.random(COUNT) < right, truth, random.integers(0, classes, COUNT))

        stars, topic = seen(feeling, source_right, 4), seen(about.astype(int), source_right, 2)
        said = [[f"sentiment={star}", f"aspect={one}"] for star, one in zip(stars, topic, strict=True)]
        polarity = np.full((COUNT, 2), -1)
        polarity[about, 0] = feeling[about]
        polarity[~about, 1] = feeling[~about]
        place = np.arange(COUNT)
        own = place < LEARNED + HELD
        held = own & (place >= LEARNED)
        polarity[learned:LEARNED] = -1
        sentiment = feeling.copy()
        sentiment[learned:LEARNED] = -1
        rows = rows_of([1] * COUNT, own=own, held=held, sentiment=sentiment, polarity=polarity)
        found = [Row(str(number), "en", OWN, "shop", said=words) for number, words in enumerate(said)]
        thought = np.full((COUNT, 4), 0.1, np.float32)
        thought[place, seen(feeling, 0.6, 4)] = 0.7
        detected = np.where(seen(about.astype(int), 0.4, 2) == 1, 0.7, 0.3).astype(np.float32)
        whole = Soft(
            place,
            sentiment=thought,
            aspects=np.column_stack([detected, 1 - detected]),
            polarity=np.repeat(thought[:, None], 2, axis=1),
            risks=np.zeros((COUNT, 1), np.float32),
            vector=np.zeros((COUNT, 1), np.float16),
        )
        return World(rows, found, _part(whole, ~own), _part(whole, held), feeling, about)

    return made


def _part(soft: Soft, chosen: NDArray[np.bool_]) -> Soft:
    return Soft(*(getattr(soft, name)[chosen].copy() for name in Soft.__slots__))


def test_a_source_that_knows_more_makes_the_teacher_better(world: Callable[..., World]) -> None:
    made = world(0.9)
    before = made.right()
    inform(made.soft, made.held, made.rows, made.found)
    after = made.right()
    assert all(after[name] > before[name] + 0.1 for name in NAMES), (before, after)
    np.testing.assert_allclose(made.soft.sentiment.sum(axis=1), 1, rtol=1e-5)


def test_two_that_are_equally_right_are_surer_together(world: Callable[..., World]) -> None:
    made = world(0.6)
    before = made.loss()
    inform(made.soft, made.held, made.rows, made.found)
    assert made.loss() < before - 0.1


def test_a_source_that_guesses_changes_little(world: Callable[..., World]) -> None:
    made = world(0.0)
    before = made.right()
    inform(made.soft, made.held, made.rows, made.found)
    after = made.right()
    assert all(abs(after[name] - before[name]) < 0.03 for name in NAMES), (before, after)


def test_of_what_no_source_speaks_nothing_changes(world: Callable[..., World]) -> None:
    made = world(0.9)
    silent = made.soft.places[::2]
    for place in silent.tolist():
        made.found[place].said = ()
    before = deepcopy(made.soft)
    inform(made.soft, made.held, made.rows, made.found)
    same = np.isin(made.soft.places, silent)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(made.soft, name)[same], getattr(before, name)[same])
        assert (getattr(made.soft, name)[~same] != getattr(before, name)[~same]).any()


def test_too_few_labels_leave_the_teacher_alone(world: Callable[..., World]) -> None:
    made = world(0.9, learned=4)
    before = deepcopy(made.soft)
    inform(made.soft, made.held, made.rows, made.found)
    for name in NAMES:
        np.testing.assert_array_equal(getattr(made.soft, name), getattr(before, name))


def test_rows_know_what_their_source_said(tmp_path: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    (tmp_path / "shop").mkdir()
    lines = [
        {
            "id": "1",
            "lang": "en",
            "text": "the parcel was wet",
            "sentiment": "neg",
            "rating": 2,
            "rating_max": 5,
            "recommend": False,
            "aspects": [{"category": "DELIVERY", "polarity": "neg"}],
            "labels": {"reason": ["late", "wet"]},
        },
        {"id": "2", "lang": "en", "text": "all well", "rating": 5, "rating_max": 5},
    ]
    with zstandard.open(tmp_path / "shop/train.jsonl.zst", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    labelled = [Example("shop:1", "the parcel was wet", "en", "neg", {"logistics": "neg"})]
    rows = gathered(labelled, tmp_path, ["shop"], limits=CorpusRows())
    wet = [
        "aspect=DELIVERY",
        "aspect=DELIVERY:neg",
        "label=reason:late",
        "label=reason:wet",
        "polarity=neg",
        "rating=4",
        "recommend=False",
        "sentiment=neg",
    ]
    own, *others = rows
    assert own.source == OWN
    assert own.said == wet
    assert {row.text: row.said for row in others} == {"the parcel was wet": wet, "all well": ["rating=10"]}
