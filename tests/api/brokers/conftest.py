"""The brokers of this machine, each with places of its own, and `vocnlp consume` in a process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Protocol

import pytest

NATS = os.environ.get("VOCNLP_TEST_NATS", "nats://127.0.0.1:4222")
RABBIT = os.environ.get("VOCNLP_TEST_RABBIT", "amqp://guest:guest@127.0.0.1:5672/")
Read = list[tuple[bytes, dict[str, Any]]]


class Tested(Protocol):
    """A broker as the tests use it: `source`, `to` and `dead` are its places."""

    url: str
    source: str
    to: str
    dead: str

    async def put(self, *bodies: bytes, ids: list[str] | None = None) -> None:
        """Send messages to the source."""

    async def under_way(self) -> int:
        """Messages that somebody has received, while none is acknowledged."""

    async def left(self) -> int:
        """Messages that were not acknowledged, once nobody receives any."""

    async def read(self, place: str) -> Read:
        """What lies in a place: body and headers."""


class Nats:
    def __init__(self, client: Any, name: str) -> None:
        self.url = NATS
        self.source, self.to, self.dead = (f"{name}.{place}" for place in ("source", "to", "dead"))
        self.name = name
        self._stream = client.jetstream()

    async def put(self, *bodies: bytes, ids: list[str] | None = None) -> None:
        for number, body in enumerate(bodies):
            headers = {"Nats-Msg-Id": ids[number]} if ids else None
            await self._stream.publish(self.source, body, headers=headers)

    async def under_way(self) -> int:
        info = await self._stream.consumer_info(self.name, "vocnlp")
        return int(info.num_ack_pending)

    async def left(self) -> int:
        info = await self._stream.consumer_info(self.name, "vocnlp")
        return int(info.num_pending + info.num_ack_pending)

    async def read(self, place: str) -> Read:
        found: Read = []
        reader = await self._stream.pull_subscribe(place, stream=self.name)
        while True:
            try:
                messages = await reader.fetch(1000, timeout=0.3)
            except TimeoutError:
                return found
            found += [(message.data, dict(message.headers or {})) for message in messages]
            for message in messages:
                await message.ack()


class Rabbit:
    def __init__(self, channel: Any, name: str) -> None:
        self.url = RABBIT
        self.source, self.to, self.dead = (f"{name}.{place}" for place in ("source", "to", "dead"))
        self._channel = channel
        self._sent = 0

    async def put(self, *bodies: bytes, ids: list[str] | None = None) -> None:
        from aio_pika import Message

        for number, body in enumerate(bodies):
            message = Message(body, message_id=ids[number] if ids else None)
            await self._channel.default_exchange.publish(message, self.source)
        self._sent += len(bodies)

    async def under_way(self) -> int:
        return self._sent - await self.left()

    async def left(self) -> int:
        queue = await self._channel.declare_queue(self.source, passive=True)
        return int(queue.declaration_result.message_count)

    async def read(self, place: str) -> Read:
        queue = await self._channel.get_queue(place)
        found: Read = []
        while (message := await queue.get(no_ack=True, fail=False)) is not None:
            found.append((message.body, dict(message.headers)))
        return found


@asynccontextmanager
async def nats() -> AsyncIterator[Nats]:
    from nats import connect

    name = f"voc{uuid.uuid4().hex[:12]}"
    try:
        client = await connect(NATS, connect_timeout=2, allow_reconnect=False)
    except Exception:  # every kind of failure means the same here
        pytest.skip(f"no NATS answers at {NATS}")
    try:
        await client.jetstream().add_stream(name=name, subjects=[f"{name}.>"])
        yield Nats(client, name)
        await client.jetstream().delete_stream(name)
    finally:
        await client.close()


@asynccontextmanager
async def rabbit() -> AsyncIterator[Rabbit]:
    from aio_pika import connect

    try:
        connection = await connect(RABBIT, timeout=2)
    except Exception:  # every kind of failure means the same here
        pytest.skip("no RabbitMQ answers")
    async with connection:
        broker = Rabbit(await connection.channel(), f"voc{uuid.uuid4().hex[:12]}")
        places = (broker.source, broker.to, broker.dead)
        channel = await connection.channel()
        for place in places:
            await channel.declare_queue(place, durable=True)
        try:
            yield broker
        finally:
            for place in places:
                await channel.queue_delete(place)


@pytest.fixture(params=["nats", "rabbit"])
def opened(request: pytest.FixtureRequest) -> Callable[[], Any]:
    """Opens a broker for the time of a test."""
    return {"nats": nats, "rabbit": rabbit}[request.param]


class Consuming:
    """`vocnlp consume` in a process of its own."""

    def __init__(self, *options: str, **environment: str) -> None:
        script = "from api.consume import consume; from vocnlp.cli.main import cli, main; "
        script += "cli.add_command(consume); cli.get_command = lambda *_: consume; main()"
        self.process = subprocess.Popen(
            [sys.executable, "-c", script, "consume", *options],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def begun(self) -> str:
        """The first line, or what was wrong instead."""
        assert self.process.stdout
        return self.process.stdout.readline().strip() or self.process.communicate()[1]

    def end(self, number: int) -> str:
        """Send a signal; what was on standard output."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=60)[0]


@pytest.fixture
def consume(tiny_model_directory: Path, tmp_path: Path) -> Iterator[Callable[..., Consuming]]:
    running: list[Consuming] = []

    def start(broker: Tested, **options: str) -> Consuming:
        given = {
            "from": broker.source,
            "to": broker.to,
            "dead": broker.dead,
            "database": f"sqlite:///{tmp_path}/voc.db",
            "model": str(tiny_model_directory),
            "ack-seconds": "2",
        } | options
        flags = [part for name, value in given.items() for part in (f"--{name}", value)]
        running.append(Consuming(broker.url, *flags))
        return running[-1]

    yield start
    for process in running:
        if process.process.poll() is None:
            process.end(signal.SIGKILL)
