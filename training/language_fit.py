"""Multinomial logistic regression on hashed n-grams: features, weights, temperature."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.sparse import csr_matrix, diags, vstack

from vocnlp.text import wordgrams
from vocnlp.text.language import Floats, allowed_languages, dominant_scripts

__all__ = ["Snippets", "featurise", "fit", "temperature", "written_in"]

_SCRIPTS = {
    "Cyrillic": ("be", "bg", "kk", "mk", "mn", "ru", "sr", "uk"),
    "Arabic": ("ar", "ckb", "fa", "ur"),
    "Devanagari": ("hi", "mr", "ne"),
}
# Romanised Hindi is Hindi too.
_ALSO_LATIN = ("hi",)


@dataclass(slots=True)
class Snippets:
    """N snippets: scaled features [N, B], languages and scripts [N], number of features [N]."""

    features: csr_matrix
    language: NDArray[np.int64]
    script: NDArray[np.uint8]
    count: Floats

    def __getitem__(self, rows: NDArray[Any]) -> Snippets:
        return Snippets(self.features[rows], self.language[rows], self.script[rows], self.count[rows])


def featurise(
    texts: Sequence[str], labels: NDArray[np.int64], languages: Sequence[str], buckets: int
) -> Snippets:
    """Features of the texts that are in a script of their language."""
    allowed = allowed_languages(languages, written_in(languages))
    parts = []
    for start in range(0, len(texts), 4_096):
        words = wordgrams.split(texts[start : start + 4_096])
        script = dominant_scripts(words)
        found = wordgrams.grams(words, words.script == script[words.text], buckets=buckets)
        count = found.counts
        rows = np.flatnonzero((count > 0) & allowed[script, labels[start : start + len(script)]])
        scale = diags(1 / np.sqrt(count[rows]))
        features = (scale @ (found.words[rows] @ found.buckets)).tocsr().astype(np.float32)
        parts.append(Snippets(features, labels[start + rows], script[rows], count[rows]))
    return Snippets(
        vstack([part.features for part in parts]).tocsr(),
        np.concatenate([part.language for part in parts]),
        np.concatenate([part.script for part in parts]),
        np.concatenate([part.count for part in parts]),
    )


def written_in(languages: Sequence[str]) -> dict[str, list[str]]:
    """Script -> those of the languages that are written in it."""
    elsewhere = {code for codes in _SCRIPTS.values() for code in codes} - set(_ALSO_LATIN)
    written = {script: [code for code in codes if code in languages] for script, codes in _SCRIPTS.items()}
    return {"Latin": [code for code in languages if code not in elsewhere], **written}


def fit(
    data: Snippets,
    languages: Sequence[str],
    emphasis: Floats,
    *,
    epochs: int,
    batch: int,
    rate: float,
    rng: np.random.Generator,
    report: Callable[[str], Any],
) -> Floats:
    """[B, L] weights by Adam (Kingma & Ba 2015, arXiv 1412.6980), its rate falling to 0.

    emphasis: [L] how much a language counts.
    """
    weights = np.zeros((data.features.shape[1], len(languages)), np.float32)
    mean, square = np.zeros_like(weights), np.zeros_like(weights)
    importance = _importance(data.language, emphasis)
    forbidden = np.float32(1e9) * ~allowed_languages(languages, written_in(languages))
    size = len(data.language)
    batches = -(-size // batch)
    step = 0
    for epoch in range(epochs):
        loss = 0.0
        for rows in np.array_split(rng.permutation(size), batches):
            part = data[rows]
            error = _softmax(part.features @ weights - forbidden[part.script])
            each = np.arange(len(rows))
            loss -= float(np.log(error[each, part.language] + 1e-12).sum())
            error[each, part.language] -= 1
            error *= (importance[part.language] / len(rows))[:, None]
            gradient = part.features.T @ error
            mean += 0.1 * (gradient - mean)
            square += 0.01 * (gradient * gradient - square)
            weights -= rate * (1 - step / (epochs * batches)) * mean / (np.sqrt(square) + 1e-7)
            step += 1
        report(f"epoch {epoch + 1}: loss {loss / size:.4f}")
    return weights


def _importance(labels: NDArray[np.int64], emphasis: Floats) -> Floats:
    """[L] weight of an example: rare languages count more, but not as much as they are rare."""
    weights = emphasis / np.sqrt(np.maximum(np.bincount(labels, minlength=len(emphasis)), 1))
    return np.asarray(weights / weights[labels].mean(), dtype=np.float32)


def _softmax(logits: Floats) -> Floats:
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True), dtype=np.float32)


def temperature(held: Snippets, weights: Floats, languages: Sequence[str]) -> tuple[float, float]:
    """Factor and power of `LanguageModel.temperature` that make held-out snippets most probable.

    Temperature scaling (Guo et al. 2017, arXiv 1706.04599), here a function of the length.
    """
    forbidden = ~allowed_languages(languages, written_in(languages))
    logits = held.features @ weights - 1e9 * forbidden[held.script]
    rows = np.arange(len(logits))

    def loss(parameters: NDArray[np.float64]) -> float:
        scaled = logits * (np.exp(parameters[0]) * held.count ** parameters[1])[:, None]
        return float(-np.log(_softmax(scaled)[rows, held.language] + 1e-12).mean())

    best = minimize(loss, np.zeros(2), method="Nelder-Mead", options={"maxiter": 60}).x
    return round(float(np.exp(best[0])), 4), round(float(best[1]), 4)
