"""How long causes and reports take, and how much memory: the commands as processes on simulated records.

    python -m evaluation.attribution_speed [--rows 100000] [--command causes --command report] [--draws 500]

The records are those of a world with twenty aspects, three regions, six months, and customers who answer
twice (`evaluation/worlds.py`).
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import click
import numpy as np
import orjson

from evaluation.speed import watched
from evaluation.worlds import random_world
from vocnlp.cli.main import run_command
from vocnlp.taxonomy import taxonomy

__all__ = ["Cost", "cost", "main", "records"]

ASPECTS = 20
COLUMNS = ["--nps", "nps", "--by", "region", "--time", "created_at"]


@dataclass(frozen=True, slots=True)
class Cost:
    """Seconds on the clock and of processors, and the most memory held at once in MB."""

    wall: float
    processor: float
    memory: float


def records(rows: int, seed: int) -> Iterator[dict[str, Any]]:
    """Tagged records in the form of docs/records.md; a fifth has no comment."""
    rng = np.random.default_rng(seed)
    survey = random_world(rng, ASPECTS).survey(rng, rows)
    names = [*(name for name in taxonomy.load().ids if name != "overall"), "staff"][:ASPECTS]
    frame, mood = survey.frame, survey.frame["sentiment_score"].to_numpy()
    days = frame["month"] + np.asarray(rng.integers(28, size=rows), dtype="timedelta64[D]")
    columns = (frame[name].tolist() for name in ("id", "text", "nps", "region", "customer"))
    for i, (key, text, nps, region, customer) in enumerate(zip(*columns, strict=True)):
        tags: list[dict[str, Any]] = []
        said = text
        for k in np.flatnonzero(survey.mentioned[i]):
            polarity = "neg" if survey.negative[i, k] else "pos"
            clause = f"{names[k]} {'disappointed' if polarity == 'neg' else 'pleased'} me this time"
            start = len(said) + 2
            said = f"{said}, {clause}"
            evidence = [{"start": start, "end": len(said), "text": clause}]
            tags.append({"aspect": names[k], "polarity": polarity, "confidence": 0.9, "evidence": evidence})
        yield {
            "id": key,
            "text": said,
            "language": {"code": "en", "confidence": 1.0},
            "sentiment": {"label": _label(mood[i]), "score": float(mood[i]), "probabilities": {}},
            "aspects": tags,
            "risks": [],
            "pii": [],
            "scores": {"nps": nps},
            "attributes": {
                "region": region,
                "created_at": f"{days.iloc[i].date()}T{i % 24:02}:00:00+08:00",
                "customer_id": customer,
            },
            "warnings": [],
            "versions": {"model": "simulated@1", "taxonomy": "voc@1", "risks": "risks@1"},
        }


def _label(mood: float) -> str:
    return "neg" if mood < 0 else "pos" if mood > 0 else "neu"


def cost(command: Sequence[str]) -> Cost:
    """Run a command to its end; raises ClickException when it fails."""
    before = getrusage(RUSAGE_CHILDREN)
    wall, memory = watched(command)
    after = getrusage(RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(wall, processor, memory)


@click.command()
@click.option("--rows", type=click.IntRange(1000), default=100_000, show_default=True)
@click.option(
    "--command",
    "commands",
    multiple=True,
    type=click.Choice(["causes", "report"]),
    default=["causes", "report"],
    show_default=True,
)
@click.option("--draws", type=int, default=500, show_default=True, help="Of causes.")
@click.option("--seed", default=1, show_default=True)
def main(*, rows: int, commands: tuple[str, ...], draws: int, seed: int) -> None:
    """Print what causes and report cost on simulated records."""
    with tempfile.TemporaryDirectory() as folder:
        source, page = Path(folder) / "tagged.jsonl", Path(folder) / "report.html"
        with source.open("wb") as file:
            file.writelines(orjson.dumps(record) + b"\n" for record in records(rows, seed))
        click.echo(
            f"{rows:,} records, {ASPECTS} aspects, {source.stat().st_size / 1e6:,.0f} MB, {draws} draws"
        )
        own = {
            "causes": ["--customer", "customer_id", "--draws", str(draws)],
            "report": ["-o", str(page)],
        }
        for command in commands:
            found = cost([sys.executable, "-m", "vocnlp", command, str(source), *COLUMNS, *own[command]])
            size = f", page {page.stat().st_size / 1e6:.1f} MB" if command == "report" else ""
            click.echo(
                f"  {command:<8}{found.wall:8.1f} s, {found.processor:.1f} s of processors, "
                f"{found.memory:,.0f} MB{size}"
            )


if __name__ == "__main__":
    run_command(main)
