"""One model on every corpus with sentiment labels, beside a classifier trained on that corpus alone.

    python -m evaluation.corpora CORPORA_DIR [--model NAME|DIR] [--beside NAME|DIR] [--recipe heads]

CORPORA_DIR has a folder a corpus with `train.jsonl.zst` and `dev.jsonl.zst`. Each corpus' own classifier is
an SVM on TF-IDF of character n-grams (`evaluation.ngram_svm`), learned from its train rows; both are measured
on its dev rows by macro-F1 over the labels that the corpus has. With --recipe, the model first learns the
labels of each corpus from the same train rows, by `vocnlp train --from` as a user would.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray

from evaluation import ngram_svm
from evaluation.metrics import macro_f1, p_value, paired_differences
from evaluation.tagging import judged_sentiment, predict
from evaluation.trained import trained, write_labelled
from models.interface import POLARITIES, Model
from vocnlp import pipeline
from vocnlp.batch.labelled import Example, read_lines
from vocnlp.cli.main import run_command
from vocnlp.errors import InputError

__all__ = ["Corpus", "Measured", "measure", "read_corpora", "summary", "taught"]

SVM = "own SVM"
_LABELS = ("neg", "neu", "pos")
_SPLITS = ("train", "dev")
_SHOWN_LANGUAGES = 4


@dataclass(frozen=True, slots=True)
class Corpus:
    """The comments of one source that have a sentiment."""

    source: str
    train: list[Example]
    dev: list[Example]

    @property
    def languages(self) -> list[str]:
        """Of the dev rows, the most frequent first."""
        return [code for code, _ in Counter(row.language for row in self.dev).most_common()]

    @property
    def classes(self) -> list[str]:
        """Labels of the dev rows."""
        present = {row.sentiment for row in self.dev}
        return [label for label in _LABELS if label in present]


@dataclass(slots=True)
class Measured:
    """Macro-F1 of each system on the n dev rows of a corpus, and the model minus the corpus' own SVM.

    draws: that difference on resampled rows, for intervals over several corpora.
    """

    source: str
    languages: list[str]
    n: int
    train: int
    classes: list[str]
    macro_f1: dict[str, float]
    difference: float
    interval: tuple[float, float]
    p_value: float
    draws: NDArray[np.float64] = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """Plain values, without the draws."""
        return {name: getattr(self, name) for name in self.__slots__ if name != "draws"}


def read_corpora(
    directory: Path, *, sources: Sequence[str] = (), train_rows: int, dev_rows: int, seed: int = 0
) -> Iterator[Corpus]:
    """The corpora, in order of name, whose train and dev rows have two sentiment labels or more.

    sources: only these.   train_rows, dev_rows: more are drawn by the seed.
    Raises InputError for an unknown source, or when no corpus has labels.
    """
    folders = {path.name: path for path in sorted(directory.iterdir()) if path.is_dir()}
    if unknown := [source for source in sources if source not in folders]:
        raise InputError(f"{directory} has no corpus {', '.join(unknown)}; it has {', '.join(folders)}")
    none = True
    for source, folder in folders.items():
        if sources and source not in sources:
            continue
        train, dev = (_rows(folder, source, split) for split in _SPLITS)
        if min(len({row.sentiment for row in rows}) for rows in (train, dev)) > 1:
            none = False
            yield Corpus(source, _drawn(train, train_rows, seed), _drawn(dev, dev_rows, seed))
    if none:
        raise InputError(f"no corpus in {directory} has sentiment labels in its train and dev rows")


def _rows(folder: Path, source: str, split: str) -> list[Example]:
    return [
        Example(f"{source}:{row.get('id')}", row["text"], row.get("lang", "und"), row["sentiment"])
        for path in sorted(folder.glob(f"{split}.jsonl*"))
        for row in read_lines(path)
        if row.get("sentiment") in _LABELS and row["text"].strip()
    ]


def _drawn(rows: list[Example], most: int, seed: int) -> list[Example]:
    places = np.random.default_rng(seed).permutation(len(rows))[:most]
    return [rows[place] for place in sorted(places.tolist())]


def measure(
    corpus: Corpus, systems: Mapping[str, Model], *, draws: int = 500, seed: int = 0, keep: Path | None = None
) -> Measured:
    """Measure models, the first of which is the one in question, and the corpus' own SVM on its dev rows.

    keep: a directory of the SVMs' labels, used again while rows and settings are the same.
    """
    answers: dict[str, NDArray[np.int64]] = {}
    truth = np.array([POLARITIES.index(str(row.sentiment)) for row in corpus.dev])
    for name, model in systems.items():
        answers[name], _ = judged_sentiment(predict(model, corpus.dev))
    answers[SVM] = np.array([POLARITIES.index(label) for label in _expert(corpus, seed, keep)])
    values = {name: macro_f1(found, truth) for name, found in answers.items()}
    first = next(iter(systems))

    def of(name: str) -> Any:
        return lambda rows: macro_f1(answers[name][rows], truth[rows])

    differences = paired_differences(of(SVM), of(first), len(truth), draws=draws, seed=seed)
    return Measured(
        source=corpus.source,
        languages=corpus.languages,
        n=len(truth),
        train=len(corpus.train),
        classes=corpus.classes,
        macro_f1=values,
        difference=values[first] - values[SVM],
        interval=_interval(differences),
        p_value=p_value(differences),
        draws=differences,
    )


def taught(corpus: Corpus, start: Path, recipe: str) -> Model:
    """The encoder in `start` after it learned the train rows of a corpus by a recipe."""
    with tempfile.TemporaryDirectory() as directory:
        data = Path(directory, "labelled.jsonl")
        write_labelled(data, corpus.train)
        return trained(data, Path(directory, corpus.source), "--from", str(start), "--recipe", recipe)


def _expert(corpus: Corpus, seed: int, keep: Path | None) -> list[str]:
    """Labels that the corpus' own SVM gives its dev rows."""
    spaced = ngram_svm.spaced([row.language for row in corpus.train])
    content = [[(row.text, row.sentiment) for row in rows] for rows in (corpus.train, corpus.dev)]
    key = hashlib.sha256(json.dumps([content, ngram_svm.SETTINGS, spaced, seed]).encode()).hexdigest()
    path = keep / f"{corpus.source}.json" if keep else None
    if path and path.is_file():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["key"] == key:
            return list(kept["labels"])
    labels = [str(row.sentiment) for row in corpus.train]
    classify = ngram_svm.fit([row.text for row in corpus.train], labels, spaced=spaced, seed=seed)
    found = classify([row.text for row in corpus.dev])
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"key": key, "labels": found}) + "\n", encoding="utf-8")
    return found


def _interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    low, high = np.percentile(differences, [2.5, 97.5])
    return float(low), float(high)


def summary(results: Sequence[Measured]) -> dict[str, Any]:
    """Means over corpora, and on how many the model is ahead of the corpus' own SVM.

    The interval of the mean difference is of these corpora with other comments, not of other corpora.
    """
    names = list(results[0].macro_f1)
    return {
        "corpora": len(results),
        "macro_f1": {name: float(np.mean([row.macro_f1[name] for row in results])) for name in names},
        "difference": float(np.mean([row.difference for row in results])),
        "interval": _interval(np.mean([row.draws for row in results], axis=0)),
        "ahead": sum(row.difference > 0 for row in results),
        "surely_ahead": sum(row.interval[0] > 0 for row in results),
        "surely_behind": sum(row.interval[1] < 0 for row in results),
    }


def head(names: Sequence[str]) -> str:
    """The first line of the table."""
    columns = "".join(f"{name:>18}" for name in names)
    return f"{'corpus':<28}{'languages':<16}{'n':>6}  {'classes':<12}{columns}{'difference':>12}{'p':>27}"


def line(row: Measured) -> str:
    """A corpus in the table."""
    more = len(row.languages) - _SHOWN_LANGUAGES
    languages = " ".join(islice(row.languages, _SHOWN_LANGUAGES)) + (f" +{more}" if more > 0 else "")
    values = "".join(f"{value:>18.3f}" for value in row.macro_f1.values())
    low, high = row.interval
    return (
        f"{row.source:<28}{languages:<16}{row.n:>6,}  {' '.join(row.classes):<12}{values}"
        f"{row.difference:>+12.3f}  [{low:+.3f}, {high:+.3f}]{row.p_value:>8.3f}"
    )


def last_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """The means below the table."""
    values = "".join(f"{value:>18.3f}" for value in found["macro_f1"].values())
    low, high = found["interval"]
    yield f"{'mean':<64}{values}{found['difference']:>+12.3f}  [{low:+.3f}, {high:+.3f}]"
    yield (
        f"ahead of the corpus' own SVM on {found['ahead']} of {found['corpora']} corpora"
        f" ({found['ahead'] / found['corpora']:.0%}); interval above 0 on {found['surely_ahead']},"
        f" below 0 on {found['surely_behind']}"
    )


def _names(_: click.Context, __: click.Parameter, value: str | None) -> tuple[str, ...]:
    return tuple(name.strip() for name in value.split(",") if name.strip()) if value else ()


@click.command(help=__doc__)
@click.argument("directory", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--model", metavar="NAME|DIR", help="Default: the model that `vocnlp tag` uses.")
@click.option("--beside", metavar="NAME|DIR", help="A second model, such as baseline.")
@click.option("--recipe", metavar="NAME|FILE.toml", help="Compare the model after `vocnlp train --from` it.")
@click.option("--sources", metavar="A,B", callback=_names, help="Only these corpora.")
@click.option("--train-rows", type=click.IntRange(2), default=20_000, show_default=True)
@click.option("--dev-rows", type=click.IntRange(2), default=2_000, show_default=True)
@click.option("--draws", type=click.IntRange(20), default=500, show_default=True, help="Bootstrap resamples.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of rows, SVMs and resamples.")
@click.option(
    "--keep",
    type=click.Path(file_okay=False, path_type=Path),
    help="Keep the SVMs' labels here for next time.",
)
@click.option("--json", "json_out", type=click.Path(dir_okay=False, path_type=Path))
def main(
    *,
    directory: Path,
    model: str | None,
    beside: str | None,
    recipe: str | None,
    sources: tuple[str, ...],
    train_rows: int,
    dev_rows: int,
    draws: int,
    seed: int,
    keep: Path | None,
    json_out: Path | None,
) -> None:
    """Measure and print."""
    loaded = [pipeline.load_model(model), *([pipeline.load_model(beside)] if beside else [])]
    systems = {one.version: one for one in loaded}
    learned = f"with {recipe}"
    results = []
    click.echo(head([*([learned] if recipe else []), *systems, SVM]))
    for corpus in read_corpora(
        directory, sources=sources, train_rows=train_rows, dev_rows=dev_rows, seed=seed
    ):
        after = {learned: taught(corpus, pipeline.find_model(model), recipe)} if recipe else {}
        results.append(measure(corpus, after | systems, draws=draws, seed=seed, keep=keep))
        click.echo(line(results[-1]))
    found = summary(results)
    for text in last_lines(found):
        click.echo(text)
    if json_out:
        content = {**found, "settings": {"train_rows": train_rows, "dev_rows": dev_rows, "seed": seed}}
        content["by_corpus"] = [row.to_dict() for row in results]
        json_out.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
