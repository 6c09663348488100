"""The stages of the customer's journey, with the valley marked."""

from __future__ import annotations

from typing import Any

from vocnlp.report.context import Context
from vocnlp.report.series import Point, series

__all__ = ["view"]


def view(context: Context) -> dict[str, Any] | None:
    """The template's `journey`, or None without a column of stages."""
    journey, t = context.results.journey, context.t
    if journey is None:
        return None
    stages = [stage for stage in journey["stages"] if stage["n"]]
    valley = next((stage for stage in stages if stage["name"] == journey["valley"]), None)
    points = [
        Point(
            stage["score"],
            tuple(stage["interval"]),
            stage["name"],
            t(
                "journey.tip",
                stage=stage["name"],
                score=t.score(stage["score"]),
                range=t.interval(stage["interval"]),
                n=stage["n"],
            ),
            marked=stage is valley,
            brief=str(number),
        )
        for number, stage in enumerate(stages, 1)
    ]
    return {
        "lead": _lead(context, valley),
        "chart": series(points, title=t("journey.chart", metric=context.metric_name)),
        "head": [
            t(f"journey.head.{key}")
            for key in ("stage", "answers", "score", "interval", "step", "complaints")
        ],
        "rows": [_row(context, number, stage) for number, stage in enumerate(stages, 1)],
        "warnings": t.sentences(journey["warnings"]),
    }


def _lead(context: Context, valley: dict[str, Any] | None) -> str:
    t = context.t
    if valley is None:
        return t("journey.lead.none")
    return t(
        "journey.lead.some",
        stage=valley["name"],
        metric=context.metric_name,
        score=t.score(valley["score"]),
        range=t.interval(valley["interval"]),
        probability=t.chance(valley["valley"]),
    )


def _row(context: Context, number: int, stage: dict[str, Any]) -> list[str]:
    t = context.t
    complaints = [
        f"{context.names.aspect(aspect)} {t.percent(share)}" for aspect, share in stage["complaints"]
    ]
    return [
        f"{number} {stage['name']}" if not stage["name"][:1].isdigit() else stage["name"],
        t.count(stage["n"]),
        t.score(stage["score"]),
        t.interval(stage["interval"]),
        t.signed(stage["step"]),
        ", ".join(complaints),
    ]
