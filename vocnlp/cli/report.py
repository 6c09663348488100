"""`vocnlp report`: survey in, one HTML file out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from vocnlp.cli.survey import FILE, Files, load, names, survey_options
from vocnlp.errors import InputError

__all__ = ["report"]

EXIT_ROW_ERRORS = 1
DEEPEST = 4  # columns of a combination; beyond them hardly a cell has answers enough


@click.command()
@click.argument("source", metavar="INPUT")
@click.option("-o", "--output", required=True, type=FILE, help="The HTML file to write.")
@survey_options
@click.option(
    "--by", metavar="COL,...", callback=names, help="Segment columns; by default those with a few values."
)
@click.option(
    "--depth",
    type=click.IntRange(1, DEEPEST),
    default=2,
    show_default=True,
    help="How many segment columns are combined.",
)
@click.option(
    "--compare",
    metavar="COL=FIRST,SECOND",
    help="Say why two groups differ, in place of the last two periods.",
)
@click.option(
    "--every",
    type=click.Choice(["day", "week", "month"]),
    help="Unit of trends; by default it fits the time.",
)
@click.option(
    "--stage",
    metavar="COL[=FIRST,...]",
    help="Column of the journey's stages, and their order; by default one of that name.",
)
@click.option("--json", "json_path", metavar="OUT", type=FILE, help="All results as JSON.")
@click.option("--xlsx", "xlsx_path", metavar="OUT", type=FILE, help="All tables as a workbook.")
@click.option("--locale", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
@click.option("--title", metavar="T", help="Title of the report.")
def report(
    source: str,
    *,
    output: Path,
    by: tuple[str, ...],
    depth: int,
    compare: str | None,
    every: str | None,
    stage: str | None,
    json_path: Path | None,
    xlsx_path: Path | None,
    locale: str,
    title: str | None,
    **options: Any,
) -> int:
    """Write what customers say and what it costs as one HTML file.

    INPUT holds raw comments or records tagged before (.csv .tsv .jsonl .parquet .xlsx, or - for JSON Lines).
    The score is --nps, --csat, --ces or --score; by default the first that the columns' names tell. --time
    adds movement, trends and alarms.
    """
    from vocnlp.report.build import build
    from vocnlp.taxonomy import taxonomy

    aspects = taxonomy.load(options.pop("taxonomy_file"))
    survey, settings = _prepared(source, by, compare, **options)
    settings |= {"depth": depth, "every": every, "stages": _stages(stage) if stage else None}
    made = build(survey, locale=locale, title=title, aspects=aspects, **settings)
    made.write(output, json=json_path, xlsx=xlsx_path)
    click.echo(made.summary(output))
    if survey.failed:
        rows = "1 row" if survey.failed == 1 else f"{survey.failed:,} rows"
        click.echo(f"vocnlp: {rows} could not be read or tagged", err=True)
    return EXIT_ROW_ERRORS if survey.failed else 0


def _prepared(
    source: str,
    by: tuple[str, ...],
    compare: str | None,
    *,
    controls: Sequence[str],
    outcomes: Sequence[str],
    costs: Path | None,
    checked: Path | None,
    leave_out: Sequence[str],
    topics_file: Path | None,
    **scores: Any,
) -> tuple[Any, dict[str, Any]]:
    """The survey, and what `report.results.analyse` is told about it."""
    from vocnlp.analysis.leaving_out import read_reasons

    settings = {
        "reasons": read_reasons(leave_out),
        "topics": _topics(topics_file) if topics_file else None,
        "compare": _groups(compare) if compare else None,
        "by": by or None,
        "controls": controls,
        "outcomes": outcomes,
        **{name: scores[name] for name in ("time", "timezone", "customer")},
    }
    survey, settings["score"] = load(source, by=by, keep_marks=True, **scores)
    files = Files.read(survey, costs=costs, checked=checked, model=scores["model"])
    return survey, settings | {name: getattr(files, name) for name in ("costs", "checked", "quality")}


def _groups(text: str) -> tuple[str, str, str]:
    column, equals, values = text.partition("=")
    first, comma, second = values.partition(",")
    found = (column.strip(), first.strip(), second.strip())
    if not (equals and comma and all(found)):
        raise InputError(f"--compare {text!r} must be a column and two of its values: region=North,South")
    return found


def _stages(text: str) -> tuple[str, tuple[str, ...]]:
    column, _, order = text.partition("=")
    return column.strip(), tuple(name.strip() for name in order.split(",") if name.strip())


def _topics(path: Path) -> dict[str, Any]:
    """All but the topics of each comment."""
    from vocnlp.analysis.topics.columns import read_topics

    return {name: value for name, value in read_topics(path).items() if name != "comments"}
