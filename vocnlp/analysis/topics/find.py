"""A run of topics: clusters of a survey's clauses, or new comments in the topics of a registry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vocnlp.analysis.survey import Survey
from vocnlp.analysis.topics.clauses import Clauses, read
from vocnlp.analysis.topics.cluster import NONE, Centres, cluster
from vocnlp.analysis.topics.drift import drift
from vocnlp.analysis.topics.embed import Encoder, embed_all, find_encoder
from vocnlp.analysis.topics.emerging import Timeline, timeline
from vocnlp.analysis.topics.engines import find_engine
from vocnlp.analysis.topics.found import Found, keywords_of_all
from vocnlp.analysis.topics.namer import Ask, give_names
from vocnlp.analysis.topics.names import count_phrases
from vocnlp.analysis.topics.progress import Progress, Stage, silent
from vocnlp.analysis.topics.registry import Registry, Run
from vocnlp.analysis.topics.result import Topic, Topics
from vocnlp.analysis.topics.runs import Fitted, next_run
from vocnlp.analysis.topics.words import WORDS, Words
from vocnlp.errors import InputError

__all__ = ["LEAST_CLAUSES", "choose", "place", "smallest", "topics"]

LEAST_CLAUSES = 100
"""Fewer different clauses than this make no topics."""

Codes = NDArray[np.int64]


def topics(
    survey: Survey,
    *,
    score: str | None = None,
    time: str | None = None,
    encoder: str | Path | None = None,
    model: str | None = None,
    cache: Path | None = None,
    engine: str = "builtin",
    registry: Path | None = None,
    namer: Ask | None = None,
    progress: Progress = silent,
    seed: int = 0,
) -> Topics:
    """Cluster the clauses of a survey's comments.

    score: name of a score column, to tell the score of each topic.   time: column of times, to tell which
    topics emerge.   encoder, model, cache: see `embed.find_encoder`.   engine: of `engines.ENGINES`.
    registry: a directory that keeps topics over runs; it is changed last of all, at once.   namer: asked for
    the names of new topics (`namer.find_namer`).   progress: told of every stage.
    Raises MissingExtraError without the extra `topics`, InputError when there are no comments or the registry
    is of another encoder. With fewer than `LEAST_CLAUSES` different clauses there are keywords, no topics,
    and a warning that says so.
    """
    clauses = _clauses(survey, progress)
    if len(clauses.texts) < LEAST_CLAUSES:
        what = f"{len(clauses.texts)} different clauses are too few for topics; {LEAST_CLAUSES} are the least"
        return _only_keywords(survey, clauses, what)
    grouping = find_engine(engine, clauses.texts)
    store = Registry(registry) if registry else None
    last = store.load() if store else None
    given = store.names() if store else {}
    embedder = choose(clauses, last, encoder, model=model, cache=cache)
    if store:
        store.check(last, embedder.name)
    vectors = embed_all(embedder, clauses, progress)
    known = int(vectors.any(axis=1).sum())
    if known < LEAST_CLAUSES:
        what = f"the encoder {embedder.name} knows something of {known} different clauses alone"
        return _only_keywords(survey, clauses, f"{what}; {LEAST_CLAUSES} are the least for topics")
    progress(Stage.GROUPS, 0, 1)
    mean = last.centres.mean if last else None
    centres = cluster(vectors, smallest=smallest(clauses), mean=mean, seed=seed, engine=grouping)
    labels, cosine = centres.nearest(vectors)
    progress(Stage.NAMES, 0, 1)
    found = Found(survey, clauses, labels, cosine, centres.centroids, score, _periods(survey, time))
    listed = found.topics()
    result = found.result(listed, embedder.name)
    if store is None:
        result.warnings += _ask(namer, result.topics, progress)
        return result
    former = last.centres.nearest(vectors)[0] if last else np.full(len(labels), NONE, np.int64)
    run = next_run(last, _fitted(embedder, centres, found, former, listed))
    places = dict(zip(labels.tolist(), run.labels.tolist(), strict=True))
    result.changes = run.changes
    born = [topic for topic in result.topics if run.known[places[topic.id]].born == run.version]
    result.warnings += _ask(namer, born, progress)
    for topic in born:
        run.known[places[topic.id]].name = topic.name
    _identify(result, run, given, places)
    progress(Stage.REGISTRY, 0, 1)
    store.save(run)
    return result


def _only_keywords(survey: Survey, clauses: Clauses, why: str) -> Topics:
    return Topics(len(survey), len(clauses), 1.0, [], [why], keywords_of_all(count_phrases(clauses)))


def _ask(namer: Ask | None, unnamed: Sequence[Topic], progress: Progress) -> list[str]:
    """Name topics; returns warnings."""
    if namer is None:
        return []
    progress(Stage.NAMER, 0, len(unnamed))
    return give_names(unnamed, namer)


def _periods(survey: Survey, time: str | None) -> Timeline | None:
    return timeline(survey.column(time), survey.commented) if time else None


def _fitted(
    embedder: Encoder, centres: Centres, found: Found, former: Codes, listed: Sequence[Topic]
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
    time: str | None = None,
    encoder: str | Path | None = None,
    model: str | None = None,
    cache: Path | None = None,
    progress: Progress = silent,
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
    clauses = _clauses(survey, progress)
    embedder = choose(clauses, last, encoder, model=model, cache=cache)
    store.check(last, embedder.name)
    vectors = embed_all(embedder, clauses, progress)
    labels, cosine = last.centres.nearest(vectors)
    progress(Stage.NAMES, 0, 1)
    found = Found(survey, clauses, labels, cosine, last.centres.centroids, score, _periods(survey, time))
    result = found.result(found.topics(), embedder.name)
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


def _clauses(survey: Survey, progress: Progress) -> Clauses:
    progress(Stage.CLAUSES, 0, len(survey))
    found = read(survey)
    if not len(found):
        raise InputError("the input holds no comments, so it has no topics")
    return found


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
    for theme in result.themes:
        theme.topics = sorted(ids[group] for group in theme.topics)
        theme.id = theme.topics[0]
    result.link()
    result.version = run.version
