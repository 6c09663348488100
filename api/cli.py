"""`vocnlp serve`, `vocnlp worker` and `vocnlp keys`."""

from __future__ import annotations

import gc
import ipaddress
import os
import signal
import socket
import sys
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vocnlp.errors import InputError
from vocnlp.settings import Settings

if TYPE_CHECKING:  # the list of all commands must not load a database
    from api.service import Service
    from api.shadow import Shadow
    from vocnlp.pipeline import Pipeline
    from vocnlp.store.keys import Keys

__all__ = [
    "database_option",
    "keys",
    "model_option",
    "open_database",
    "run",
    "serve",
    "settings_of",
    "tagger_of",
    "worker",
]

GRACE_SECONDS = 4  # for requests; deliveries under way end after them, so that all is over in ten
KEEP_ALIVE_SECONDS = 75  # longer than balancers of load keep a connection: or they use one that just closed
SWITCH_SECONDS = 0.001  # by default 0.005: a request that waits for tagging would wait for several of these
# tables of telephone numbers, words and the like are loaded when they are first needed: here, by no caller
WARM_UP = (
    "Call 030 23125 471 about the parcel, nobody answers.",
    "快递太慢了，客服也没人理。",
    "とても遅い。",
)
database_option = click.option(
    "--database", metavar="URL", help="Default: VOCNLP_DATABASE or sqlite:///vocnlp.db."
)

model_option = click.option(
    "--model", metavar="NAME|DIR", help="Model to tag with; default: VOCNLP_MODEL or 'default'."
)


@click.command(short_help="Serve the HTTP API.")
@click.option("--host", help="Address to listen on; default: VOCNLP_HOST or 127.0.0.1.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Default: VOCNLP_PORT or 8000; 0 takes a free one."
)
@database_option
@model_option
@click.option(
    "--alerts",
    type=click.Path(path_type=Path, dir_okay=False),
    help="File of alert rules; see docs/alerts.md.",
)
@click.option("--worker/--no-worker", default=None, help="Whether to do batch jobs too; default: yes.")
def serve(**options: Any) -> None:
    """Serve the HTTP API until interrupted; see docs/api.md.

    A first start on this machine's own address prints a key, once. Another address needs a key to exist:
    make one with `vocnlp keys create`. Exits with 2 when it cannot start.
    """
    run(settings_of(options))


def run(settings: Settings) -> None:
    """Migrate the database, load rules and model, and serve; raises VocnlpError when it cannot start."""
    import uvicorn

    from api import logs
    from api.app import create_app
    from vocnlp.alerts import rules
    from vocnlp.store.keys import SCOPES

    rulebook = rules.load(settings.alerts) if settings.alerts else None
    keys = open_database(settings.database)
    fresh = _needs_first_key(keys, settings.host)
    app = create_app(tagger_of(settings), settings, rules=rulebook, shadow=_shadow(settings))
    listener = _listen(settings.host, settings.port)
    if fresh:
        click.echo(f"first key, shown this once: {keys.create('first', scopes=SCOPES)}")
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    click.echo(f"serving http://{host}:{listener.getsockname()[1]}")
    logs.configure()
    _calm()
    config = uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
    )
    uvicorn.Server(config).run(sockets=[listener])
    _leave(app.state.service)


@click.command(short_help="Do the batch jobs of the API.")
@database_option
@model_option
def worker(**options: Any) -> None:
    """Do batch jobs until interrupted, for services that run with `--no-worker`; see docs/jobs.md.

    All share one database and one folder of jobs (VOCNLP_JOBS). Exits with 2 when it cannot start.
    """
    from api import logs
    from api.service import Service
    from vocnlp.alerts.rules import Rulebook

    settings = settings_of(options)
    open_database(settings.database)
    service = Service.make(tagger_of(settings), settings, Rulebook())
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    logs.configure()
    _calm()
    service.batcher.start()
    service.worker.start()
    click.echo(f"working on the jobs in {settings.jobs}")
    ended.wait()
    service.worker.stop()
    service.batcher.stop()
    service.database.close()
    _leave(service)


def _calm() -> None:
    """Keep the pauses of Python short: no search for garbage in the model, and brief turns of threads."""
    gc.collect()
    gc.freeze()
    sys.setswitchinterval(SWITCH_SECONDS)


def _leave(service: Service) -> None:
    """End even if a job is at work: it goes on after a restart, or in another worker."""
    if service.worker.busy:
        sys.stdout.flush()
        os._exit(0)


def settings_of(options: dict[str, Any]) -> Settings:
    """The settings of the environment, and those of options that were given."""
    return Settings().model_copy(update={name: value for name, value in options.items() if value is not None})


def _shadow(settings: Settings) -> Shadow | None:
    if settings.shadow_model is None:
        return None
    from api.shadow import Shadow

    other = settings.model_copy(update={"model": settings.shadow_model})
    return Shadow(lambda: tagger_of(other), share=settings.shadow_share)


def tagger_of(settings: Settings) -> Pipeline:
    """The pipeline that the settings name; raises VocnlpError when it cannot be loaded."""
    from vocnlp import pipeline
    from vocnlp.schema import Comment

    loaded = pipeline.load(
        model=settings.model, device=settings.device, language_detector=settings.language_detector
    )
    for text in WARM_UP:
        list(loaded.tag([Comment("warm-up", text)]))
    return loaded


def _needs_first_key(keys: Keys, host: str) -> bool:
    """Whether nobody has a key yet; raises InputError if others than this machine can reach the service."""
    if keys.any_valid():
        return False
    if not _is_loopback(host):
        raise InputError(
            f"--host {host} can be reached by others, and the database has no valid key; "
            "make one first: vocnlp keys create --name NAME"
        )
    return True


def _listen(host: str, port: int) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise InputError(f"cannot listen on {host}, port {port}: {error.strerror or error}") from error


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@click.group(short_help="Make, list, rotate and revoke the keys of the API.")
def keys() -> None:
    """Make, list, rotate and revoke the keys of the API."""


@keys.command()
@click.option("--name", required=True, help="Who will use it.")
@click.option("--scopes", default="read,write", show_default=True, help="Of read, write and admin.")
@click.option("--tenant", default="default", show_default=True, help="Whose data it opens.")
@click.option("--days", type=click.IntRange(1), help="After which it expires; default: never.")
@database_option
def create(*, name: str, scopes: str, tenant: str, days: int | None, database: str | None) -> None:
    """Make a key and print it, alone, on standard output; it cannot be shown again."""
    expires_at = datetime.now(UTC) + timedelta(days=days) if days else None
    wanted = [scope.strip() for scope in scopes.split(",") if scope.strip()]
    click.echo(open_database(database).create(name, tenant=tenant, scopes=wanted, expires_at=expires_at))


@keys.command("list")
@database_option
def list_keys(*, database: str | None) -> None:
    """List all keys: id, name, tenant, scopes, made, expires, state."""
    from vocnlp.store.keys import SCOPES

    for key in open_database(database).all():
        state = "revoked" if key.revoked_at else "valid" if key.is_valid else "expired"
        expires = f"{key.expires_at:%Y-%m-%d}" if key.expires_at else "never"
        scopes = ",".join(scope for scope in SCOPES if scope in key.scopes)
        line = (key.id, key.name, key.tenant, scopes, f"{key.created_at:%Y-%m-%d}", expires, state)
        click.echo("\t".join(line))


@keys.command()
@click.argument("id")
@click.option(
    "--hours", type=click.FloatRange(0), default=24, show_default=True, help="The old key still works."
)
@database_option
def rotate(*, id: str, hours: float, database: str | None) -> None:
    """Make a key in place of another (see `list`) and print it, alone; the old one ends after `--hours`."""
    until = datetime.now(UTC) + timedelta(hours=hours)
    click.echo(open_database(database).rotate(id, until=until))


@keys.command()
@click.argument("id")
@database_option
def revoke(*, id: str, database: str | None) -> None:
    """End the key of an id (see `list`): within a second everywhere."""
    open_database(database).revoke(id)


def open_database(database: str | None) -> Keys:
    """Bring the tables up to date; the keys in them. Raises InputError when the database cannot be used."""
    from vocnlp.store.database import Database
    from vocnlp.store.keys import Keys

    opened = Database(database or Settings().database)
    opened.migrate()
    return Keys(opened)
