"""A run of topics: clusters of a survey's clauses, or new comments in the topics of a registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.analysis.survey import Survey
from vocnlp.analysis.topics import names
from vocnlp.analysis.topics.clauses import Clauses, read
from vocnlp.analysis.topics.cluster import NONE, Centres, cluster, require
from vocnlp.analysis.topics.drift import drift
from vocnlp.analysis.topics.embed import Encoder, find_encoder
from vocnlp.analysis.topics.registry import Registry, Run
from vocnlp.analysis.topics.result import Quote, Topic, Topics
from vocnlp.analysis.topics.runs import Fitted, next_run
from vocnlp.analysis.topics.words import WORDS, Words
from vocnlp.errors import InputError

__all__ = ["LEAST_CLAUSES", "choose", "place", "quotes", "smallest", "topics"]

LEAST_CLAUSES = 100
"""Fewer different clauses than this make no topics."""

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]


def topics(
    survey: Survey,
    *,
    score: str | None = None,
    encoder: str | Path | None = None,
    model: str | None = None,
    cache: Path | None = None,
    registry: Path | None = None,
    seed: int = 0,
) -> Topics:
    """Cluster the clauses of a survey's comments.

    score: name of a score column, to tell the score of each topic.   encoder, model, cache: see
    `embed.find_encoder`.   registry: a directory that keeps topics over runs; it is changed last of all.
    Raises MissingExtraError without the extra `topics`, InputError when there are no comments or the registry
    is of another encoder. With fewer than `LEAST_CLAUSES` different clauses there are keywords, no topics,
    and a warning that says so.
    """
    clauses = _clauses(survey)
    if len(clauses.texts) < LEAST_CLAUSES:
        what = f"{len(clauses.texts)} different clauses are too few for topics; {LEAST_CLAUSES} are the least"
        return Topics(len(survey), len(clauses), 1.0, [], [what], _keywords(clauses))
    require()
    store = Registry(registry) if registry else None
    last = store.load() if store else None
    given = store.names() if store else {}
    embedder = choose(clauses, last, encoder, model=model, cache=cache)
    if store:
        store.check(last, embedder.name)
    vectors = embedder.embed(clauses.texts, clauses.languages)
    mean = last.centres.mean if last else None
    centres = cluster(vectors, smallest=smallest(clauses), mean=mean, seed=seed)
    labels, cosine = centres.nearest(vectors)
    found = _Found(survey, clauses, labels, cosine, score)
    listed = found.topics(len(centres.centroids))
    result = found.result(listed, embedder.name)
    if store:
        former = last.centres.nearest(vectors)[0] if last else np.full(len(labels), NONE, np.int64)
        run = next_run(last, _fitted(embedder, centres, found, former, listed))
        places = dict(zip(labels.tolist(), run.labels.tolist(), strict=True))
        _identify(result, run, given, places)
        result.changes = run.changes
        store.save(run)
    return result


def _fitted(
    embedder: Encoder, centres: Centres, found: _Found, former: Codes, listed: Sequence[Topic]
) -> Fitted:
    return Fitted(
        encoder=embedder.name,
        centres=centres,
        texts=found.clauses.texts,
        weights=found.clauses.weights,
        labels=found.labels,
        former=former,
        names=[(topic.name, topic.keywords) for topic in listed],
        vocabulary=embedder.vocabulary if isinstance(embedder, Words) else [],
        state=embedder.state() if isinstance(embedder, Words) else {},
    )


def place(
    survey: Survey,
    registry: Path,
    *,
    score: str | None = None,
    encoder: str | Path | None = None,
    model: str | None = None,
    cache: Path | None = None,
) -> Topics:
    """New comments in the topics of a registry's last run, which stays as it is.

    A warning says when more of what they say has no topic than there was when the topics were made. Options
    and errors are those of `topics`; InputError, too, for a registry without a run.
    """
    store = Registry(registry)
    last = store.load()
    if last is None:
        raise InputError(f"the registry {registry} holds no topics; make some with: vocnlp topics --registry")
    last = last.living()
    clauses = _clauses(survey)
    embedder = choose(clauses, last, encoder, model=model, cache=cache)
    store.check(last, embedder.name)
    vectors = embedder.embed(clauses.texts, clauses.languages)
    labels, cosine = last.centres.nearest(vectors)
    found = _Found(survey, clauses, labels, cosine, score)
    result = found.result(found.topics(len(last.known)), embedder.name)
    _identify(result, last, store.names(), {place: place for place in range(len(last.known))})
    outliers = int(clauses.weights[labels < 0].sum())
    moved = drift(outliers, len(clauses), fitted_outliers=last.outliers, fitted_clauses=last.clauses)
    if moved.alarm:
        result.warnings.append(
            f"{moved.outlier_share:.0%} of the clauses are in no topic, {moved.expected:.0%} were when the"
            f" topics were made (p = {moved.p_value:.2g}): there is something new, so make them anew"
        )
    return result


def choose(
    clauses: Clauses,
    last: Run | None,
    encoder: str | Path | None,
    *,
    model: str | None = None,
    cache: Path | None = None,
) -> Encoder:
    """The encoder asked for, by default the registry's if that is the words."""
    if encoder is None and last is not None and last.encoder == WORDS:
        encoder = WORDS
    chosen = find_encoder(encoder, model=model, cache=cache)
    if chosen is not None:
        return chosen
    if last is not None and last.encoder == WORDS:
        return Words.restore(last.vocabulary, last.state)
    return Words.fit(clauses.texts, clauses.languages)


def smallest(clauses: Clauses) -> int:
    """How many different clauses the core of a topic has at least."""
    return max(10, min(len(clauses.texts), 50_000) // 200)


def _clauses(survey: Survey) -> Clauses:
    found = read(survey)
    if not len(found):
        raise InputError("the input holds no comments, so it has no topics")
    return found


def _keywords(clauses: Clauses) -> list[str]:
    """Of all that was said."""
    return names.find_keywords(clauses, np.zeros(len(clauses.texts), np.int64), 1)[0].overall


def _identify(result: Topics, run: Run, given: Mapping[int, str], places: Mapping[int, int]) -> None:
    """Give the topics the ids and names of the registry; those given by people win.

    places: of the topics of `result` in `run.known`.
    """
    ids = {group: run.known[place].id for group, place in places.items() if group >= 0}
    for topic in result.topics:
        known = run.known[places[topic.id]]
        topic.id, topic.name = known.id, given.get(known.id, known.name)
        topic.keywords = topic.keywords or known.keywords
    result.comments = {key: sorted(ids[group] for group in found) for key, found in result.comments.items()}
    result.version = run.version


class _Found:
    """labels, cosine: [U] group of each different text, and cosine to its centroid."""

    def __init__(
        self, survey: Survey, clauses: Clauses, labels: Codes, cosine: Floats, score: str | None
    ) -> None:
        self.survey = survey
        self.clauses = clauses
        self.labels = labels
        self.cosine = cosine
        self.score = score
        self.own = labels[clauses.which]
        self.ids = survey.frame["id"].astype(str).tolist()

    def topics(self, groups: int) -> list[Topic]:
        """Of each group, in order; one may be empty."""
        keywords = names.find_keywords(self.clauses, self.labels, groups)
        return [self._topic(group, keywords[group]) for group in range(groups)]

    def result(self, listed: Sequence[Topic], encoder: str) -> Topics:
        """All of it; empty topics left out."""
        comments: dict[str, set[int]] = {}
        for row, group in zip(self.clauses.row.tolist(), self.own.tolist(), strict=True):
            if group >= 0:
                comments.setdefault(self.ids[row], set()).add(group)
        kept = [topic for topic in listed if topic.clauses]
        return Topics(
            n=len(self.survey),
            clauses=len(self.clauses),
            outlier_share=float((self.own < 0).mean()),
            topics=sorted(kept, key=lambda topic: (-topic.comments, topic.id)),
            warnings=[] if kept else ["no group of clauses is dense enough to be a topic"],
            keywords=_keywords(self.clauses),
            encoder=encoder,
            comments={key: sorted(found) for key, found in comments.items()},
        )

    def _topic(self, group: int, keywords: names.Keywords) -> Topic:
        members = np.flatnonzero(self.labels == group)
        texts, cosine = [self.clauses.texts[k] for k in members.tolist()], self.cosine[members]
        inside = self.own == group
        comments = np.unique(self.clauses.row[inside])
        frame = self.survey.frame.iloc[comments]
        central = quotes(self.clauses, self.ids, members[names.typical(texts, cosine)].tolist())
        return Topic(
            id=group,
            name=names.readable(texts, cosine) if texts else "",
            keywords=keywords.overall,
            clauses=int(inside.sum()),
            comments=len(comments),
            share=len(comments) / len(self.survey),
            sentiment={str(label): int(n) for label, n in frame["sentiment"].value_counts().items()},
            score=self._score(frame),
            examples=list(dict.fromkeys(quote.id for quote in central)),
            keywords_by_language=keywords.by_language,
            typical=central,
            edge=quotes(self.clauses, self.ids, members[names.edge(texts, cosine)].tolist()),
        )

    def _score(self, frame: pd.DataFrame) -> float | None:
        answers = frame[self.score].dropna().to_numpy() if self.score else np.array([])
        return float(self.survey.metric(self.score).score(answers)) if len(answers) else None


def quotes(clauses: Clauses, ids: Sequence[str], which: Sequence[int]) -> list[Quote]:
    """The first clause of each of some texts.   ids: [n] of the comments."""
    return [
        Quote(ids[clauses.row[at]], int(clauses.start[at]), int(clauses.end[at]), clauses.texts[text])
        for text, at in ((text, clauses.first[text]) for text in which)
    ]
