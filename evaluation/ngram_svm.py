"""The plain classifier to beat: TF-IDF of character n-grams and a linear support vector machine.

With a few thousand labels of one's own it is hard to beat, and it is what many teams run today.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any

__all__ = ["SETTINGS", "fit", "spaced", "vectorizer"]

SETTINGS: dict[str, Any] = {"ngram_range": (1, 5), "sublinear_tf": True, "min_df": 2}
_UNSPACED = {"zh", "ja", "th"}


def spaced(languages: Collection[str]) -> bool:
    """Whether at most half of the comments are in a language that writes words without spaces between."""
    return 2 * sum(code.partition("-")[0] in _UNSPACED for code in languages) <= len(languages)


def vectorizer(*, spaced: bool = True) -> Any:
    """scikit-learn's vectoriser of 1 to 5 characters, which stay inside words where words are spaced."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    return TfidfVectorizer(analyzer="char_wb" if spaced else "char", **SETTINGS)


def fit(
    texts: Sequence[str], labels: Sequence[str], *, spaced: bool = True, seed: int = 0
) -> Callable[[Sequence[str]], list[str]]:
    """Learn from N texts with a label each, classes weighed equally; gives a function of texts."""
    from sklearn.svm import LinearSVC

    ngrams = vectorizer(spaced=spaced)
    machine = LinearSVC(class_weight="balanced", random_state=seed).fit(ngrams.fit_transform(texts), labels)

    def predict(unseen: Sequence[str]) -> list[str]:
        return [str(label) for label in machine.predict(ngrams.transform(unseen))]

    return predict
