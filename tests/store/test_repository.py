"""Comments and scores of tenants: stored once, found, joined, forgotten."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import func, select, update

from vocnlp.schema import Alert, FailedComment, TaggedComment
from vocnlp.store.database import Database, KeyReusedError
from vocnlp.store.filters import Filter
from vocnlp.store.history import Responses, TooManyError, history
from vocnlp.store.repository import Answer, Repository, Submission, forget_old
from vocnlp.store.tables import alerts, aspects, comments, risks, scores

Make = Callable[..., Submission]
START = datetime(2026, 5, 1, tzinfo=UTC)


def ids(page: tuple[list[str], Any]) -> list[str]:
    return [orjson.loads(record)["id"] for record in page[0]]


def test_a_record_comes_back_as_it_was_stored(repository: Repository, tenant: str, submission: Make) -> None:
    sent = submission(
        "甲", "快递 很慢 \U0001f620", attributes={"区": "华东", "n": [1, None]}, scores={"nps": 3.0}
    )
    assert repository.add(tenant, [sent]) == [sent.record]
    record = repository.get(tenant, "甲")
    assert record is not None
    assert orjson.loads(record) == orjson.loads(orjson.dumps(sent.record))


def test_the_same_id_is_stored_once(repository: Repository, tenant: str, submission: Make) -> None:
    repository.add(tenant, [submission("a", "late")])
    same, other, new = repository.add(
        tenant, [submission("a", "late"), submission("a", "changed"), submission("b", "late")]
    )
    assert isinstance(same, TaggedComment)
    assert isinstance(other, FailedComment)
    assert other.error.code == "id_conflict"
    assert isinstance(new, TaggedComment)
    assert ids(repository.page(tenant, Filter(), limit=10)) == ["b", "a"]


def test_doubles_within_one_request_are_stored_once(
    repository: Repository, tenant: str, submission: Make
) -> None:
    results = repository.add(tenant, [submission("a", "late"), submission("a", "late"), submission("a", "x")])
    assert [isinstance(result, TaggedComment) for result in results] == [True, True, False]
    assert len(repository.page(tenant, Filter(), limit=10)[0]) == 1


def test_an_idempotency_key_stands_for_one_content(
    repository: Repository, tenant: str, submission: Make
) -> None:
    first = repository.add(tenant, [submission("a")], key="k")
    assert repository.add(tenant, [submission("a")], key="k") == first
    with pytest.raises(KeyReusedError, match="'k'"):
        repository.add(tenant, [submission("b")], key="k")
    assert repository.get(tenant, "b") is None
    repository.add(f"{tenant}-2", [submission("b")], key="k")  # another tenant's key is another key


def test_filters(repository: Repository, tenant: str, submission: Make) -> None:
    hour = timedelta(hours=1)
    repository.add(
        tenant,
        [
            submission("a", time=START, language="zh", aspects=[("price", "pos"), ("logistics", "neg")]),
            submission("b", time=START + hour, aspects=[("price", "neg")], risks=["fraud"]),
            submission("c", time=START + 2 * hour, aspects=[]),
        ],
    )

    def found(**options: Any) -> list[str]:
        return ids(repository.page(tenant, Filter(**options), limit=10))

    assert found() == ["c", "b", "a"]
    assert found(since=START + hour) == ["c", "b"]
    assert found(until=START + hour) == ["a"]
    assert found(language="zh") == ["a"]
    assert found(aspect="price") == ["b", "a"]
    assert found(aspect="price", polarity="neg") == ["b"]  # not a: it is logistics that is neg there
    assert found(polarity="neg") == ["b", "a"]
    assert found(risk="fraud") == ["b"]
    assert found(risk="fraud", language="zh") == []


def test_pages_give_every_record_once_even_at_equal_times(
    repository: Repository, tenant: str, submission: Make
) -> None:
    sent = [submission(f"c{i}", time=START + timedelta(seconds=i // 3)) for i in range(10)]
    repository.add(tenant, sent)
    seen: list[str] = []
    after = None
    while True:
        page = repository.page(tenant, Filter(), limit=4, after=after)
        seen += ids(page)
        after = page[1]
        if after is None:
            break
        repository.add(tenant, [submission(f"new{len(seen)}", time=START + timedelta(days=1))])
    assert sorted(seen) == sorted(f"c{i}" for i in range(10))


@pytest.mark.parametrize("scores_first", [True, False])
def test_scores_are_joined_in_whatever_order_they_arrive(
    repository: Repository, tenant: str, submission: Make, scores_first: bool
) -> None:
    answer = Answer("r1", {"nps": 2.0}, START, None)
    steps: list[Callable[[], Any]] = [
        lambda: repository.add_scores(tenant, [answer]),
        lambda: repository.add(tenant, [submission("a", response_id="r1", scores={"csat": 4.0})]),
    ]
    results = [step() for step in (steps if scores_first else reversed(steps))]
    assert results[0 if scores_first else 1] == [0 if scores_first else 1]
    assert orjson.loads(repository.get(tenant, "a") or "")["scores"] == {"csat": 4.0, "nps": 2.0}


def test_a_later_score_replaces_an_earlier_one(repository: Repository, tenant: str, submission: Make) -> None:
    repository.add(tenant, [submission("a")])
    repository.add_scores(tenant, [Answer("a", {"nps": 2.0}, START), Answer("a", {"nps": 5.0}, START)])
    repository.add_scores(tenant, [Answer("a", {"nps": 9.0, "csat": 1.0}, START)])
    assert orjson.loads(repository.get(tenant, "a") or "")["scores"] == {"nps": 9.0, "csat": 1.0}


def test_responses_hold_scores_without_comment_too(
    database: Database, repository: Repository, tenant: str, submission: Make
) -> None:
    repository.add(tenant, [submission("a", scores={"nps": 3.0})])
    repository.add_scores(
        tenant, [Answer("a", {"csat": 2.0}, START), Answer("b", {"nps": 10.0}, START, "c1")]
    )
    responses = Responses(database)
    records = [response.record for response in responses.each(tenant, since=None, until=None)]
    assert [(r["id"], r["text"], r["scores"]) for r in records] == [
        ("a", "late again", {"nps": 3.0, "csat": 2.0}),
        ("b", "", {"nps": 10.0}),
    ]
    late = START + timedelta(days=1)
    assert list(responses.each(tenant, since=late, until=None)) == []
    assert responses.count(tenant, since=None, until=late) == 1
    with pytest.raises(TooManyError, match="at most 0"):
        history(database, tenant, since=START, until=late, most=0)


@pytest.mark.parametrize("hours", [-24 * 14, -1, 1, 24 * 14])
@pytest.mark.parametrize("first", ["comment", "score"])
def test_a_score_of_a_customer_finds_the_comment_nearest_in_time(
    repository: Repository, tenant: str, submission: Make, *, hours: int, first: str
) -> None:
    score = Answer(None, {"nps": 4.0}, START, "c1")
    said = [
        submission("far", time=START + timedelta(days=15), customer_id="c1"),
        submission("near", time=START + timedelta(hours=hours), customer_id="c1"),
        submission("theirs", time=START, customer_id="c2"),
    ]
    if first == "comment":
        repository.add(tenant, said)
        assert repository.add_scores(tenant, [score]) == [1]
    else:
        assert repository.add_scores(tenant, [score]) == [0]
        repository.add(tenant, said)
    scores = {
        id: orjson.loads(repository.get(tenant, id) or "")["scores"] for id in ("far", "near", "theirs")
    }
    assert scores == {"far": {}, "near": {"nps": 4.0}, "theirs": {}}


def test_a_score_of_a_customer_waits_without_a_comment_and_goes_with_the_customer(
    database: Database, repository: Repository, tenant: str, submission: Make
) -> None:
    repository.add_scores(tenant, [Answer(None, {"nps": 4.0}, START, "c1")])
    repository.add(tenant, [submission("far", time=START + timedelta(days=15), customer_id="c1")])
    alone = [r.record for r in Responses(database).each(tenant, since=None, until=START + timedelta(days=1))]
    assert [record["scores"] for record in alone] == [{"nps": 4.0}]
    assert alone[0]["id"].isalnum()
    assert repository.erase(tenant, "c1").scores == 1


def test_tenants_see_nothing_of_each_other(
    database: Database, repository: Repository, tenant: str, submission: Make
) -> None:
    other = f"{tenant}-other"
    repository.add(tenant, [submission("a", customer_id="c", risks=["fraud"])])
    repository.add_scores(tenant, [Answer("lone", {"nps": 1.0}, START, "c")])
    assert repository.get(other, "a") is None
    assert repository.page(other, Filter(), limit=10) == ([], None)
    assert repository.page(other, Filter(risk="fraud"), limit=10) == ([], None)
    assert list(Responses(database).each(other, since=None, until=None)) == []
    assert repository.add_scores(other, [Answer("a", {"nps": 0.0}, START)]) == [0]
    assert repository.add(other, [submission("a", "theirs")])[0].id == "a"
    receipt = repository.erase(other, "c")
    assert (receipt.comments, receipt.scores) == (0, 0)
    assert orjson.loads(repository.get(tenant, "a") or "")["scores"] == {}


def test_erasing_a_customer_leaves_nothing(
    database: Database, repository: Repository, tenant: str, submission: Make
) -> None:
    def fire(record: TaggedComment) -> list[Alert]:
        return [Alert(f"msg-{tenant[-8:]}-{record.id}", "r", "high", "w", record.text, datetime.now(UTC))]

    repository.add(
        tenant,
        [
            submission("a", "secret one", customer_id="c", response_id="r", risks=["fraud"]),
            submission("b", "kept", customer_id="d"),
        ],
        fire=fire,
    )
    repository.add_scores(
        tenant,
        [
            Answer("r", {"nps": 1.0}, START),  # by the response of the comment
            Answer("lone", {"nps": 1.0}, START, "c"),
            Answer("b", {"nps": 9.0}, START),
        ],
    )
    receipt = repository.erase(tenant, "c")
    assert (receipt.comments, receipt.scores, receipt.alerts) == (1, 2, 1)
    with database.reading() as connection:

        def count(table: Any, *where: Any) -> int:
            return connection.execute(select(func.count()).select_from(table).where(*where)).scalar_one()

        kept = select(comments.c.pk).where(comments.c.tenant == tenant)
        assert count(comments, comments.c.tenant == tenant) == 1
        assert count(scores, scores.c.tenant == tenant) == 1
        assert count(alerts, alerts.c.tenant == tenant) == 1
        assert count(aspects, aspects.c.comment.in_(kept)) == 1
        assert count(risks, risks.c.comment.in_(kept)) == 0
    again = repository.erase(tenant, "c")
    assert (again.comments, again.scores, again.alerts) == (0, 0, 0)
    assert again.id != receipt.id


def test_erased_words_are_gone_from_the_files(tmp_path: Path, submission: Make) -> None:
    database = Database(f"sqlite:///{tmp_path}/erase.db")
    database.migrate()
    repository = Repository(database)
    repository.add("t", [submission(f"c{i}", f"words-of-c{i};", customer_id=f"c{i % 2}") for i in range(50)])

    def words() -> bytes:
        return b"".join(path.read_bytes() for path in tmp_path.iterdir())

    assert b"words-of-c1;" in words()
    repository.erase("t", "c1")
    assert b"words-of-c1;" not in words()
    assert b"words-of-c2;" in words()
    database.close()


def test_an_error_in_a_rule_stores_nothing(repository: Repository, tenant: str, submission: Make) -> None:
    def fail(record: TaggedComment) -> list[Alert]:
        raise RuntimeError(record.id)

    with pytest.raises(RuntimeError):
        repository.add(tenant, [submission("a")], fire=fail)
    assert repository.get(tenant, "a") is None


def test_many_writers_at_once_lose_nothing(repository: Repository, tenant: str, submission: Make) -> None:
    """Comments, all of them sent twice, and their scores, from six threads."""
    failures: list[BaseException] = []

    def write(worker: int) -> None:
        try:
            for batch in range(5):
                names = [f"c{batch}-{i}" for i in range(5)]
                if worker % 3 == 2:
                    repository.add_scores(tenant, [Answer(name, {"nps": 1.0}, START) for name in names])
                else:
                    order = names if worker % 2 else names[::-1]
                    repository.add(tenant, [submission(name) for name in order])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    records = [orjson.loads(record) for record in repository.page(tenant, Filter(), limit=100)[0]]
    assert len(records) == 25
    assert all(record["scores"] == {"nps": 1.0} for record in records)


def test_what_is_old_is_forgotten(
    repository: Repository, database: Database, tenant: str, submission: Callable[..., Submission]
) -> None:
    repository.add(tenant, [submission("a"), submission("b")])
    repository.add_scores(tenant, [Answer("r", {"nps": 3.0}, datetime(2020, 1, 1, tzinfo=UTC))])
    with database.writing() as connection:
        old = datetime(2020, 1, 1, tzinfo=UTC)
        theirs = (comments.c.tenant == tenant, comments.c.id == "a")
        connection.execute(update(comments).where(*theirs).values(received_at=old))
    assert forget_old(database, datetime(2021, 1, 1, tzinfo=UTC)) == 1
    assert repository.get(tenant, "a") is None
    assert repository.get(tenant, "b") is not None
    with database.reading() as connection:
        left = connection.execute(select(scores).where(scores.c.tenant == tenant)).all()
        assert left == []
