"""The service under load, client and server on the same machine, beside `vocnlp tag` on the same comments.

    python -m evaluation.load [--rows 20000] [--seconds 60] [--soak 1200] [--json OUT]

single      requests of one comment, 100 a second at random moments. Latency counts from the moment at which a
            request was due, so that one which waits for its turn at the client is not flattered.
saturation  batches of 100 from four clients at once, against `vocnlp tag` on as many comments.
overload    batches of 100 at five times that, then silence: how refusals come, and when all is well again.
shutdown    SIGTERM in the middle of batches.
soak        memory of the server under a mix of requests.
"""

from __future__ import annotations

import asyncio
import gc
import json
import random
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import click
import httpx
import numpy as np
import psutil

from evaluation.serving import Started, make_key, sample_texts, settings_in
from evaluation.speed import main_process
from vocnlp.cli.main import run_command

BATCH = 100
CLIENTS = 4
SINGLE_RATE = 100.0
TIMES = 5
CALM_SECONDS, CALM_REQUESTS = 0.1, 10
LONGEST_RECOVERY = 60.0
SOAK_SINGLES, SOAK_BATCHES = 20.0, 0.5  # a second
SOAK_EVERY = 5.0


@dataclass(frozen=True, slots=True)
class Answer:
    """status: of HTTP, or `no connection`, or `broken` off; seconds: since the request was due."""

    status: int | str
    seconds: float
    retry_after: str | None = None


def bodies(texts: Sequence[str], size: int) -> Iterator[bytes]:
    """Bodies of `size` comments without end."""
    source = cycle(texts)
    while True:
        yield json.dumps({"items": [{"text": text} for text in islice(source, size)]}).encode()


async def ask(client: httpx.AsyncClient, body: bytes, due: float, path: str = "/v1/tag") -> Answer:
    """Send one request."""
    try:
        response = await client.post(path, content=body)
    except httpx.ConnectError:
        return Answer("no connection", time.perf_counter() - due)
    except httpx.TransportError:
        return Answer("broken", time.perf_counter() - due)
    seconds = time.perf_counter() - due
    return Answer(response.status_code, seconds, response.headers.get("retry-after"))


async def open_loop(
    client: httpx.AsyncClient, source: Iterator[bytes], *, rate: float, seconds: float, path: str = "/v1/tag"
) -> list[Answer]:
    """Requests at random moments (Poisson), whether or not the earlier ones are answered."""
    moments = random.Random(1)  # noqa: S311
    begun = due = time.perf_counter()
    tasks = []
    while due < begun + seconds:
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        tasks.append(asyncio.create_task(ask(client, next(source), due, path)))
        due += moments.expovariate(rate)
    return list(await asyncio.gather(*tasks))


async def closed_loop(client: httpx.AsyncClient, source: Iterator[bytes], *, requests: int) -> float:
    """Seconds that so many requests of `CLIENTS` clients take, each sending when it has its answer."""
    left = iter(range(requests))

    async def one() -> None:
        for _ in left:
            answer = await ask(client, next(source), time.perf_counter())
            if answer.status != 200:
                raise click.ClickException(f"a request was answered {answer.status}")

    begun = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(CLIENTS)))
    return time.perf_counter() - begun


async def recovery(client: httpx.AsyncClient, source: Iterator[bytes]) -> float:
    """Seconds until single comments are answered at once again, ten times in a row."""
    begun = calm_since = time.perf_counter()
    calm = 0
    while calm < CALM_REQUESTS and time.perf_counter() - begun < LONGEST_RECOVERY:
        now = time.perf_counter()
        answer = await ask(client, next(source), now)
        if answer.status == 200 and answer.seconds < CALM_SECONDS:
            calm_since = calm_since if calm else now
            calm += 1
        else:
            calm = 0
        await asyncio.sleep(0.05)
    return calm_since - begun


def percentiles(answers: Sequence[Answer]) -> dict[str, float]:
    """Milliseconds."""
    seconds = [answer.seconds for answer in answers] or [0.0]
    p50, p99 = np.percentile(seconds, [50, 99])
    return {"p50": 1000 * p50, "p99": 1000 * p99, "max": 1000 * max(seconds)}


def statuses(answers: Sequence[Answer]) -> dict[str, int]:
    """How often each status came."""
    found = [str(answer.status) for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}


async def flood(client: httpx.AsyncClient, texts: Sequence[str], *, capacity: float) -> dict[str, Any]:
    """Five times the capacity (comments a second) for 20 s, and what comes after it."""
    rate = TIMES * capacity / BATCH
    flooding = asyncio.create_task(open_loop(client, bodies(texts, BATCH), rate=rate, seconds=20))
    await asyncio.sleep(20)
    recovered = await recovery(client, bodies(texts, 1))
    answers = await flooding
    refused = [answer for answer in answers if answer.status == 503]
    served = [answer for answer in answers if answer.status == 200]
    return {
        "offered_per_second": TIMES * capacity,
        "served_per_second": len(served) * BATCH / 20,
        "statuses": statuses(answers),
        "refused": percentiles(refused),
        "refused_without_retry_after": sum(answer.retry_after is None for answer in refused),
        "served": percentiles(served),
        "recovered_after": recovered,
    }


async def shutdown(client: httpx.AsyncClient, texts: Sequence[str], server: Started) -> dict[str, Any]:
    """SIGTERM under batches at about the capacity of a small machine."""
    loop = asyncio.create_task(open_loop(client, bodies(texts, BATCH), rate=5, seconds=6))
    await asyncio.sleep(3)
    seconds = await asyncio.to_thread(server.stop)
    answers = await loop
    return {"seconds": seconds, "statuses": statuses(answers), "exit": server.process.returncode}


async def soak(
    client: httpx.AsyncClient, texts: Sequence[str], server: Started, *, seconds: float
) -> dict[str, Any]:
    """Resident memory over a time; growth compares the mean of the last fifth with that of the second."""
    process = psutil.Process(server.process.pid)
    memory: list[float] = []

    async def watch() -> None:
        while True:
            memory.append(process.memory_info().rss / 1e6)
            await asyncio.sleep(SOAK_EVERY)

    watching = asyncio.create_task(watch())
    answers = await asyncio.gather(
        open_loop(client, bodies(texts, 1), rate=SOAK_SINGLES, seconds=seconds),
        open_loop(client, bodies(texts, BATCH), rate=SOAK_BATCHES, seconds=seconds, path="/v1/comments"),
    )
    watching.cancel()
    fifth = max(1, len(memory) // 5)
    second, last = np.mean(memory[fifth : 2 * fifth] or memory), np.mean(memory[-fifth:])
    return {
        "seconds": seconds,
        "statuses": statuses([*answers[0], *answers[1]]),
        "mb": {
            "first": memory[0],
            "second_fifth": float(second),
            "last_fifth": float(last),
            "max": max(memory),
        },
        "growth_mb_per_hour": float(last - second) / (0.6 * seconds) * 3600,
    }


def by_command_line(texts: Sequence[str], rows: int, folder: Path) -> float:
    """Comments a second of `vocnlp tag` as a whole process."""
    source = folder / "in.jsonl"
    with source.open("w", encoding="utf-8") as file:
        for number, text in enumerate(islice(cycle(texts), rows)):
            file.write(json.dumps({"id": str(number), "text": text}) + "\n")
    return rows / main_process(source, folder / "out.jsonl", "default")[0]


@asynccontextmanager
async def service(folder: Path) -> AsyncIterator[tuple[httpx.AsyncClient, Started]]:
    """A server on a fresh SQLite database, and a client with a key."""
    database = f"sqlite:///{folder}/voc.db"
    key = make_key(database)
    server = Started("serve", settings_in(folder, database), folder / "log", "--port", "0")
    try:
        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
        limits = httpx.Limits(max_connections=None, max_keepalive_connections=200)
        async with httpx.AsyncClient(
            base_url=server.address(), headers=headers, timeout=60, limits=limits
        ) as client:
            yield client, server
    finally:
        if server.process.poll() is None:
            server.kill()


async def measure(
    texts: Sequence[str], folder: Path, *, rows: int, seconds: float, soaking: float
) -> dict[str, Any]:
    """Everything that is printed, as numbers."""
    found: dict[str, Any] = {}
    if rows:
        found["tag_per_second"] = await asyncio.to_thread(by_command_line, texts, rows, folder)
    async with service(folder) as (client, server):
        await closed_loop(client, bodies(texts, 1), requests=50)  # the first ones load what is lazy
        if seconds:
            answers = await open_loop(client, bodies(texts, 1), rate=SINGLE_RATE, seconds=seconds)
            found["single"] = {"statuses": statuses(answers), **percentiles(answers)}
        if rows:
            capacity = rows / await closed_loop(client, bodies(texts, BATCH), requests=rows // BATCH)
            found["batches_per_second"] = capacity
            found["overload"] = await flood(client, texts, capacity=capacity)
        if soaking:
            found["soak"] = await soak(client, texts, server, seconds=soaking)
        if rows:
            found["shutdown"] = await shutdown(client, texts, server)
    return found


def table(found: dict[str, Any]) -> Iterator[str]:
    """Lines to read."""
    if single := found.get("single"):
        yield f"single comments at {SINGLE_RATE:g}/s: {_times(single)}; statuses {single['statuses']}"
    if "batches_per_second" in found:
        share = found["batches_per_second"] / found["tag_per_second"]
        yield (
            f"batches of {BATCH}: {found['batches_per_second']:,.0f} comments/s; "
            f"`vocnlp tag`: {found['tag_per_second']:,.0f}/s; {share:.0%} of it"
        )
        over = found["overload"]
        yield (
            f"overload, {over['offered_per_second']:,.0f}/s offered: "
            f"{over['served_per_second']:,.0f}/s served ({_times(over['served'])}); "
            f"refused: {_times(over['refused'])}, "
            f"{over['refused_without_retry_after']} without Retry-After; statuses {over['statuses']}; "
            f"recovered after {over['recovered_after']:.2f} s"
        )
    if held := found.get("soak"):
        sizes = ", ".join(f"{name.replace('_', ' ')} {value:,.0f} MB" for name, value in held["mb"].items())
        yield f"memory over {held['seconds']:,.0f} s: {sizes}; {held['growth_mb_per_hour']:+.1f} MB/h"
        yield f"  statuses {held['statuses']}"
    if ended := found.get("shutdown"):
        yield f"SIGTERM under load: ended after {ended['seconds']:.1f} s; statuses {ended['statuses']}"


def _times(found: dict[str, float]) -> str:
    return ", ".join(f"{name} {found[name]:,.0f} ms" for name in ("p50", "p99", "max"))


@click.command(help=__doc__)
@click.option(
    "--rows", type=click.IntRange(0), default=20_000, show_default=True, help="0: neither batches nor flood."
)
@click.option(
    "--seconds", type=click.FloatRange(0), default=60, show_default=True, help="Of single requests."
)
@click.option("--soak", "soaking", type=click.FloatRange(0), default=0, show_default=True, help="Seconds.")
@click.option("--json", "json_out", type=click.Path(path_type=Path))
def main(*, rows: int, seconds: float, soaking: float, json_out: Path | None) -> None:
    """Measure and print."""
    gc.freeze()  # this process shall not pause either
    with tempfile.TemporaryDirectory() as folder:
        found = asyncio.run(
            measure(sample_texts(), Path(folder), rows=rows, seconds=seconds, soaking=soaking)
        )
    for line in table(found):
        click.echo(line)
    if json_out:
        json_out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
