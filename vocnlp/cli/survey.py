"""What `causes` and `report` ask alike: the score, the survey's columns, and the files beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vocnlp.errors import InputError
from vocnlp.scores.scale import Score

if TYPE_CHECKING:
    from vocnlp.analysis.joined import ScoreFile
    from vocnlp.analysis.survey import Survey
    from vocnlp.analysis.tag_quality import Quality

__all__ = ["FILE", "Files", "load", "names", "survey_options"]

FILE = click.Path(path_type=Path)
KINDS: dict[str, Score] = {"mean": "mean", "net": "net", "top-box": "top_box"}


def names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    """The columns of an option that takes several."""
    return tuple(name.strip() for name in value.split(",") if name.strip()) if value else ()


OPTIONS = (
    click.option("--nps", metavar="COL", help="Column of the answers from 0 to 10 (NPS)."),
    click.option(
        "--csat", metavar="COL", help="Column of the satisfaction answers, 1 to 5 or 1 to 10 (CSAT)."
    ),
    click.option("--ces", metavar="COL", help="Column of the effort answers, 1 to 7 or 1 to 5 (CES)."),
    click.option("--ces-direction", type=click.Choice(["higher", "lower"]), help="Which CES is better."),
    click.option(
        "--score", metavar="COL", help="Another score: stars, likelihood, recommend or one of --metrics."
    ),
    click.option("--metrics", "metrics_file", metavar="FILE", type=FILE, help="Scores of your own, YAML."),
    click.option(
        "--score-as",
        type=click.Choice(list(KINDS)),
        help="What the score is: the mean answer, best band minus worst, or the share of the best answer.",
    ),
    click.option("--time", metavar="COL", help="Column of times."),
    click.option(
        "--timezone",
        metavar="NAME",
        help="Zone of the customers' clocks; by default the offset that times have.",
    ),
    click.option("--control", "controls", metavar="COL,...", callback=names, help="Columns to hold equal."),
    click.option("--customer", metavar="COL", help="Customers, who may have answered several times."),
    click.option("--outcome", "outcomes", metavar="COL,...", callback=names, help="Columns such as churn."),
    click.option("--costs", metavar="FILE", type=FILE, help="CSV of aspect,cost of halving its complaints."),
    click.option(
        "--checked", metavar="FILE", type=FILE, help="Rows that a person tagged, to correct the tags' errors."
    ),
    click.option(
        "--scores", "scores_file", metavar="FILE", type=FILE, help="Scores that came in a file of their own."
    ),
    click.option(
        "--key", metavar="COL", help="Column of --scores with the ids of the comments; else --customer joins."
    ),
    click.option(
        "--window", metavar="SPAN", help="Longest distance in time when customers are joined, such as 7d."
    ),
    click.option("--id-map", metavar="FILE", type=FILE, help="CSV of id,customer that merges several ids."),
    click.option(
        "--leave-out",
        metavar="REASON,...",
        callback=names,
        help="Leave suspicious answers out: all, or copied, templated, coached, incentive, burst, ...",
    ),
    click.option(
        "--topics", "topics_file", metavar="FILE", type=FILE, help="What vocnlp topics wrote of the comments."
    ),
    click.option(
        "--taxonomy",
        "taxonomy_file",
        metavar="FILE",
        type=FILE,
        help="Your own names, owners and next steps.",
    ),
    click.option(
        "--model", metavar="NAME|DIR", help="Model that tags raw comments, and whose errors are known."
    ),
)


def survey_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options that `load` and the analyses of the causes take."""
    return reduce(lambda made, option: option(made), reversed(OPTIONS), command)


@dataclass(frozen=True, slots=True)
class Files:
    """Costs, checked rows and the quality of the tags, as `analysis.causes.causes` takes them."""

    costs: dict[str, float] | None
    checked: dict[str, dict[str, str]] | None
    quality: dict[str, Quality]

    @classmethod
    def read(cls, survey: Survey, *, costs: Path | None, checked: Path | None, model: str | None) -> Files:
        """Raises InputError for a file that is none of its kind."""
        from vocnlp.analysis.business import read_costs
        from vocnlp.analysis.correction import read_checked

        return cls(
            read_costs(costs) if costs else None,
            read_checked(checked) if checked else None,
            _quality(survey, model),
        )


def load(
    source: str | Path,
    *,
    nps: str | None = None,
    csat: str | None = None,
    ces: str | None = None,
    ces_direction: str | None = None,
    score: str | None = None,
    metrics_file: Path | None = None,
    score_as: str | None = None,
    by: Sequence[str] = (),
    time: str | None = None,
    timezone: str | None = None,
    customer: str | None = None,
    scores_file: Path | None = None,
    key: str | None = None,
    window: str | None = None,
    id_map: Path | None = None,
    model: str | None = None,
    keep_marks: bool = False,
) -> tuple[Survey, str | None]:
    """The survey, and the name of the score that was asked for. Raises InputError.

    The parameters are those of the options and of `analysis.survey.load_survey`.
    """
    from vocnlp.analysis.survey import load_survey
    from vocnlp.scores import metrics

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
        scores=_score_file(scores_file, key, customer, time=time, window=window, id_map=id_map),
        keep_marks=keep_marks,
    )
    named = (("nps", nps), ("csat", csat), ("ces", ces))
    chosen = next((name for name, given in named if given), score)
    if score_as:
        name = survey.score(chosen)
        metric = survey.metric(name).scored(KINDS[score_as])
        survey = replace(survey, metrics={**survey.metrics, name: metric})
    return survey, chosen


def _score_file(
    path: Path | None, key: str | None, customer: str | None, **matching: Any
) -> ScoreFile | None:
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
    return load_quality(directory, Counter(survey.frame["language"]))
