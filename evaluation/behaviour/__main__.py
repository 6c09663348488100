"""How often a model does what a reader expects, by kind of difficulty and by language.

    python -m evaluation.behaviour [--model NAME|DIR] [--failures] [--json OUT]

The texts go through the whole pipeline; `evaluation/behaviour/texts.jsonl` says what must hold for each.
"""

from __future__ import annotations

import json
from pathlib import Path

import click

from evaluation.behaviour import judge, measure, read, table
from vocnlp import pipeline
from vocnlp.cli.main import run_command
from vocnlp.schema import Comment


@click.command(help=__doc__)
@click.option("--model", metavar="NAME|DIR", help="Default: the model that `vocnlp tag` uses.")
@click.option("--failures", is_flag=True, help="List the texts that are not passed, and why.")
@click.option("--json", "json_out", type=click.Path(path_type=Path), help="Write every number here.")
def main(*, model: str | None, failures: bool, json_out: Path | None) -> None:
    """Measure and print."""
    items, tagging = read(), pipeline.load(model=model)
    result = measure(judge(items, tagging.tag(Comment(id=item.id, text=item.text) for item in items)))
    result["model"] = tagging.model.version
    for line in (result["model"], *table(result)):
        click.echo(line)
    if failures:
        texts = {item.id: item.text for item in items}
        for name, faults in result["failures"].items():
            click.echo(f"{name}: {', '.join(faults)}: {texts[name]}")
    if json_out:
        json_out.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
