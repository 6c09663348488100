"""The sample is sound, is what its README says, and its story can be found again in its numbers."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from stdnum import luhn
from stdnum.cn import ric

from vocnlp.sample import path
from vocnlp.sample.build import COLUMNS, Answer, compose, summary, write
from vocnlp.sample.story import effect_of

ENOUGH = {
    "zh": 170, "en": 150, "zh-Hant": 40, "ja": 45, "ko": 40, "es": 45, "pt": 40, "fr": 40, "de": 40, "ru": 30,
    "ar": 30, "th": 25, "vi": 25, "id": 25, "it": 15,
}  # fmt: skip
CHOICES = {
    "product": {"lamp", "bookshelf", "sofa bed", "rice cooker", "air purifier", "curtain", "desk", "kettle"}
    | {"office chair", "mattress", "bedding set", "frying pan"},
    "region": {"CN", "US", "EU", "BR", "LATAM", "JP", "KR", "SEA", "MENA", "RU", "HMT"},
    "channel": {"app", "web", "marketplace", "store"},
    "stage": {"browse", "order", "delivery", "installation", "use", "after-sales"},
    "segment": {"new", "returning", "VIP"},
}


@pytest.fixture(scope="module")
def answers() -> list[Answer]:
    return compose()


@pytest.fixture(scope="module")
def rows() -> list[dict[str, str]]:
    with path().open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def complains(answer: Answer, aspect: str) -> bool:
    return answer.aspects.get(aspect) == "neg"


def flagged(answers: list[Answer], start: str) -> list[Answer]:
    return [answer for answer in answers if any(flag.startswith(start) for flag in answer.flags)]


def test_build_reproduces_the_file(answers: list[Answer], tmp_path: Path) -> None:
    write(answers, tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == path().read_bytes()


def test_readme_quotes_the_summary(answers: list[Answer]) -> None:
    assert summary(answers) in path().with_name("README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "aspect", "polarity", "home", "quarter"),
    [
        ("logistics, complaint, abroad", "logistics", "neg", False, 1),
        ("logistics, complaint, in CN", "logistics", "neg", True, 2),
        ("installation, complaint, abroad, first quarter", "installation", "neg", False, 1),
        ("installation, complaint, abroad, second quarter", "installation", "neg", False, 2),
        ("installation, complaint, in CN", "installation", "neg", True, 1),
        ("packaging, complaint or praise", "packaging", "neg", False, 1),
        ("price, complaint", "price", "neg", False, 1),
    ],
)
def test_readme_states_the_model(name: str, aspect: str, polarity: str, home: bool, quarter: int) -> None:
    table = path().with_name("README.md").read_text(encoding="utf-8")
    effect = effect_of(aspect, polarity, home=home, quarter=quarter)
    assert f"| {name} | {effect or 0} |" in table


def test_enough_of_every_language(answers: list[Answer]) -> None:
    counts = Counter(answer.language for answer in answers if answer.text)
    assert set(counts) == set(ENOUGH)
    assert all(counts[language] >= least for language, least in ENOUGH.items())


def test_columns_and_scales(rows: list[dict[str, str]]) -> None:
    assert tuple(rows[0]) == COLUMNS
    assert len({row["id"] for row in rows}) == len(rows)
    for column, least, most in (("nps", 0, 10), ("csat", 1, 5), ("ces", 1, 7)):
        given = [int(row[column]) for row in rows if row[column]]
        assert set(given) <= set(range(least, most + 1))
        assert 0.8 * len(rows) < len(given) < len(rows)
    for column, allowed in CHOICES.items():
        assert {row[column] for row in rows} == allowed
    assert 20 < sum(not row["comment"] for row in rows) < 100


def test_dates_lie_in_two_quarters_and_in_order(rows: list[dict[str, str]]) -> None:
    times = [datetime.fromisoformat(row["created_at"]) for row in rows]
    assert all(time.utcoffset() is not None for time in times)
    assert times == sorted(times)
    assert all(date(2026, 1, 1) <= time.date() <= date(2026, 6, 30) for time in times)


def test_customers_who_return_are_not_new_and_stay_in_their_region(rows: list[dict[str, str]]) -> None:
    answered = Counter(row["customer_id"] for row in rows)
    again = [row for row in rows if answered[row["customer_id"]] > 1]
    assert len({row["customer_id"] for row in again}) > 30
    assert max(answered.values()) >= 3
    regions: dict[str, set[str]] = {}
    for row in again:
        regions.setdefault(row["customer_id"], set()).add(row["region"])
        assert row["segment"] in {"returning", "VIP"} or row["comment"].startswith("第一次")
    assert all(len(found) == 1 for found in regions.values())


def test_no_two_comments_alike_but_the_copied(answers: list[Answer]) -> None:
    by_language: dict[str, list[set[str]]] = {}
    for answer in answers:
        if answer.text and not answer.copied:
            grams = {answer.text[i : i + 3] for i in range(max(1, len(answer.text) - 2))}
            by_language.setdefault(answer.language, []).append(grams)
    closest = max(
        len(one & two) / len(one | two)
        for texts in by_language.values()
        for one, two in combinations(texts, 2)
        if len(one) > 8
    )
    assert closest < 0.4
    texts = [answer.text for answer in answers if answer.text]
    assert len(set(texts)) == len(texts)


def test_copied_praise_is_a_burst_of_full_marks_by_new_customers(answers: list[Answer]) -> None:
    for series in ("copied:zh", "copied:en"):
        copies = flagged(answers, series)
        assert len(copies) >= 6
        times = [copy.created_at for copy in copies]
        assert max(times) - min(times) < timedelta(hours=5)
        assert {(c.channel, c.segment, c.scores["nps"]) for c in copies} == {("marketplace", "new", 10)}
        assert len({copy.customer for copy in copies}) == len(copies)


def test_risks_are_a_handful_and_never_come_from_the_delighted(answers: list[Answer]) -> None:
    real = flagged(answers, "risk:fraud") + flagged(answers, "risk:safety")
    assert len(real) == 15
    assert all(answer.scores["nps"] is None or answer.scores["nps"] <= 6 for answer in real)
    near = flagged(answers, "near:")
    assert len(near) == 21
    assert not any(flag.startswith("risk:") for answer in near for flag in answer.flags)


def test_personal_data_is_fictitious_and_passes_its_checksums(rows: list[dict[str, str]]) -> None:
    text = "\n".join(row["comment"] for row in rows)
    mail = re.findall(r"[\w.]+@([\w.]+\w)", text, re.ASCII)
    assert len(mail) >= 8
    assert set(mail) <= {"example.com", "example.org", "example.net"}
    cards = re.findall(r"\d{4} \d{4} \d{4} \d{4}", text)
    assert len(cards) == 2
    assert all(luhn.is_valid(card.replace(" ", "")) for card in cards)
    (identity,) = re.findall(r"\d{17}[\dX]", text)
    assert ric.is_valid(identity)


def test_scores_are_those_of_a_plausible_survey(answers: list[Answer]) -> None:
    nps = [score for answer in answers if (score := answer.scores["nps"]) is not None]
    promoters, detractors = (np.mean([test(s) for s in nps]) for test in (lambda s: s >= 9, lambda s: s <= 6))
    assert 5 <= 100 * (promoters - detractors) <= 40
    assert 0.20 <= detractors <= 0.35


def test_regression_on_the_intended_aspects_finds_the_story(answers: list[Answer]) -> None:
    effects = least_squares([answer for answer in answers if not answer.copied])
    assert effects["logistics abroad"] < -2.9
    assert effects["installation abroad 2"] < effects["installation abroad 1"] - 0.8
    assert effects["installation abroad 1"] < -1.4
    assert abs(effects["packaging:neg"]) < 0.4
    assert -0.9 < effects["price:neg"] < 0.4
    assert 0.4 < effects["attitude:pos"] < 1.4


def test_packaging_is_a_bystander_that_leave_out_blames(answers: list[Answer]) -> None:
    packaging = [answer for answer in answers if complains(answer, "packaging")]
    late = sum(complains(answer, "logistics") for answer in answers) / len(answers)
    assert np.mean([complains(answer, "logistics") for answer in packaging]) > 3 * late
    assert net(answers) - net([a for a in answers if not complains(a, "packaging")]) < -2


def test_installation_complaints_multiply_abroad_and_logistics_do_not(answers: list[Answer]) -> None:
    abroad = [answer for answer in answers if answer.region != "CN"]
    counts = Counter((aspect, a.quarter) for a in abroad for aspect in a.aspects if complains(a, aspect))
    assert counts["installation", 2] > 3 * counts["installation", 1]
    assert 0.8 < counts["logistics", 2] / counts["logistics", 1] < 1.25


def net(answers: list[Answer]) -> float:
    nps = [score for answer in answers if (score := answer.scores["nps"]) is not None]
    return 100 * float(np.mean([(score >= 9) - (score <= 6) for score in nps]))


def least_squares(answers: list[Answer], *, at_least: int = 6) -> dict[str, float]:
    """Points of NPS per mention, all side by side; those in fewer than `at_least` answers are left out."""
    scored = [answer for answer in answers if answer.scores["nps"] is not None]
    mentions = [set(terms_of(answer)) for answer in scored]
    terms = sorted(
        term for term, n in Counter(t for found in mentions for t in found).items() if n >= at_least
    )
    columns = np.array([[1.0, *(term in found for term in terms)] for found in mentions])
    nps = np.array([answer.scores["nps"] for answer in scored], dtype=np.float64)
    solution = np.linalg.lstsq(columns, nps, rcond=None)[0]
    return dict(zip(terms, solution[1:].tolist(), strict=True))


def terms_of(answer: Answer) -> Iterator[str]:
    yield from (flag for flag in answer.flags if flag.startswith("risk:"))
    for aspect, polarity in answer.aspects.items():
        if answer.region == "CN" or polarity != "neg" or aspect not in {"logistics", "installation"}:
            yield f"{aspect}:{polarity}"
        else:
            yield f"{aspect} abroad" + (f" {answer.quarter}" if aspect == "installation" else "")
