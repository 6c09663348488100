"""Learn `models.ngram_branch`: support vector machines on n-grams of a user's own comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.interface import POLARITIES
from models.network import Network
from models.ngram_branch import NgramBranch
from models.ngram_classifiers import Floats
from models.ngrams import NgramHasher
from training.encoder.answers import answers
from training.encoder.calibrate import logs, temperature
from training.encoder.rows import Row, Rows
from training.linear import counts, packed, unit
from vocnlp.text.prepare import prepare

__all__ = ["Branch", "learned_branch"]

_HASHER: dict[str, Any] = {"bits": 22, "characters": (3, 5), "words": 2}
_LEAST_TEXTS, _MOST_FEATURES = 2, 200_000
_WEIGHT = 2.0
"""How much the margin of a machine counts beside a log probability."""


@dataclass(slots=True)
class Branch:
    """Settings and tensors of `NgramBranch`."""

    settings: dict[str, Any]
    tensors: dict[str, NDArray[Any]]


def learned_branch(network: Network, rows: Rows, found: Sequence[Row], *, least: int) -> Branch | None:
    """A branch from the user's own rows, its probabilities calibrated on those held.

    network: calibrated.   found: as `rows`.
    None where fewer than `least` of the rows held have a sentiment, or all others have the same.
    """
    known = rows.own & (rows.sentiment >= 0)
    seen, held = np.flatnonzero(known & ~rows.held), np.flatnonzero(known & rows.held)
    if len(held) < least or len(np.unique(rows.sentiment[seen])) < 2:
        return None

    def texts(places: NDArray[np.int64]) -> list[str]:
        return [prepare(found[place].text).text for place in places.tolist()]

    tensors = _machines(texts(seen), rows.sentiment[seen])
    by_encoder = answers(network, rows, held)
    settings = {**_HASHER, "weight": _WEIGHT, "temperature": 1.0}
    both = NgramBranch(settings, tensors).joined(by_encoder.sentiment, texts(by_encoder.places))
    settings["temperature"] = temperature(logs(both), rows.sentiment[by_encoder.places])
    return Branch(settings, tensors)


def _machines(texts: Sequence[str], sentiment: NDArray[np.int64]) -> dict[str, NDArray[Any]]:
    """One machine a label of N texts, classes weighed equally; a label that no text has is always denied."""
    from sklearn.svm import LinearSVC

    found = counts(NgramHasher(**_HASHER), texts)
    frequency = np.bincount(found.indices, minlength=found.shape[1])
    kept = np.flatnonzero(frequency >= _LEAST_TEXTS)
    idf: Floats = (np.log(len(texts) / frequency[kept]) + 1).astype(np.float32)
    machine = LinearSVC(class_weight="balanced", random_state=0).fit(unit(found[:, kept], idf), sentiment)
    planes = np.column_stack([machine.coef_, machine.intercept_])
    planes = np.concatenate([-planes, planes]) if len(machine.classes_) == 2 else planes
    weights = np.zeros((len(kept), len(POLARITIES)), np.float32)
    bias = np.full(len(POLARITIES), -1, np.float32)
    weights[:, machine.classes_], bias[machine.classes_] = planes[:, :-1].T, planes[:, -1]
    return {**packed(kept, idf, weights * idf[:, None], most=_MOST_FEATURES), "bias": bias}
