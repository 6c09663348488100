"""Patterns of many comments: what each finds, and what it leaves alone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from vocnlp.alerts.patterns import Event, Pattern

NOW = datetime(2026, 5, 31, 12, tzinfo=UTC)


def pattern(kind: str, **options: Any) -> Any:
    plain = {"name": "p", "kind": kind, "webhooks": ["ops"], **options}
    return TypeAdapter(Pattern).validate_python(plain)


def event(
    number: int = 0,
    *,
    days: float = 1.0,
    customer: str | None = "p1",
    complaints: Iterable[str] = (),
    scores: dict[str, float] | None = None,
    **attributes: Any,
) -> Event:
    """A response so many days ago."""
    names = {**attributes, **(scores or {}), "scores": scores or {}}
    return Event(f"c{number}", NOW - timedelta(days=days), customer, names, frozenset(complaints))


class TestAggregate:
    def test_groups_beyond_the_limit_are_found(self) -> None:
        events = [
            event(n, scores={"nps": 2 if n % 2 else 9}, region="EU" if n % 2 else "US") for n in range(80)
        ]
        found = list(pattern("aggregate", score="nps", by=["region"], days=7, below=0).find(events, NOW))
        assert [finding.subject for finding in found] == ["nps, region EU"]
        assert found[0].data == {"value": -100.0, "n": 40, "group": {"region": "EU"}}
        above = pattern("aggregate", score="nps", by=["region"], days=7, above=50)
        assert [finding.subject for finding in above.find(events, NOW)] == ["nps, region US"]

    def test_few_and_old_answers_and_those_that_do_not_count_are_left_alone(self) -> None:
        low = {"csat": 1.0}
        options = {"score": "csat", "days": 7, "below": 3}
        few = [event(n, scores=low) for n in range(29)]
        assert not list(pattern("aggregate", **options).find(few, NOW))
        old = [*few, event(29, scores=low, days=7.1)]
        assert not list(pattern("aggregate", **options).find(old, NOW))
        enough = [*few, event(29, scores=low)]
        (found,) = pattern("aggregate", **options).find(enough, NOW)
        assert found.data == {"value": 1.0, "n": 30, "group": {}}
        elsewhere = pattern("aggregate", when='region == "EU"', **options)
        assert not list(elsewhere.find(enough, NOW))

    @pytest.mark.parametrize(
        ("options", "words"),
        [
            ({"score": "joy", "days": 7, "below": 1}, "there are: nps"),
            ({"score": "nps", "days": 7}, "either `below` or `above`"),
            ({"score": "nps", "days": 7, "below": 1, "above": 2}, "either"),
            ({"score": "nps", "days": 0, "below": 1}, "greater than 0"),
            ({"score": "nps", "days": 7, "below": 1, "when": "nps <"}, "no expression"),
        ],
    )
    def test_what_makes_no_sense_is_refused(self, options: dict[str, Any], words: str) -> None:
        with pytest.raises(ValidationError, match=words):
            pattern("aggregate", **options)


class TestRepeat:
    def test_a_customer_who_complains_again_and_again_is_found(self) -> None:
        events = [event(n, days=9 * n, complaints=["logistics", "price"]) for n in range(4)]
        events += [event(9, complaints=["price"]), event(10, customer="p2", complaints=["price"])]
        found = list(pattern("repeat", times=4, days=20).find(events, NOW))
        assert [(f.subject, f.customer) for f in found] == [("price: p1", "p1")]
        assert found[0].data["times"] == 4
        assert set(found[0].data["comments"]) == {"c0", "c1", "c2", "c9"}
        only = pattern("repeat", times=2, aspect="logistics")
        assert [f.subject for f in only.find(events, NOW)] == ["logistics: p1"]

    def test_unknown_customers_are_not_one(self) -> None:
        events = [event(n, customer=None, complaints=["price"]) for n in range(9)]
        assert not list(pattern("repeat").find(events, NOW))


def test_silence_is_found_where_something_was_heard() -> None:
    silence = pattern("silence", hours=24)
    assert [f.subject for f in silence.find([event(days=1.5)], NOW)] == ["silence"]
    assert not list(silence.find([event(days=1.5), event(days=0.5)], NOW))
    assert not list(silence.find([event(days=3)], NOW))
    assert not list(silence.find([], NOW))


@pytest.mark.parametrize(
    ("at", "end"),
    [
        ("2026-05-01T15:00:00", "2026-05-01T23:00:00"),  # 23:00 in Shanghai: the end is the next morning
        ("2026-05-01T20:00:00", "2026-05-01T23:00:00"),  # 04:00
        ("2026-05-01T23:00:00", None),  # 07:00: over
        ("2026-05-01T13:59:00", None),  # 21:59
    ],
)
def test_quiet_hours_end_in_their_zone(at: str, end: str | None) -> None:
    quiet = pattern("silence", hours=1, quiet={"from": "22:00", "to": "07:00", "zone": "Asia/Shanghai"}).quiet
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    assert quiet.end(moment) == (datetime.fromisoformat(end).replace(tzinfo=UTC) if end else None)


@pytest.mark.parametrize(
    ("quiet", "words"),
    [
        ({"from": 1320, "to": "07:00"}, "quotes"),
        ({"from": "22:00", "to": "22:00"}, "the same"),
        ({"from": "22:00", "to": "07:00", "zone": "Mars/Base"}, "no zone 'Mars/Base'"),
    ],
)
def test_quiet_hours_that_make_no_sense_are_refused(quiet: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        pattern("silence", hours=1, quiet=quiet)


def test_an_alert_of_quiet_hours_leaves_at_their_end() -> None:
    clock = datetime.now(UTC)
    quiet = {"from": f"{clock:%H:%M}", "to": f"{clock + timedelta(hours=2):%H:%M}"}
    (alert,) = pattern("silence", hours=1, quiet=quiet).alerts({"subject": "silence"})
    assert timedelta(hours=1, minutes=58) < alert.due_at - clock <= timedelta(hours=2)
    (alert,) = pattern("silence", hours=1).alerts({"subject": "silence"})
    assert alert.due_at == alert.created_at
