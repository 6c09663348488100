"""NATS JetStream and RabbitMQ, by faststream: where comments come from, and what they become goes to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from api.consumer import Answer
from vocnlp.errors import InputError, MissingExtraError

if TYPE_CHECKING:
    from faststream.nats import NatsBroker
    from faststream.rabbit import RabbitBroker

__all__ = ["Broker", "Places", "connect"]

PATIENCE = 1.0
STOPPING = 5.0
CONNECTING = 10.0

log = logging.getLogger(__name__)
Take = Callable[[bytes, str | None], Awaitable[Answer]]


@dataclass(frozen=True, slots=True)
class Places:
    """Subjects or queues. source: of comments; to: of records, if wanted; dead: of refused messages.

    group: processes of one group share the messages (NATS).   at_once: messages that are worked on at a time.
    ack_seconds: after which a message that was not acknowledged comes again (NATS).
    """

    source: str
    to: str | None
    dead: str
    group: str = "vocnlp"
    at_once: int = 64
    ack_seconds: float = 30.0


class Broker(Protocol):
    """A connection to a broker."""

    async def start(self, take: Take) -> None:
        """Check that all places exist and begin; raises InputError if one does not."""

    async def stop(self) -> None:
        """Take no more, finish what is under way and leave."""


def connect(url: str, places: Places) -> Broker:
    """The broker of a URL; raises InputError for another kind, MissingExtraError without faststream."""
    scheme = urlsplit(url).scheme
    try:
        if scheme in ("nats", "tls"):
            return _Nats(url, places)
        if scheme in ("amqp", "amqps"):
            return _Rabbit(url, places)
    except ImportError as error:
        raise MissingExtraError("faststream", "brokers") from error
    what = f"the broker URL begins with {scheme!r}"
    raise InputError(f"{what}; use nats://HOST:4222, tls://HOST:4222 or amqp(s)://USER:PASSWORD@HOST/VHOST")


class _Nats:
    def __init__(self, url: str, places: Places) -> None:
        from faststream.nats import NatsBroker

        self._places = places
        self._broker: NatsBroker = NatsBroker(
            url,
            max_reconnect_attempts=-1,
            graceful_timeout=STOPPING,
            apply_types=False,
            logger=None,
        )

    async def start(self, take: Take) -> None:
        from faststream import AckPolicy
        from faststream.nats import JStream, PullSub
        from nats.js.api import ConsumerConfig

        places = self._places
        connection = await _connected(self._broker)
        jetstream = connection.jetstream()
        streams = {
            place: await self._stream(jetstream, place)
            for place in _named(places.source, places.to, places.dead)
        }
        handle = _handler(
            take, places, self._send(streams), lambda message: message.headers.get("Nats-Msg-Id")
        )
        self._broker.subscriber(
            places.source,
            stream=JStream(streams[places.source], declare=False),
            durable=places.group,
            pull_sub=PullSub(batch_size=places.at_once),
            config=ConsumerConfig(ack_wait=places.ack_seconds),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            decoder=_undecoded,
        )(handle)
        await self._broker.start()

    async def stop(self) -> None:
        await self._broker.stop()

    def _send(self, streams: Mapping[str, str]) -> _Send:
        async def send(place: str, body: bytes, headers: dict[str, str]) -> None:
            await self._broker.publish(body, place, headers=headers, stream=streams[place], timeout=PATIENCE)

        return send

    @staticmethod
    async def _stream(jetstream: Any, subject: str) -> str:
        from nats.js.errors import NotFoundError, ServiceUnavailableError

        try:
            found: str = await jetstream.find_stream_name_by_subject(subject)
        except (NotFoundError, ServiceUnavailableError) as error:
            raise InputError(
                f"JetStream has no stream with the subject {subject!r}; make one first"
            ) from error
        return found


class _Rabbit:
    def __init__(self, url: str, places: Places) -> None:
        from faststream.rabbit import Channel, RabbitBroker

        self._places = places
        self._broker: RabbitBroker = RabbitBroker(
            url,
            default_channel=Channel(prefetch_count=places.at_once, on_return_raises=True),
            graceful_timeout=STOPPING,
            apply_types=False,
            logger=None,
        )

    async def start(self, take: Take) -> None:
        from aio_pika.exceptions import ChannelClosed
        from faststream import AckPolicy
        from faststream.rabbit import RabbitQueue

        places = self._places
        connection = await _connected(self._broker)
        for place in _named(places.source, places.to, places.dead):
            async with connection.channel() as channel:
                try:
                    await channel.declare_queue(place, passive=True)
                except ChannelClosed as error:
                    raise InputError(f"RabbitMQ has no queue {place!r}; make one first") from error
        handle = _handler(take, places, self._send, lambda message: message.raw_message.message_id)
        self._broker.subscriber(
            RabbitQueue(places.source, declare=False),
            ack_policy=AckPolicy.NACK_ON_ERROR,
            decoder=_undecoded,
        )(handle)
        await self._broker.start()

    async def stop(self) -> None:
        await self._broker.stop()

    async def _send(self, place: str, body: bytes, headers: dict[str, str]) -> None:
        await self._broker.publish(
            body, place, headers={**headers}, persist=True, content_type="application/json", timeout=STOPPING
        )


_Send = Callable[[str, bytes, dict[str, str]], Awaitable[Any]]


def _named(*places: str | None) -> list[str]:
    return [place for place in places if place is not None]


async def _connected(broker: NatsBroker | RabbitBroker) -> Any:
    """The connection, once the broker has answered; raises InputError if it does not."""
    try:
        return await asyncio.wait_for(broker.connect(), CONNECTING)
    except Exception as error:  # each library has its own, and some raise those of sockets
        what = f"the broker does not let us in: {type(error).__name__} {error}".rstrip()
        raise InputError(f"{what}; is it running, and is the URL right?") from error


async def _undecoded(message: Any) -> Any:
    return message


def _handler(
    take: Take, places: Places, send: _Send, source: Callable[[Any], str | None]
) -> Callable[[Any], Awaitable[None]]:
    """What is done with a message. When it returns, the message is acknowledged; else it comes again."""

    async def handle(message: Any) -> None:
        try:
            answer = await take(message.body, source(message))
            if answer.problem:
                log.warning("a message was refused: %s", answer.problem.code)
                reason = {"vocnlp-code": answer.problem.code, "vocnlp-reason": answer.problem.message}
                await send(places.dead, message.body, reason)
            elif places.to and answer.record:
                await send(places.to, answer.record, {})
        except Exception:
            log.exception("an answer cannot be sent; the message will come again")
            await asyncio.sleep(PATIENCE)
            raise

    return handle
