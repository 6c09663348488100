"""The load is what it says: open, at random moments, and every answer is counted."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import httpx
import pytest

from evaluation import load


def client(answer: Callable[[httpx.Request], httpx.Response]) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url="http://service", transport=httpx.MockTransport(answer))


def test_bodies_go_round_the_comments() -> None:
    source = load.bodies(["a", "b"], 3)
    sent = [[item["text"] for item in json.loads(next(source))["items"]] for _ in range(2)]
    assert sent == [["a", "b", "a"], ["b", "a", "b"]]


def test_an_open_loop_does_not_wait_for_answers() -> None:
    under_way, most = 0, 0

    async def slow(_: httpx.Request) -> httpx.Response:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0.3)
        under_way -= 1
        return httpx.Response(200)

    async def main() -> list[load.Answer]:
        transport = httpx.MockTransport(slow)
        async with httpx.AsyncClient(base_url="http://service", transport=transport) as calling:
            return await load.open_loop(calling, load.bodies(["a"], 1), rate=100, seconds=0.4)

    answers = asyncio.run(main())
    assert 15 < len(answers) < 80
    assert most > 10
    assert all(answer.seconds >= 0.3 for answer in answers)


def refuse(_: httpx.Request) -> httpx.Response:
    return httpx.Response(503, headers={"retry-after": "2"})


def unreachable(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no", request=request)


def hang_up(request: httpx.Request) -> httpx.Response:
    raise httpx.ReadError("gone", request=request)


@pytest.mark.parametrize(
    ("answer", "status", "retry_after"),
    [(refuse, 503, "2"), (unreachable, "no connection", None), (hang_up, "broken", None)],
)
def test_what_comes_instead_of_an_answer_is_told(
    answer: Callable[[httpx.Request], httpx.Response], status: int | str, retry_after: str | None
) -> None:
    async def main() -> load.Answer:
        async with client(answer) as calling:
            return await load.ask(calling, b"{}", 0.0)

    found = asyncio.run(main())
    assert (found.status, found.retry_after) == (status, retry_after)


def test_recovery_counts_until_all_is_calm() -> None:
    left = 5

    def busy(_: httpx.Request) -> httpx.Response:
        nonlocal left
        left -= 1
        return httpx.Response(503 if left >= 0 else 200)

    async def main() -> float:
        async with client(busy) as calling:
            return await load.recovery(calling, load.bodies(["a"], 1))

    assert 0.2 < asyncio.run(main()) < 5


def test_percentiles_and_statuses() -> None:
    answers = [load.Answer(200, n / 1000) for n in range(1, 100)] + [load.Answer(503, 1.0)]
    found = load.percentiles(answers)
    assert found["p50"] == pytest.approx(50.5)
    assert found["max"] == 1000
    assert load.statuses(answers) == {"200": 99, "503": 1}
