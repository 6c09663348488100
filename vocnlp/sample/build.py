"""Rebuild `comments.csv` from `written/*.tsv`: python -m vocnlp.sample.build

The comments are written by hand; this file adds what a customer system would add: ids, customers, dates and
scores. Every draw is seeded by the text of its comment, so an edit moves only its own row. `README.md` states
the model of the scores; the numbers below are that model.
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

__all__ = ["COLUMNS", "Answer", "compose", "effect_of", "write"]

COLUMNS = (
    "id", "customer_id", "created_at", "comment", "nps", "csat", "ces",
    "product", "region", "channel", "stage", "segment",
)  # fmt: skip
WRITTEN = Path(__file__).with_name("written")

SCORE_ONLY = 44
SECOND_QUARTER = date(2026, 4, 1)
PERIODS = {
    "2026-Q1": (date(2026, 1, 1), date(2026, 3, 31)),
    "2026-Q2": (date(2026, 4, 1), date(2026, 6, 30)),
}

# The model, in points of NPS: what one mention does to the latent satisfaction that starts at BASE.
BASE = 8.0
PRAISE = {"overall": 1.3, "attitude": 1.0, "packaging": 0.0}
PRAISE_OF_OTHERS = 0.9
COMPLAINT = {
    "overall": -3.0, "after_sales": -2.6, "quality": -2.4, "attitude": -2.2, "accuracy": -2.0, "billing": -2.0,
    "safety": -3.5, "performance": -1.8, "responsiveness": -1.6, "reliability": -1.2, "usability": -1.0,
    "design": -0.9, "availability": -0.8, "environment": -0.5, "price": -0.4, "location": -0.3, "packaging": 0.0,
}  # fmt: skip
LOGISTICS_AT_HOME, LOGISTICS_ABROAD = -0.8, -3.4
INSTALLATION_AT_HOME, INSTALLATION_ABROAD = -0.6, {1: -2.2, 2: -3.6}
LUKEWARM = -0.7
FLAGS = {"risk:fraud": -2.0, "risk:safety": -1.5, "risk:churn": -1.5}
CUSTOMER_SD, ANSWER_SD, SILENT_SD = 0.4, 0.9, 1.7
# Effort (CES, 7 = very easy): its own causes beside a share of the satisfaction.
EFFORT_BASE, EFFORT_SHARE, EFFORT_SD = 5.6, 0.25, 0.7
EFFORT = {
    "installation:neg": -1.6, "usability:neg": -1.3, "after_sales:neg": -0.9, "responsiveness:neg": -0.8,
    "logistics:neg": -0.6, "installation:pos": 0.7, "usability:pos": 0.7, "after_sales:pos": 0.7,
}  # fmt: skip
CSAT_CUTS = (2.2, 4.3, 6.3, 8.4)
MISSING = {"nps": 0.03, "csat": 0.05, "ces": 0.12}
COPIED_PRAISE = {"nps": 10, "csat": 5, "ces": 7}

CHANNELS = {"app": 0.42, "web": 0.3, "marketplace": 0.28}
HOURS = "7 8 9 10 11 12 12 13 14 15 16 17 18 19 19 20 20 20 21 21 21 22 22 23".split()
# Hours from UTC in winter and in summer, and the day the clocks change.
OFFSETS = {
    "CN": (8, 8), "HMT": (8, 8), "JP": (9, 9), "KR": (9, 9), "SEA": (7, 7), "MENA": (3, 3), "RU": (3, 3),
    "BR": (-3, -3), "LATAM": (-5, -5), "EU": (1, 2), "US": (-5, -4),
}  # fmt: skip
SUMMER = {"EU": date(2026, 3, 29), "US": date(2026, 3, 8)}


@dataclass(slots=True)
class Answer:
    """One row to be; `aspects` maps an aspect to the polarity its writer had in mind, `flags` say what is planted."""

    text: str
    language: str
    product: str
    region: str
    stage: str
    aspects: dict[str, str] = field(default_factory=dict)
    flags: tuple[str, ...] = ()
    when: str = ""
    channel: str = ""
    segment: str = ""
    customer: str = ""
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
                aspects = dict(pair.split(":") for pair in row.pop("aspects").split(";") if pair)
                flags = tuple(row.pop("flags").split())
                text = row.pop("text").replace("\\n", "\n")
                yield Answer(text=text, language=source.stem, aspects=aspects, flags=flags, **row)


def settle_context(answer: Answer) -> None:
    """Draw the date and the channel where the writer left them open."""
    draw = random.Random(f"context {answer.text}")  # noqa: S311 (reproducible, not secret)
    first, last = period(answer.when or draw.choice(sorted(PERIODS)))
    day = first + timedelta(days=draw.randrange((last - first).days + 1))
    hour = draw.randrange(14, 19) if answer.copied else int(draw.choice(HOURS))
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
    open_to_more = [a for a in written if not a.flags and "neg" not in a.aspects.values() and not a.segment]
    answers = []
    for number, other in enumerate(draw.sample(open_to_more, SCORE_ONLY)):
        if number % 3:
            other.customer = other.customer or f"again {number}"
        answer = Answer("", "", other.product, other.region, draw.choice(["order", "delivery", "use"]))
        answer.customer = other.customer
        while not answer.channel or abs(answer.created_at - other.created_at) < timedelta(days=9):
            answer.text = f"score only {number} {draw.random()}"
            settle_context(answer)
        answers.append(answer)
    for answer in answers:
        answer.text = ""
    return answers


def settle_customers(answers: list[Answer]) -> None:
    """Give every customer a number, and a segment: who answers twice is no new customer."""
    times = Counter(answer.customer for answer in answers if answer.customer)
    numbers = list(range(10_000, 99_999, 7))
    random.Random("customers").shuffle(numbers)  # noqa: S311
    known: dict[str, str] = {}
    for number, answer in zip(numbers, answers, strict=False):
        draw = random.Random(f"segment {answer.customer or number}")  # noqa: S311
        again = times[answer.customer] > 1
        segments, weights = ["new", "returning", "VIP"], ([0, 3, 1] if again else [10, 7, 3])
        answer.segment = answer.segment or draw.choices(segments, weights)[0]
        name = answer.customer or str(number)
        answer.customer = known.setdefault(name, f"C{number}")


def draw_scores(answer: Answer) -> dict[str, int | None]:
    """NPS, CSAT and CES cut from one latent satisfaction; now and then a question was skipped."""
    if answer.copied:
        return dict(COPIED_PRAISE)
    draw = random.Random(f"scores {answer.text or answer.id}")  # noqa: S311
    customer = random.Random(f"customer {answer.customer}").gauss(0, CUSTOMER_SD)  # noqa: S311
    latent = BASE + expected(answer) + customer + noise(draw, ANSWER_SD if answer.text else SILENT_SD)
    effort = EFFORT_BASE + EFFORT_SHARE * (latent - BASE) + noise(draw, EFFORT_SD)
    effort += sum(EFFORT.get(f"{aspect}:{polarity}", 0) for aspect, polarity in answer.aspects.items())
    satisfied = latent + noise(draw, 0.6)
    scores = {
        "nps": min(10, max(0, round(latent))),
        "csat": 1 + sum(satisfied > cut for cut in CSAT_CUTS),
        "ces": min(7, max(1, round(effort))),
    }
    return {name: score if draw.random() >= MISSING[name] else None for name, score in scores.items()}


def noise(draw: random.Random, deviation: float) -> float:
    """Normal, cut at two deviations, so that no delighted comment comes with a zero."""
    return max(-2.0, min(2.0, draw.gauss(0, 1))) * deviation


def expected(answer: Answer) -> float:
    """Points that the comment's aspects and flags add to the base."""
    home = answer.region == "CN"
    points = sum(effect_of(a, p, home=home, quarter=answer.quarter) for a, p in answer.aspects.items())
    return points + min((FLAGS.get(flag, 0.0) for flag in answer.flags), default=0.0)


def effect_of(aspect: str, polarity: str, *, home: bool, quarter: int) -> float:
    """The true effect of one mention on NPS: the planted story."""
    if polarity == "neu":
        return LUKEWARM if aspect == "overall" else 0.0
    praise = PRAISE.get(aspect, PRAISE_OF_OTHERS)
    if polarity == "pos":
        return praise
    if aspect == "logistics":
        complaint = LOGISTICS_AT_HOME if home else LOGISTICS_ABROAD
    elif aspect == "installation":
        complaint = INSTALLATION_AT_HOME if home else INSTALLATION_ABROAD[quarter]
    else:
        complaint = COMPLAINT[aspect]
    return complaint if polarity == "neg" else (complaint + praise) / 2


def write(target: Path) -> None:
    """Write the sample as UTF-8 CSV."""
    with target.open("w", encoding="utf-8", newline="") as lines:
        writer = csv.writer(lines, lineterminator="\n")
        writer.writerow(COLUMNS)
        writer.writerows(answer.row for answer in compose())


if __name__ == "__main__":
    write(path())
