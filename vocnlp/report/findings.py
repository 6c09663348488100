"""Three to five sentences a director can act on: size, certainty, place, owner and next step of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vocnlp.report.context import SURE, Context
from vocnlp.report.quotes import tag
from vocnlp.report.sections import causes, change, risks, segments

__all__ = ["Finding", "certainty", "findings"]

MOST = 5
QUOTES = 8
LIKELY = 0.9  # probability from which the valley of the journey is a finding

Json = Mapping[str, Any]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Place:
    """A segment of the page's filter; `count` and `title` describe the finding's comments within it."""

    id: str
    count: int
    title: str


@dataclass(frozen=True, slots=True)
class Finding:
    """One finding in words; `tag`, `count` and `title` open the comments behind it."""

    tone: str
    headline: str
    size: str
    certainty: str
    where: str = ""
    place: Place | None = None
    owner: str = ""
    next_step: str = ""
    count: int = 0
    title: str = ""
    tag: str = ""


def findings(context: Context) -> list[Finding]:
    """At most five: the worst causes, what moved the score, what only looks guilty, risks, places."""
    costs = [_cause(context, cause) for cause in causes.shown(context) if cause["aspect"] != causes.GENERAL]
    others = [f for make in (_change, _misleading, _risks) if (f := make(context))]
    spare = [f for make in (_segment, _valley, _unexplained) if (f := make(context))]
    extra = costs[2:3] + spare
    chosen = [*costs[:2], *others, *extra][:MOST]
    return [f for f in (*costs[:3], *others, *spare) if f in chosen]


def certainty(context: Context, interval: tuple[float, float], q_value: float) -> str:
    """How sure an effect is, in words, with its interval."""
    word = "very" if q_value < 0.01 else "fairly" if q_value <= SURE else "hint"
    return context.t(f"certainty.{word}", range=context.t.interval(interval, size=True))


def _cause(context: Context, cause: Json) -> Finding:
    t, effect, aspect = context.t, cause["effect"], cause["aspect"]
    name, negative = context.names.aspect(aspect), context.aspect(aspect, context.survey.negative)
    title = t("causes.complaints_about", aspect=name)
    where, place = _where(context, aspect, negative, title)
    return Finding(
        tone="neg",
        headline=t(
            "finding.cause" if context.results.metric.higher_is_better else "finding.cause_raises",
            aspect=name,
            points=t.score(abs(effect["estimate"])),
            metric=context.metric_name,
        ),
        size=t(
            "finding.cause_size",
            n=cause["negative"],
            share=t.percent(cause["negative"] / max(int(context.survey.commented.sum()), 1)),
            rate=t.percent(cause["detractor_rate_if_negative"]),
            base=t.percent(context.results.causes["detractors"]["share"]),
            who=context.unhappy,
        ),
        certainty=certainty(context, effect["interval"], effect["q_value"]),
        where=where,
        place=place,
        owner=context.names.owner(aspect),
        next_step=context.names.next_step(aspect),
        count=cause["negative"],
        title=title,
        tag=tag("neg", aspect),
    )


def _where(context: Context, aspect: str, mask: Mask, title: str) -> tuple[str, Place | None]:
    t, row = context.t, segments.hardest_hit(context, aspect)
    if row is None:
        return (t("finding.everywhere") if context.results.segments else ""), None
    sentence = t(
        "finding.hit",
        column=context.names.column(row["columns"]),
        value=context.names.value(row["segment"]),
        inside=t.percent(row["share"]),
        outside=t.percent(row["rest"]),
    )
    choice = context.filters.choice(row["columns"], row["segment"])
    if choice is None:
        return sentence, None
    count = int((mask & context.filters.mask(choice)).sum())
    return sentence, Place(choice.id, count, f"{title} \u00b7 {context.names.value(choice.value)}")


def _change(context: Context) -> Finding | None:
    """The movement of the score; if it held, the largest part that is shown to have moved it."""
    result = context.results.change
    if result is None:
        return None
    direction, parts = change.direction(context, result), change.shown_parts(context, result)
    part = next((p for p in parts if direction != "flat" or p["q_value"] <= SURE), None)
    if direction == "flat" and part is None:
        return None
    moved = part if direction == "flat" and part else result
    if part is None:
        return Finding(
            tone=direction,
            headline=_movement(context, result, None),
            size=change.lead(context, result),
            certainty=certainty(context, result["interval"], result["p_value"]),
            owner=context.t("finding.owner_general"),
            next_step=context.t(change.worded(context, "finding.change_next")),
        )
    matrix = _matrix(context, part["polarity"])
    where, _ = _where(context, part["name"], context.aspect(part["name"], matrix), "")
    return Finding(
        tone=("neg" if context.worse(part["estimate"]) else "pos") if moved is part else direction,
        headline=_movement(context, result, None if direction != "flat" else part),
        size=change.lead(context, result),
        certainty=certainty(context, moved["interval"], moved["p_value"]),
        where=where if part["polarity"] == "neg" else "",
        owner=context.names.owner(part["name"]),
        next_step=context.names.next_step(part["name"]),
        **_comments(context, part["polarity"], part["name"]),
    )


def _movement(context: Context, result: Json, part: Json | None) -> str:
    t, metric = context.t, context.metric_name
    if part:
        detail = change.detail_of(context, part, "became")
        return t(
            change.worded(context, "finding.change_part"),
            metric=metric,
            said=change.said(context, part),
            detail=detail,
        )
    before, after = change.labels(context, result)
    key = "finding.change_up" if result["difference"] > 0 else "finding.change_down"
    return t(
        change.worded(context, key),
        metric=metric,
        points=t.score(abs(result["difference"])),
        before=before,
        after=after,
    )


def _matrix(context: Context, polarity: str) -> Mask:
    """[n, A] comments that blame (neg) or only praise (pos) an aspect."""
    negative = context.survey.negative
    return negative if polarity == "neg" else context.survey.positive & ~negative


def _comments(context: Context, polarity: str, aspect: str) -> dict[str, Any]:
    matrix = _matrix(context, polarity)
    key = "causes.complaints_about" if polarity == "neg" else "aspects.praise_of"
    return {
        "count": int(context.aspect(aspect, matrix).sum()),
        "title": context.t(key, aspect=context.names.aspect(aspect)),
        "tag": tag(polarity, aspect),
    }


def _misleading(context: Context) -> Finding | None:
    suspects = causes.misleading(context)
    if not suspects:
        return None
    cause, t = suspects[0], context.t
    name = context.names.aspect(cause["aspect"])
    where, _ = _where(context, cause["aspect"], context.aspect(cause["aspect"], context.survey.negative), "")
    return Finding(
        tone="quiet",
        headline=t("finding.misleading", aspect=name),
        size=causes.innocent(context, cause),
        certainty=certainty(context, cause["effect"]["interval"], cause["effect"]["q_value"]),
        where=where,
        owner=context.names.owner(cause["aspect"]),
        next_step=t(
            "finding.misleading_next", other=context.names.aspect(cause["co_mentioned_with"][0]["aspect"])
        ),
        **_comments(context, "neg", cause["aspect"]),
    )


def _risks(context: Context) -> Finding | None:
    survey, t = context.survey, context.t
    urgent = [row for row, severity in risks.severities(context).items() if severity == risks.WORST]
    if not urgent:
        return None
    counts = survey.risks[urgent].sum(axis=0)
    top = [int(i) for i in np.argsort(-counts, kind="stable") if counts[i]]
    kinds = [t("counted", name=context.names.risk(survey.risk_categories[i]), n=int(counts[i])) for i in top]
    return Finding(
        tone="neg",
        headline=t("finding.risks", n=len(urgent)),
        size=t("finding.risks_size", kinds=t.join(kinds)),
        certainty=t("finding.risks_certainty"),
        where=_most_in(context, urgent),
        owner=t("finding.owner_risks"),
        next_step=t("finding.risks_next"),
        count=len(urgent),
        title=t("finding.risks", n=len(urgent)),
        tag=tag("severity", risks.WORST),
    )


def _most_in(context: Context, rows: Sequence[int]) -> str:
    """The segment that writes them more often than the others beyond doubt, if one does."""
    if not context.filters.columns:
        return ""
    inside = np.zeros(len(context.survey), dtype=np.bool_)
    inside[list(rows)] = True
    found = context.filters.over_represented(inside, among=context.survey.commented, level=SURE)
    if found is None:
        return context.t("finding.everywhere")
    return context.t("pair", name=context.names.column(found.column), value=context.names.value(found.value))


def _segment(context: Context) -> Finding | None:
    row, t = segments.lowest(context), context.t
    if row is None:
        return None
    column, value = context.names.column(row["columns"]), context.names.value(row["segment"])
    return Finding(
        tone="neg",
        headline=t("finding.segment", column=column, value=value, points=t.score(abs(row["difference"]))),
        size=t("finding.segment_size", n=row["n"], metric=context.metric_name, score=t.score(row["score"])),
        certainty=certainty(context, (row["difference_low"], row["difference_high"]), row["q_value"]),
        where=t("pair", name=column, value=value),
        place=_inside(context, row),
        owner=t("finding.owner_general"),
        next_step=t("finding.segment_next"),
    )


def _inside(context: Context, row: Json) -> Place | None:
    """What opens the comments of a segment, whatever they are about."""
    choice = context.filters.choice(row["columns"], row["segment"])
    if choice is None:
        return None
    inside = context.filters.mask(choice) & context.survey.commented
    context.pool.draw(inside, QUOTES)
    return Place(
        choice.id, int(inside.sum()), context.t("comments.of", value=context.names.value(row["segment"]))
    )


def _valley(context: Context) -> Finding | None:
    result, t = context.results.journey, context.t
    stage = next((s for s in result["stages"] if s["name"] == result["valley"]), None) if result else None
    if stage is None or stage["valley"] < LIKELY:
        return None
    aspect = stage["complaints"][0][0] if stage["complaints"] else ""
    return Finding(
        tone="neg",
        headline=t("finding.valley", stage=stage["name"]),
        size=t(
            "finding.valley_size", n=stage["n"], metric=context.metric_name, score=t.score(stage["score"])
        ),
        certainty=t(
            "finding.valley_sure", probability=t.chance(stage["valley"]), range=t.interval(stage["interval"])
        ),
        where=stage["name"],
        owner=context.names.owner(aspect),
        next_step=context.names.next_step(aspect),
    )


def _unexplained(context: Context) -> Finding | None:
    t, rest = context.t, context.results.causes["unexplained"]
    if rest["interval"][0] < 0.4:
        return None
    return Finding(
        tone="quiet",
        headline=t("finding.unexplained", share=t.percent(rest["share"]), who=context.unhappy),
        size=t("finding.unexplained_size"),
        certainty=t("certainty.share", range=t.shares(rest["interval"])),
        owner=t("finding.owner_general"),
        next_step=t("finding.unexplained_next"),
    )
