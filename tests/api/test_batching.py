"""Batches: bounded, fair, without those who left; overload is told at once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from api.batching import Batcher, OverloadedError
from vocnlp.schema import Comment, FailedComment, Problem, TaggedComment

TOKENS = 12  # of a comment below


def comments(count: int, name: str = "c", length: int = 30) -> list[Comment | FailedComment]:
    return [Comment(f"{name}{i}", name.ljust(length, ".")) for i in range(count)]


@pytest.fixture
def make(tagger: Any) -> Iterator[Callable[..., Batcher]]:
    made: list[Batcher] = []

    def make(**options: Any) -> Batcher:
        made.append(Batcher(tagger, **({"batch": 240, "queue": 100.0} | options)))
        made[-1].start()
        return made[-1]

    yield make
    tagger.gate.set()
    for batcher in made:
        batcher.stop()


async def entered(tagger: Any) -> None:
    """Until the worker is inside a batch; the next ones wait at the gate."""
    assert await asyncio.to_thread(tagger.entered.wait, 10)


def test_every_caller_gets_its_own_records_in_order(make: Callable[..., Batcher]) -> None:
    batcher = make()

    async def main() -> list[list[Any]]:
        requests = [comments(count, f"r{count}-") for count in (1, 40, 7, 0, 23)]
        return await asyncio.gather(*(batcher.tag(request) for request in requests))

    results = asyncio.run(main())
    assert [len(result) for result in results] == [1, 40, 7, 0, 23]
    assert [record.id for record in results[1]] == [f"r40-{i}" for i in range(40)]
    assert batcher.waiting == 0


def test_batches_hold_to_their_budget_and_share_it(make: Callable[..., Batcher], tagger: Any) -> None:
    """A request of 100 comments does not make one of 2 comments wait for all of it."""
    batcher = make(batch=240)

    async def main() -> None:
        tagger.gate.clear()
        first = asyncio.create_task(batcher.tag(comments(1, "first")))
        await entered(tagger)
        large = asyncio.create_task(batcher.tag(comments(100, "large")))
        await asyncio.sleep(0)
        small = asyncio.create_task(batcher.tag(comments(2, "small")))
        await asyncio.sleep(0)
        tagger.gate.set()
        await asyncio.gather(first, large, small)

    asyncio.run(main())
    first, *others = tagger.batches
    assert len(first) == 1
    assert all(len(batch) <= 240 // TOKENS + 3 for batch in others)
    assert sum(text.startswith("small") for text in others[0]) == 2
    assert sum(map(len, others)) == 102


def test_who_has_left_is_dropped(make: Callable[..., Batcher], tagger: Any) -> None:
    batcher = make(batch=120)

    async def main() -> None:
        tagger.gate.clear()
        first = asyncio.create_task(batcher.tag(comments(1, "first")))
        await entered(tagger)
        leaving = asyncio.create_task(batcher.tag(comments(200, "leaving")))
        staying = asyncio.create_task(batcher.tag(comments(3, "staying")))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.sleep(0)
        tagger.gate.set()
        await asyncio.gather(first, staying)
        with pytest.raises(asyncio.CancelledError):
            await leaving

    asyncio.run(main())
    assert not any(text.startswith("leaving") for batch in tagger.batches for text in batch)
    assert batcher.waiting == 0


def test_overload_is_told_at_once_and_passes(make: Callable[..., Batcher], tagger: Any) -> None:
    batcher = make(queue=1.0, pace=1000.0)

    async def main() -> None:
        tagger.gate.clear()
        first = asyncio.create_task(batcher.tag(comments(1)))
        await entered(tagger)
        waiting = asyncio.create_task(batcher.tag(comments(100)))  # nothing waited: never refused
        await asyncio.sleep(0)
        with pytest.raises(OverloadedError) as told:
            await batcher.tag(comments(1))
        assert 1 <= told.value.retry_after <= 60
        tagger.gate.set()
        await asyncio.gather(first, waiting)
        assert len(await batcher.tag(comments(1))) == 1

    asyncio.run(main())


def test_a_comment_that_breaks_a_batch_breaks_only_itself(make: Callable[..., Batcher]) -> None:
    batcher = make()
    sent: list[Comment | FailedComment] = [
        Comment("a", "late"),
        Comment("b", "boom"),
        FailedComment("c", Problem("bad_row", "no text")),
        Comment("d", "nice"),
    ]
    records = asyncio.run(batcher.tag(sent))
    assert [record.id for record in records] == ["a", "b", "c", "d"]
    assert [isinstance(record, TaggedComment) for record in records] == [True, False, False, True]


def test_a_tagger_that_loses_comments_hangs_nobody(make: Callable[..., Batcher], tagger: Any) -> None:
    whole = tagger.tag
    tagger.tag = lambda batch: whole(list(batch)[:1])
    records = asyncio.run(make().tag(comments(3)))
    assert [record.id for record in records] == ["c0", "c1", "c2"]


def test_stopping_cancels_who_waits(make: Callable[..., Batcher], tagger: Any) -> None:
    batcher = make()

    async def main() -> None:
        tagger.gate.clear()
        first = asyncio.create_task(batcher.tag(comments(1)))
        await entered(tagger)
        waiting = asyncio.create_task(batcher.tag(comments(1)))
        await asyncio.sleep(0)
        stopping = asyncio.create_task(asyncio.to_thread(batcher.stop))
        with pytest.raises(asyncio.CancelledError):
            await waiting
        tagger.gate.set()
        assert len(await first) == 1
        await stopping
        assert not batcher.alive
        with pytest.raises(OverloadedError):
            await batcher.tag(comments(1))

    asyncio.run(main())
