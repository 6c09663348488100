"""A model on comments unlike those it was trained on: the sample, with the aspects its writers had in mind.

    python -m evaluation.sample [--model NAME|DIR]

The writers noted what they meant while writing, without the guideline of the training labels: a rough check.
"""

from __future__ import annotations

import click

from evaluation.tagging import evaluate, table
from vocnlp import pipeline
from vocnlp.batch.labelled import Example
from vocnlp.cli.main import run_command
from vocnlp.sample.build import read_written

__all__ = ["written"]


def written() -> list[Example]:
    """The comments of the sample with their intended aspects."""
    return [
        Example(f"{answer.language}:{number}", answer.text, answer.language, aspects=answer.aspects)
        for number, answer in enumerate(read_written())
    ]


@click.command(help=__doc__)
@click.option("--model", metavar="NAME|DIR", help="Default: the model that `vocnlp tag` uses.")
def main(*, model: str | None) -> None:
    """Measure and print."""
    for line in table(evaluate(pipeline.load_model(model), written())):
        click.echo(line)


if __name__ == "__main__":
    run_command(main)
