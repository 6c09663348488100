"""Which score belongs to which comment, when they come in two files.

Answers meet by the response's id, or by the customer's id and the nearest time within a window, one to one.
What was chosen among equals and what found no partner is part of the result, so that nothing goes unseen.
"""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

from vocnlp.errors import InputError

__all__ = ["Keys", "Match", "match", "read_id_map"]


class Keys(NamedTuple):
    """Who and when, one entry a row; rows without id, or without time where times count, match nothing."""

    ids: Sequence[object]
    times: Sequence[datetime | None] | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """Row numbers, from 0.

    pairs: (comment, score).   comments: comments without score.   scores: scores without comment.
    ties: pairs as near as another pair of the same comment or score; the first in the files was taken.
    """

    pairs: list[tuple[int, int]]
    comments: list[int]
    scores: list[int]
    ties: list[tuple[int, int]]

    def sentences(self) -> list[str]:
        """What a reader of the joined numbers should know; empty if every row found its only partner."""
        parts = (
            (self.comments, "comments found no score"),
            (self.scores, "scores found no comment and count as answers without comment"),
            (
                [c for c, _ in self.ties],
                "comments had several equally near scores; the first in the file was taken",
            ),
        )
        return [f"{len(rows)} {what} (rows {_listed(rows)})" for rows, what in parts if rows]


def match(
    comments: Keys,
    scores: Keys,
    *,
    window: timedelta | None = None,
    id_map: Mapping[str, str] | None = None,
) -> Match:
    """Pair comments with scores of the same id, the nearest in time first, one to one.

    window: the longest distance in time; None where ids alone decide.
    id_map: id -> the id it is merged into.
    Raises InputError when a window is asked for and there are no times.
    """
    if window is not None and (comments.times is None or scores.times is None):
        raise InputError("a time window needs a column of times with the comments and with the scores")
    merged = id_map or {}
    by_id: dict[str, list[int]] = defaultdict(list)
    for row, value in enumerate(scores.ids):
        if name := plain(value):
            by_id[merged.get(name, name)].append(row)
    candidates = [
        (distance, comment, score)
        for comment, value in enumerate(comments.ids)
        if (name := plain(value))
        for score in by_id.get(merged.get(name, name), ())
        if (distance := _distance(comments, comment, scores, score, window)) is not None
    ]
    pairs, ties = _nearest_first(sorted(candidates))
    paired_comments, paired_scores = {c for c, _ in pairs}, {s for _, s in pairs}
    return Match(
        pairs=sorted(pairs),
        comments=[row for row in range(len(comments.ids)) if row not in paired_comments],
        scores=[row for row in range(len(scores.ids)) if row not in paired_scores],
        ties=sorted(ties),
    )


def plain(value: object) -> str:
    """An id as text: 12, 12.0 and " 12 " are one id; nothing and NaN are none."""
    if value is None or value != value:  # noqa: PLR0124  NaN
        return ""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).strip()


def _distance(
    comments: Keys, comment: int, scores: Keys, score: int, window: timedelta | None
) -> timedelta | None:
    """None if the two are too far apart, or their distance is unknown."""
    if window is None or comments.times is None or scores.times is None:
        return timedelta(0)
    first, second = comments.times[comment], scores.times[score]
    if first is None or second is None:
        return None
    distance = abs(first - second)
    return distance if distance <= window else None


def _nearest_first(
    candidates: Sequence[tuple[timedelta, int, int]],
) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    pairs: list[tuple[int, int]] = []
    ties: list[tuple[int, int]] = []
    taken_comments: set[int] = set()
    taken_scores: set[int] = set()
    for _, level in groupby(candidates, key=lambda c: c[0]):
        free = [(c, s) for _, c, s in level if c not in taken_comments and s not in taken_scores]
        per_comment, per_score = Counter(c for c, _ in free), Counter(s for _, s in free)
        for c, s in free:
            if c in taken_comments or s in taken_scores:
                continue
            taken_comments.add(c)
            taken_scores.add(s)
            pairs.append((c, s))
            if per_comment[c] > 1 or per_score[s] > 1:
                ties.append((c, s))
    return pairs, ties


def read_id_map(path: Path) -> dict[str, str]:
    """id -> the id it is merged into, from a CSV with a header and two columns: an id, and the id to use.

    Chains (a -> b, b -> c) are followed; raises InputError at a circle or a line of another width.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))[1:]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InputError(f"mapping file {path}: {error}") from error
    for number, row in enumerate(rows, 2):
        if row and len(row) != 2:
            raise InputError(f"mapping file {path}, line {number}: two columns are needed, got {len(row)}")
    direct = {plain(row[0]): plain(row[1]) for row in rows if row and plain(row[0]) != plain(row[1])}
    return {name: _end(name, direct, path) for name in direct}


def _end(name: str, direct: Mapping[str, str], path: Path) -> str:
    seen = [name]
    while (following := direct.get(seen[-1])) is not None:
        if following in seen:
            raise InputError(f"mapping file {path}: {' -> '.join([*seen, following])} goes in a circle")
        seen.append(following)
    return seen[-1]


def _listed(rows: Sequence[int]) -> str:
    return ", ".join(str(row + 1) for row in rows[:10]) + ", ..." * (len(rows) > 10)
