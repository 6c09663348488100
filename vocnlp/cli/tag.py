"""`vocnlp tag`: comments in, tagged comments out."""

from __future__ import annotations

import gc
import os
import sys
import time
from collections import Counter
from pathlib import Path

import click

from vocnlp.batch.run import Engine, Record, Summary, tag_file
from vocnlp.schema import FailedComment
from vocnlp.settings import Settings

__all__ = ["tag"]

SHOWN_ERRORS = 10
PROGRESS_SECONDS = 0.5
EXIT_ROW_ERRORS = 1


@click.command(short_help="Tag comments with language, sentiment, aspects and risks.")
@click.argument("source", metavar="INPUT")
@click.option("-o", "--output", required=True, help=".jsonl .csv .tsv .parquet .xlsx, or - (JSON Lines).")
@click.option("--text", metavar="COL", help="Column of the comments; by default its name tells.")
@click.option(
    "--id", "id_", metavar="COL", help="Column of the ids; by default its name tells, else row numbers."
)
@click.option("--model", metavar="NAME|DIR", help="Model to tag with; default: VOCNLP_MODEL or 'default'.")
@click.option(
    "--device", type=click.Choice(["auto", "cpu", "cuda"]), help="Default: VOCNLP_DEVICE or 'auto'."
)
@click.option("--engine", type=click.Choice(["local", "ray"]), default="local", show_default=True)
@click.option("--workers", type=click.IntRange(1), help="Processes (or Ray actors); default: one a core.")
@click.option("--encoding", help="Of a text file, such as gb18030; by default found by looking.")
@click.option("--delimiter", help="Of a CSV file, one character or 'tab'; by default found by looking.")
@click.option("--language-detector", metavar="NAME", help="Default: VOCNLP_LANGUAGE_DETECTOR or 'builtin'.")
@click.option(
    "--risk-rules",
    metavar="FILE",
    type=click.Path(path_type=Path),
    help="Your own rules for risks, instead of the shipped ones.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print errors only.")
def tag(
    *,
    source: str,
    output: str,
    text: str | None,
    id_: str | None,
    model: str | None,
    device: str | None,
    engine: Engine,
    workers: int | None,
    encoding: str | None,
    delimiter: str | None,
    language_detector: str | None,
    risk_rules: Path | None,
    quiet: bool,
) -> int:
    """Tag the comments of INPUT: .csv .tsv .jsonl .parquet .xlsx, or - for JSON Lines on standard input.

    Records tagged before are passed on as they are, so that INPUT and OUTPUT convert between formats.
    Exits with 0 when done, 1 when done with row errors, 2 when it could not start, 130 when interrupted.
    """
    settings = Settings()
    gc.freeze()  # what was imported stays: the collector need not look through it
    monitor = _Monitor(quiet)
    try:
        summary = tag_file(
            source,
            output,
            text=text,
            id=id_,
            encoding=encoding,
            delimiter="\t" if delimiter in ("tab", "\\t") else delimiter,
            model=model or settings.model,
            device=device or settings.device,
            language_detector=language_detector or settings.language_detector,
            risk_rules=risk_rules,
            engine=engine,
            workers=workers or os.cpu_count() or 1,
            observe=monitor.observe,
        )
    finally:
        monitor.clear()
    _report(summary, quiet)
    return EXIT_ROW_ERRORS if summary.errors else 0


class _Monitor:
    """Progress on a terminal and the first row errors, on standard error."""

    def __init__(self, quiet: bool) -> None:
        self.live = not quiet and sys.stderr.isatty()
        self.begun = self.shown = time.monotonic()
        self.rows = 0
        self.errors = 0

    def observe(self, record: Record) -> None:
        self.rows += 1
        if isinstance(record, FailedComment):
            self.errors += 1
            if self.errors <= SHOWN_ERRORS:
                self.clear()
                click.echo(f"vocnlp: {record.error.code}: {record.error.message}", err=True)
        now = time.monotonic()
        if self.live and now - self.shown > PROGRESS_SECONDS:
            self.shown = now
            pace = self.rows / (now - self.begun)
            click.echo(f"\r\033[K{self.rows:,} comments, {pace:,.0f}/s", err=True, nl=False)

    def clear(self) -> None:
        if self.live:
            click.echo("\r\033[K", err=True, nl=False)


def _report(summary: Summary, quiet: bool) -> None:
    failed = summary.errors.total()
    if failed > SHOWN_ERRORS or (failed and not quiet):
        click.echo(f"vocnlp: {_many(failed, 'row error')} ({_by_code(summary.errors)})", err=True)
    if quiet:
        return
    if warned := summary.warnings.total():
        click.echo(f"vocnlp: {_many(warned, 'warning')} ({_by_code(summary.warnings)})", err=True)
    pace = f"{summary.seconds:.1f} s, {summary.per_second:,.0f} comments/s"
    click.echo(f"vocnlp: {_many(summary.rows, 'comment')} in {pace}", err=True)


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'s' * (count != 1)}"


def _by_code(counts: Counter[str]) -> str:
    return ", ".join(f"{code} {count:,}" for code, count in counts.most_common())
