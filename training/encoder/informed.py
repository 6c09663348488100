"""A teacher's labels, corrected by what the source of a comment said of it.

Stars, a source's own sentiment and its own aspects are no labels of the taxonomy, but they tell much of them,
and the network cannot see them: privileged information (Vapnik and Vashist 2009), here of the teacher alone
(Lopez-Paz et al. 2016, arXiv:1511.03643). Comments that have both kinds of labels teach what a source means;
those held out teach how much that and the network count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, hstack
from sklearn.feature_extraction.text import CountVectorizer
from sklearn.linear_model import LogisticRegression

from models.interface import POLARITIES
from training.encoder.calibrate import logits, logs
from training.encoder.rows import Row, Rows
from training.encoder.soft import Soft

__all__ = ["inform"]

Logs = NDArray[np.floating[Any]]
Places = NDArray[np.int64]
Clue = tuple[list[str], list[str]]
"""What a source said, and what is known without that: each as words."""
Counts = list[csr_matrix]
"""For N clues, which words [N, W] either part has."""

_LEAST = 5
"""Comments that a word, or a label, must have."""
_STRENGTH = 0.3
_STEPS = 500
_UNLIKELY = 0.01
"""Of an aspect less likely than that, the polarity does not matter."""


def inform(soft: Soft, held: Soft, rows: Rows, found: Sequence[Row]) -> None:
    """Correct `soft` in place where the source said something; what too few comments tell is left as it is.

    held: what the network says of comments labelled with the taxonomy that it never learned from.
    """
    part = np.array([place for place, row in enumerate(soft.places.tolist()) if found[row].said], np.int64)
    if len(part):
        seen = _originals(rows)
        clues = ([_clue(found[row]) for row in of.tolist()] for of in (seen, held.places, soft.places[part]))
        world = _World(rows, seen, held, *clues)
        _sentiment(world, soft, part)
        _polarity(world, soft, part)
        _aspects(world, soft, part)


@dataclass(frozen=True, slots=True)
class _World:
    """seen: rows that tell what sources mean.   held: the network's answers for others, with known labels.
    of_seen, of_held, of_part: what their sources, and those of the rows to correct, said of them."""

    rows: Rows
    seen: Places
    held: Soft
    of_seen: list[Clue]
    of_held: list[Clue]
    of_part: list[Clue]


def _originals(rows: Rows) -> Places:
    """The taxonomy's own rows that are learned from, one of each group of translations."""
    mine = np.flatnonzero(rows.own & ~rows.held)
    group = rows.group[mine]
    _, first = np.unique(group, return_index=True)
    return np.concatenate([mine[group < 0], mine[first[group[first] >= 0]]])


def _sentiment(world: _World, soft: Soft, part: Places) -> None:
    truth, known = world.rows.sentiment[world.seen], world.rows.sentiment[world.held.places]
    if not (_enough(truth) and _enough(known)):
        return
    clues = [clue for clue, label in zip(world.of_seen, truth.tolist(), strict=True) if label >= 0]
    counts = _counter(clues)
    evidence = _evidence(counts(clues), truth[truth >= 0])
    told = logs(world.held.sentiment), *evidence(counts(world.of_held))
    some = known >= 0
    joint = _classifier([given[some] for given in told], known[some])
    soft.sentiment[part] = joint([logs(soft.sentiment[part]), *evidence(counts(world.of_part))])


def _polarity(world: _World, soft: Soft, part: Places) -> None:
    rows, held = world.rows, world.held
    line, aspect = np.nonzero(rows.polarity[world.seen] >= 0)
    held_line, held_aspect = np.nonzero(rows.polarity[held.places] >= 0)
    truth = rows.polarity[world.seen[line], aspect]
    known = rows.polarity[held.places[held_line], held_aspect]
    if not (_enough(truth) and _enough(known)):
        return
    aspects = soft.aspects.shape[1]
    counter = CountVectorizer(analyzer=list, binary=True)
    seen = counter.fit_transform([clue[0] for clue in world.of_seen])
    of_held, of_part = (
        counter.transform([clue[0] for clue in clues]) for clues in (world.of_held, world.of_part)
    )
    evidence = _evidence_about(seen[line], aspect, truth, aspects)
    told = evidence(of_held[held_line], held_aspect)
    joint = _classifier([logs(held.polarity[held_line, held_aspect]), *told], known)
    for a in range(aspects):
        likely = np.flatnonzero(soft.aspects[part, a] > _UNLIKELY)
        if len(likely):
            told = evidence(of_part[likely], np.full(len(likely), a))
            soft.polarity[part[likely], a] = joint([logs(soft.polarity[part[likely], a]), *told])


def _aspects(world: _World, soft: Soft, part: Places) -> None:
    rows, held = world.rows, world.held
    truth, known = rows.polarity[world.seen] >= 0, rows.polarity[held.places] >= 0
    usual = [a for a in range(truth.shape[1]) if _enough(truth[:, a].astype(int), 2)]
    if not usual or not _enough(known[:, usual].ravel().astype(int), 2):
        return
    counts = _counter(world.of_seen)
    of_seen, of_held, of_part = map(counts, (world.of_seen, world.of_held, world.of_part))
    evidence = {a: _evidence(of_seen, truth[:, a].astype(int)) for a in usual}

    def odds(probabilities: NDArray[np.float32], a: int, told_of: Counts) -> list[Logs]:
        told = [given[:, 1:] - given[:, :1] for given in evidence[a](told_of)]
        return [logits(probabilities[:, [a]]), *told]

    each = [odds(held.aspects, a, of_held) for a in usual]
    joint = _classifier(
        [np.concatenate(parts) for parts in zip(*each, strict=True)], known[:, usual].T.ravel().astype(int)
    )
    for a in usual:
        soft.aspects[part, a] = joint(odds(soft.aspects[part], a, of_part))[:, 1]


def _clue(row: Row) -> Clue:
    return [row.origin, *row.said, *(f"{row.origin} {word}" for word in row.said)], [row.origin]


def _counter(clues: Sequence[Clue]) -> Callable[[Sequence[Clue]], Counts]:
    """What counts the words of either part of clues: those that are frequent enough in these ones."""
    counters = [
        CountVectorizer(analyzer=list, binary=True, min_df=_LEAST).fit([clue[side] for clue in clues])
        for side in (0, 1)
    ]
    return lambda of: [
        counter.transform([clue[side] for clue in of]) for side, counter in enumerate(counters)
    ]


def _evidence(seen: Counts, truth: Places) -> Callable[[Counts], list[Logs]]:
    """Log-probabilities [N, K] of the K classes by either part of N clues."""
    models = [LogisticRegression(C=_STRENGTH, max_iter=_STEPS).fit(words, truth) for words in seen]
    return lambda counts: [
        model.predict_log_proba(words) for model, words in zip(models, counts, strict=True)
    ]


def _evidence_about(
    seen: csr_matrix, aspect: Places, truth: Places, aspects: int
) -> Callable[[csr_matrix, Places], list[Logs]]:
    """As `_evidence`, of pairs of a comment and an aspect: by words [N, W] and aspects [N], and by aspects.

    A word counts in general and for the aspect apart.
    """

    def crossed(words: csr_matrix, aspect: Places) -> csr_matrix:
        own = words.tocoo()
        columns = aspect[own.row] * words.shape[1] + own.col
        apart = csr_matrix((own.data, (own.row, columns)), (words.shape[0], aspects * words.shape[1]))
        return hstack([words, apart], format="csr")

    pairs = crossed(seen, aspect)
    frequent = np.flatnonzero(np.asarray(pairs.sum(axis=0)).ravel() >= _LEAST)
    one_of = np.eye(aspects)
    by_words = LogisticRegression(C=_STRENGTH, max_iter=_STEPS).fit(pairs[:, frequent], truth)
    by_aspect = LogisticRegression(C=_STRENGTH, max_iter=_STEPS).fit(one_of[aspect], truth)
    return lambda words, aspect: [
        by_words.predict_log_proba(crossed(words, aspect)[:, frequent]),
        by_aspect.predict_log_proba(one_of[aspect]),
    ]


def _classifier(told: Sequence[Logs], truth: Places) -> Callable[[Sequence[Logs]], Logs]:
    """Probabilities [N, K] by several kinds of evidence, each [N, ...]."""
    model = LogisticRegression(max_iter=_STEPS).fit(np.hstack(told), truth)
    return lambda evidence: model.predict_proba(np.hstack(evidence))


def _enough(labels: Places, classes: int = len(POLARITIES)) -> bool:
    """Whether each of the classes has enough comments."""
    return bool((np.bincount(labels[labels >= 0], minlength=classes) >= _LEAST).all())
