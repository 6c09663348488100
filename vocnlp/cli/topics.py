"""`vocnlp topics`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vocnlp.errors import InputError
from vocnlp.settings import Settings

if TYPE_CHECKING:
    from vocnlp.analysis.survey import Survey
    from vocnlp.analysis.topics import Topics
    from vocnlp.analysis.topics.progress import Stage
    from vocnlp.analysis.topics.uncovered import Needs

__all__ = ["topics"]

_LISTED = 10
_WIDTH = 24


@click.command(short_help="Cluster the clauses of comments into topics.")
@click.argument("source", metavar="INPUT")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="JSON file."
)
@click.option("--nps", metavar="COL", help="Score column: tells the NPS of those who raise a topic.")
@click.option("--time", metavar="COL", help="Column of times: counts topics by period, tells which emerge.")
@click.option("--model", metavar="NAME|DIR", help="Model that tags raw comments and makes the vectors.")
@click.option(
    "--registry",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory that keeps topics over runs.",
)
@click.option("--assign", is_flag=True, help="Place the comments in the topics of --registry as they are.")
@click.option(
    "--encoder",
    metavar="NAME|DIR",
    help="model, words, or a sentence-transformers directory; by default model if it makes vectors.",
)
@click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), help="Directory that keeps vectors."
)
@click.option(
    "--proposals",
    type=click.Path(dir_okay=False, path_type=Path),
    help="JSON Lines to label: aspects that the taxonomy lacks.",
)
@click.option(
    "--engine",
    type=click.Choice(["builtin", "bertopic"]),
    default="builtin",
    show_default=True,
    help="What finds the groups.",
)
@click.option(
    "--namer",
    metavar="COMMAND|URL",
    help="A language model that names new topics: a command, or a chat completions endpoint. Off by default.",
)
@click.option("--namer-model", metavar="NAME", default="", help="The model that --namer URL is asked for.")
@click.option("-q", "--quiet", is_flag=True, help="No progress.")
@click.option("--seed", type=int, default=0, show_default=True, help="Of engine and sample.")
def topics(
    source: str,
    *,
    output: Path,
    nps: str | None,
    time: str | None,
    model: str | None,
    assign: bool,
    proposals: Path | None,
    engine: str,
    namer: str | None,
    namer_model: str,
    quiet: bool,
    **options: Any,
) -> int:
    """Topics of INPUT, raw comments or records tagged before, as JSON and as a table."""
    import orjson

    from vocnlp.analysis.survey import load_survey
    from vocnlp.analysis.topics import place
    from vocnlp.analysis.topics import topics as find
    from vocnlp.analysis.topics.namer import find_namer
    from vocnlp.batch.outputs import Output

    if assign and options["registry"] is None:
        raise InputError("--assign needs --registry DIR, whose topics the comments are placed in")
    survey = load_survey(source, nps=nps, time=time, model=model, keep_marks=proposals is not None)
    score = "nps" if nps else None
    seed = options.pop("seed")
    monitor = _Monitor(quiet)
    options |= {"score": score, "time": time, "model": model, "progress": monitor}
    try:
        if assign:
            found = place(survey, **options)
        else:
            ask = find_namer(namer, model=namer_model, key=Settings().namer_key) if namer else None
            found = find(survey, engine=engine, namer=ask, seed=seed, **options)
    finally:
        monitor.clear()
    needs = _needs(survey, proposals, seed=seed, **options) if proposals else None
    content = found.to_dict() | ({"uncovered": asdict(needs)} if needs else {})
    with Output(output) as file:
        with file.errors():
            file.file.write(orjson.dumps(content, option=orjson.OPT_INDENT_2))
        file.commit()
    _print(found, needs)
    return 1 if survey.failed else 0


class _Monitor:
    """A bar with the stage, on standard error if that is a terminal."""

    def __init__(self, quiet: bool) -> None:
        self.live = not quiet and _is_terminal()

    def __call__(self, stage: Stage, done: int, total: int) -> None:
        """See `progress.Progress`."""
        if not self.live:
            return
        stages = list(type(stage))
        filled = round((stages.index(stage) + done / max(total, 1)) / len(stages) * _WIDTH)
        bar = "█" * filled + "░" * (_WIDTH - filled)
        count = f" {done:,} of {total:,}" if total > 1 else ""
        click.echo(f"\r\033[K{bar} {stage}{count}", err=True, nl=False)

    def clear(self) -> None:
        """Take it off the screen."""
        if self.live:
            click.echo("\r\033[K", err=True, nl=False)


def _is_terminal() -> bool:
    return sys.stderr.isatty()


def _needs(
    survey: Survey,
    proposals: Path,
    *,
    score: str | None,
    model: str | None,
    encoder: str | None,
    cache: Path | None,
    seed: int,
    **_: Any,
) -> Needs:
    from vocnlp.analysis.topics.clauses import read
    from vocnlp.analysis.topics.find import choose
    from vocnlp.analysis.topics.uncovered import feeling, uncovered, write_proposals
    from vocnlp.pipeline import load_model

    embedder = choose(read(survey), None, encoder, model=model, cache=cache)
    needs = uncovered(survey, embedder, feeling(load_model(model)), score=score, seed=seed)
    write_proposals(proposals, survey, needs)
    return needs


def _print(found: Topics, needs: Needs | None) -> None:
    for warning in [*found.warnings, *(needs.warnings if needs else ())]:
        click.echo(f"vocnlp: {warning}", err=True)
    click.echo(
        f"{len(found.topics)} topics; {found.outlier_share:.0%} of {found.clauses:,} clauses are in none"
    )
    for theme in found.themes:
        click.echo(f"{theme.name}: {theme.comments:,} comments, topics {', '.join(map(str, theme.topics))}")
    for topic in found.topics:
        score = "" if topic.score is None else f"  NPS {topic.score:+.0f}"
        words = ", ".join(topic.keywords[:6])
        click.echo(f"{topic.id:>4} {topic.comments:>6,} comments{score}  {topic.name} ({words})")
        if topic.emerging:
            rise = topic.emerging
            click.echo(
                f"     emerging: {rise.share_before:.1%} -> {rise.share_now:.1%} of the comments"
                f" since {found.periods[-1]} (q = {rise.q_value:.2g})"
            )
    for change in found.changes:
        if change.kind != "stayed":
            ids = " -> ".join(" + ".join(map(str, side)) or "-" for side in (change.before, change.now))
            click.echo(f"{change.kind}: {ids}  {change.share_before:.1%} -> {change.share_now:.1%}")
    for need in needs.needs[:_LISTED] if needs else ():
        click.echo(
            f"not in the taxonomy: {need.comments:,} comments  {need.name} ({', '.join(need.seeds[:6])})"
        )
