"""The table that every analysis reads: tags, scores and attributes of n comments as columns."""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import compress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from vocnlp.analysis.answers import find_column, read_times, sort_answers
from vocnlp.analysis.joined import ScoreFile, join_scores
from vocnlp.analysis.times import CLOCK_COLUMNS, clock_columns
from vocnlp.errors import ErrorCode, InputError
from vocnlp.scores.metrics import METRICS, Metric, recognise

__all__ = ["Mark", "Survey", "collect", "load_survey"]

RECORD_FIELDS = ("id", "text", "language", "sentiment", "sentiment_score")


class Mark(NamedTuple):
    """Words of an answer that carry a tag: `text[start:end]`.

    kind "aspect": name is the aspect, label its polarity; kind "risk": the category and its severity.
    """

    kind: str
    name: str
    label: str
    start: int
    end: int


@dataclass(slots=True)
class Survey:
    """n answers with A aspects and R risk categories.

    frame:     [n] one row an answer: `id`, `text` (masked; empty if no comment was written), `language`,
               `sentiment`, `sentiment_score`, then one column per score (`nps`, `csat`, `ces`, ...; float,
               NaN where not answered) and one per attribute, under their own names.
    scores:    names of the score columns; attributes: names of the attribute columns.
    negative:  [n, A] bool, the aspect is judged neg or mix.   positive: [n, A] bool, pos or mix.
    mentioned: [n, A] bool, the aspect is judged at all (also neu).
    risks:     [n, R] bool, a rule of the category fired.
    marks:     [n] the evidence of each answer's tags, for quotes; empty when it was not kept.
    failed:    rows of the input that could not be read or tagged, beyond the n.
    metrics:   the scale of each score column.
    warnings:  sentences about the data that a reader of any number should know.
    model:     `name@version` of the model that tagged most of the records; empty where unknown.
    """

    frame: pd.DataFrame
    scores: tuple[str, ...]
    attributes: tuple[str, ...]
    aspects: tuple[str, ...]
    negative: NDArray[np.bool_]
    positive: NDArray[np.bool_]
    mentioned: NDArray[np.bool_]
    risk_categories: tuple[str, ...]
    risks: NDArray[np.bool_]
    marks: Sequence[tuple[Mark, ...]] = ()
    failed: int = 0
    metrics: Mapping[str, Metric] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    model: str = ""

    def __len__(self) -> int:
        return len(self.frame)

    @property
    def commented(self) -> NDArray[np.bool_]:
        """[n] the answer has a comment."""
        return np.asarray(self.frame["text"].str.len() > 0, dtype=np.bool_)

    def select(self, rows: NDArray[np.bool_]) -> Survey:
        """The survey of the rows where the [n] mask holds."""
        return replace(
            self,
            frame=self.frame[rows].reset_index(drop=True),
            negative=self.negative[rows],
            positive=self.positive[rows],
            mentioned=self.mentioned[rows],
            risks=self.risks[rows],
            marks=tuple(compress(self.marks, rows)),
        )

    def score(self, score: str | None = None) -> str:
        """The name of a score column; by default the first of nps, csat, ces, effort, ... that exists.

        Raises InputError when there is none.
        """
        name = score or next((m for m in (*METRICS, *self.scores) if m in self.scores), None)
        if name is None:
            raise InputError(
                f"there is no score; name its column with --nps, --csat or --ces{self._candidates()}"
            )
        if name not in self.scores:
            raise InputError(
                f"there is no score {name!r}; the scores are: {', '.join(self.scores) or 'none'}"
            )
        return name

    def metric(self, score: str | None = None) -> Metric:
        """The scale of a score column, found as by `score`."""
        name = self.score(score)
        return self.metrics.get(name) or METRICS[name].fit(self.frame[name])

    def _candidates(self) -> str:
        return f"; the columns are: {', '.join(self.attributes)}" if self.attributes else ""

    def column(self, name: str) -> pd.Series[Any]:
        """A score, an attribute, `language` or another column of `frame`, in whatever case it is named."""
        return self.frame[find_column(name, list(self.frame.columns))]


def load_survey(
    path: str | Path,
    *,
    nps: str | None = None,
    csat: str | None = None,
    ces: str | None = None,
    ces_lower_is_better: bool | None = None,
    scales: Mapping[str, Metric] | None = None,
    by: Sequence[str] = (),
    time: str | None = None,
    timezone: str | None = None,
    model: str | None = None,
    scores: ScoreFile | None = None,
    keep_marks: bool = False,
) -> Survey:
    """Read tagged records, or raw comments, which the model tags on the way.

    path: .jsonl .csv .tsv .parquet .xlsx, or "-" for JSONL on standard input.
    nps, csat, ces: the column (a score or an attribute) that holds the answer; by default recognised by name.
    ces_lower_is_better: which way CES was asked; by default "effort" in the column's name tells.
    scales: further score columns and their scales, e.g. {"trust": define("trust", low=0, high=100)}.
    by: columns that must exist; those of `times.CLOCK_COLUMNS` are made from the times.   time: the column of
    times; it must hold dates, and stays as it is written, for the offset tells the customer's clock.
    timezone: see `times.local_clock`.   model: for raw comments.
    scores: a file of scores to join.
    Raises InputError when a named column is missing or is not what it is named as.
    """
    wanted = {
        name: (column, metric)
        for name, column, metric in (
            ("nps", nps, METRICS["nps"]),
            ("csat", csat, METRICS["csat"]),
            ("ces", ces, _ces(ces, ces_lower_is_better)),
            *((name, name, metric) for name, metric in (scales or {}).items()),
        )
        if column
    }
    records: Iterable[Mapping[str, Any]] = _records(path, model)
    warnings: list[str] = []
    if scores is not None:
        records, warnings = join_scores(list(records), scores)
    survey = collect(records, wanted=wanted, keep_marks=keep_marks)
    survey.warnings += tuple(warnings)
    if time:
        _, warning = read_times(survey.column(time))
        survey.warnings += (warning,) if warning else ()
        made = [name for name in by if name in CLOCK_COLUMNS and name not in survey.frame]
        clock = clock_columns(survey.column(time), timezone) if made else {}
        survey.frame = survey.frame.assign(**{name: clock[name] for name in made})
        survey.attributes += tuple(made)
    for column in by:
        survey.column(column)
    return survey


def collect(
    records: Iterable[Mapping[str, Any]],
    *,
    wanted: Mapping[str, tuple[str, Metric]] | None = None,
    keep_marks: bool = False,
) -> Survey:
    """A survey from tagged records in the form of `docs/records.md`.

    wanted: score name -> its column and scale, where names do not tell.
    A record with an `error` counts as failed, but one that only lacks its text and carries scores is an
    answer without comment.
    """
    table = _Table(keep_marks)
    for record in records:
        table.add(record)
    return table.survey(wanted or {})


class _Table:
    """Columns that grow row by row; tags are kept as (row, code) pairs until their number is known."""

    def __init__(self, keep_marks: bool) -> None:
        self.rows = 0
        self.failed = 0
        self.fixed: dict[str, list[Any]] = {name: [] for name in RECORD_FIELDS}
        self.scores: dict[str, list[Any]] = {}
        self.attributes: dict[str, list[Any]] = {}
        self.tags: dict[tuple[str, str], array[int]] = {}
        self.marks: list[tuple[Mark, ...]] | None = [] if keep_marks else None
        self.models: Counter[str] = Counter()

    def add(self, record: Mapping[str, Any]) -> None:
        error = record.get("error")
        if error and not (error.get("code") == ErrorCode.MISSING_TEXT and record.get("scores")):
            self.failed += 1
            return
        sentiment = record.get("sentiment") or {}
        language = (record.get("language") or {}).get("code", "und")
        values = (record.get("id"), record.get("text") or "", language)
        for column, value in zip(
            self.fixed.values(), (*values, sentiment.get("label"), sentiment.get("score")), strict=True
        ):
            column.append(value)
        self.models[(record.get("versions") or {}).get("model", "")] += 1
        self._extend(self.scores, record.get("scores") or {})
        self._extend(self.attributes, record.get("attributes") or {})
        marks: list[Mark] = []
        for tag in record.get("aspects") or ():
            self.tags.setdefault((tag["aspect"], tag["polarity"]), array("q")).append(self.rows)
            marks += [
                Mark("aspect", tag["aspect"], tag["polarity"], e["start"], e["end"]) for e in tag["evidence"]
            ]
        for risk in record.get("risks") or ():
            self.tags.setdefault((risk["category"], "risk"), array("q")).append(self.rows)
            marks.append(Mark("risk", risk["category"], risk["severity"], risk["start"], risk["end"]))
        if self.marks is not None:
            self.marks.append(tuple(marks))
        self.rows += 1

    def _extend(self, columns: dict[str, list[Any]], values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            column = columns.setdefault(name, [])
            column.extend([None] * (self.rows - len(column)))
            column.append(value)

    def _padded(self, columns: dict[str, list[Any]]) -> dict[str, list[Any]]:
        return {name: column + [None] * (self.rows - len(column)) for name, column in columns.items()}

    def survey(self, wanted: Mapping[str, tuple[str, Metric]]) -> Survey:
        if not self.rows:
            raise InputError(f"the input holds no answers ({self.failed} rows failed)")
        answers = sort_answers(self._padded(self.scores), self._padded(self.attributes), wanted)
        taken = {*RECORD_FIELDS, *answers.scores}
        attributes = {f"{n} (attribute)" if n in taken else n: v for n, v in answers.attributes.items()}
        frame = pd.DataFrame({**self.fixed, **answers.scores, **attributes})
        frame["sentiment_score"] = frame["sentiment_score"].astype(np.float64)
        aspects = tuple(sorted({name for name, label in self.tags if label != "risk"}))
        risks = tuple(sorted({name for name, label in self.tags if label == "risk"}))
        return Survey(
            frame=frame,
            scores=tuple(answers.scores),
            attributes=tuple(attributes),
            aspects=aspects,
            negative=self._matrix(aspects, ("neg", "mix")),
            positive=self._matrix(aspects, ("pos", "mix")),
            mentioned=self._matrix(aspects, ("neg", "mix", "pos", "neu")),
            risk_categories=risks,
            risks=self._matrix(risks, ("risk",)),
            marks=self.marks or (),
            failed=self.failed,
            metrics=answers.metrics,
            warnings=tuple(answers.warnings),
            model=self.models.most_common(1)[0][0],
        )

    def _matrix(self, names: Sequence[str], labels: Sequence[str]) -> NDArray[np.bool_]:
        matrix = np.zeros((self.rows, len(names)), dtype=np.bool_)
        for column, name in enumerate(names):
            for label in labels:
                if rows := self.tags.get((name, label)):
                    matrix[np.frombuffer(rows, dtype=np.int64), column] = True
        return matrix


def _ces(column: str | None, lower_is_better: bool | None) -> Metric:
    """Effort is better low, "made it easy" better high; the column's name tells which, if nobody says."""
    if lower_is_better is None:
        lower_is_better = recognise(column or "") is METRICS["effort"]
    return METRICS["effort"].renamed("ces") if lower_is_better else METRICS["ces"]


def _records(path: str | Path, model: str | None) -> Iterator[Mapping[str, Any]]:
    from vocnlp.batch.readers import read_records

    yield from read_records(path, model=model)
