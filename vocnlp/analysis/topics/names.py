"""What a topic is called: keywords of each language, a readable name, typical and edge clauses.

Keywords are weighed by class TF-IDF (Grootendorst 2022, arXiv 2203.05794), the classes being the topics of
one language, so that a word is no keyword only because its language is rare, and chosen to go together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import sparse

from vocnlp.analysis.topics.clauses import Clauses
from vocnlp.analysis.topics.cluster import NONE
from vocnlp.analysis.topics.coherent import coherent, npmi
from vocnlp.analysis.topics.terms import Term, count, joined, phrases

__all__ = ["Counted", "Keywords", "count_phrases", "edge", "find_keywords", "readable", "typical"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]

MOST_COUNTED = 100_000
"""Of more different texts than this, keywords are those of a sample."""
_KEYWORDS = 8
_HOLDERS, _HOLDER_SHARE, _LIFT = 3, 0.01, 7.0
"""A keyword stands in three texts and 1 % of a topic's, a share seven times as large as elsewhere."""
_CANDIDATES = 60
_FIT = 0.5
"""Weight of how well a keyword goes with the others."""
_LANGUAGE_SHARE = 0.05
_LONGEST_NAME = 60
_ENDS = " .,;:!?…~-，。；：！？、"


@dataclass(slots=True)
class Keywords:
    """overall: of all languages by their share of the topic.   by_language: of those with 5 % or more."""

    overall: list[str]
    by_language: dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Counted:
    """Phrases of clauses, language by language.

    places: language -> which texts are counted.   tables, terms: language -> [N, V] counts, and V terms.
    holders: language -> [M, V] which of M comments hold which term.
    weights: [U] how many clauses a text stands for, 0 where it is not counted.
    """

    places: dict[str, Codes]
    tables: dict[str, sparse.csr_array]
    terms: dict[str, list[Term]]
    holders: dict[str, sparse.csc_array]
    weights: NDArray[np.float64]


def count_phrases(clauses: Clauses, *, seed: int = 0) -> Counted:
    """Of all texts, or of a seeded sample of `MOST_COUNTED`."""
    total = len(clauses.texts)
    chosen = np.arange(total)
    if total > MOST_COUNTED:
        chosen = np.sort(np.random.default_rng(seed).choice(total, MOST_COUNTED, replace=False))
    weights = np.zeros(total)
    weights[chosen] = clauses.weights[chosen]
    of_language = np.array(clauses.languages)[chosen]
    counted = Counted({}, {}, {}, {}, weights)
    for language in sorted(set(of_language.tolist())):
        places = chosen[of_language == language]
        documents = [list(phrases(clauses.texts[k], language)) for k in places.tolist()]
        table, terms = count(documents, least=2 if len(places) > 20 else 1)
        if terms:
            counted.places[language] = places
            counted.tables[language], counted.terms[language] = table, terms
            held = _comments(clauses, places) @ table > 0
            counted.holders[language] = held.astype(np.float64).tocsc()
    return counted


def _comments(clauses: Clauses, places: Codes) -> sparse.csr_array:
    """[M, N] which of the comments that hold any of N texts hold which."""
    column = np.full(len(clauses.texts), -1)
    column[places] = np.arange(len(places))
    held = np.flatnonzero(column[clauses.which] >= 0)
    rows, row = np.unique(clauses.row[held], return_inverse=True)
    shape = (len(rows), len(places))
    columns = column[clauses.which[held]]
    return sparse.coo_array((np.ones(len(held)), (row, columns)), shape=shape).tocsr()


def find_keywords(counted: Counted, labels: Codes, groups: int) -> list[Keywords]:
    """Of each of K groups.   labels: [U] of the clauses' texts; `NONE` counts for what is usual elsewhere."""
    total = np.zeros(groups)
    for places in counted.places.values():
        total += _said(counted, places, labels, groups)
    merged: list[dict[str, tuple[float, Term]]] = [{} for _ in range(groups)]
    spoken: list[dict[str, list[str]]] = [{} for _ in range(groups)]
    for language, places in counted.places.items():
        terms = counted.terms[language]
        table, own = counted.tables[language], labels[places]
        scores = _class_tf_idf(table, own, counted.weights[places], groups)
        scores = _telling(scores, _members(own, np.ones(len(own)), groups), table)
        said = _said(counted, places, labels, groups)
        for group in np.flatnonzero(said).tolist():
            share = float(said[group] / total[group])
            chosen = _chosen(scores[[group]], terms, counted.holders[language])
            for term, score in chosen:
                merged[group].setdefault(joined(term, language), (score * share, term))
            if share >= _LANGUAGE_SHARE:
                spoken[group][language] = [joined(term, language) for term, _ in chosen]
    return [
        Keywords(_overall(found), dict(sorted(by.items(), key=lambda one: one[0])))
        for found, by in zip(merged, spoken, strict=True)
    ]


def _said(counted: Counted, places: Codes, labels: Codes, groups: int) -> NDArray[np.float64]:
    """[K] clauses of each group among some texts."""
    inside = places[labels[places] >= 0]
    said: NDArray[np.float64] = np.bincount(labels[inside], counted.weights[inside], groups).astype(
        np.float64
    )
    return said


def _class_tf_idf(
    table: sparse.csr_array, labels: Codes, weights: NDArray[np.float64], groups: int
) -> sparse.csr_array:
    """[K, V] frequency of each term in a group times log(1 + mean size of a group / frequency in all)."""
    counts = _members(labels, weights, groups) @ table
    sizes = np.asarray(counts.sum(axis=1)).ravel()
    rarity = np.log1p(sizes[sizes > 0].mean() / np.asarray(counts.sum(axis=0)).ravel())
    frequency = sparse.diags_array(1 / np.maximum(sizes, 1)) @ counts
    return frequency.multiply(rarity[None, :]).tocsr()[:groups]


def _members(labels: Codes, weights: NDArray[np.float64], groups: int) -> sparse.csr_array:
    """[K + 1, N] weights of the members of each group; the last row is of those without."""
    places = np.where(labels == NONE, groups, labels)
    shape = (groups + 1, len(labels))
    return sparse.coo_array((weights, (places, np.arange(len(labels)))), shape=shape).tocsr()


def _telling(
    scores: sparse.csr_array, members: sparse.csr_array, table: sparse.csr_array
) -> sparse.csr_array:
    """[K, V] the scores of terms that a group's texts hold often enough, and more often than other texts.

    Of a group without such terms, of those held often enough; without these too, all.
    """
    held = members @ (table > 0).astype(np.float64)
    sizes, everywhere = np.asarray(members.sum(axis=1)).ravel(), np.asarray(held.sum(axis=0)).ravel()
    found = held[: scores.shape[0]].tocoo()
    group, term = found.coords
    others = np.maximum(sizes.sum() - sizes[group], 1)
    inside, outside = found.data / sizes[group], (everywhere[term] - found.data) / others
    often = found.data >= np.maximum(_HOLDERS, _HOLDER_SHARE * sizes[group])
    kept = often & (inside >= _LIFT * outside)
    kept |= often & ~np.isin(group, group[kept])
    kept |= ~np.isin(group, group[kept])
    mask = sparse.coo_array((kept.astype(np.float64), found.coords), shape=scores.shape)
    telling = scores.multiply(mask.tocsr()).tocsr()
    telling.eliminate_zeros()
    return telling


def _chosen(
    row: sparse.csr_array, terms: Sequence[Term], holders: sparse.csc_array
) -> list[tuple[Term, float]]:
    """The keywords of a group, with their scores; a phrase of n words counts n-fold, for it says more.

    row: [1, V] scores.   holders: [M, V] which comments hold which term.
    """
    found = row.tocoo()
    scored = [(float(v) * len(terms[k]), k) for k, v in zip(found.coords[1], found.data, strict=True)]
    best = sorted(scored, key=lambda one: (-one[0], terms[one[1]]))[:_CANDIDATES]
    telling, columns = np.array([score for score, _ in best]), [k for _, k in best]
    candidates = [terms[k] for k in columns]
    kept = coherent(candidates, telling, npmi(holders[:, columns]), most=_KEYWORDS, weight=_FIT)
    return [(candidates[k], float(telling[k])) for k in kept]


def _overall(found: dict[str, tuple[float, Term]]) -> list[str]:
    return sorted(found, key=lambda text: (-found[text][0], found[text][1]))[:_KEYWORDS]


def typical(texts: Sequence[str], cosine: Floats, how_many: int = 3) -> list[int]:
    """Places of the texts nearest to the centroid, in order, none twice but for case."""
    seen: dict[str, int] = {}
    for place in np.argsort(-cosine, kind="stable").tolist():
        seen.setdefault(texts[place].casefold().strip(_ENDS), place)
        if len(seen) == how_many:
            break
    return list(seen.values())


def edge(texts: Sequence[str], cosine: Floats, how_many: int = 2) -> list[int]:
    """Places of the texts farthest from the centroid, farthest first."""
    return typical(texts, -cosine, how_many)


def readable(texts: Sequence[str], cosine: Floats) -> str:
    """The most typical text that is short, else the beginning of the most typical one."""
    order = np.argsort(-cosine, kind="stable").tolist()
    short = next((texts[k] for k in order if len(texts[k]) <= _LONGEST_NAME), None)
    if short is None:
        return " ".join(texts[order[0]].split())[: _LONGEST_NAME - 1] + "…"
    return " ".join(short.split()).strip(_ENDS) or short
