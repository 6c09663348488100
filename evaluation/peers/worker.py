"""A peer at work, in its own environment: a job as JSON on standard input, the answer on standard output.

    python worker.py PEER < job.json > answer.json

job:    {"train": [{"text", "sentiment", "aspects"}, ...], "texts": [N strings]}
answer: {"load_s", "seconds": of the N texts, "labels": [N objects {"sentiment", "aspects"?}]}

Nothing is imported but the standard library and, in a peer's own function, what that peer needs.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from typing import Any

__all__ = ["PEERS", "serve"]

Label = dict[str, Any]
Tagger = Callable[[Sequence[str]], list[Label]]
Loader = Callable[[Sequence[Mapping[str, Any]]], Tagger]

# From the package's own documentation: compound scores beyond these are negative and positive.
_VADER_NEGATIVE, _VADER_POSITIVE = -0.05, 0.05


def snownlp(_: Sequence[Mapping[str, Any]]) -> Tagger:
    """SnowNLP's naive Bayes on words of Chinese: a probability of being positive."""
    from snownlp import SnowNLP

    def tag(texts: Sequence[str]) -> list[Label]:
        return [{"sentiment": "pos" if SnowNLP(text).sentiments > 0.5 else "neg"} for text in texts]

    return tag


def vader(_: Sequence[Mapping[str, Any]]) -> Tagger:
    """VADER's lexicon and rules for English."""
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    score = SentimentIntensityAnalyzer().polarity_scores

    def one(text: str) -> str:
        compound = score(text)["compound"]
        if compound <= _VADER_NEGATIVE:
            return "neg"
        return "pos" if compound >= _VADER_POSITIVE else "neu"

    return lambda texts: [{"sentiment": one(text)} for text in texts]


def tfidf(train: Sequence[Mapping[str, Any]]) -> Tagger:
    """TF-IDF of character n-grams; linear SVMs for sentiment and, one a label, for aspects."""
    from sklearn.multiclass import OneVsRestClassifier
    from sklearn.preprocessing import MultiLabelBinarizer
    from sklearn.svm import LinearSVC

    from evaluation.ngram_svm import vectorizer

    ngrams, names = vectorizer(), MultiLabelBinarizer()
    features = ngrams.fit_transform([row["text"] for row in train])
    known = [place for place, row in enumerate(train) if row["sentiment"]]
    feeling = LinearSVC(class_weight="balanced", random_state=0)
    feeling.fit(features[known], [train[place]["sentiment"] for place in known])
    judged = names.fit_transform([sorted(row["aspects"]) for row in train])
    aspects = OneVsRestClassifier(LinearSVC(random_state=0)).fit(features, judged)

    def tag(texts: Sequence[str]) -> list[Label]:
        rows = ngrams.transform(texts)
        found = names.inverse_transform(aspects.predict(rows))
        return [
            {"sentiment": str(sentiment), "aspects": [str(name) for name in row]}
            for sentiment, row in zip(feeling.predict(rows), found, strict=True)
        ]

    return tag


PEERS: dict[str, Loader] = {"snownlp": snownlp, "vader": vader, "tfidf": tfidf}


def serve(load: Loader, job: Mapping[str, Any]) -> dict[str, Any]:
    """Load a peer, let it tag the texts of a job, and time both."""
    begun = time.perf_counter()
    tag = load(job["train"])
    loaded = time.perf_counter()
    labels = tag(job["texts"])
    return {"load_s": loaded - begun, "seconds": time.perf_counter() - loaded, "labels": labels}


def main(name: str) -> None:
    """Answer one job; what the peer prints goes to standard error."""
    with redirect_stdout(sys.stderr):
        answer = serve(PEERS[name], json.load(sys.stdin))
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(sys.argv[1])
