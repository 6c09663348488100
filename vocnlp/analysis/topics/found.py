"""From the groups of clauses to topics that can be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.analysis.survey import Survey
from vocnlp.analysis.topics import names
from vocnlp.analysis.topics.clauses import Clauses
from vocnlp.analysis.topics.emerging import Timeline, emerging
from vocnlp.analysis.topics.result import Quote, Theme, Topic, Topics
from vocnlp.analysis.topics.themes import layout, themes
from vocnlp.errors import MissingExtraError
from vocnlp.text import segment

__all__ = ["Found", "keywords_of_all", "quotes"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]

_NAMED_BY = 3


@dataclass(frozen=True)
class Found:
    """labels, cosine: [U] group of each different text, and cosine to its centroid.   centroids: [K, W].

    score: name of a score column.   periods: of the comments, if times were given.
    """

    survey: Survey
    clauses: Clauses
    labels: Codes
    cosine: Floats
    centroids: Floats
    score: str | None = None
    periods: Timeline | None = None

    @cached_property
    def own(self) -> Codes:
        """[C] group of each clause."""
        return self.labels[self.clauses.which]

    @cached_property
    def ids(self) -> list[str]:
        """[n] of the comments."""
        return self.survey.frame["id"].astype(str).tolist()

    @cached_property
    def counted(self) -> names.Counted:
        """Phrases of all clauses."""
        return names.count_phrases(self.clauses)

    @cached_property
    def rows(self) -> list[Codes]:
        """[K] the comments of each group."""
        return [np.unique(self.clauses.row[self.own == group]) for group in range(len(self.centroids))]

    def topics(self) -> list[Topic]:
        """Of each group, in order; one may be empty."""
        keywords = names.find_keywords(self.counted, self.labels, len(self.centroids))
        places = layout(self.centroids).tolist()
        listed = [self._topic(group, *one) for group, one in enumerate(zip(keywords, places, strict=True))]
        if self.periods:
            counts = np.array([topic.counts for topic in listed], np.int64)
            rising = emerging(counts.reshape(len(listed), -1), self.periods.totals)
            for topic, found in zip(listed, rising, strict=True):
                topic.emerging = found
        return listed

    def result(self, listed: Sequence[Topic], encoder: str) -> Topics:
        """All of it; empty topics left out. Topics and themes go by the numbers of groups."""
        comments: dict[str, set[int]] = {}
        for row, group in zip(self.clauses.row.tolist(), self.own.tolist(), strict=True):
            if group >= 0:
                comments.setdefault(self.ids[row], set()).add(group)
        kept = [topic for topic in listed if topic.clauses]
        warnings = [] if kept else ["no group of clauses is dense enough to be a topic"]
        result = Topics(
            n=len(self.survey),
            clauses=len(self.clauses),
            outlier_share=float((self.own < 0).mean()),
            topics=sorted(kept, key=lambda topic: (-topic.comments, topic.id)),
            warnings=[*warnings, *_missing(self.clauses), *(self.periods.notes if self.periods else ())],
            keywords=keywords_of_all(self.counted),
            encoder=encoder,
            comments={key: sorted(found) for key, found in comments.items()},
            themes=self._themes(kept),
            every=self.periods.every if self.periods else None,
            periods=self.periods.names if self.periods else [],
        )
        result.link()
        return result

    def _themes(self, kept: Sequence[Topic]) -> list[Theme]:
        """Of those topics, largest first."""
        groups = [topic.id for topic in kept]
        of_topic = themes(self.centroids[groups])
        count = int(of_topic.max(initial=-1)) + 1
        of_group = np.full(len(self.centroids) + 1, -1, np.int64)  # the last stands for none
        of_group[groups] = of_topic
        keywords = names.find_keywords(self.counted, of_group[self.labels], count)
        found = []
        for theme in range(count):
            held = [topic.id for topic in kept if of_group[topic.id] == theme]
            rows = np.unique(np.concatenate([self.rows[group] for group in held]))
            words = keywords[theme].overall
            found.append(Theme(min(held), ", ".join(words[:_NAMED_BY]), words, held, len(rows)))
        found.sort(key=lambda theme: (-theme.comments, theme.id))
        return found

    def _topic(self, group: int, keywords: names.Keywords, place: Sequence[float]) -> Topic:
        members = np.flatnonzero(self.labels == group)
        texts, cosine = [self.clauses.texts[k] for k in members.tolist()], self.cosine[members]
        comments = self.rows[group]
        frame = self.survey.frame.iloc[comments]
        central = self._quotes(members[names.typical(texts, cosine)])
        return Topic(
            id=group,
            name=names.readable(texts, cosine) if texts else "",
            keywords=keywords.overall,
            clauses=int((self.own == group).sum()),
            comments=len(comments),
            share=len(comments) / len(self.survey),
            sentiment={str(label): int(n) for label, n in frame["sentiment"].value_counts().items()},
            score=self._score(frame),
            examples=list(dict.fromkeys(quote.id for quote in central)),
            keywords_by_language=keywords.by_language,
            typical=central,
            edge=self._quotes(members[names.edge(texts, cosine)]),
            place=(place[0], place[1]),
            counts=self.periods.counts(comments).tolist() if self.periods else [],
        )

    def _quotes(self, which: Codes) -> list[Quote]:
        return quotes(self.clauses, self.ids, which.tolist())

    def _score(self, frame: pd.DataFrame) -> float | None:
        answers = frame[self.score].dropna().to_numpy() if self.score else np.array([])
        return float(self.survey.metric(self.score).score(answers)) if len(answers) else None


def keywords_of_all(counted: names.Counted) -> list[str]:
    """Of everything that was said."""
    return names.find_keywords(counted, np.zeros(len(counted.weights), np.int64), 1)[0].overall


def _missing(clauses: Clauses) -> list[str]:
    """Tells which languages' keywords are pairs of characters."""
    packages = {language: segment.missing(language) for language in sorted(set(clauses.languages))}
    return [
        f"keywords in {language} are pairs of characters: {MissingExtraError(package, 'topics')}"
        for language, package in packages.items()
        if package
    ]


def quotes(clauses: Clauses, ids: Sequence[str], which: Sequence[int]) -> list[Quote]:
    """The first clause of each of some texts.   ids: [n] of the comments."""
    return [
        Quote(ids[clauses.row[at]], int(clauses.start[at]), int(clauses.end[at]), clauses.texts[text])
        for text, at in ((text, clauses.first[text]) for text in which)
    ]
