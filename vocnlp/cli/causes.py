"""`vocnlp causes`: why the score is what it is."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vocnlp.cli.survey import Files, load, names, survey_options

if TYPE_CHECKING:
    from vocnlp.analysis.findings import Causes
    from vocnlp.analysis.survey import Survey
    from vocnlp.analysis.suspicion import Reason

__all__ = ["causes", "explain"]


@click.command(short_help="Say what costs points, how many, and how sure that is.")
@click.argument("source", metavar="INPUT")
@survey_options
@click.option(
    "--by", metavar="COL,...", callback=names, help="Segments: held equal, sampled within, told apart."
)
@click.option(
    "--cause", "columns", metavar="COL,...", callback=names, help="Columns that are causes, such as topics."
)
@click.option("--json", "json_path", metavar="OUT", help="All numbers as JSON; - for standard output.")
@click.option(
    "--locale",
    type=click.Choice(["en", "zh"]),
    default="en",
    show_default=True,
    help="Language of the table.",
)
@click.option(
    "--min-mentions", type=click.IntRange(2), default=10, show_default=True, help="Fewer are not ranked."
)
@click.option("--draws", type=click.IntRange(50), default=500, show_default=True, help="Bootstrap resamples.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the resamples.")
def causes(
    source: str, *, json_path: str | None, locale: str, taxonomy_file: Path | None, **options: Any
) -> int:
    """Say which complaints cost points and which praise brings them, all else equal.

    INPUT holds raw comments or records tagged before (.csv .tsv .jsonl .parquet .xlsx, or - for JSON Lines).
    The score is --nps, --csat, --ces or --score; by default the first that the columns' names tell. Months of
    --time are held equal; the topics of --topics are causes.
    Exits with 0 when done, 1 when done with row errors, 2 when it could not start.
    """
    import orjson

    from vocnlp.batch.outputs import STDOUT, Output
    from vocnlp.cli.causes_table import table
    from vocnlp.taxonomy import taxonomy

    aspects = taxonomy.load(taxonomy_file)
    survey, result = explain(source, **options)
    found = result.to_dict()
    if json_path:
        content = orjson.dumps(
            found, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE
        )
        with Output(json_path) as output, output.errors():
            output.file.write(content)
            output.commit()
    if json_path != STDOUT:
        click.echo(table(found, locale, aspects))
    if survey.failed:
        click.echo(f"vocnlp: {survey.failed} rows could not be read or tagged", err=True)
    return 1 if survey.failed else 0


def explain(
    source: str | Path,
    *,
    by: Sequence[str] = (),
    time: str | None = None,
    timezone: str | None = None,
    customer: str | None = None,
    controls: Sequence[str] = (),
    columns: Sequence[str] = (),
    outcomes: Sequence[str] = (),
    costs: Path | None = None,
    checked: Path | None = None,
    leave_out: Sequence[str] = (),
    topics_file: Path | None = None,
    model: str | None = None,
    min_mentions: int = 10,
    draws: int = 500,
    seed: int = 0,
    **scores: Any,
) -> tuple[Survey, Causes]:
    """The survey and its causes. Raises InputError.

    leave_out: reasons of `praise.flag` (or "all") whose answers are left out of both.   topics_file: what
    `vocnlp topics` wrote of the same comments.   scores: what else `survey.load` takes.   The others are
    those of `analysis.causes.causes`.
    """
    from vocnlp.analysis.causes import causes as analyse
    from vocnlp.analysis.leaving_out import read_reasons

    reasons = read_reasons(leave_out)
    places: dict[str, Any] = {"by": by, "time": time, "timezone": timezone, "customer": customer}
    survey, metric = load(source, **places, model=model, **scores)
    files = Files.read(survey, costs=costs, checked=checked, model=model)
    settings = places | {
        "metric": metric,
        "controls": controls,
        "columns": (*columns, *(_topics(survey, topics_file) if topics_file else ())),
        "outcomes": outcomes,
        "costs": files.costs,
        "checked": files.checked,
        "quality": files.quality,
        "min_mentions": min_mentions,
        "draws": draws,
        "seed": seed,
    }
    return _without(survey, reasons, settings) if reasons else (survey, analyse(survey, **settings))


def _topics(survey: Survey, path: Path) -> tuple[str, ...]:
    from vocnlp.analysis.topics.columns import add_topics, read_topics

    return add_topics(survey, read_topics(path))


def _without(
    survey: Survey, reasons: Collection[Reason], settings: Mapping[str, Any]
) -> tuple[Survey, Causes]:
    """The survey without suspicious answers, its causes, and what that has changed."""
    from vocnlp.analysis.causes import causes as analyse
    from vocnlp.analysis.leaving_out import changed
    from vocnlp.analysis.praise import flag, leave_out

    score, customer = survey.score(settings["metric"]), settings["customer"]
    metric = survey.metric(score)
    places = {name: settings[name] for name in ("by", "time", "timezone", "customer")}
    flags = flag(survey, metric, score=score, **places)
    kept = leave_out(survey, flags, reasons=reasons)
    before, after = analyse(survey, **settings), analyse(kept, **settings)
    after.left_out = changed(
        survey, metric, flags, reasons=reasons, before=before, after=after, score=score, customer=customer
    )
    return kept, after
