"""The service while its processes are killed, its database crashes, its disk fills and its webhook lies.

    python -m evaluation.faults [--kills 100] [--database sqlite] [--database postgresql] [--json OUT]

Clients store comments and have files tagged, and repeat what was not answered, as clients should. Meanwhile
the API and a worker are killed (SIGKILL) at random moments, PostgreSQL is stopped without warning now and
then, and the webhook that hears of every comment is good, down, slow or lying. Then all faults end, and
everything is counted. A full disk is a run of its own, on a file system of 48 MB (needs root).
"""

from __future__ import annotations

import json
import random
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import yaml

from evaluation.clients import Clients, stored_ids
from evaluation.databases import Breakable, Postgres, Sqlite, free_port
from evaluation.diskfull import disk_full
from evaluation.receiver import MOODS, Receiver
from evaluation.serving import Started, make_key, settings_in, wait_until_ready
from vocnlp.cli.main import run_command

SECRET = "whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz"
RESTART_EVERY = 10  # kills to a crash of the database
LONGEST_WAIT = 900.0


class Processes:
    """The API on one port for as long as the run takes, and a worker; each may be killed and comes back.

    One that ends by itself, as when the database is away at its start, is started again, as by a supervisor.
    """

    def __init__(self, folder: Path, database: str, receiver: Receiver) -> None:
        rules = folder / "alerts.yaml"
        webhook = {"url": receiver.url, "secret": SECRET}
        rule = {"name": "every", "when": "text != None", "webhooks": ["ops"]}
        rules.write_text(yaml.safe_dump({"webhooks": {"ops": webhook}, "rules": [rule], "flood": None}))
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        self._log = folder / "log"
        self._options = {"api": ("serve", "--port", str(port)), "worker": ("worker",)}
        self._settings = settings_in(folder, database) | {
            "VOCNLP_ALERTS": str(rules),
            "VOCNLP_WEBHOOK_ALLOW": "127.0.0.0/8",
            "VOCNLP_WEBHOOK_SECONDS": "2",
        }
        self.revived = 0
        self._lock = threading.Lock()
        self._ending = threading.Event()
        self._running = {name: self._start(name) for name in self._options}
        threading.Thread(target=self._supervise, daemon=True).start()

    @property
    def names(self) -> list[str]:
        """Who may be killed."""
        return list(self._options)

    def _start(self, name: str) -> Started:
        command, *options = self._options[name]
        return Started(command, self._settings, self._log, *options)

    def kill(self, name: str) -> None:
        """SIGKILL, and start it again."""
        with self._lock:
            self._running[name].kill()
            self._running[name] = self._start(name)

    def ready(self) -> None:
        """Wait until the API can serve; raises ClickException when it never can."""
        wait_until_ready(self.address, self._log)

    def stop(self) -> None:
        """End both."""
        self._ending.set()
        with self._lock:
            for started in self._running.values():
                started.kill()

    def _supervise(self) -> None:
        while not self._ending.wait(0.5):
            with self._lock:
                for name, started in self._running.items():
                    if started.process.poll() is not None and not self._ending.is_set():
                        self._running[name] = self._start(name)
                        self.revived += 1


def torment(
    processes: Processes, database: Breakable, receiver: Receiver, *, kills: int, chance: random.Random
) -> int:
    """Kill, crash and misbehave; how often the database crashed."""
    crashes = 0
    for number in range(kills):
        name = chance.choice(processes.names)
        if name == "api" and chance.random() < 0.8:  # else also while it starts
            processes.ready()
        receiver.mood = chance.choice(("good", "good", *MOODS))
        time.sleep(chance.uniform(0.0, 4.0))
        processes.kill(name)
        if number % RESTART_EVERY == RESTART_EVERY - 1:
            crashes += database.restart()
        click.echo(f"\r{number + 1} kills", nl=False, err=True)
    click.echo(err=True)
    receiver.mood = "good"
    return crashes


def measure(database: Breakable, folder: Path, *, kills: int, seed: int) -> dict[str, Any]:
    """One run on one database, as numbers."""
    begun = time.monotonic()
    key = make_key(database.url)
    receiver = Receiver()
    processes = Processes(folder, database.url, receiver)
    try:
        processes.ready()
        clients = Clients(processes.address, key)
        clients.start()
        chance = random.Random(seed)  # noqa: S311
        crashes = torment(processes, database, receiver, kills=kills, chance=chance)
        processes.ready()
        clients.finish(LONGEST_WAIT)
        stored = stored_ids(processes.address, key)
        _until(lambda: receiver.acknowledged.keys() >= set(stored), LONGEST_WAIT)
    finally:
        processes.stop()
        receiver.shutdown()
    due, heard = set(stored), receiver.acknowledged
    return {
        "seconds": time.monotonic() - begun,
        "kills": kills,
        "database_crashes": crashes,
        "processes_revived": processes.revived,
        "webhook_requests": dict(receiver.requests),
        "comments_accepted": len(clients.accepted),
        "comments_lost": len(clients.accepted - due),
        "comments_stored_twice": len(stored) - len(due),
        "requests_repeated": clients.repeated,
        **clients.outcome(),
        "alerts_due": len(due),
        "alerts_delivered": len(due & heard.keys()),
        "alerts_delivered_again": sum(heard[id] > 1 for id in due),
    }


def _until(holds: Any, seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.5)


def table(found: dict[str, dict[str, Any]]) -> Iterator[str]:
    """A table with a column for each run, in Markdown."""
    names = list(dict.fromkeys(name for run in found.values() for name in run if name != "webhook_requests"))
    yield f"| | {' | '.join(found)} |"
    yield f"|---|{'---|' * len(found)}"
    for name in names:
        cells = (f"{run[name]:,.0f}" if name in run else "-" for run in found.values())
        yield f"| {name.replace('_', ' ')} | {' | '.join(cells)} |"
    for kind, run in found.items():
        if moods := run.get("webhook_requests"):
            yield f"{kind}: requests to the webhook by its mood: {moods}"


@click.command(help=__doc__)
@click.option("--kills", type=click.IntRange(0), default=100, show_default=True)
@click.option(
    "--database",
    "kinds",
    type=click.Choice(["sqlite", "postgresql", "full disk"]),
    multiple=True,
    default=["sqlite", "postgresql", "full disk"],
    help="May be repeated; default: all.",
)
@click.option(
    "--programs",
    type=click.Path(exists=True, path_type=Path),
    default="/usr/lib/postgresql/15/bin",
    show_default=True,
    help="Where initdb and pg_ctl are.",
)
@click.option("--seed", type=int, default=6, show_default=True)
@click.option("--json", "json_out", type=click.Path(path_type=Path))
def main(*, kills: int, kinds: Sequence[str], programs: Path, seed: int, json_out: Path | None) -> None:
    """Break, count and print; exits with 1 if something was lost or tagged twice."""
    found: dict[str, dict[str, Any]] = {}
    for kind in kinds:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            if kind == "full disk":
                found[kind] = disk_full(folder)
                continue
            database = Postgres(folder, programs) if kind == "postgresql" else Sqlite(folder)
            try:
                found[kind] = measure(database, folder, kills=kills, seed=seed)
            finally:
                database.stop()
    for line in table(found):
        click.echo(line)
    if json_out:
        json_out.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    if any(run["comments_lost"] or run["rows_missing"] or run["rows_twice"] for run in found.values()):
        raise SystemExit(1)


if __name__ == "__main__":
    run_command(main)
