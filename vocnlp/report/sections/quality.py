"""What the numbers rest on: who answered, who wrote, what is missing or suspicious."""

from __future__ import annotations

from typing import Any

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
        "lead": _silent(context),
        "head": [t(f"quality.head.{key}") for key in ("what", "rows", "share")],
        "rows": [*rows, *_missing(context)],
        "warnings": t.sentences(context.results.causes["warnings"]),
    }


def _repeated(context: Context) -> int:
    text = context.survey.frame["text"][context.survey.commented]
    return int(text.str.casefold().str.strip().duplicated().sum())


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
