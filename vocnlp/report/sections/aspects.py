"""What customers speak of, and how: comments that blame and praise each aspect."""

from __future__ import annotations

from typing import Any

import numpy as np

from vocnlp.report.charts import Scale, diverging
from vocnlp.report.context import Context
from vocnlp.report.quotes import tag

__all__ = ["view", "widest"]

QUOTES = {"neg": 24, "pos": 10}


def view(context: Context) -> dict[str, Any]:
    """The template's `aspects`: rows by number of comments."""
    survey, t = context.survey, context.t
    order = [
        int(i)
        for i in np.argsort(-survey.mentioned.sum(axis=0), kind="stable")
        if survey.mentioned[:, i].any()
    ]
    scale = Scale(-widest(context), widest(context), (0,))
    rows = [_row(context, scale, i) for i in order]
    most_negative = max(rows, key=lambda row: row["negative"], default=None)
    most_positive = max(rows, key=lambda row: row["positive"], default=None)
    lead = (
        t("aspects.lead", negative=most_negative["name"], positive=most_positive["name"])
        if most_negative and most_positive
        else t("aspects.none")
    )
    return {"rows": rows, "lead": lead}


def widest(context: Context) -> float:
    """The largest share of comments on one side of the chart, which is half its width."""
    survey = context.survey
    if not survey.aspects:
        return 1.0
    comments = max(int(survey.commented.sum()), 1)
    negative = survey.negative.sum(axis=0)
    positive = (survey.positive & ~survey.negative).sum(axis=0)
    neutral = survey.mentioned.sum(axis=0) - negative - positive
    return max(float((np.maximum(negative, positive) + neutral / 2).max()) / comments * 1.15, 0.01)


def _row(context: Context, scale: Scale, i: int) -> dict[str, Any]:
    survey, t = context.survey, context.t
    aspect, name = survey.aspects[i], context.names.aspect(survey.aspects[i])
    comments = max(int(survey.commented.sum()), 1)
    negative, positive = survey.negative[:, i], survey.positive[:, i] & ~survey.negative[:, i]
    blamed, praised = int(negative.sum()), int(positive.sum())
    neutral = int(survey.mentioned[:, i].sum()) - blamed - praised
    for kind, mask in (("neg", negative), ("pos", positive)):
        context.pool.draw(mask, QUOTES[kind])
    title = t("aspects.chart", aspect=name, negative=blamed, neutral=neutral, positive=praised)
    return {
        "index": i,
        "name": name,
        "negative": blamed,
        "positive": praised,
        "tag_negative": tag("neg", aspect),
        "tag_positive": tag("pos", aspect),
        "title_negative": t("causes.complaints_about", aspect=name),
        "title_positive": t("aspects.praise_of", aspect=name),
        "chart": diverging(scale, blamed / comments, neutral / comments, praised / comments, title=title),
    }
