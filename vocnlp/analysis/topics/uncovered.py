"""Needs that the taxonomy does not cover: opinions without an aspect, grouped, the dearest first."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from models.interface import POLARITIES, Model
from vocnlp.analysis.intervals import score_points
from vocnlp.analysis.survey import Survey
from vocnlp.analysis.topics import names
from vocnlp.analysis.topics.clauses import Clauses, read
from vocnlp.analysis.topics.cluster import centred, cluster
from vocnlp.analysis.topics.embed import Encoder
from vocnlp.analysis.topics.found import quotes
from vocnlp.analysis.topics.result import Quote
from vocnlp.batch.outputs import Output
from vocnlp.tagging.pieces import predict

__all__ = ["Need", "Needs", "feeling", "uncovered", "write_proposals"]

Codes = NDArray[np.int64]
Floats = NDArray[np.float32]
Feel = Callable[[Sequence[str]], Floats]
"""Texts -> [N, 4] probabilities of sentiment in the order of `POLARITIES`."""

_SMALLEST = 10
_NEAREST = 3
_EXAMPLES = 20
_BATCH = 256
_OPINIONS = ("neg", "pos", "mix")


@dataclass(slots=True)
class Need:
    """A proposed aspect.

    id: for the taxonomy and the file to label.   seeds: its words.   clauses, comments: how many.
    negative: share of the clauses that are neg or mix.   effect: mean points of those comments less those of
    all others, None without a score.   cost: comments x negative x points lost, by which needs are ranked
    (without a score, comments x negative).   examples: typical clauses.   nearest: existing aspects and the
    cosine to the centroid of their evidence.
    """

    id: str
    name: str
    seeds: list[str]
    clauses: int
    comments: int
    negative: float
    effect: float | None
    cost: float
    examples: list[Quote]
    nearest: dict[str, float]


@dataclass(slots=True)
class Needs:
    """share: clauses with an opinion and without an aspect, of all clauses.   needs: the dearest first."""

    share: float
    needs: list[Need]
    warnings: list[str] = field(default_factory=list)


def feeling(model: Model) -> Feel:
    """What a model makes of clauses, each read alone."""

    def feel(texts: Sequence[str]) -> Floats:
        parts = [texts[at : at + _BATCH] for at in range(0, len(texts), _BATCH)]
        found = [predict(model, part, [[(0, len(text))] for text in part]).sentiment for part in parts]
        return np.concatenate(found)

    return feel


def uncovered(
    survey: Survey, encoder: Encoder, feel: Feel, *, score: str | None = None, seed: int = 0
) -> Needs:
    """Group the clauses of opinionated comments that no aspect has evidence in and that hold an opinion.

    survey: with its marks (`load_survey(keep_marks=True)`).   feel: see `feeling`.   seed: see `cluster`.
    Raises MissingExtraError without the extra `topics`.
    """
    clauses = read(survey)
    covered, aspects = _evidence(survey, clauses)
    left, negative = _opinions(survey, clauses.select(~covered), feel)
    share = len(left) / max(len(clauses), 1)
    if len(left.texts) < 2 * _SMALLEST:
        return Needs(share, [], [f"only {len(left.texts)} opinions lie outside the taxonomy: no need shows"])
    vectors = encoder.embed(clauses.texts, clauses.languages)
    place = {text: k for k, text in enumerate(clauses.texts)}
    own = vectors[[place[text] for text in left.texts]]
    centres = cluster(own, smallest=_smallest(left), mean=vectors.mean(axis=0), seed=seed)
    labels, cosine = centres.nearest(own)
    unit = centred(vectors, centres.mean)
    known = {name: _direction(unit[clauses.which[where]]) for name, where in aspects.items()}
    ranker = _Ranker(survey, left, labels, negative, score)
    words = names.find_keywords(names.count_phrases(left), labels, len(centres.centroids))
    needs = [
        _need(ranker, group, cosine, words[group].overall, _closest(centroid, known))
        for group, centroid in enumerate(centres.centroids)
    ]
    needs.sort(key=lambda need: (-need.cost, -need.comments, need.name))
    for rank, need in enumerate(needs, 1):
        need.id = f"need_{rank}"
    return Needs(share, needs, [] if needs else ["the opinions outside the taxonomy have nothing in common"])


def _opinions(survey: Survey, clauses: Clauses, feel: Feel) -> tuple[Clauses, NDArray[np.bool_]]:
    """The clauses that hold an opinion, in comments that do, and which of their [U] texts are neg or mix."""
    loud = survey.frame["sentiment"].isin(_OPINIONS).to_numpy()
    clauses = clauses.select(loud[clauses.row])
    if not len(clauses):
        return clauses, np.zeros(0, np.bool_)
    feelings = np.array(POLARITIES)[feel(clauses.texts).argmax(axis=1)]
    opinion = np.isin(feelings, _OPINIONS)
    return clauses.select(opinion[clauses.which]), np.isin(feelings[opinion], ("neg", "mix"))


def _smallest(clauses: Clauses) -> int:
    return max(_SMALLEST, len(clauses.texts) // 100)


def _need(ranker: _Ranker, group: int, cosine: Floats, seeds: list[str], nearest: dict[str, float]) -> Need:
    clauses = ranker.clauses
    members = np.flatnonzero(ranker.labels == group)
    texts = [clauses.texts[k] for k in members.tolist()]
    order = members[names.typical(texts, cosine[members], _EXAMPLES)].tolist()
    return Need(
        id="",
        name=names.readable(texts, cosine[members]),
        seeds=seeds,
        examples=quotes(clauses, ranker.ids, order),
        nearest=nearest,
        **ranker.figures(group),
    )


def _closest(centroid: Floats, known: dict[str, Floats]) -> dict[str, float]:
    likeness = {name: float(centroid @ vector) for name, vector in known.items()}
    chosen = sorted(likeness, key=lambda name: (-likeness[name], name))[:_NEAREST]
    return {name: round(likeness[name], 3) for name in chosen}


class _Ranker:
    """What a group is worth.   labels, negative: [U] of the texts of `clauses`."""

    def __init__(
        self, survey: Survey, clauses: Clauses, labels: Codes, negative: NDArray[np.bool_], score: str | None
    ) -> None:
        self.ids = survey.frame["id"].astype(str).tolist()
        self.clauses = clauses
        self.labels = labels
        self.own = labels[clauses.which]
        self.negative = negative[clauses.which]
        self.points = score_points(survey, survey.metric(score), score) if score else None

    def figures(self, group: int) -> dict[str, Any]:
        """The fields of `Need` that are numbers."""
        inside = self.own == group
        rows = np.unique(self.clauses.row[inside])
        negative = float(self.negative[inside].mean())
        effect = self._effect(rows)
        lost = 1.0 if effect is None else max(-effect, 0.0)
        return {
            "clauses": int(inside.sum()),
            "comments": len(rows),
            "negative": negative,
            "effect": effect,
            "cost": len(rows) * negative * lost,
        }

    def _effect(self, rows: Codes) -> float | None:
        if self.points is None:
            return None
        mask = np.zeros(len(self.points), np.bool_)
        mask[rows] = True
        known = ~np.isnan(self.points)
        with_it, without = self.points[mask & known], self.points[~mask & known]
        return float(with_it.mean() - without.mean()) if len(with_it) and len(without) else None


def _evidence(survey: Survey, clauses: Clauses) -> tuple[NDArray[np.bool_], dict[str, list[int]]]:
    """[C] clauses that overlap the evidence of an aspect, and those of each aspect."""
    covered = np.zeros(len(clauses), np.bool_)
    aspects: dict[str, list[int]] = {}
    for at, (row, start, end) in enumerate(
        zip(clauses.row.tolist(), clauses.start.tolist(), clauses.end.tolist(), strict=True)
    ):
        for mark in survey.marks[row]:
            if mark.kind == "aspect" and mark.start < end and start < mark.end:
                covered[at] = True
                aspects.setdefault(mark.name, []).append(at)
    return covered, aspects


def _direction(unit: Floats) -> Floats:
    total = unit.sum(axis=0)
    direction: Floats = total / max(float(np.linalg.norm(total)), 1e-12)
    return direction


def write_proposals(path: Path, survey: Survey, found: Needs) -> int:
    """One line an example comment, to correct and to train from (docs/training.md); returns their number.

    The aspects are those that the comment was tagged with and the proposed one, with the comment's sentiment
    for its polarity; `proposed` tells which clause it stands for. Raises OutputError.
    """
    lines = list(_lines(survey, found))
    with Output(path) as output, output.errors():
        output.file.write("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode())
        output.commit()
    return len(lines)


def _lines(survey: Survey, found: Needs) -> Iterator[dict[str, Any]]:
    row_of = {str(key): row for row, key in enumerate(survey.frame["id"])}
    for need in found.needs:
        for quote in need.examples:
            row = row_of[quote.id]
            comment = survey.frame.iloc[row]
            yield {
                "id": quote.id,
                "text": comment["text"],
                "lang": comment["language"],
                "sentiment": comment["sentiment"],
                "aspects": {**_tagged(survey, row), need.id: comment["sentiment"]},
                "proposed": {"aspect": need.id, "name": need.name, "start": quote.start, "end": quote.end},
            }


def _tagged(survey: Survey, row: int) -> dict[str, str]:
    result = {}
    for k, name in enumerate(survey.aspects):
        if survey.mentioned[row, k]:
            bad, good = survey.negative[row, k], survey.positive[row, k]
            result[name] = "mix" if bad and good else "neg" if bad else "pos" if good else "neu"
    return result
