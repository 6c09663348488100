"""`vocnlp demo`: the whole way on the sample survey."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click
import orjson

from vocnlp import sample
from vocnlp.batch.run import Record, Summary, tag_file
from vocnlp.schema import FailedComment, TaggedComment
from vocnlp.settings import Settings

if TYPE_CHECKING:
    from vocnlp.report.context import Context

__all__ = ["demo"]

_SEGMENTS = ("region", "stage", "segment")
_WORDS = {
    "en": {
        "comments": "comments",
        "languages": "languages",
        "nps": "NPS",
        "causes": "top causes of detractors",
        "points": "points",
        "risks": "risk flags",
        "speed": "tagged in {seconds:.1f} s, {rate:,.0f} comments/s",
        "look": "look at",
    },
    "zh": {
        "comments": "评论",
        "languages": "语言",
        "nps": "NPS",
        "causes": "贬损者的首要原因",
        "points": "分",
        "risks": "风险标记",
        "speed": "标注用时 {seconds:.1f} 秒，每秒 {rate:,.0f} 条",
        "look": "请查看",
    },
}


@dataclass(slots=True)
class _Tally:
    """What the summary counts while records are written."""

    languages: Counter[str] = field(default_factory=Counter)
    risks: Counter[str] = field(default_factory=Counter)
    comments: int = 0

    def __call__(self, record: Record) -> None:
        if isinstance(record, FailedComment):
            return
        self._add(record)

    def _add(self, record: TaggedComment) -> None:
        self.comments += bool(record.text.strip())
        self.languages[record.language.code] += bool(record.text.strip())
        self.risks.update({risk.category for risk in record.risks})


@click.command(short_help="Tag the sample survey, find its causes, write a report.")
@click.option(
    "-o",
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("demo"),
    show_default=True,
    help="Directory for tagged.jsonl, causes.json and report.html.",
)
@click.option("--locale", type=click.Choice(sorted(_WORDS)), help="Default: VOCNLP_LOCALE or en.")
def demo(*, output: Path, locale: str | None) -> int:
    """Run the whole way on the sample: a made-up survey of a home-goods retailer in 15 languages."""
    from vocnlp.analysis.survey import load_survey
    from vocnlp.report.build import build

    locale = locale or Settings().locale
    output.mkdir(parents=True, exist_ok=True)
    tagged, causes_file, page = (output / name for name in ("tagged.jsonl", "causes.json", "report.html"))
    tally = _Tally()
    summary = tag_file(sample.path(), tagged, observe=tally, workers=os.cpu_count() or 1)
    survey = load_survey(tagged, nps="nps", by=_SEGMENTS, time="created_at", keep_marks=True)
    report = build(survey, score="nps", by=_SEGMENTS, time="created_at", locale=locale)
    report.write(page)
    found = report.context.results.causes
    causes_file.write_bytes(orjson.dumps(found, option=orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY))
    for line in _lines(report.context, tally, summary, _WORDS[locale]):
        click.echo(line)
    click.echo(f"{_WORDS[locale]['look']}: {page}, {causes_file}, {tagged}")
    return 1 if summary.errors else 0


def _lines(context: Context, tally: _Tally, summary: Summary, words: dict[str, str]) -> Iterator[str]:
    found, names = context.results.causes, context.names
    low, high = found["interval"]
    languages = ", ".join(f"{code} {count}" for code, count in tally.languages.most_common() if count)
    yield f"{words['comments']}: {tally.comments:,}"
    yield f"{words['languages']}: {languages}"
    yield f"{words['nps']}: {found['score']:+.1f} [{low:+.1f}, {high:+.1f}] (n = {found['n']:,})"
    yield f"{words['causes']}:"
    for cause in [cause for cause in found["causes"] if cause.get("ranked", True)][:3]:
        effect = cause["effect"]
        low, high = effect["interval"]
        size = f"{effect['estimate']:+.1f} {words['points']} [{low:+.1f}, {high:+.1f}]"
        yield f"  {names.aspect(cause['aspect'])}: {size}, q = {effect['q_value']:.3f}"
    risks = ", ".join(f"{names.risk(category)} {count}" for category, count in tally.risks.most_common())
    yield f"{words['risks']}: {risks or 0}"
    yield words["speed"].format(seconds=summary.seconds, rate=summary.per_second)
