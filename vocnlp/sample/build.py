"""Rebuild `comments.csv` from `written/*.tsv`: python -m vocnlp.sample.build

The comments are written by hand; this file adds what a customer system would add: ids, customers, dates and
scores. Every draw is seeded by the text of its comment, so an edit moves its own row and little else.
`story.py` is the model of the scores.
"""

from __future__ import annotations

import csv
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone
from pathlib import Path

from vocnlp.sample import path
from vocnlp.sample.story import scores_of

__all__ = ["COLUMNS", "Answer", "compose", "summary", "write"]

COLUMNS = (
    "id", "customer_id", "created_at", "comment", "nps", "csat", "ces",
    "product", "region", "channel", "stage", "segment",
)  # fmt: skip
WRITTEN = Path(__file__).with_name("written")

SCORE_ONLY = 60
SECOND_QUARTER = date(2026, 4, 1)
PERIODS = {
    "2026-Q1": (date(2026, 1, 1), date(2026, 3, 31)),
    "2026-Q2": (date(2026, 4, 1), date(2026, 6, 30)),
}
# Comments of no set date fall into the quarters in these shares; the written dates lean to the second.
FILLED = (0.56, 0.44)

COPIED_PRAISE: dict[str, int | None] = {"nps": 10, "csat": 5, "ces": 7}

CHANNELS = {"app": 0.42, "web": 0.3, "marketplace": 0.28}
HOURS = (7, 8, 9, 10, 11, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19, 20, 20, 20, 21, 21, 21, 22, 22, 23)
# Hours from UTC in winter and in summer, and the day the clocks change.
OFFSETS = {
    "CN": (8, 8), "HMT": (8, 8), "JP": (9, 9), "KR": (9, 9), "SEA": (7, 7), "MENA": (3, 3), "RU": (3, 3),
    "BR": (-3, -3), "LATAM": (-5, -5), "EU": (1, 2), "US": (-5, -4),
}  # fmt: skip
SUMMER = {"EU": date(2026, 3, 29), "US": date(2026, 3, 8)}


@dataclass(slots=True)
class Answer:
    """One row to be.

    `aspects` maps an aspect to the polarity that its writer had in mind; `flags` say what is planted:
    `risk:*` reported as real, `near:*` named but not reported, `copied:*` a text of a copied series.
    """

    text: str
    language: str
    product: str
    region: str
    stage: str
    when: str = ""
    channel: str = ""
    segment: str = ""
    customer: str = ""
    aspects: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    created_at: datetime = datetime(2026, 1, 1)
    scores: dict[str, int | None] = field(default_factory=dict)
    id: str = ""

    @property
    def quarter(self) -> int:
        return 2 if self.created_at.date() >= SECOND_QUARTER else 1

    @property
    def copied(self) -> bool:
        return any(flag.startswith("copied:") for flag in self.flags)

    @property
    def row(self) -> tuple[str | int | None, ...]:
        """The fields of the CSV, in the order of `COLUMNS`."""
        stamp = self.created_at.isoformat(timespec="seconds")
        scores = [self.scores[name] for name in ("nps", "csat", "ces")]
        return (
            self.id, self.customer, stamp, self.text, *scores,
            self.product, self.region, self.channel, self.stage, self.segment,
        )  # fmt: skip


def compose() -> list[Answer]:
    """All answers, in order of time, with ids, customers and scores."""
    answers = list(read_written())
    for answer in answers:
        settle_context(answer)
    answers += score_only(answers)
    answers.sort(key=lambda answer: (answer.created_at, answer.text))
    settle_customers(answers)
    for number, answer in enumerate(answers, start=1):
        answer.id = f"A{number:04}"
        answer.scores = draw_scores(answer)
    return answers


def read_written() -> Iterator[Answer]:
    """The comments with what their writer noted beside them; `\\n` in a text is a line break."""
    for source in sorted(WRITTEN.glob("*.tsv")):
        with source.open(encoding="utf-8", newline="") as lines:
            for row in csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE):
                yield Answer(
                    text=row["text"].replace("\\n", "\n"),
                    language=source.stem,
                    product=row["product"],
                    region=row["region"],
                    stage=row["stage"],
                    when=row["when"],
                    channel=row["channel"],
                    segment=row["segment"],
                    customer=row["customer"],
                    aspects=dict(pair.split(":") for pair in row["aspects"].split(";") if pair),
                    flags=tuple(row["flags"].split()),
                )


def settle_context(answer: Answer, *, salt: int = 0) -> None:
    """Draw the date and the channel where the writer left them open; `salt` tells silent answers apart."""
    draw = random.Random(f"context {answer.text or salt}")  # noqa: S311 (reproducible, not secret)
    first, last = period(answer.when or draw.choices(list(PERIODS), FILLED)[0])
    day = first + timedelta(days=draw.randrange((last - first).days + 1))
    hour = draw.randrange(14, 19) if answer.copied else draw.choice(HOURS)
    clock = time(hour, draw.randrange(60), draw.randrange(60))
    winter, summer = OFFSETS[answer.region]
    hours = summer if day >= SUMMER.get(answer.region, date.max) else winter
    answer.created_at = datetime.combine(day, clock, timezone(timedelta(hours=hours)))
    answer.channel = answer.channel or draw.choices(list(CHANNELS), list(CHANNELS.values()))[0]


def period(when: str) -> tuple[date, date]:
    """First and last day of a quarter (2026-Q1), a month (2026-02) or a day (2026-02-14)."""
    if when in PERIODS:
        return PERIODS[when]
    if len(when) == len("2026-02"):
        first = date.fromisoformat(f"{when}-01")
        return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return date.fromisoformat(when), date.fromisoformat(when)


def score_only(written: list[Answer]) -> list[Answer]:
    """Answers without a word; most come from a customer who wrote at another time."""
    draw = random.Random("score only")  # noqa: S311
    content = [a for a in written if not a.flags and "neg" not in a.aspects.values() and not a.segment]
    answers = []
    for number, other in enumerate(draw.sample(content, SCORE_ONLY)):
        if number % 3:
            other.customer = other.customer or f"again {number}"
        answer = Answer("", "", other.product, other.region, draw.choice(["order", "delivery", "use"]))
        answer.customer = other.customer or f"silent {number}"
        settle_context(answer, salt=number)
        answers.append(answer)
    return answers


def settle_customers(answers: list[Answer]) -> None:
    """Give every customer a number and a segment; who answers twice is no new customer."""
    times = Counter(answer.customer for answer in answers if answer.customer)
    numbers: dict[str, int] = {}
    for answer in answers:
        name = answer.customer or answer.text
        draw = random.Random(f"customer {name}")  # noqa: S311
        weights = (0, 3, 1) if times[name] > 1 else (10, 7, 3)
        answer.segment = answer.segment or draw.choices(("new", "returning", "VIP"), weights)[0]
        while name not in numbers:
            number = draw.randrange(10_000, 100_000)
            if number not in numbers.values():
                numbers[name] = number
        answer.customer = f"C{numbers[name]}"


def draw_scores(answer: Answer) -> dict[str, int | None]:
    """What the story makes of an answer; copied praise is full marks."""
    if answer.copied:
        return dict(COPIED_PRAISE)
    return scores_of(
        aspects=answer.aspects,
        flags=answer.flags,
        home=answer.region == "CN",
        quarter=answer.quarter,
        customer=answer.customer,
        seed=answer.text or answer.created_at.isoformat(),
        silent=not answer.text,
    )


def write(answers: list[Answer], target: Path) -> None:
    """Write the sample as UTF-8 CSV."""
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(answer.row for answer in answers)


def summary(answers: list[Answer]) -> str:
    """The counts and scores that `README.md` quotes."""
    said = Counter(answer.language for answer in answers if answer.text)
    customers = len({answer.customer for answer in answers})
    abroad = [answer for answer in answers if answer.region != "CN"]
    groups = {
        "all": answers,
        "CN": [answer for answer in answers if answer.region == "CN"],
        "abroad, first quarter": [answer for answer in abroad if answer.quarter == 1],
        "abroad, second quarter": [answer for answer in abroad if answer.quarter == 2],
    }
    return "\n".join(
        [
            f"{len(answers)} answers, {said.total()} with a comment, {customers} customers",
            "comments: " + ", ".join(f"{language} {n}" for language, n in said.most_common()),
            *(f"{name}: {standing(group)}" for name, group in groups.items()),
        ]
    )


def standing(group: list[Answer]) -> str:
    """NPS and detractors of a group, and how many of it complain of the three planted aspects."""
    nps = [score for answer in group if (score := answer.scores["nps"]) is not None]
    promoters = 100 * sum(score >= 9 for score in nps) / len(nps)
    detractors = 100 * sum(score <= 6 for score in nps) / len(nps)
    complaints = Counter(aspect for a in group for aspect, polarity in a.aspects.items() if polarity == "neg")
    planted = (f"{aspect} {complaints[aspect]}" for aspect in ("logistics", "installation", "packaging"))
    scores = f"NPS {promoters - detractors:.1f}, detractors {detractors:.1f} % of {len(nps)}"
    return f"{scores}; complaints: {', '.join(planted)}"


if __name__ == "__main__":
    everything = compose()
    write(everything, path())
    print(summary(everything))
