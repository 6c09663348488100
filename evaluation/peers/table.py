"""Peers and a model on the same comments: which comments, how right, how fast."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evaluation.metrics import Counts, macro_f1
from evaluation.peers.environments import Answer
from evaluation.tagging import Predictions, judged_sentiment
from models.interface import POLARITIES
from vocnlp.batch.labelled import Example
from vocnlp.pipeline import Pipeline
from vocnlp.schema import Comment

__all__ = ["PEERS", "Peer", "Row", "compare", "per_second", "rows_for", "table"]

_WARM_UP = 64


@dataclass(frozen=True, slots=True)
class Peer:
    """What people use today.

    labels: sentiments it can tell.   language: the one it is made for; None for any.   trained: it learns
    from labelled comments first.   module, requirement: see `environments.command`.
    """

    name: str
    title: str
    module: str
    requirement: str
    labels: tuple[str, ...]
    language: str | None = None
    trained: bool = False


PEERS = (
    Peer("snownlp", "SnowNLP", "snownlp", "snownlp==0.12.3", ("neg", "pos"), "zh"),
    Peer("vader", "VADER", "vaderSentiment", "vaderSentiment==3.3.2", ("neg", "neu", "pos"), "en"),
    Peer("tfidf", "TF-IDF and SVMs", "sklearn", "scikit-learn", POLARITIES, trained=True),
)


@dataclass(frozen=True, slots=True)
class Row:
    """A peer and the model on n comments, pairs (peer, model); None for what the peer does not tell."""

    title: str
    comments: str
    n: int
    sentiment_macro_f1: tuple[float, float] | None
    aspect_micro_f1: tuple[float, float] | None
    per_second: tuple[float, float]

    @property
    def times_as_fast(self) -> float:
        """How many comments the model reads while the peer reads one."""
        return self.per_second[1] / self.per_second[0]

    def to_dict(self) -> dict[str, Any]:
        """Plain values."""
        return {**asdict(self), "times_as_fast": self.times_as_fast}


def rows_for(peer: Peer, examples: Sequence[Example]) -> list[int]:
    """Places of the comments that a peer is measured on: of its language, with a sentiment it can tell."""
    return [
        place
        for place, example in enumerate(examples)
        if example.sentiment in peer.labels and peer.language in (None, example.language)
    ]


def compare(
    peer: Peer, answer: Answer, found: Predictions, aspects: Sequence[str], model_per_second: float
) -> Row:
    """A line of the table.

    answer, found: of the peer and of the model on the same n comments, the rows that `rows_for` names.
    aspects: names of the model's columns.
    """
    ours, truth = judged_sentiment(found)
    theirs = np.array([POLARITIES.index(label["sentiment"]) for label in answer.labels])
    detection = None
    if "aspects" in answer.labels[0]:
        judged = found.true_polarity >= 0
        detection = (Counts.of(_tagged(answer, aspects), judged).f1, found.detection.f1)
    return Row(
        title=peer.title,
        comments=f"{peer.language or 'all'}: {' '.join(peer.labels)}",
        n=len(truth),
        sentiment_macro_f1=(macro_f1(theirs, truth), macro_f1(ours, truth)),
        aspect_micro_f1=detection,
        per_second=(len(truth) / answer.seconds, model_per_second),
    )


def _tagged(answer: Answer, aspects: Sequence[str]) -> NDArray[np.bool_]:
    return np.array([[name in label["aspects"] for name in aspects] for label in answer.labels])


def per_second(pipeline: Pipeline, texts: Sequence[str]) -> float:
    """Comments a second through the whole pipeline, in this process, after a warm-up."""
    comments = [Comment(str(place), text) for place, text in enumerate(texts)]
    list(pipeline.tag(comments[:_WARM_UP]))
    begun = time.perf_counter()
    list(pipeline.tag(comments))
    return len(texts) / (time.perf_counter() - begun)


def table(rows: Sequence[Row], model: str) -> Iterator[str]:
    """Lines of a readable table; in each pair of columns the model comes second."""
    yield f"second of each pair: {model}"
    yield (
        f"{'peer':<26}{'comments':<22}{'n':>6}{'sentiment, macro-F1':>22}{'aspects, micro-F1':>20}"
        f"{'comments/s':>20}{'times as fast':>15}"
    )
    for row in rows:
        yield (
            f"{row.title:<26}{row.comments:<22}{row.n:>6,}{_pair(row.sentiment_macro_f1):>22}"
            f"{_pair(row.aspect_micro_f1):>20}{_pair(row.per_second, ',.0f'):>20}{row.times_as_fast:>15,.1f}"
        )


def _pair(values: tuple[float, float] | None, form: str = ".3f") -> str:
    return " / ".join(format(value, form) for value in values) if values else "-"


def plain(example: Example) -> Mapping[str, Any]:
    """A labelled comment as a worker reads it."""
    return {"text": example.text, "sentiment": example.sentiment, "aspects": sorted(example.aspects)}
