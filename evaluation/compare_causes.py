"""How the causes of a score would move if another model tagged the comments."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from models.interface import Model
from vocnlp import pipeline
from vocnlp.analysis.causes import causes
from vocnlp.analysis.findings import Causes, Factor
from vocnlp.analysis.survey import collect
from vocnlp.batch.labelled import read_lines
from vocnlp.batch.readers import read
from vocnlp.errors import InputError
from vocnlp.schema import Comment, FailedComment, to_json
from vocnlp.scores.metrics import METRICS

__all__ = ["labelled_comments", "move", "survey_comments", "table"]

DISCOVERY = 0.05
_NONE = "-"

Comments = Sequence[Comment | FailedComment]


def survey_comments(path: Path) -> list[Comment | FailedComment]:
    """The comments of a survey in any format that `vocnlp causes` reads; raises InputError."""
    return list(read(path))


def labelled_comments(paths: Sequence[Path]) -> list[Comment]:
    """Labelled comments that have a score: a field such as `nps`, or one of `scores`."""
    found = []
    for path in paths:
        for number, row in enumerate(read_lines(path), 1):
            given = {**row, **(row.get("scores") or {})}
            scores = {name: given[name] for name in METRICS if given.get(name) is not None}
            if scores:
                found.append(Comment(str(row.get("id", f"{path.stem}:{number}")), row["text"], scores=scores))
    return found


def move(
    first: Model, second: Model, comments: Comments, *, draws: int = 200, seed: int = 0
) -> dict[str, Any]:
    """The causes of the score under the tags of each model, the largest first.

    The answers, their scores and the resamples are the same for both; only the tags differ.
    Raises InputError when no comment has a score or they are too few.
    """
    if not any(isinstance(comment, Comment) and comment.scores for comment in comments):
        raise InputError("no comment has a score such as nps, csat or ces")
    one, other = (_causes(model, comments, draws, seed) for model in (first, second))
    ours, theirs = _complaints(one), _complaints(other)
    rows = [_row(name, ours.get(name), theirs.get(name)) for name in {**ours, **theirs}]
    rows = [row for row in rows if row["first"]["effect"] is not None or row["second"]["effect"] is not None]
    rows.sort(key=_size, reverse=True)
    return {
        "metric": one.metric,
        "n": one.n,
        "score": one.score,
        "unexplained": [one.unexplained.share, other.unexplained.share],
        "rows": rows,
    }


def _causes(model: Model, comments: Comments, draws: int, seed: int) -> Causes:
    tagged = pipeline.assemble(model).tag(comments)
    return causes(collect(orjson.loads(to_json(record)) for record in tagged), draws=draws, seed=seed)


def _complaints(found: Causes) -> dict[str, Factor]:
    return {factor.aspect: factor for factor in found.causes if factor.kind != "verdict"}


def _row(name: str, first: Factor | None, second: Factor | None) -> dict[str, Any]:
    one, other = _told(first), _told(second)
    known = one["effect"] is not None and other["effect"] is not None
    return {
        "cause": name,
        "first": one,
        "second": other,
        "difference": other["effect"] - one["effect"] if known else None,
    }


def _told(factor: Factor | None) -> dict[str, Any]:
    effect = factor.effect if factor else None
    return {
        "negative": factor.judged if factor else 0,
        "effect": effect.estimate if effect else None,
        "interval": list(effect.interval) if effect else None,
        "discovery": bool(effect and effect.q_value is not None and effect.q_value <= DISCOVERY),
    }


def _size(row: Mapping[str, Any]) -> float:
    sizes = [abs(float(row[side]["effect"] or 0.0)) for side in ("first", "second")]
    return max(sizes)


def table(found: Mapping[str, Any]) -> Iterator[str]:
    """Lines of a readable table; * marks a discovery (q up to 0.05)."""
    shares = " and ".join(f"{share:.0%}" for share in found["unexplained"])
    score = f"{found['metric'].upper()} {found['score']:.2f} on {found['n']:,} answers"
    yield f"causes of {score}, in points, all else equal; unhappy answers without a cause: {shares}"
    yield f"{'':<22}{'negative':>14}{'first (95 %)':>28}{'second (95 %)':>28}{'difference':>12}"
    for row in found["rows"]:
        one, other, difference = row["first"], row["second"], row["difference"]
        moved = _NONE if difference is None else f"{difference:+.2f}"
        negative = f"{one['negative']:,} / {other['negative']:,}"
        yield f"{row['cause']:<22}{negative:>14}{_effect(one):>28}{_effect(other):>28}{moved:>12}"


def _effect(told: Mapping[str, Any]) -> str:
    if told["effect"] is None:
        return _NONE
    low, high = told["interval"]
    return f"{told['effect']:+.2f} [{low:+.2f}, {high:+.2f}]{'*' if told['discovery'] else ' '}"
