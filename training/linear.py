"""Train `models.linear`: one SVM a column on hashed n-grams, then a small network on out-of-fold scores."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix, diags, vstack

from models.interface import POLARITIES
from models.linear import pool
from models.ngram_classifiers import Floats, score
from models.ngrams import NgramHasher
from training.stacking import Labels, fit_stage
from vocnlp.batch.labelled import Example
from vocnlp.text.prepare import prepare

__all__ = ["SENTIMENTS", "Recipe", "counts", "labels", "packed", "svm", "train_linear", "unit"]

SENTIMENTS = ("neg", "neu", "pos")
"""Labels of other corpora."""
_BATCH = 2_000


@dataclass(frozen=True, slots=True)
class Recipe:
    """Settings of one training; `training/recipes/*.toml` hold them.

    bits, characters, words: of `NgramHasher`.   minimum_texts: features in fewer texts are dropped.
    features: most features kept, those of largest weight.   c: of the SVMs.
    translations: comments up to which a language is filled with translations.
    per_language: sentiment rows used of each other corpus and language.
    hidden, epochs: of stage two, which may stop earlier.
    folds: for out-of-fold scores.   threads: SVMs trained at once.
    """

    bits: int = 22
    characters: tuple[int, int] = (3, 5)
    words: int = 2
    minimum_texts: int = 3
    features: int = 200_000
    c: float = 0.5
    translations: int = 2_500
    per_language: int = 600
    hidden: int = 64
    epochs: int = 100
    folds: int = 3
    threads: int = 2
    seed: int = 0


@dataclass(slots=True)
class _Corpus:
    """Counts a clause; the clauses of text i are rows `offsets[i]:offsets[i + 1]`."""

    features: csr_matrix
    offsets: NDArray[np.int64]

    def texts(self) -> csr_matrix:
        """[N, F] counts of the whole texts."""
        count = len(self.offsets) - 1
        member = csr_matrix(
            (np.ones(self.features.shape[0], np.float32), np.arange(self.features.shape[0]), self.offsets),
            shape=(count, self.features.shape[0]),
        )
        return member @ self.features


def labels(examples: Sequence[Example], aspects: Sequence[str]) -> Labels:
    """Label arrays of N examples; a row without sentiment is -1 there, and has no say."""
    sentiment = np.array([POLARITIES.index(e.sentiment) if e.sentiment else -1 for e in examples])
    polarity = np.full((len(examples), len(aspects)), -1)
    place = {aspect: column for column, aspect in enumerate(aspects)}
    for row, example in enumerate(examples):
        for aspect, label in example.aspects.items():
            polarity[row, place[aspect]] = POLARITIES.index(label)
    return Labels(sentiment, polarity)


def train_linear(
    labelled: Sequence[Example],
    other: Sequence[Example],
    *,
    aspects: Sequence[str],
    recipe: Recipe,
    report: Callable[[str], None] = print,
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    """Train on comments labelled with the taxonomy, and on the sentiment of others.

    Returns the settings and tensors that `models.linear.save_linear` stores.
    """
    begun = time.monotonic()

    def say(what: str) -> None:
        report(f"{time.monotonic() - begun:6.0f} s  {what}")

    hasher = NgramHasher(bits=recipe.bits, characters=recipe.characters, words=recipe.words)
    corpus = _read(hasher, labelled)
    extra = _read(hasher, other) if other else None
    say(f"{len(labelled):,} labelled comments and {len(other):,} with a sentiment read")
    kept, idf = _vocabulary(corpus, extra, recipe)
    for read in (corpus, extra) if extra else (corpus,):
        read.features = read.features[:, kept]
    say(f"{len(kept):,} features in at least {recipe.minimum_texts} texts")

    truth = labels(labelled, aspects)
    fitter = _Fitter(recipe, idf, extra, np.array([e.sentiment for e in other]))
    folds = _folds(labelled, recipe)
    pooled = np.zeros((len(labelled), 3 * fitter.columns(truth)), np.float32)
    for fold in range(recipe.folds):
        inside, outside = np.flatnonzero(folds != fold), np.flatnonzero(folds == fold)
        weights, bias = fitter.fit(corpus, truth, inside, say)
        held = _select(corpus, outside)
        pooled[outside] = pool(score(held.features, held.offsets, weights, idf, bias))
        say(f"fold {fold + 1} of {recipe.folds} scored")
    stage = fit_stage(pooled, truth, hidden=recipe.hidden, epochs=recipe.epochs, seed=recipe.seed, report=say)
    weights, bias = fitter.fit(corpus, truth, np.arange(len(labelled)), say)
    settings = {
        "bits": recipe.bits,
        "characters": list(recipe.characters),
        "words": recipe.words,
        "evidence_columns": list(range(len(POLARITIES), len(POLARITIES) + len(aspects))),
    }
    return settings, {**packed(kept, idf, weights, most=recipe.features), "bias": bias, **asdict(stage)}


def _read(hasher: NgramHasher, examples: Sequence[Example]) -> _Corpus:
    prepared = [prepare(example.text) for example in examples]
    cuts = [[start for start, _ in p.clauses] for p in prepared]
    offsets = np.concatenate([[0], np.cumsum([len(starts) for starts in cuts])]).astype(np.int64)
    return _Corpus(counts(hasher, [p.text for p in prepared], cuts), offsets)


def counts(
    hasher: NgramHasher, texts: Sequence[str], cuts: Sequence[Sequence[int]] | None = None
) -> csr_matrix:
    """[N, F] how often each n-gram occurs in N texts, or in their pieces; cuts as in `NgramHasher`."""
    matrices = []
    for first in range(0, len(texts), _BATCH):
        batch = slice(first, first + _BATCH)
        ngrams = hasher(texts[batch], cuts[batch] if cuts else None)
        ones = np.ones(len(ngrams.buckets), np.float32)
        shape = (len(ngrams.offsets) - 1, 2**hasher.bits)
        matrices.append(csr_matrix((ones, ngrams.buckets, ngrams.offsets), shape=shape))
        matrices[-1].sum_duplicates()
    return vstack(matrices).tocsr()


def _vocabulary(corpus: _Corpus, extra: _Corpus | None, recipe: Recipe) -> tuple[NDArray[np.int64], Floats]:
    size = corpus.features.shape[1]
    own = np.bincount(corpus.texts().indices, minlength=size)
    both = own + (np.bincount(extra.texts().indices, minlength=size) if extra else 0)
    kept = np.flatnonzero((own >= recipe.minimum_texts) | (both >= 5 * recipe.minimum_texts))
    count = len(corpus.offsets) - 1 + (len(extra.offsets) - 1 if extra else 0)
    return kept, (np.log(count / both[kept]) + 1).astype(np.float32)


def _folds(examples: Sequence[Example], recipe: Recipe) -> NDArray[np.int64]:
    """Translations of one original share a fold."""
    names = sorted({example.group or example.id for example in examples})
    drawn = np.random.default_rng(recipe.seed).integers(recipe.folds, size=len(names))
    fold = dict(zip(names, drawn.tolist(), strict=True))
    return np.array([fold[example.group or example.id] for example in examples])


def _select(corpus: _Corpus, rows: NDArray[np.int64]) -> _Corpus:
    lengths = np.diff(corpus.offsets)[rows]
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    clauses = np.repeat(corpus.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
    return _Corpus(corpus.features[clauses], offsets)


def unit(texts: csr_matrix, idf: Floats) -> csr_matrix:
    """As `models.ngram_classifiers.score` scales: idf-weighted counts over the length of the occurrences."""
    lengths = np.sqrt(np.maximum(texts @ (idf * idf), 1e-6))
    return (diags(1 / lengths) @ texts @ diags(idf)).astype(np.float32).tocsr()


class _Fitter:
    """Fits the SVMs: sentiment 4, aspect A, negative aspect A, positive aspect A, sentiment elsewhere 3."""

    def __init__(self, recipe: Recipe, idf: Floats, extra: _Corpus | None, sentiment: NDArray[Any]) -> None:
        self.recipe = recipe
        self.idf = idf
        self.elsewhere = (
            []
            if extra is None
            else self._parallel(unit(extra.texts(), idf), [sentiment == s for s in SENTIMENTS])
        )

    def columns(self, truth: Labels) -> int:
        aspects: int = truth.polarity.shape[1]
        return len(POLARITIES) + 3 * aspects + len(self.elsewhere)

    def fit(
        self, corpus: _Corpus, truth: Labels, rows: NDArray[np.int64], say: Callable[[str], None]
    ) -> tuple[Floats, Floats]:
        """Weights [F, K], already multiplied by idf, and bias [K]."""
        texts = unit(corpus.texts()[rows], self.idf)
        sentiment, polarity = truth.sentiment[rows], truth.polarity[rows]
        mentioned = polarity >= 0
        negative = np.isin(polarity, (POLARITIES.index("neg"), POLARITIES.index("mix")))
        positive = np.isin(polarity, (POLARITIES.index("pos"), POLARITIES.index("mix")))
        targets = [sentiment == code for code in range(len(POLARITIES))]
        targets += [*mentioned.T, *negative.T, *positive.T]
        fitted = [*self._parallel(texts, targets), *self.elsewhere]
        say(f"{len(fitted)} classifiers fitted on {len(rows):,} comments")
        weights = np.stack([w for w, _ in fitted], axis=1) * self.idf[:, None]
        return weights, np.array([b for _, b in fitted], np.float32)

    def _parallel(
        self, texts: csr_matrix, targets: Sequence[NDArray[np.bool_]]
    ) -> list[tuple[Floats, float]]:
        from joblib import Parallel, delayed

        jobs = (delayed(self._svm)(texts, target) for target in targets)
        return list(Parallel(n_jobs=self.recipe.threads, prefer="threads")(jobs))

    def _svm(self, texts: csr_matrix, target: NDArray[np.bool_]) -> tuple[Floats, float]:
        return svm(texts, target, C=self.recipe.c, dual=True, tol=0.1, random_state=self.recipe.seed)


def svm(
    texts: csr_matrix, target: NDArray[np.bool_], weight: NDArray[np.float64] | None = None, **settings: Any
) -> tuple[Floats, float]:
    """Weights [F] and bias of a support vector machine; what is true of no text, or of all, is always said.

    weight: [N] of the texts.   settings: of scikit-learn's LinearSVC.
    """
    from sklearn.svm import LinearSVC

    if target.all() or not target.any():
        return np.zeros(texts.shape[1], np.float32), 1.0 if target.all() else -1.0
    machine = LinearSVC(**settings).fit(texts, target, sample_weight=weight)
    return machine.coef_[0].astype(np.float32), float(machine.intercept_[0])


def packed(kept: NDArray[np.int64], idf: Floats, weights: Floats, *, most: int) -> dict[str, NDArray[Any]]:
    """The features of largest weight, in eight bits."""
    chosen = np.sort(np.argsort(-np.abs(weights).max(axis=1), kind="stable")[:most])
    scale = np.abs(weights[chosen]).max(axis=0) / 127
    scale[scale == 0] = 1
    return {
        "features": kept[chosen].astype(np.int32),
        "idf": idf[chosen].astype(np.float16),
        "weights": np.round(weights[chosen] / scale).astype(np.int8),
        "scale": scale.astype(np.float32),
    }
