"""What a run of topics tells."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from vocnlp.analysis.topics.changes import Change
from vocnlp.analysis.topics.emerging import Emerging

__all__ = ["Quote", "Theme", "Topic", "Topics"]


@dataclass(slots=True)
class Quote:
    """A clause: `text[start:end]` of the masked comment `id`."""

    id: str
    start: int
    end: int
    text: str


@dataclass(slots=True)
class Topic:
    """id, name: kept over runs by a registry.   clauses, comments: how many.   share: of all comments.

    keywords: of all languages; keywords_by_language: of each that says enough about the topic.
    score: of those comments, by the metric asked for.   sentiment: comments by label.   examples: ids of the
    comments of `typical`.   typical: clauses at the centre; edge: the least like it that still belong.
    theme: of `Topics.themes`, if there are any.   place: on a map, each from 0 to 1.   counts: comments by
    period.   emerging: whether the newest period has more of them than chance lets it.
    """

    id: int
    name: str
    keywords: list[str]
    clauses: int
    comments: int
    share: float
    sentiment: dict[str, int]
    score: float | None
    examples: list[str]
    keywords_by_language: dict[str, list[str]] = field(default_factory=dict)
    typical: list[Quote] = field(default_factory=list)
    edge: list[Quote] = field(default_factory=list)
    theme: int | None = None
    place: tuple[float, float] = (0.5, 0.5)
    counts: list[int] = field(default_factory=list)
    emerging: Emerging | None = None


@dataclass(slots=True)
class Theme:
    """Topics that are like each other.   id: the lowest of their ids.   name: its first keywords.

    comments: how many have one of the topics.
    """

    id: int
    name: str
    keywords: list[str]
    topics: list[int]
    comments: int


@dataclass(slots=True)
class Topics:
    """n: comments.   clauses: how many.   outlier_share: of the clauses, those without topic.

    topics: largest first.   keywords: of everything that was said.   encoder: what made the vectors.
    version: of the registry after this run; changes: since its last (see `changes.Change`).
    comments: id -> topics of a comment, where it has any.   themes: largest first; none of a few topics.
    periods: first days of those that `Topic.counts` is of, if times were given; every: day, week or month.
    """

    n: int
    clauses: int
    outlier_share: float
    topics: list[Topic]
    warnings: list[str] = field(default_factory=list)
    keywords: list[str] = field(default_factory=list)
    encoder: str = ""
    version: int | None = None
    changes: list[Change] = field(default_factory=list)
    comments: dict[str, list[int]] = field(default_factory=dict)
    themes: list[Theme] = field(default_factory=list)
    every: str | None = None
    periods: list[str] = field(default_factory=list)

    def link(self) -> None:
        """Tell each topic its theme."""
        theme_of = {topic: theme.id for theme in self.themes for topic in theme.topics}
        for topic in self.topics:
            topic.theme = theme_of.get(topic.id)

    def to_dict(self) -> dict[str, Any]:
        """As JSON holds it."""
        return asdict(self)
