"""Means over translations, on answers that are known."""

import numpy as np

from evaluation.tagging import Predictions
from evaluation.translations import joined, members, table
from vocnlp.batch.labelled import Example

FOUND = Predictions(
    sentiment=np.array([[0.6, 0, 0.4, 0], [0.1, 0, 0.9, 0], [0.8, 0, 0.2, 0]], np.float32),
    aspects=np.array([[0.4], [0.9], [0.2]], np.float32),
    polarity=np.zeros((3, 1), np.int64),
    tagged=np.array([[False], [True], [False]]),
    true_sentiment=np.array([2, 2, 0]),
    true_polarity=np.array([[2], [2], [-1]]),
)
THRESHOLDS = np.array([0.5], np.float32)


def test_translations_are_found_by_their_group() -> None:
    labelled = [Example(f"x:{k}", "text", "en", "pos", {}, (), group) for k, group in enumerate("baab")]
    assert [places.tolist() for places in members(labelled)] == [[1, 2], [0, 3]]


def test_the_mean_corrects_one_wrong_answer() -> None:
    single = joined(FOUND, [np.array([0]), np.array([2])], THRESHOLDS)
    assert single == (0, 0.5)
    assert joined(FOUND, [np.array([0, 1]), np.array([2])], THRESHOLDS) == (1, 1)


def test_the_table_ends_with_all_translations() -> None:
    lines = list(table(FOUND, [np.array([0, 1]), np.array([2])], THRESHOLDS))
    assert [line.split()[0] for line in lines[1:]] == ["1", "2"]
    assert lines[-1].split()[1:] == ["1.000", "1.000"]
