"""Learn `models.ngram_branch`: support vector machines on n-grams of a user's own comments."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.special import expit

from models.interface import POLARITIES
from models.network import Network
from models.ngram_branch import NgramBranch
from models.ngram_classifiers import Floats
from models.ngrams import NgramHasher
from training.encoder.answers import answers
from training.encoder.calibrate import EVEN, heard, highest_f1, logits, logs, platt
from training.encoder.rows import Row, Rows
from training.linear import counts, packed, unit
from vocnlp.text.prepare import prepare

__all__ = ["Branch", "learned_branch"]

Places = NDArray[np.int64]
Planes = NDArray[np.float64]

_HASHER: dict[str, Any] = {"bits": 22, "characters": (3, 5), "words": 2}
_LEAST_TEXTS, _MOST_FEATURES = 2, 200_000
_WEIGHT = 2.0
"""How much the margin of a machine counts beside a log probability."""


@dataclass(slots=True)
class Branch:
    """Settings and tensors of `NgramBranch`.   threshold: of the aspects it has a say in."""

    settings: dict[str, Any]
    tensors: dict[str, NDArray[Any]]
    threshold: float

    @property
    def felt(self) -> list[str]:
        """`sentiment`, if it has a say in it."""
        return ["sentiment"] * ("temperature" in self.settings)


def learned_branch(
    network: Network, rows: Rows, found: Sequence[Row], *, least: int, proven: bool
) -> Branch | None:
    """A branch from the user's own rows, its probabilities calibrated on those held.

    network: calibrated.   found: as `rows`.
    It has a say in sentiment where `least` of the rows held have one and others differ in theirs, and in each
    aspect that some of the others have, where so many are held and it makes their labels likelier. None where
    it would have a say in nothing.   proven: whether it must make labels of sentiment likelier too.
    """
    seen, held = np.flatnonzero(rows.own & ~rows.held), np.flatnonzero(rows.own & rows.held)
    feelings = np.unique(rows.sentiment[seen])
    felt = (rows.sentiment[held] >= 0).sum() >= least and (feelings >= 0).sum() > 1
    judged = rows.polarity >= 0
    usual = np.flatnonzero(judged[seen].any(axis=0) & ~judged[seen].all(axis=0))
    if len(held) < least or not judged[np.ix_(held, usual)].any():
        usual = usual[:0]
    if not felt and not len(usual):
        return None

    def texts(places: Places) -> list[str]:
        return [prepare(found[place].text).text for place in places.tolist()]

    ngrams = counts(NgramHasher(**_HASHER), texts(seen))
    frequency = np.bincount(ngrams.indices, minlength=ngrams.shape[1])
    kept = np.flatnonzero(frequency >= _LEAST_TEXTS)
    idf: Floats = (np.log(len(seen) / frequency[kept]) + 1).astype(np.float32)
    features = unit(ngrams[:, kept], idf)
    planes: Floats = np.concatenate(
        [
            _of_sentiment(features, rows.sentiment[seen])
            if felt
            else np.zeros((len(POLARITIES), len(kept) + 1)),
            *(_of_aspect(features, judged[seen, aspect]) for aspect in usual),
        ]
    ).astype(np.float32)
    tensors = packed(kept, idf, planes[:, :-1].T * idf[:, None], most=_MOST_FEATURES)
    tensors["bias"] = planes[:, -1]

    settings: dict[str, Any] = {**_HASHER, "weight": _WEIGHT}
    plain = {"temperature": 1.0, "aspects": usual.tolist()}
    alone = answers(network, rows, held)
    sentiment, aspects = NgramBranch({**settings, **plain}, tensors).joined(
        alone.sentiment, alone.aspects, texts(alone.places)
    )
    heard: dict[str, Any] = {}
    threshold = EVEN
    if felt:
        heard |= _heard_in_sentiment(alone.sentiment, sentiment, rows.sentiment[alone.places], proven=proven)
    if len(usual):
        truth = judged[np.ix_(alone.places, usual)]
        threshold = highest_f1(aspects[:, usual], truth) / 2
        if scaled := _heard_in_aspects(alone.aspects[:, usual], aspects[:, usual], truth):
            heard |= {**scaled, "aspects": usual.tolist()}
        else:
            tensors |= {name: tensors[name][..., : len(POLARITIES)] for name in ("weights", "scale", "bias")}
    return Branch({**settings, **heard}, tensors, threshold) if heard else None


def _heard_in_sentiment(alone: Floats, both: Floats, truth: Places, *, proven: bool) -> dict[str, float]:
    """The temperature of the sum; if `proven`, nothing where the encoder alone makes the labels likelier."""
    gain, found = heard(alone, both, truth)
    return {} if proven and gain <= 0 else {"temperature": found}


def _heard_in_aspects(alone: Floats, both: Floats, truth: NDArray[np.bool_]) -> dict[str, float]:
    """Scale and shift of the sums; nothing where the encoder alone makes the labels likelier."""
    scale, shift = platt(logits(both), truth)
    after = expit(scale * logits(both) + shift)
    better = _loss(after, truth) < _loss(alone, truth)
    return {"scale": scale, "shift": shift} if better else {}


def _loss(probabilities: Floats, truth: NDArray[np.bool_]) -> float:
    """Mean of -log p of what is true."""
    return float(-logs(np.where(truth, probabilities, 1 - probabilities)).mean())


def _machine(**settings: Any) -> Any:
    from sklearn.svm import LinearSVC

    return LinearSVC(random_state=0, **settings)


def _of_sentiment(features: csr_matrix, sentiment: Places) -> Planes:
    """[4, F + 1] planes, classes weighed equally; a label that no text has is always denied."""
    known = np.flatnonzero(sentiment >= 0)
    machine = _machine(class_weight="balanced").fit(features[known], sentiment[known])
    planes = np.column_stack([machine.coef_, machine.intercept_])
    every = np.zeros((len(POLARITIES), planes.shape[1]))
    every[:, -1] = -1
    every[machine.classes_] = np.concatenate([-planes, planes]) if len(planes) == 1 else planes
    return every


def _of_aspect(features: csr_matrix, judged: NDArray[np.bool_]) -> Planes:
    """[1, F + 1] plane."""
    machine = _machine().fit(features, judged)
    return np.column_stack([machine.coef_, machine.intercept_])
