"""`vocnlp topics`."""

from __future__ import annotations

from pathlib import Path

import click

__all__ = ["topics"]


@click.command(short_help="Cluster the clauses of comments into topics.")
@click.argument("source", metavar="INPUT")
@click.option(
    "-o", "--output", required=True, type=click.Path(dir_okay=False, path_type=Path), help="JSON file."
)
@click.option("--nps", metavar="COL", help="Score column: tells the NPS of those who raise a topic.")
@click.option("--time", metavar="COL", help="Column of times; checked, for comparing runs.")
@click.option(
    "--registry",
    type=click.Path(file_okay=False, path_type=Path),
    help="Directory that keeps topics over runs.",
)
@click.option(
    "--encoder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A sentence-transformers directory; by default latent semantic analysis of the words.",
)
def topics(
    *,
    source: str,
    output: Path,
    nps: str | None,
    time: str | None,
    registry: Path | None,
    encoder: Path | None,
) -> int:
    """Topics of INPUT, raw comments or records tagged before, as JSON and as a table."""
    import orjson

    from vocnlp.analysis.survey import load_survey
    from vocnlp.analysis.topics import keep_ids
    from vocnlp.analysis.topics import topics as find
    from vocnlp.batch.outputs import Output

    survey = load_survey(source, nps=nps, time=time)
    found = find(survey, score="nps" if nps else None, encoder=encoder)
    if registry:
        keep_ids(found, registry)
    with Output(output) as file:
        with file.errors():
            file.file.write(orjson.dumps(found.to_dict(), option=orjson.OPT_INDENT_2))
        file.commit()
    for warning in found.warnings:
        click.echo(f"vocnlp: {warning}", err=True)
    click.echo(
        f"{len(found.topics)} topics; {found.outlier_share:.0%} of {found.clauses:,} clauses are in none"
    )
    for topic in sorted(found.topics, key=lambda topic: -topic.comments):
        score = "" if topic.score is None else f"  NPS {topic.score:+.0f}"
        click.echo(f"{topic.id:>4} {topic.comments:>6,} comments{score}  {', '.join(topic.keywords[:6])}")
    return 1 if survey.failed else 0
