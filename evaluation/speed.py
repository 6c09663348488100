"""How fast and how small: `vocnlp tag` as a process, the stages inside it, and peers in the same run.

    python -m evaluation.speed COMMENTS.jsonl.zst ... [--model fast] [--rows 100000] [--runs 3] [--json OUT]

COMMENTS are lines with `text`; they are taken in turn and repeated until there are enough.
"""

from __future__ import annotations

import json
import platform
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from threading import Event, Thread
from typing import Any

import click

from evaluation.ngram_svm import vectorizer
from vocnlp import pipeline
from vocnlp.batch.labelled import read_lines
from vocnlp.cli.main import run_command
from vocnlp.pipeline import Pipeline
from vocnlp.schema import Comment, to_json
from vocnlp.text import clauses, language, normalize, pii

_STAGE_ROWS = 4_000
_ALONE_ROWS = 400
_PEER_ROWS = 2_000
_TRANSFORMER_ROWS, _PEER_TOKENS, _PEER_BATCH = 64, 44, 16
_POLL_SECONDS = 0.5


def main_process(path: Path, output: Path, model: str) -> tuple[float, float]:
    """Seconds and peak memory in MB (the process and its workers together) of one `vocnlp tag`."""
    command = [sys.executable, "-m", "vocnlp", "tag", str(path), "-o", str(output), "-q", "--model", model]
    return watched(command)


def watched(command: Sequence[str]) -> tuple[float, float]:
    """Seconds and peak memory in MB of a command and its workers; raises ClickException when it fails."""
    import psutil

    begun = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        peak, done = [0.0], Event()

        def watch() -> None:
            tree = psutil.Process(process.pid)
            while not done.wait(_POLL_SECONDS):
                try:
                    family = [tree, *tree.children(recursive=True)]
                    peak[0] = max(peak[0], sum(member.memory_full_info().pss for member in family) / 1e6)
                except psutil.Error:
                    continue

        watcher = Thread(target=watch)
        watcher.start()
        code = process.wait()
        done.set()
        watcher.join()
    if code not in (0, 1):
        raise click.ClickException(f"{' '.join(command)} ended with {code}")
    return time.perf_counter() - begun, peak[0]


def stages(texts: Sequence[str], whole: Pipeline) -> dict[str, Callable[[], Any]]:
    """The stages of the pipeline on the same comments, each ready to be timed alone."""
    repaired = [normalize.repair(text)[0] for text in texts]
    masked = [pii.mask(text)[0] for text in repaired]
    cut = [clauses.split(text) for text in masked]
    detector = language.load()
    codes = [found.code for found in detector.detect(masked)]
    comments = [Comment(str(number), text) for number, text in enumerate(texts)]
    records = list(whole.tag(comments))
    tagger = whole.risk_tagger
    return {
        "repair": lambda: [normalize.repair(text) for text in texts],
        "mask": lambda: [pii.mask(text) for text in repaired],
        "clauses": lambda: [clauses.split(text) for text in masked],
        "language": lambda: detector.detect(masked),
        "model": lambda: [
            whole.model.predict(masked[first : first + 256], cut[first : first + 256])
            for first in range(0, len(masked), 256)
        ],
        "risks": lambda: [tagger.tag(*row) for row in zip(masked, cut, codes, strict=True)],
        "json": lambda: [to_json(record) for record in records],
        "all stages, one process": lambda: list(whole.tag(comments)),
    }


def one_comment(texts: Sequence[str], whole: Pipeline, runs: int) -> float:
    """Median seconds of a comment through `Pipeline.tag` alone, over comments and runs."""
    comments = [Comment(str(number), text) for number, text in enumerate(texts)]
    seconds = []
    for comment in comments * runs:
        begun = time.perf_counter()
        list(whole.tag([comment]))
        seconds.append(time.perf_counter() - begun)
    return median(seconds)


def peer(texts: Sequence[str], columns: int) -> Callable[[], Any]:
    """scikit-learn's TF-IDF of character n-grams with one linear classifier a label, on the same comments."""
    import numpy as np
    from sklearn.linear_model import SGDClassifier

    ngrams = vectorizer()
    features = ngrams.fit_transform(texts)
    labels = np.arange(len(texts)) % columns
    classifier = SGDClassifier(max_iter=2, tol=None, random_state=0).fit(features, labels)
    return lambda: classifier.decision_function(ngrams.transform(texts))


def transformer(texts: int) -> Callable[[], Any]:
    """An encoder of the size of XLM-R base in float32, with random weights, on texts of 44 sub-words."""
    import torch
    from transformers import XLMRobertaConfig, XLMRobertaModel

    model: Any = XLMRobertaModel(XLMRobertaConfig(vocab_size=250_002, max_position_embeddings=514))
    model.eval()
    ids = torch.randint(5, 250_000, (texts, _PEER_TOKENS))

    def run() -> None:
        with torch.inference_mode():
            for batch in ids.split(_PEER_BATCH):
                model(input_ids=batch)

    return run


def per_second(call: Callable[[], Any], rows: int, runs: int) -> float:
    """Median comments a second over some runs."""
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - begun)
    return rows / median(seconds)


def measure(texts: Sequence[str], *, model: str, rows: int, runs: int) -> dict[str, Any]:
    """Everything that is printed, as numbers."""
    with tempfile.TemporaryDirectory() as directory:
        source, output = Path(directory, "in.jsonl"), Path(directory, "out.jsonl")
        with source.open("w", encoding="utf-8") as file:
            for number, text in enumerate(islice(cycle(texts), rows)):
                file.write(json.dumps({"id": str(number), "text": text}) + "\n")
        results = [main_process(source, output, model) for _ in range(runs)]
    some = list(islice(cycle(texts), _STAGE_ROWS))
    whole = pipeline.load(model=model)
    inner = {name: per_second(call, len(some), runs) for name, call in stages(some, whole).items()}
    return {
        "model": model,
        "rows": rows,
        "characters": sum(map(len, texts)) / len(texts),
        "runs": runs,
        "machine": f"{platform.machine()}, Python {platform.python_version()}",
        "seconds": [seconds for seconds, _ in results],
        "per_second": rows / median(seconds for seconds, _ in results),
        "peak_mb": max(peak for _, peak in results),
        "stages": inner,
        "one_comment": one_comment(some[:_ALONE_ROWS], whole, runs),
        "peer": per_second(peer(some[:_PEER_ROWS], columns=64), _PEER_ROWS, runs),
        "transformer": per_second(transformer(_TRANSFORMER_ROWS), _TRANSFORMER_ROWS, runs),
    }


def table(found: dict[str, Any]) -> Iterator[str]:
    """Lines of a readable table."""
    kind = f"{found['rows']:,} comments of {found['characters']:.0f} characters"
    yield f"{found['machine']}; model {found['model']}; {kind}; median of {found['runs']} runs"
    yield _row("vocnlp tag, whole process", found["per_second"], f"peak {found['peak_mb']:,.0f} MB")
    for name, rate in found["stages"].items():
        yield _row(f"  {name}", rate, f"{1000 / rate:.3f} ms each")
    alone = found["one_comment"]
    yield _row("one comment a call, median", 1 / alone, f"{1000 * alone:.1f} ms each")
    ratio = found["stages"]["model"] / found["peer"]
    yield _row("TF-IDF and linear, 64 labels", found["peer"], f"the model stage is {ratio:.1f} x as fast")
    ratio = found["per_second"] / found["transformer"]
    yield _row("XLM-R base, float32", found["transformer"], f"vocnlp tag is {ratio:.0f} x as fast")


def _row(name: str, rate: float, remark: str) -> str:
    return f"{name:<30}{rate:>10,.0f} comments/s   {remark}"


@click.command(help=__doc__)
@click.argument("data", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--model", default="default", show_default=True, metavar="NAME|DIR")
@click.option("--rows", type=click.IntRange(100), default=100_000, show_default=True)
@click.option("--runs", type=click.IntRange(1), default=3, show_default=True)
@click.option("--json", "json_out", type=click.Path(path_type=Path))
def speed(*, data: Sequence[Path], model: str, rows: int, runs: int, json_out: Path | None) -> None:
    """Measure and print."""
    texts = [row["text"] for path in data for row in islice(read_lines(path), rows)]
    found = measure(texts, model=model, rows=rows, runs=runs)
    for line in table(found):
        click.echo(line)
    if json_out:
        json_out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(speed)
