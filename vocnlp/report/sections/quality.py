"""What the numbers rest on: who answered, who wrote, what is missing or suspicious."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from vocnlp.report.context import SURE, Context
from vocnlp.report.quotes import tag

__all__ = ["view"]

QUOTES = 8  # behind each reason for suspicion
WRITERS = 8
POINTS = ("score", "effect", "driver_effect")  # numbers in points of the score; all others are shares
SIDES = ("before", "after")
CHANGES_HEAD = ("number", "before", "after", "change")


def view(context: Context) -> dict[str, Any]:
    """The template's `quality`."""
    survey, t = context.survey, context.t
    answered = survey.frame[context.results.score].notna().to_numpy()
    commented = survey.commented
    praise_warnings = context.results.praise["warnings"] if context.results.praise else ()
    left = context.results.left_out
    read = len(survey) + survey.failed + (left["answers"] if left else 0)
    counts = [
        ("read", read, None),
        ("failed", survey.failed, read),
        *([("left_out", left["answers"], read)] if left else []),
        ("answered", int(answered.sum()), len(survey)),
        ("commented", int(commented.sum()), len(survey)),
        ("tagged", int(survey.mentioned.any(axis=1).sum()), int(commented.sum())),
        (
            "undetermined",
            int((commented & (survey.frame["language"] == "und").to_numpy()).sum()),
            int(commented.sum()),
        ),
        ("repeated", _repeated(context), int(commented.sum())),
    ]
    rows = [
        [t(f"quality.{key}"), t.count(count), t.percent(count / whole, 1) if whole else ""]
        for key, count, whole in counts
    ]
    return {
        "lead": _silent(context),
        "head": [t(f"quality.head.{key}") for key in ("what", "rows", "share")],
        "rows": [*rows, *_missing(context)],
        "suspicious": _suspicious(context),
        "writers": _writers(context),
        "writers_head": [t(f"quality.head.{key}") for key in ("segment", "answers", "wrote", "interval")],
        "warnings": t.sentences([*context.results.causes["warnings"], *praise_warnings]),
    }


def _repeated(context: Context) -> int:
    text = context.survey.frame["text"][context.survey.commented]
    return int(text.str.casefold().str.strip().duplicated().sum())


def _suspicious(context: Context) -> dict[str, Any] | None:
    """Reasons that make answers suspicious, and the score without them."""
    praise, t = context.results.praise, context.t
    if praise is None:
        return None
    reasons = list(praise["reasons"])
    table = np.zeros((len(context.survey), len(reasons)), dtype=np.bool_)
    kept = {row: i for i, row in enumerate(context.results.rows)}
    for flag in praise["flags"]:
        row = kept.get(flag["row"]) if context.results.left_out else flag["row"]
        if row is not None:
            table[row, reasons.index(flag["reason"])] = True
    context.pool.tag_rows("flag", reasons, table)
    without = {row["left_out"]: row for row in praise["effect"] if row["number"] == "score"}
    rows = []
    for i, reason in enumerate(reasons):
        context.pool.draw(table[:, i], QUOTES)
        moved = without[reason]
        rows.append(
            {
                "name": t(f"praise.reason.{reason}"),
                "why": t(f"praise.why.{reason}"),
                "count": praise["reasons"][reason],
                "tag": tag("flag", reason) if table[:, i].any() else "",
                "after": t.score(moved["after"]),
                "change": t.signed(moved["change"]),
            }
        )
    return {"lead": _lead(context, praise["flagged"], without), "rows": rows, **_changes(context)}


def _lead(context: Context, flagged: int, without: Mapping[str, Any]) -> str:
    t, left = context.t, context.results.left_out
    if not flagged:
        return t("praise.none")
    if left is None:
        moved, key, n = without["all"], "praise.lead", flagged
    else:
        moved = next(row for row in left["numbers"] if row["number"] == "score")
        key, n = "praise.left", left["answers"]
    scores = {side: t.score(moved[side]) for side in ("before", "after")}
    return t(key, n=n, flagged=t.count(flagged), metric=context.metric_name, **scores)


def _changes(context: Context) -> dict[str, Any]:
    """Every number with and without the answers that are left out."""
    t, left = context.t, context.results.left_out
    if left is None:
        return {"changes": []}
    rows = []
    for row in left["numbers"]:
        in_points = row["number"] in POINTS
        count = row["number"] == "answers"
        show: Callable[[Any], str] = t.count if count else t.score if in_points else t.percent
        change = t.signed(row["change"]) if in_points else show(row["change"]) if row["change"] else ""
        name = t(f"praise.number.{row['number']}", metric=context.metric_name, who=context.unhappy)
        about = f"{name}: {context.names.aspect(row['name'])}" if row["name"] else name
        rows.append([about, *("" if row[side] is None else show(row[side]) for side in SIDES), change])
    return {"changes": rows, "changes_head": [t(f"praise.changes.{key}") for key in CHANGES_HEAD]}


def _writers(context: Context) -> list[list[str]]:
    """Segments that write comments more or less often than the rest beyond doubt."""
    t, table = context.t, (context.results.praise or {"response": []})["response"]
    rows = [row for row in table if row["columns"] and row["q_value"] is not None and row["q_value"] <= SURE]
    rows.sort(key=lambda row: row["q_value"])
    return [
        [
            t("pair", name=context.names.column(row["columns"]), value=context.names.value(row["segment"])),
            t.count(row["n"]),
            t.percent(row["share"]),
            t.shares((row["low"], row["high"])),
        ]
        for row in rows[:WRITERS]
    ]


def _silent(context: Context) -> str:
    """How the score of those who wrote differs from the score of those who did not."""
    t, data = context.t, context.results.causes["data"]
    if data["difference_interval"] is None:
        return t("quality.all_wrote")
    low, high = data["difference_interval"]
    return t(
        "quality.same" if low <= 0 <= high else "quality.differ",
        wrote=t.score(data["wrote"]["score"]),
        silent=t.score(data["silent"]["score"]),
        difference=t.signed(data["difference"]),
        range=t.interval((low, high)),
    )


def _missing(context: Context) -> list[list[str]]:
    t, survey = context.t, context.survey
    rows = []
    for column in context.results.by:
        values = survey.frame[column].astype("string")
        absent = int((values.isna() | (values == "")).sum())
        if absent:
            name = t("quality.missing", column=context.names.column(column))
            rows.append([name, t.count(absent), t.percent(absent / len(survey), 1)])
    return rows
