"""How long topics take, stage by stage, and what memory.

    python -m evaluation.topics_speed INPUT [--encoder NAME|DIR] [--cache DIR]

INPUT: records tagged before. The survey is loaded first; then every stage of `vocnlp topics` is timed, and
the placing of comments whose vectors are there. Vectors that --cache holds are read, not made.
"""

from __future__ import annotations

import resource
import sys
import time
from pathlib import Path

import click
import numpy as np

from vocnlp.analysis.survey import load_survey
from vocnlp.analysis.topics import topics
from vocnlp.analysis.topics.cluster import Centres
from vocnlp.analysis.topics.progress import Stage
from vocnlp.cli.main import run_command

__all__ = ["Stopwatch", "main", "placed_per_second"]


class Stopwatch:
    """Seconds of each stage."""

    def __init__(self) -> None:
        self.seconds: dict[Stage, float] = {}
        self._stage: Stage | None = None
        self._begun = 0.0

    def __call__(self, stage: Stage, done: int, total: int) -> None:  # noqa: ARG002
        """See `progress.Progress`."""
        if stage != self._stage:
            self.stop()
            self._stage, self._begun = stage, time.perf_counter()

    def stop(self) -> None:
        """End the last stage."""
        if self._stage is not None:
            self.seconds[self._stage] = time.perf_counter() - self._begun
        self._stage = None


def placed_per_second(*, topics: int = 40, width: int = 384, vectors: int = 100_000) -> float:
    """How many vectors are placed among so many topics in a second."""
    random = np.random.default_rng(0)
    drawn = random.normal(size=(vectors, width)).astype(np.float32)
    centroids = drawn[:topics] / np.linalg.norm(drawn[:topics], axis=1, keepdims=True)
    centres = Centres(drawn.mean(axis=0), centroids, np.zeros(topics, np.float32))
    begun = time.perf_counter()
    centres.nearest(drawn)
    return vectors / (time.perf_counter() - begun)


@click.command()
@click.argument("source", metavar="INPUT")
@click.option("--encoder", metavar="NAME|DIR", help="As in vocnlp topics.")
@click.option("--cache", type=click.Path(file_okay=False, path_type=Path), help="As in vocnlp topics.")
def main(source: str, *, encoder: str | None, cache: Path | None) -> None:
    """Print seconds and memory."""
    begun = time.perf_counter()
    survey = load_survey(source)
    click.echo(f"{len(survey):,} comments loaded in {time.perf_counter() - begun:.0f} s")
    watch = Stopwatch()
    begun, used = time.perf_counter(), time.process_time()
    found = topics(survey, encoder=encoder, cache=cache, progress=watch)
    total, used = time.perf_counter() - begun, time.process_time() - used
    watch.stop()
    for stage, seconds in watch.seconds.items():
        click.echo(f"  {stage}: {seconds:.1f} s")
    unit = 2**10 if sys.platform == "darwin" else 1
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit / 2**20
    click.echo(
        f"{found.clauses:,} clauses, {len(found.topics)} topics, {found.outlier_share:.1%} in none:"
        f" {total:.0f} s ({used:.0f} s of CPU), {peak:.2f} GiB at peak"
    )
    click.echo(f"placing, given vectors: {placed_per_second():,.0f} clauses/s")


if __name__ == "__main__":
    run_command(main)
