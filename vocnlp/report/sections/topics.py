"""Topics found in the comments' own words, if they were computed."""

from __future__ import annotations

from typing import Any

import numpy as np

from vocnlp.report.context import Context
from vocnlp.report.quotes import tag

__all__ = ["view"]

LISTED = 20
KEYWORDS = 6


def view(context: Context) -> dict[str, Any] | None:
    """The template's `topics`, or None where none were computed; largest first."""
    topics, t = context.results.topics, context.t
    if topics is None:
        return None
    listed = sorted(topics["topics"], key=lambda topic: -topic["comments"])[:LISTED]
    ids = context.survey.frame["id"].astype("string")
    table = np.zeros((len(ids), len(listed)), dtype=np.bool_)
    for k, topic in enumerate(listed):
        table[:, k] = ids.isin(topic["examples"])
    context.pool.tag_rows("topic", [str(topic["id"]) for topic in listed], table)
    for mask in table.T:
        context.pool.draw(mask, int(mask.sum()))
    return {
        "lead": t("topics.lead", n=len(topics["topics"]), share=t.percent(topics["outlier_share"])),
        "listed": t("topics.listed", n=len(listed)) if len(listed) < len(topics["topics"]) else "",
        "rows": [
            {
                "name": topic["name"],
                "keywords": t.messages["list.comma"].join(topic["keywords"][:KEYWORDS]),
                "count": topic["comments"],
                "tag": tag("topic", str(topic["id"])),
                "share": t.percent(topic["share"], 1),
                "score": t.score(topic["score"]),
            }
            for topic in listed
        ],
        "warnings": t.sentences(topics["warnings"]),
    }
