"""`vocnlp evaluate` and `vocnlp models`."""

from __future__ import annotations

import getpass
import json
import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from models import registry, store
from models.interface import Model
from models.manifest import read_manifest
from vocnlp import pipeline
from vocnlp.batch.labelled import Example, examples
from vocnlp.errors import InputError, ModelError, OutputError
from vocnlp.settings import Settings

__all__ = ["evaluate", "models"]

GATES = Path(__file__).with_name("gates.toml")

_files = click.argument(
    "data", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
_json = click.option("--json", "json_out", type=click.Path(path_type=Path), help="Write every number here.")


@click.command(short_help="Measure a model on labelled comments.")
@_files
@click.option("--model", metavar="NAME|DIR", help="Default: the model that `vocnlp tag` uses.")
@_json
@click.option("--held-out", is_flag=True, help="Only translations of the groups that no training uses.")
@click.option("--save", is_flag=True, help="Keep the numbers with the model: metrics.json and CARD.md.")
def evaluate(
    *, data: Sequence[Path], model: str | None, json_out: Path | None, held_out: bool, save: bool
) -> None:
    """Precision, recall, F1, calibration and confusion on DATA (.jsonl or .jsonl.zst, see docs/training.md).

    By aspect, language, source and length, with bootstrap intervals.
    """
    from evaluation.risks import measure as measure_risks
    from evaluation.risks import summary
    from evaluation.tagging import evaluate as measure
    from evaluation.tagging import save_card, table

    loaded = _load(model)
    rows = [example for example in _examples(data, loaded) if example.held_out or not held_out]
    if not rows:
        raise InputError("no comment is a translation in a held-out group; measure without --held-out")
    result = measure(loaded, rows)
    if any(example.risks for example in rows):
        result["risks"] = summary(measure_risks(rows, pipeline.assemble(loaded)))
    _show(result, table, json_out)
    if save:
        save_card(pipeline.find_model(model), result, [path.name for path in data])


@click.group(short_help="List, compare and promote models.")
def models() -> None:
    """Models that are installed, and which of them is the default."""


@models.command("list")
def list_models() -> None:
    """Names, versions and licences of the installed models; the default is marked with *."""
    default = pipeline.find_model(None)
    for name, directory in {**store.available(), **_promoted()}.items():
        manifest = read_manifest(directory)
        mark = "*" if directory == default else " "
        click.echo(
            f"{mark} {name:<20} {manifest.name}@{manifest.version}  {manifest.kind}, {manifest.licence}"
        )


@models.command("show")
@click.argument("model", required=False)
def show_model(model: str | None) -> None:
    """The manifest of a model: labels, languages, sources and their licence classes."""
    directory = pipeline.find_model(model)
    click.echo((directory / "manifest.json").read_text(encoding="utf-8"), nl=False)


@models.command("export")
@click.argument("model", required=False)
@click.option(
    "-o", "--output", required=True, type=click.Path(file_okay=False, path_type=Path), help="A new directory."
)
def export_model(*, model: str | None, output: Path) -> None:
    """The encoder of MODEL as a directory that sentence-transformers loads."""
    from models.sentences import export

    try:
        export(pipeline.find_model(model), output)
    except OSError as error:
        raise OutputError(f"{output} cannot be written: {error}") from error
    click.echo(f"{output} written; SentenceTransformer({str(output)!r}) loads it")


@models.command("compare")
@click.argument("first")
@click.argument("second")
@_files
@click.option(
    "--survey",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Comments with scores, to show how their causes move. Default: DATA, where it has scores.",
)
@_json
def compare_models(
    *, first: str, second: str, data: Sequence[Path], survey: Path | None, json_out: Path | None
) -> None:
    """FIRST and SECOND on the same DATA: differences, a paired bootstrap test, comments that change.

    Where comments have scores (nps, csat, ces ...), also the causes of the score by the tags of each.
    """
    from evaluation.compare import compare, table
    from evaluation.compare_causes import labelled_comments, move, survey_comments

    one, other = _load(first), _load(second)
    if one.aspects != other.aspects:
        raise InputError(f"{first} and {second} know different aspects and cannot be compared")
    result = compare(one, other, _examples(data, one))
    if survey:
        result["causes"] = move(one, other, survey_comments(survey))
    elif scored := labelled_comments(data):
        try:
            result["causes"] = move(one, other, scored)
        except InputError as error:
            click.echo(f"vocnlp: the causes of the scores in the data are left out: {error}", err=True)
    _show(result, table, json_out)


@models.command("promote")
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@_files
@click.option(
    "--gates",
    type=click.Path(exists=True, path_type=Path),
    default=GATES,
    show_default="evaluation/gates.toml",
)
def promote_model(*, directory: Path, data: Sequence[Path], gates: Path) -> None:
    """Make DIRECTORY the default model if it reaches the gates on DATA; the one before is kept.

    The gate risk_f1 holds where a comment of DATA is labelled with fraud, safety, legal or churn.
    """
    from evaluation.compare import failed_gates
    from evaluation.risks import BIG, together
    from evaluation.risks import measure as measure_risks
    from evaluation.tagging import evaluate as measure

    loaded = _load(str(directory))
    rows = _examples(data, loaded)
    measures = measure(loaded, rows, draws=2)["all"]
    wanted = tomllib.loads(gates.read_text(encoding="utf-8"))
    if any(set(example.risks) & {*BIG} for example in rows):
        measures["risk_f1"] = together(measure_risks(rows, pipeline.assemble(loaded))).f1
    elif wanted.pop("risk_f1", None):
        click.echo("risks are not measured, for no comment of the data is labelled with one", err=True)
    failed = failed_gates(measures, wanted)
    if failed:
        raise ModelError(f"{directory} is not promoted: " + "; ".join(failed))
    when = datetime.now(UTC).isoformat(timespec="seconds")
    done = registry.promote(Settings().models, directory, when=when, by=getpass.getuser())
    click.echo(f"{done.model} is the default now; `vocnlp models rollback` takes it back")


@models.command("rollback")
def roll_back() -> None:
    """Take the last promotion back."""
    undone = registry.roll_back(Settings().models)
    click.echo(f"{undone.model}, promoted {undone.when} by {undone.by}, is the default no more")


def _promoted() -> dict[str, Path]:
    root = Settings().models
    return {entry.directory: root / entry.directory for entry in registry.history(root)}


def _load(model: str | None) -> Model:
    return pipeline.load_model(model)


def _examples(data: Sequence[Path], model: Model) -> list[Example]:
    return examples(data, aspects=model.aspects)


def _show(result: dict[str, Any], table: Any, json_out: Path | None) -> None:
    lines: Iterable[str] = table(result)
    for line in lines:
        click.echo(line)
    if json_out:
        json_out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
