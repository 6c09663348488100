"""Comments that allege fraud, harm, a lawsuit and the like: each is to be read by a person."""

from __future__ import annotations

from typing import Any

import numpy as np

from vocnlp.report.context import Context
from vocnlp.report.quotes import tag
from vocnlp.taxonomy.rules import SEVERITIES

__all__ = ["WORST", "severities", "view"]

WORST = SEVERITIES[0]
LISTED = 16


def view(context: Context) -> dict[str, Any] | None:
    """The template's `risks`, None when no rule fired; `listed` are rows of the survey, worst first."""
    survey, t = context.survey, context.t
    if not survey.risks.any():
        return None
    severity = severities(context)
    levels: list[str] = [level for level in SEVERITIES if level in severity.values()]
    table = np.zeros((len(survey), len(levels)), dtype=np.bool_)
    for row, level in severity.items():
        table[row, levels.index(level)] = True
    context.pool.tag_rows("severity", levels, table)
    listed: list[int] = []
    for mask in table.T:
        listed += context.pool.draw(mask, LISTED - len(listed))
    order = np.argsort(-survey.risks.sum(axis=0), kind="stable")
    return {
        "lead": t("risks.lead", n=int(survey.risks.any(axis=1).sum())),
        "levels": [context.names.severity(level) for level in levels],
        "rows": [_category(context, int(i), severity, levels) for i in order if survey.risks[:, i].any()],
        "listed": listed,
        "severity": {row: context.names.severity(severity[row]) for row in listed},
    }


def severities(context: Context) -> dict[int, str]:
    """The worst severity of each row where a rule fired; nothing for rows whose marks were not kept."""
    survey = context.survey
    found: dict[int, str] = {}
    for row in np.flatnonzero(survey.risks.any(axis=1)).tolist():
        marks = survey.marks[row] if row < len(survey.marks) else ()
        levels = [mark.label for mark in marks if mark.kind == "risk" and mark.label in SEVERITIES]
        if levels:
            found[row] = min(levels, key=SEVERITIES.index)
    return found


def _category(context: Context, i: int, severity: dict[int, str], levels: list[str]) -> dict[str, Any]:
    survey = context.survey
    category, mask = survey.risk_categories[i], survey.risks[:, i]
    context.pool.draw(mask, LISTED)
    counts = [sum(severity.get(int(row)) == level for row in np.flatnonzero(mask)) for level in levels]
    return {
        "name": context.names.risk(category),
        "count": int(mask.sum()),
        "tag": tag("risk", category),
        "title": context.t("risks.about", category=context.names.risk(category)),
        "counts": [context.t.count(count) for count in counts],
    }
