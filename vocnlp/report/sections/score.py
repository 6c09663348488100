"""The first page: the score, how sure it is, where it stands, how it moved, who answered."""

from __future__ import annotations

from typing import Any

from vocnlp.report.charts import Scale, score_range, stack
from vocnlp.report.context import Context
from vocnlp.report.sections.change import direction, labels, moved, worded

__all__ = ["view"]


def view(context: Context) -> dict[str, Any]:
    """The template's `score`."""
    t, causes, change = context.t, context.results.causes, context.results.change
    score, interval = causes["score"], tuple(causes["interval"])
    bands = _bands(context)
    return {
        "value": t.score(score),
        "name": context.metric_name,
        "unhappy": context.unhappy,
        "comments": int(context.survey.commented.sum()),
        "interval": t("score.interval", range=t.interval(interval)),
        "range": score_range(
            _scale(context),
            score,
            interval,
            _before(context),
            title=t(
                "score.chart", metric=context.metric_name, score=t.score(score), range=t.interval(interval)
            ),
        ),
        "movement": moved(context, change) if change else None,
        "direction": direction(context, change) if change else "flat",
        "since": _since(context),
        "bands": [(tone, label, "") for _, tone, label in bands],
        "bands_chart": stack(bands, title=t("score.bands", shares=", ".join(label for _, _, label in bands))),
        "facts": _facts(context),
        "warnings": len(t.sentences(causes["warnings"])),
    }


def _before(context: Context) -> tuple[float, str] | None:
    """The score of the period before, to mark beside the present one."""
    change = context.results.change
    if change is None or context.results.compared:
        return None
    return change["score"][0], labels(context, change)[0]


def _scale(context: Context) -> Scale:
    metric = context.results.metric
    if metric.score_as == "net":
        return Scale(-100, 100, (-100, -50, 0, 50, 100))
    if metric.score_as in ("percent", "top_box"):
        return Scale(0, 100, (0, 25, 50, 75, 100))
    inner = Scale.over([metric.low, metric.high], zero=False, margin=0).ticks
    return Scale(metric.low, metric.high, tuple(sorted({metric.low, *inner, metric.high})))


def _since(context: Context) -> str | None:
    change, t = context.results.change, context.t
    if change is None:
        return None
    before, after = labels(context, change)
    return t(worded(context, "score.since"), before=before, after=after, range=t.interval(change["interval"]))


def _bands(context: Context) -> list[tuple[float, str, str]]:
    """Share, tone and label of each band, worst first."""
    metric, t = context.results.metric, context.t
    summary = metric.summary(context.survey.frame[context.results.score])
    bands = list(summary["bands"].items())
    ordered = bands if metric.higher_is_better else bands[::-1]
    tones = ["neg", *["quiet"] * (len(ordered) - 2), "pos"]
    return [
        (
            share,
            tone,
            t(
                "score.band",
                name=context.names.band(name),
                share=t.percent(share),
                n=round(share * summary["n"]),
            ),
        )
        for (name, share), tone in zip(ordered, tones, strict=True)
    ]


def _facts(context: Context) -> list[tuple[str, str]]:
    survey, t = context.survey, context.t
    languages = survey.frame.loc[survey.commented, "language"]
    facts = [
        (t.count(context.results.causes["n"]), t("score.answers")),
        (t.count(int(survey.commented.sum())), t("score.comments")),
        (t.count(languages[languages != "und"].nunique()), t("score.languages")),
    ]
    times = context.results.times
    if times is not None and times.notna().any():
        facts.append((t.days(times.min(), times.max()), ""))
    return facts
