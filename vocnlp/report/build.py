"""From a survey to its report: run the analyses, write HTML, JSON and workbook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from vocnlp.analysis.survey import Survey
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
from vocnlp.taxonomy.taxonomy import Taxonomy

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
    locale: str = "en",
    title: str | None = None,
    aspects: Taxonomy | None = None,
    **options: Any,
) -> Report:
    """Analyse a survey and write its page.

    locale: of `locale.LOCALES`. aspects: names, owners and next steps in place of the project's own.
    options: those of `results.analyse`, such as score, by, time and customer. Raises InputError when a column
    is missing or the score has no answers.
    """
    return render(analyse(survey, **options), locale=locale, title=title, aspects=aspects)


def render(
    results: Results, *, locale: str = "en", title: str | None = None, aspects: Taxonomy | None = None
) -> Report:
    """Write the page of analyses that are done, in one language."""
    t = load(locale, digits=2 if results.metric.score_as == "mean" else 1)
    context = Context(
        results,
        t,
        Names(t, aspects or taxonomy.load()),
        Filters(results.survey, results.by),
        Pool(results.survey),
    )
    return Report(context, page(context, title=title))


def _save(path: str | Path, content: bytes) -> None:
    with Output(path) as output:
        with output.errors():
            output.file.write(content)
        output.commit()
