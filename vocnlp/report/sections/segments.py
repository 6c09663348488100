"""Who scores and complains differently from the rest: a heat map, and the combinations that stand out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from vocnlp.report.context import SURE, Context
from vocnlp.report.filters import Choice
from vocnlp.report.quotes import tag

__all__ = ["hardest_hit", "lowest", "view"]

ASPECTS = 7  # columns of the heat map
VALUES = 12  # rows of one column of the data
COMBINATIONS = 10  # of several columns
QUOTES = 3  # drawn for each cell of the heat map
LEVELS = 4  # shades on each side

Json = Mapping[str, Any]


def view(context: Context) -> dict[str, Any] | None:
    """The template's `segments`, or None without segment columns."""
    segments = context.results.segments
    if segments is None:
        return None
    aspects = _aspects(context)
    cells = {(c["columns"], c["segment"], c["aspect"]): c for c in segments["aspects"]}
    single = [row for row in segments["table"] if row["depth"] == 1]
    largest = max((abs(row["difference"]) for row in single if row["q_value"] is not None), default=0.0)
    groups = []
    for column in segments["by"]:
        rows = sorted((r for r in single if r["columns"] == column), key=lambda r: -r["n"])[:VALUES]
        drawn = [
            _row(context, row, [cells.get((column, row["segment"], a)) for a in aspects], largest or 1.0)
            for row in rows
        ]
        groups.append({"name": context.names.column(column), "rows": drawn})
    return {
        "lead": _lead(context),
        "aspects": [context.names.aspect(aspect) for aspect in aspects],
        "groups": groups,
        "combinations": [_combination(context, row) for row in _odd(segments)],
        "warnings": context.t.sentences(segments["warnings"]),
    }


def _aspects(context: Context) -> list[str]:
    """The aspects with most complaints."""
    survey = context.survey
    order = np.argsort(-survey.negative.sum(axis=0), kind="stable")[:ASPECTS]
    return [survey.aspects[int(i)] for i in order if survey.negative[:, i].any()]


def lowest(context: Context) -> Json | None:
    """The single segment that costs most points by scoring below the rest beyond doubt."""
    rows = [
        row
        for row in (context.results.segments or {"table": []})["table"]
        if row["depth"] == 1 and _sure(row) and context.worse(row["difference"])
    ]
    return max(rows, key=lambda row: row["n"] * abs(row["difference"]), default=None)


def hardest_hit(context: Context, aspect: str) -> Json | None:
    """The single segment with most complaints in excess of the rest's share, beyond doubt."""
    names = (context.results.segments or {"by": ()})["by"]
    rows = [
        row
        for row in (context.results.segments or {"aspects": []})["aspects"]
        if row["aspect"] == aspect and row["columns"] in names and _sure(row) and row["share"] > row["rest"]
    ]
    return max(rows, key=lambda row: row["negative"] - row["comments"] * row["rest"], default=None)


def _sure(row: Json) -> bool:
    return row["q_value"] is not None and row["q_value"] <= SURE


def _odd(segments: Json) -> list[Json]:
    """Combinations of several columns that differ beyond doubt, those that weigh most first."""
    rows = [row for row in segments["table"] if row["depth"] > 1 and _sure(row)]
    return sorted(rows, key=lambda row: -row["n"] * abs(row["difference"]))[:COMBINATIONS]


def _lead(context: Context) -> str:
    t, row = context.t, lowest(context)
    if row is None:
        return t("segments.lead.none")
    return t(
        "segments.lead.some",
        column=context.names.column(row["columns"]),
        value=context.names.value(row["segment"]),
        metric=context.metric_name,
        score=t.score(row["score"]),
        difference=t.signed(row["difference"]),
    )


def _row(context: Context, row: Json, cells: list[Json | None], largest: float) -> dict[str, Any]:
    t = context.t
    choice = context.filters.choice(row["columns"], row["segment"])
    shade = _shade(row["difference"] / largest if row["q_value"] is not None else 0.0, _sure(row), context)
    return {
        "value": context.names.value(row["segment"]),
        "n": t.count(row["n"]),
        "score": t.score(row["score"]),
        "shrunk": t(
            "segments.shrunk",
            score=t.score(row["shrunk"]),
            range=t.interval((row["shrunk_low"], row["shrunk_high"])),
        ),
        "difference": t.signed(row["difference"]),
        "shade": shade,
        "sure": _sure(row),
        "cells": [_cell(context, row, cell, choice) for cell in cells],
    }


def _cell(context: Context, row: Json, cell: Json | None, choice: Choice | None) -> dict[str, Any]:
    """One aspect within one segment; more complaints than elsewhere are shaded like a lower score."""
    if cell is None:
        return {"text": context.t.percent(0.0), "count": 0, "shade": "", "sure": False}
    aspect = cell["aspect"]
    title = context.t("causes.complaints_about", aspect=context.names.aspect(aspect))
    if choice:
        rows = context.filters.mask(choice) & context.aspect(aspect, context.survey.negative)
        context.pool.draw(rows, QUOTES)
    excess = (cell["share"] - cell["rest"]) / 0.2
    worse = -excess if context.results.metric.higher_is_better else excess
    return {
        "text": context.t.percent(cell["share"]),
        "count": cell["negative"] if choice else 0,
        "title": f"{title} \u00b7 {context.names.value(row['segment'])}",
        "tag": tag("neg", aspect),
        "segment": choice.id if choice else "",
        "shade": _shade(worse, _sure(cell), context),
        "sure": _sure(cell),
    }


def _shade(relative: float, sure: bool, context: Context) -> str:
    """Class of a cell: h-4 (worst) to h4; what is not told from the rest stays pale."""
    level = round(LEVELS * min(abs(relative), 1.0))
    level = max(level, 2) if sure else min(level, 1)
    if not level:
        return ""
    return f"h-{level}" if context.worse(relative) else f"h{level}"


def _combination(context: Context, row: Json) -> list[str]:
    t = context.t
    columns = " \u00d7 ".join(context.names.column(name) for name in row["columns"].split(" / "))
    return [
        context.names.value(row["segment"]),
        columns,
        t.count(row["n"]),
        t.score(row["score"]),
        t.signed(row["difference"]),
        t.interval((row["difference_low"], row["difference_high"])),
        t.q(row["q_value"]),
    ]
