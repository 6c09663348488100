"""What the numbers rest on: who answered, who wrote, what is missing or suspicious."""

from __future__ import annotations

from typing import Any

import numpy as np

from vocnlp.report.context import Context

__all__ = ["view"]


def view(context: Context) -> dict[str, Any]:
    """The template's `quality`."""
    survey, t = context.survey, context.t
    answered = survey.frame[context.results.score].notna().to_numpy()
    commented = survey.commented
    counts = [
        ("read", len(survey) + survey.failed, None),
        ("failed", survey.failed, len(survey) + survey.failed),
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
        "lead": _silent(context, answered & commented, answered & ~commented),
        "head": [t(f"quality.head.{key}") for key in ("what", "rows", "share")],
        "rows": [*rows, *_missing(context)],
        "warnings": survey.warnings,
    }


def _repeated(context: Context) -> int:
    text = context.survey.frame["text"][context.survey.commented]
    return int(text.str.casefold().str.strip().duplicated().sum())


def _silent(context: Context, wrote: np.ndarray, silent: np.ndarray) -> str:
    """How the score of those who wrote differs from the score of those who did not."""
    t, metric = context.t, context.results.metric
    values = metric.points(context.survey.frame[context.results.score])
    if silent.sum() < 2 or wrote.sum() < 2:
        return t("quality.all_wrote")
    difference = values[wrote].mean() - values[silent].mean()
    half = 1.96 * np.sqrt(values[wrote].var(ddof=1) / wrote.sum() + values[silent].var(ddof=1) / silent.sum())
    key = "quality.same" if abs(difference) <= half else "quality.differ"
    return t(
        key,
        metric=context.metric_name,
        wrote=t.score(values[wrote].mean()),
        silent=t.score(values[silent].mean()),
        difference=t.signed(difference),
        range=t.interval((difference - half, difference + half)),
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
