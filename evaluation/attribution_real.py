"""What the causes say about real scores: public corpora of comments with scores, tagged here.

    python -m evaluation.attribution_real DATA_DIR [--model NAME] [--limit N] [--study NAME]

DATA_DIR holds the folders `nps-surveys`, `nhs-fft`, `skytrax` and `b2w-reviews01`, each with
`train.jsonl.zst`. Prints the table of `vocnlp causes` for each; no text of a corpus is printed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import orjson

from vocnlp import pipeline
from vocnlp.analysis.causes import causes
from vocnlp.analysis.survey import Survey, collect
from vocnlp.batch.labelled import read_lines
from vocnlp.cli.causes_table import table
from vocnlp.cli.main import run_command
from vocnlp.schema import Comment, to_json
from vocnlp.scores.metrics import METRICS

__all__ = ["STUDIES", "Study", "main", "survey_of"]

Row = Mapping[str, Any]
MOOD = {"pos": 1.0, "neg": -1.0}


@dataclass(frozen=True, slots=True)
class Study:
    """A corpus, which of its rows, what their score is called, and the columns held equal.

    labelled: use the aspects that people gave the rows instead of tagging them.
    """

    folder: str
    score: str
    keep: Callable[[Row], bool]
    controls: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    labelled: bool = False


STUDIES: dict[str, Study] = {
    "garden centres": Study(
        "nps-surveys", "nps", lambda row: row["domain"] == "retail", outcomes=("purchases", "basket")
    ),
    "telecom": Study("nps-surveys", "nps", lambda row: row["domain"] == "telecom", controls=("stage",)),
    "health service": Study("nhs-fft", "csat", lambda row: True, controls=("service",)),  # noqa: ARG005
    "health service, labelled by hand": Study(
        "nhs-fft",
        "csat",
        lambda row: bool(row.get("labels") and row.get("sentiment")),
        controls=("service",),
        labelled=True,
    ),
    "airline": Study(
        "skytrax",
        "csat",
        lambda row: row["meta"]["kind"] == "airline" and row.get("rating_max") == 10,
        controls=("seat", "traveller"),
        outcomes=("recommend",),
    ),
    "web shop": Study("b2w-reviews01", "csat", lambda row: True, outcomes=("recommend",)),  # noqa: ARG005
}


def survey_of(study: Study, data: Path, *, model: str | None = None, limit: int | None = None) -> Survey:
    """The survey of a study: its scored rows, tagged by the model or with the labels that people gave."""
    rows = [
        row
        for row in read_lines(data / study.folder / "train.jsonl.zst")
        if row.get("rating") is not None and study.keep(row)
    ][:limit]
    records = _labelled(rows, study) if study.labelled else _tagged(rows, study, model)
    return collect(records, wanted={study.score: (study.score, METRICS[study.score])})


def _tagged(rows: Sequence[Row], study: Study, model: str | None) -> Iterator[dict[str, Any]]:
    tagger = pipeline.load(model=model)
    comments = (Comment(row["id"], row["text"], *_columns(row, study)) for row in rows)
    for record in tagger.tag(comments):
        yield orjson.loads(to_json(record))


def _labelled(rows: Sequence[Row], study: Study) -> Iterator[dict[str, Any]]:
    for row in rows:
        scores, attributes = _columns(row, study)
        yield {
            "id": row["id"],
            "text": row["text"],
            "language": {"code": row["lang"]},
            "sentiment": {
                "label": row["sentiment"],
                "score": MOOD.get(row["sentiment"], 0.0),
            },
            "aspects": [
                {"aspect": label, "polarity": row["sentiment"], "evidence": []} for label in row["labels"]
            ],
            "scores": scores,
            "attributes": attributes,
        }


def _columns(row: Row, study: Study) -> tuple[dict[str, float], dict[str, Any]]:
    attributes = {**row.get("meta", {}), "recommend": row.get("recommend")}
    names = {*study.controls, *study.outcomes}
    return {study.score: row["rating"]}, {name: attributes.get(name) for name in names}


@click.command()
@click.argument("data", type=click.Path(path_type=Path, exists=True))
@click.option("--model", metavar="NAME|DIR", help="Model that tags.")
@click.option("--limit", type=int, help="First rows of each corpus only.")
@click.option("--study", "names", multiple=True, type=click.Choice(list(STUDIES)), help="Only these.")
@click.option("--draws", default=200, show_default=True)
def main(*, data: Path, model: str | None, limit: int | None, names: tuple[str, ...], draws: int) -> None:
    """Print the causes of the scores in public corpora."""
    for name in names or STUDIES:
        study = STUDIES[name]
        survey = survey_of(study, data, model=model, limit=limit)
        found = causes(
            survey, metric=study.score, controls=study.controls, outcomes=study.outcomes, draws=draws
        )
        click.echo(f"== {name} ({study.folder})\n{table(found.to_dict())}\n")


if __name__ == "__main__":
    run_command(main)
