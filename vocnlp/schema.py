"""The records that flow through vocnlp; `docs/records.md` is their contract.

All offsets are half-open ranges of code points into the record's own masked `text`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import orjson

__all__ = [
    "POLARITIES",
    "Alert",
    "AspectTag",
    "Attempt",
    "Comment",
    "Evidence",
    "FailedComment",
    "Language",
    "Limit",
    "Personal",
    "Polarity",
    "Problem",
    "Risk",
    "Sentiment",
    "TaggedComment",
    "from_dict",
    "to_json",
]

Polarity = Literal["neg", "neu", "pos", "mix"]
POLARITIES: tuple[Polarity, ...] = ("neg", "neu", "pos", "mix")


@dataclass(slots=True)
class Comment:
    """One comment as it was read: raw text, recognised scores, all other columns as attributes."""

    id: str
    text: str
    scores: dict[str, float] = field(default_factory=dict)
    attributes: dict[str, Any] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Problem:
    """What is wrong with a row: a stable code (`errors.ErrorCode`), a sentence, the 1-based row or line."""

    code: str
    message: str
    row: int | None = None


@dataclass(slots=True)
class FailedComment:
    """Stands in the place of a row that could not be read or tagged."""

    id: str | None
    error: Problem


@dataclass(slots=True)
class Language:
    """ISO 639-1 code (`zh-Hant` for traditional Chinese, `und` without evidence) and its probability."""

    code: str
    confidence: float


@dataclass(slots=True)
class Sentiment:
    """Overall sentiment; `score` is P(pos) - P(neg), in [-1, 1]."""

    label: Polarity
    score: float
    probabilities: dict[str, float]


@dataclass(slots=True)
class Evidence:
    """The words that carry a tag: `text[start:end]` of the record."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class AspectTag:
    """One aspect the comment judges, its polarity, the probability of the aspect, and where it is said."""

    aspect: str
    polarity: Polarity
    confidence: float
    evidence: list[Evidence]


@dataclass(slots=True)
class Risk:
    """A risk rule that fired at `text[start:end]`."""

    category: str
    severity: str
    rule: str
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Personal:
    """A piece of personal data that was masked; the offsets are those of its placeholder in `text`."""

    type: str
    start: int
    end: int


@dataclass(slots=True)
class TaggedComment:
    """One tagged comment: a line of the JSONL output and the object that the API returns."""

    id: str
    text: str
    language: Language
    sentiment: Sentiment
    aspects: list[AspectTag]
    risks: list[Risk]
    pii: list[Personal]
    scores: dict[str, float]
    attributes: dict[str, Any]
    warnings: list[str]
    versions: dict[str, str]


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` alerts of a rule to a webhook within `window`; the rest is told at `release`."""

    most: int
    window: timedelta
    release: datetime


@dataclass(slots=True)
class Alert:
    """A rule that fired, on its way to one webhook; `body` is the JSON text that is sent.

    due_at: when it may be sent, if that is later than `created_at`.   event: the same for all webhooks.
    owner: the department concerned.   again: for how long nobody is told of the same customer once more.
    """

    id: str
    rule: str
    severity: str
    webhook: str
    body: str
    created_at: datetime
    attempts: int = 0
    due_at: datetime | None = None
    event: str = ""
    owner: str | None = None
    again: timedelta | None = None
    limit: Limit | None = None


@dataclass(slots=True)
class Attempt:
    """One try to deliver an alert: when, how long it took, and the HTTP status or what went wrong instead."""

    at: datetime
    seconds: float
    status_code: int | None = None
    error: str | None = None


def to_json(record: TaggedComment | FailedComment) -> bytes:
    """One JSON object, UTF-8, without a line end."""
    return orjson.dumps(record, default=str, option=orjson.OPT_NON_STR_KEYS)


def from_dict(record: Mapping[str, Any]) -> TaggedComment | FailedComment:
    """The record that `to_json` wrote, parsed; raises KeyError or TypeError for missing or unknown fields."""
    if "error" in record:
        return FailedComment(record["id"], Problem(**record["error"]))
    parts = dict(record)
    parts["language"] = Language(**record["language"])
    parts["sentiment"] = Sentiment(**record["sentiment"])
    parts["aspects"] = [
        AspectTag(**{**tag, "evidence": [Evidence(**words) for words in tag["evidence"]]})
        for tag in record["aspects"]
    ]
    parts["risks"] = [Risk(**risk) for risk in record["risks"]]
    parts["pii"] = [Personal(**personal) for personal in record["pii"]]
    return TaggedComment(**parts)
