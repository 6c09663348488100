"""What costs points: adjusted effects beside the familiar leave-out impact, and the detractors' shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vocnlp.report.charts import Scale, axis, bar, forest, stack
from vocnlp.report.context import SURE, Context
from vocnlp.report.quotes import tag

__all__ = ["GENERAL", "innocent", "misleading", "shown", "view"]

GENERAL = "overall"  # a judgement of the whole names no cause to mend
HEAD = ("cause", "mentions", "negative", "rate", "effect", "interval", "q", "leave_out", "share")
ROWS = 12  # causes drawn; the table holds all
LEAST_SHARE = 0.005
SHARES = 7  # causes with a share of their own in the stacked bar
QUOTES = 24  # behind each number
VOICES = 2  # quotes for each of the first three causes

Json = Mapping[str, Any]


def view(context: Context) -> dict[str, Any]:
    """The template's `causes`."""
    t, causes = context.t, context.results.causes
    return {
        "lead": _lead(context),
        "costs": _forest(context, causes["causes"], "negative"),
        "earns": _forest(context, causes["drivers"], "positive"),
        "notes": [innocent(context, cause) for cause in misleading(context)],
        "head": [t(f"causes.head.{key}") for key in HEAD],
        "table": [_cells(context, cause) for cause in causes["causes"]],
        "voices": _voices(context),
        **_attributed(context),
    }


def _forest(context: Context, factors: Sequence[Json], side: str) -> dict[str, Any]:
    """Axis and rows of the complaints (side: negative) or the praise (positive) that have an effect."""
    drawn = [factor for factor in factors if factor["effect"]][:ROWS]
    ends = [(f["effect"]["estimate"], *f["effect"]["interval"], f["leave_out_impact"] or 0.0) for f in drawn]
    scale = Scale.over([value for end in ends for value in end])
    rows = [_row(context, scale, factor, side) for factor in drawn]
    return {"axis": axis(scale, title=context.t("causes.axis")), "rows": rows}


def shown(context: Context) -> list[Json]:
    """Causes that cost points beyond doubt (q-value up to 0.05), worst first."""
    return [
        cause
        for cause in context.results.causes["causes"]
        if cause["effect"]
        and cause["effect"]["q_value"] <= SURE
        and context.worse(cause["effect"]["estimate"])
    ]


def misleading(context: Context) -> list[Json]:
    """Causes that leave-out impact blames although they may cost nothing; the most blamed first."""
    found = []
    for cause in context.results.causes["causes"]:
        effect, impact = cause["effect"], cause["leave_out_impact"]
        if not effect or impact is None or not cause["co_mentioned_with"] or cause["aspect"] == GENERAL:
            continue
        low, high = effect["interval"]
        if low <= 0 <= high and context.worse(impact) and not low <= impact <= high:
            found.append(cause)
    return sorted(found, key=lambda cause: -abs(cause["leave_out_impact"]))


def _voices(context: Context) -> list[int]:
    """Rows of the survey that speak for the worst causes; of unhappy customers where there are enough."""
    survey, rows = context.survey, list[int]()
    unhappy = context.results.metric.detractor(survey.frame[context.results.score])
    for cause in shown(context)[:3]:
        mask = context.aspect(cause["aspect"], survey.negative)
        rows += context.pool.draw(mask & unhappy if (mask & unhappy).any() else mask, VOICES)
    return list(dict.fromkeys(rows))


def _lead(context: Context) -> str:
    t, found = context.t, shown(context)
    if not found:
        return t("causes.lead.none")
    names = [context.names.aspect(cause["aspect"]) for cause in found[:3]]
    return t("causes.lead.some", causes=t.join(names), metric=context.metric_name, n=len(found))


def _row(context: Context, scale: Scale, factor: Json, side: str) -> dict[str, Any]:
    t, effect, impact = context.t, factor["effect"], factor["leave_out_impact"]
    name, range_ = context.names.aspect(factor["aspect"]), t.interval(effect["interval"])
    sure = effect["q_value"] <= SURE
    kind = "neg" if side == "negative" else "pos"
    matrix = context.survey.negative if kind == "neg" else context.survey.positive
    context.pool.draw(context.aspect(factor["aspect"], matrix), QUOTES)
    chart = forest(
        scale,
        effect["estimate"],
        effect["interval"],
        ghost=impact,
        tone="neg" if context.worse(effect["estimate"]) else "pos",
        sure=sure,
        title=t("causes.chart", name=name, effect=t.signed(effect["estimate"]), range=range_),
    )
    return {
        "name": name,
        "count": factor[side],
        "counted": t(f"causes.{side}", n=factor[side]),
        "title": t("causes.complaints_about" if kind == "neg" else "aspects.praise_of", aspect=name),
        "tag": tag(kind, factor["aspect"]),
        "chart": chart,
        "effect": t.signed(effect["estimate"]),
        "interval": range_,
        "leave_out": t.signed(impact),
        "sure": sure,
    }


def innocent(context: Context, cause: Json) -> str:
    """Why a cause is blamed by leave-out impact without costing points of its own."""
    partners = [context.names.aspect(other["aspect"]) for other in cause["co_mentioned_with"][:2]]
    return context.t(
        "causes.misleading",
        aspect=context.names.aspect(cause["aspect"]),
        leave_out=context.t.signed(cause["leave_out_impact"]),
        effect=context.t.signed(cause["effect"]["estimate"]),
        range=context.t.interval(cause["effect"]["interval"]),
        others=context.t.join(partners),
    )


def _cells(context: Context, cause: Json) -> list[str]:
    t, effect, share = context.t, cause["effect"], cause["attributed_detractors"]
    none = "\u2013"
    return [
        context.names.aspect(cause["aspect"]),
        t.count(cause["mentions"]),
        t.count(cause["negative"]),
        t.percent(cause["detractor_rate_if_negative"]),
        t.signed(effect["estimate"]) if effect else none,
        t.interval(effect["interval"]) if effect else none,
        t.q(effect["q_value"]) if effect else none,
        t.signed(cause["leave_out_impact"]),
        t.percent(share["share"], 1) if share else none,
    ]


def _attributed(context: Context) -> dict[str, Any]:
    t, causes = context.t, context.results.causes
    rest = causes["unexplained"]
    parts = [(context.names.aspect(c["aspect"]), c["attributed_detractors"]) for c in causes["causes"]]
    parts = [(name, part) for name, part in parts if part and (part["share"] or 0.0) > LEAST_SHARE]
    parts.sort(key=lambda part: -part[1]["share"])
    rows = [*parts[:ROWS], (t("attributed.unexplained"), rest)]
    scale = Scale.over([v for _, part in rows for v in (part["share"], *part["interval"])])
    return {
        "attributed_lead": t(
            "attributed.lead",
            who=context.unhappy,
            n=causes["detractors"]["n"],
            share=t.percent(causes["detractors"]["share"]),
            explained=t.percent(1 - rest["share"]),
            rest=t.percent(rest["share"]),
            range=t.shares(rest["interval"]),
            silent=t.percent(rest["without_comment"]),
        ),
        "stack": _stack(context, parts, rest),
        "share_axis": axis(scale, percent=True, title=t("attributed.axis")),
        "shares": [_share_row(context, scale, name, part, rest=part is rest) for name, part in rows],
    }


def _share_row(context: Context, scale: Scale, name: str, part: Json, *, rest: bool) -> dict[str, Any]:
    share, range_ = context.t.percent(part["share"]), context.t.shares(part["interval"])
    title = context.t("attributed.chart", name=name, share=share, range=range_)
    chart = bar(scale, part["share"], part["interval"], tone="quiet" if rest else "neg", title=title)
    return {"name": name, "share": share, "interval": range_, "chart": chart, "rest": rest}


def _stack(context: Context, parts: Sequence[tuple[str, Json]], rest: Json) -> str:
    t = context.t
    own = [
        (part["share"], f"neg shade{i}", f"{name}: {t.percent(part['share'])}")
        for i, (name, part) in enumerate(parts[:SHARES])
    ]
    others = sum(part["share"] for _, part in parts[SHARES:])
    if others:
        own.append((others, "quiet", f"{t('attributed.others')}: {t.percent(others)}"))
    unexplained = (
        max(rest["share"], 0.0),
        "rest",
        f"{t('attributed.unexplained')}: {t.percent(rest['share'])}",
    )
    return stack([*own, unexplained], title=t("attributed.title", who=context.unhappy))
