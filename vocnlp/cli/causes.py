"""`vocnlp causes`: why the score is what it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vocnlp.errors import InputError

if TYPE_CHECKING:
    from vocnlp.analysis.findings import Causes
    from vocnlp.analysis.joined import ScoreFile
    from vocnlp.analysis.survey import Survey
    from vocnlp.analysis.suspicion import Reason
    from vocnlp.analysis.tag_quality import Quality

__all__ = ["causes", "explain", "score_file"]

FILE = click.Path(path_type=Path)


def _names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if value else ()


@click.command(short_help="Say what costs points, how many, and how sure that is.")
@click.argument("source", metavar="INPUT")
@click.option("--nps", metavar="COL", help="Column of the answers from 0 to 10 (NPS).")
@click.option("--csat", metavar="COL", help="Column of the satisfaction answers, 1 to 5 or 1 to 10 (CSAT).")
@click.option("--ces", metavar="COL", help="Column of the effort answers, 1 to 7 or 1 to 5 (CES).")
@click.option("--ces-direction", type=click.Choice(["higher", "lower"]), help="Which CES is better.")
@click.option(
    "--score", metavar="COL", help="Another score: stars, likelihood, recommend or one of --metrics."
)
@click.option("--metrics", "metrics_file", metavar="FILE", type=FILE, help="Scores of your own, YAML.")
@click.option(
    "--by", metavar="COL,...", callback=_names, help="Segments: held equal, sampled within, told apart."
)
@click.option("--time", metavar="COL", help="Times; months are held equal.")
@click.option(
    "--timezone", metavar="NAME", help="Zone of the customers' clocks; by default the offset that times have."
)
@click.option("--control", "controls", metavar="COL,...", callback=_names, help="Columns to hold equal.")
@click.option(
    "--cause", "columns", metavar="COL,...", callback=_names, help="Columns that are causes, such as topics."
)
@click.option(
    "--topics", "topics_file", metavar="FILE", type=FILE, help="What vocnlp topics wrote: topics as causes."
)
@click.option("--customer", metavar="COL", help="Customers, who may have answered several times.")
@click.option("--outcome", "outcomes", metavar="COL,...", callback=_names, help="Columns such as churn.")
@click.option("--costs", metavar="FILE", type=FILE, help="CSV of aspect,cost of halving its complaints.")
@click.option(
    "--checked", metavar="FILE", type=FILE, help="Rows that a person tagged, to correct the tags' errors."
)
@click.option(
    "--scores", "scores_file", metavar="FILE", type=FILE, help="Scores that came in a file of their own."
)
@click.option(
    "--key", metavar="COL", help="Column of --scores with the ids of the comments; else --customer joins."
)
@click.option(
    "--window", metavar="SPAN", help="Longest distance in time when customers are joined, such as 7d."
)
@click.option("--id-map", metavar="FILE", type=FILE, help="CSV of id,customer that merges several ids.")
@click.option(
    "--leave-out",
    metavar="REASON,...",
    callback=_names,
    help="Leave suspicious answers out: all, or copied, templated, coached, incentive, burst, ...",
)
@click.option("--model", metavar="NAME|DIR", help="Model that tags raw comments, and whose errors are known.")
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
def causes(source: str, *, json_path: str | None, locale: str, **options: Any) -> int:
    """Say which complaints cost points and which praise brings them, all else equal.

    INPUT holds raw comments or records tagged before (.csv .tsv .jsonl .parquet .xlsx, or - for JSON Lines).
    The score is --nps, --csat, --ces or --score; by default the first that the columns' names tell.
    Exits with 0 when done, 1 when done with row errors, 2 when it could not start.
    """
    import orjson

    from vocnlp.batch.outputs import STDOUT, Output
    from vocnlp.cli.causes_table import table

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
        click.echo(table(found, locale))
    if survey.failed:
        click.echo(f"vocnlp: {survey.failed} rows could not be read or tagged", err=True)
    return 1 if survey.failed else 0


def explain(
    source: str | Path,
    *,
    nps: str | None = None,
    csat: str | None = None,
    ces: str | None = None,
    ces_direction: str | None = None,
    score: str | None = None,
    metrics_file: Path | None = None,
    by: Sequence[str] = (),
    time: str | None = None,
    timezone: str | None = None,
    customer: str | None = None,
    costs: Path | None = None,
    checked: Path | None = None,
    scores_file: Path | None = None,
    key: str | None = None,
    window: str | None = None,
    id_map: Path | None = None,
    leave_out: Sequence[str] = (),
    model: str | None = None,
    topics_file: Path | None = None,
    columns: Sequence[str] = (),
    **settings: Any,
) -> tuple[Survey, Causes]:
    """The survey and its causes; settings are those of `analysis.causes.causes`. Raises InputError.

    leave_out: reasons of `praise.flag` (or "all") whose answers are left out of both.   topics_file: what
    `vocnlp topics` wrote of the same comments.
    """
    from vocnlp.analysis.business import read_costs
    from vocnlp.analysis.causes import causes as analyse
    from vocnlp.analysis.correction import read_checked
    from vocnlp.analysis.leaving_out import read_reasons
    from vocnlp.analysis.survey import load_survey
    from vocnlp.scores import metrics

    reasons = read_reasons(leave_out)
    survey = load_survey(
        source,
        nps=nps,
        csat=csat,
        ces=ces,
        ces_lower_is_better=None if ces_direction is None else ces_direction == "lower",
        scales=metrics.load(metrics_file) if metrics_file else None,
        by=by,
        time=time,
        timezone=timezone,
        model=model,
        scores=score_file(scores_file, key, customer, time=time, window=window, id_map=id_map),
    )
    chosen = next((name for name, given in (("nps", nps), ("csat", csat), ("ces", ces)) if given), score)
    settings |= {
        "metric": chosen,
        "columns": (*columns, *(_topics(survey, topics_file) if topics_file else ())),
        "by": by,
        "time": time,
        "timezone": timezone,
        "customer": customer,
        "costs": read_costs(costs) if costs else None,
        "checked": read_checked(checked) if checked else None,
        "quality": _quality(survey, model),
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


def score_file(path: Path | None, key: str | None, customer: str | None, **matching: Any) -> ScoreFile | None:
    """Scores that are joined by the key of the response if there is one, else by customer and time.

    matching: time, window (a span as people write it) and id_map of `joined.ScoreFile`. Raises InputError for
    a window that is no span.
    """
    from vocnlp.analysis.joined import ScoreFile

    if path is None:
        return None
    if key is not None:
        return ScoreFile(path, key=key, id_map=matching["id_map"])
    window = _span(matching.pop("window"))
    return ScoreFile(path, customer=customer, window=window, **matching)


def _span(text: str | None) -> timedelta | None:
    import pandas as pd

    try:
        return pd.Timedelta(text).to_pytimedelta() if text else None
    except ValueError as error:
        raise InputError(f"--window {text!r} is no span of time; use one such as 7d or 12h") from error


def _quality(survey: Survey, model: str | None) -> dict[str, Quality]:
    """Of the model that tagged the survey, if it is installed here and was measured."""
    from models.manifest import ModelFileError
    from vocnlp import pipeline
    from vocnlp.analysis.tag_quality import load_quality

    name = model or survey.model.partition("@")[0]
    if not name:
        return {}
    try:
        directory = pipeline.find_model(name)
    except ModelFileError:  # tagged elsewhere: nothing is known of its errors
        return {}
    languages = Counter(survey.frame["language"])
    return load_quality(directory, languages)
