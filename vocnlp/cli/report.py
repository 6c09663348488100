"""`vocnlp report`: survey in, one HTML file out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

__all__ = ["report"]

EXIT_ROW_ERRORS = 1


@click.command()
@click.argument("source", metavar="INPUT")
@click.option(
    "-o", "--output", required=True, type=click.Path(path_type=Path), help="The HTML file to write."
)
@click.option("--nps", metavar="COL", help="Column of the answers from 0 to 10 (NPS).")
@click.option("--csat", metavar="COL", help="Column of the satisfaction answers (CSAT).")
@click.option("--ces", metavar="COL", help="Column of the effort answers (CES).")
@click.option("--customer", metavar="COL", help="Customers; by default a column of that name.")
@click.option(
    "--scores",
    "scores_path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Scores that came in a file of their own.",
)
@click.option(
    "--key", metavar="COL", help="Column of --scores with the ids of the comments; else --customer joins."
)
@click.option(
    "--window", metavar="SPAN", help="Longest distance in time when customers are joined, such as 7d."
)
@click.option(
    "--id-map",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="CSV of id,customer that merges several ids.",
)
@click.option("--by", metavar="COL,...", help="Segment columns; by default those with a few values.")
@click.option("--time", metavar="COL", help="Column of times: adds movement, trends and alarms.")
@click.option(
    "--timezone", metavar="NAME", help="Zone of the customers' clocks; by default the offset that times have."
)
@click.option(
    "--json", "json_path", metavar="OUT", type=click.Path(path_type=Path), help="All results as JSON."
)
@click.option(
    "--xlsx", "xlsx_path", metavar="OUT", type=click.Path(path_type=Path), help="All tables as a workbook."
)
@click.option(
    "--leave-out",
    metavar="REASON,...",
    help="Leave suspicious answers out: all, or copied, templated, coached, incentive, burst, ...",
)
@click.option(
    "--topics",
    "topics_path",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="What vocnlp topics wrote.",
)
@click.option("--locale", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Language.")
@click.option("--title", metavar="T", help="Title of the report.")
def report(
    source: str,
    *,
    output: Path,
    nps: str | None,
    csat: str | None,
    ces: str | None,
    customer: str | None,
    scores_path: Path | None,
    key: str | None,
    window: str | None,
    id_map: Path | None,
    by: str | None,
    time: str | None,
    timezone: str | None,
    json_path: Path | None,
    xlsx_path: Path | None,
    leave_out: str | None,
    topics_path: Path | None,
    locale: str,
    title: str | None,
) -> int:
    """Write what customers say and what it costs as one HTML file.

    INPUT holds raw comments or records tagged before (.csv .tsv .jsonl .parquet .xlsx, or - for JSON Lines).
    The first of --nps, --csat and --ces that is given is the score of the report.
    """
    from vocnlp.analysis.leaving_out import read_reasons
    from vocnlp.analysis.survey import load_survey
    from vocnlp.cli.causes import score_file
    from vocnlp.report.build import build

    columns = tuple(name.strip() for name in by.split(",")) if by else None
    reasons = read_reasons([name.strip() for name in leave_out.split(",")] if leave_out else ())
    survey = load_survey(
        source,
        nps=nps,
        csat=csat,
        ces=ces,
        by=columns or (),
        time=time,
        timezone=timezone,
        scores=score_file(scores_path, key, customer, time=time, window=window, id_map=id_map),
        keep_marks=True,
    )
    score = next((name for name, given in (("nps", nps), ("csat", csat), ("ces", ces)) if given), None)
    topics = _topics(topics_path) if topics_path else None
    made = build(
        survey,
        score=score,
        by=columns,
        time=time,
        timezone=timezone,
        customer=customer,
        locale=locale,
        title=title,
        topics=topics,
        reasons=reasons,
    )
    made.write(output, json=json_path, xlsx=xlsx_path)
    click.echo(made.summary(output))
    if survey.failed:
        rows = "1 row" if survey.failed == 1 else f"{survey.failed:,} rows"
        click.echo(f"vocnlp: {rows} could not be read or tagged", err=True)
    return EXIT_ROW_ERRORS if survey.failed else 0


def _topics(path: Path) -> dict[str, Any]:
    """All but the topics of each comment."""
    from vocnlp.analysis.topics.columns import read_topics

    return {name: value for name, value in read_topics(path).items() if name != "comments"}
