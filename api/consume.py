"""`vocnlp consume`."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from api.cli import database_option, model_option, open_database, settings_of, tagger_of
from vocnlp.errors import InputError

if TYPE_CHECKING:  # the list of all commands must not load a database
    from api.brokers import Broker, Places
    from api.service import Service

__all__ = ["consume"]

FROM_ENVIRONMENT = "env:"


@click.command(short_help="Store comments that come from a broker.")
@click.argument("url")
@click.option("--from", "source", required=True, help="Subject or queue of the comments.")
@click.option("--to", help="Subject or queue of the tagged records; by default they are stored only.")
@click.option("--dead", required=True, help="Subject or queue of messages that are no comments.")
@click.option("--tenant", default="default", show_default=True, help="Whose comments they are.")
@click.option(
    "--group", default="vocnlp", show_default=True, help="Processes of one group share the messages (NATS)."
)
@click.option(
    "--at-once", type=click.IntRange(1, 10_000), default=64, show_default=True, help="Messages under way."
)
@click.option(
    "--ack-seconds",
    type=click.FloatRange(1),
    default=30.0,
    show_default=True,
    help="After which NATS sends a message again that was not acknowledged.",
)
@database_option
@model_option
@click.option(
    "--alerts",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of alert rules; see docs/alerts.md.",
)
def consume(url: str, tenant: str, **options: Any) -> None:
    """Tag and store the comments of NATS JetStream or RabbitMQ until interrupted; see docs/brokers.md.

    URL: nats://HOST:4222 or amqp://USER:PASSWORD@HOST/VHOST, or env:NAME for a variable that holds it.
    Exits with 2 when it cannot start.
    """
    from api import logs
    from api.brokers import Places, connect
    from api.service import Service
    from vocnlp.alerts import rules

    names = ("source", "to", "dead", "group", "at_once", "ack_seconds")
    places = Places(**{name: options.pop(name) for name in names})
    broker = connect(_url(url), places)
    settings = settings_of(options)
    rulebook = rules.load(settings.alerts) if settings.alerts else rules.Rulebook()
    open_database(settings.database)
    service = Service.make(tagger_of(settings), settings, rulebook)
    logs.configure()
    asyncio.run(_run(service, broker, places, tenant))


async def _run(service: Service, broker: Broker, places: Places, tenant: str) -> None:
    from api.consumer import Consumer

    consumer = Consumer(service, tenant)
    ended = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    service.batcher.start()
    alerting = bool(service.rules.targets)  # others' alerts are none of a process that knows no webhooks
    if alerting:
        service.dispatcher.start()
    try:
        await broker.start(consumer.take)
        click.echo(f"consuming {places.source}")
        await ended.wait()
    finally:
        await broker.stop()
        service.batcher.stop()
        if alerting:
            service.dispatcher.stop()
        service.database.close()
    click.echo(f"stored {consumer.stored}, refused {consumer.refused}")


def _url(url: str) -> str:
    if not url.startswith(FROM_ENVIRONMENT):
        return url
    name = url.removeprefix(FROM_ENVIRONMENT)
    if name not in os.environ:
        raise InputError(f"the environment has no variable {name!r} for the broker's URL")
    return os.environ[name]
