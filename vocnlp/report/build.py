"""From a survey to its report: run the analyses, write HTML, JSON and workbook."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from vocnlp.analysis.survey import Survey
from vocnlp.analysis.suspicion import Reason
from vocnlp.batch.outputs import Output
from vocnlp.report.context import Context
from vocnlp.report.filters import Filters
from vocnlp.report.locale import load
from vocnlp.report.names import Names
from vocnlp.report.page import page
from vocnlp.report.quotes import Pool
from vocnlp.report.results import Results, analyse
from vocnlp.report.xlsx import tables, write_workbook
from vocnlp.taxonomy import taxonomy

__all__ = ["Report", "build", "render"]


@dataclass(frozen=True, slots=True)
class Report:
    """A finished report; nothing is written until `write`."""

    context: Context
    html: str

    def write(
        self, html: str | Path, *, json: str | Path | None = None, xlsx: str | Path | None = None
    ) -> None:
        """Write the page and, if asked, all results as JSON and as a workbook, each whole or not at all.

        Raises OutputError when one cannot be written.
        """
        _save(html, self.html.encode())
        if json:
            options = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_INDENT_2
            _save(json, orjson.dumps(self.context.results.to_dict(), option=options, default=str))
        if xlsx:
            write_workbook(xlsx, tables(self.context))

    def summary(self, path: str | Path) -> str:
        """One line for the terminal."""
        causes, t = self.context.results.causes, self.context.t
        return t(
            "summary.line",
            metric=self.context.metric_name,
            score=t.score(causes["score"]),
            range=t.interval(causes["interval"]),
            n=causes["n"],
            path=path,
        )


def build(
    survey: Survey,
    *,
    score: str | None = None,
    by: Sequence[str] | None = None,
    time: str | None = None,
    timezone: str | None = None,
    customer: str | None = None,
    locale: str = "en",
    title: str | None = None,
    topics: dict[str, Any] | None = None,
    reasons: Collection[Reason] = (),
) -> Report:
    """Analyse a survey and write its page.

    score: name of the score column; by default the first known one. by: segment columns; None for those with
    few values. time: column of times. timezone: see `times.local_clock`. customer: column of customers; by
    default one of that name. locale: of `locale.LOCALES`. topics: those of `analysis.topics` in the form of
    their `to_dict`, if they were computed. reasons: of `praise.flag`, whose suspicious answers are left out
    of everything but the section on them.
    Raises InputError when a column is missing or the score has no answers.
    """
    found = analyse(
        survey,
        score=score,
        by=by,
        time=time,
        timezone=timezone,
        customer=customer,
        topics=topics,
        reasons=reasons,
    )
    return render(found, locale=locale, title=title)


def render(results: Results, *, locale: str = "en", title: str | None = None) -> Report:
    """Write the page of analyses that are done, in one language."""
    t = load(locale, digits=2 if results.metric.score_as == "mean" else 1)
    context = Context(
        results, t, Names(t, taxonomy.load()), Filters(results.survey, results.by), Pool(results.survey)
    )
    return Report(context, page(context, title=title))


def _save(path: str | Path, content: bytes) -> None:
    with Output(path) as output:
        with output.errors():
            output.file.write(content)
        output.commit()
