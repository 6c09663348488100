"""`vocnlp serve` and `vocnlp worker` as processes, seen from outside as a client sees them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

import click
import httpx

from vocnlp import sample
from vocnlp.batch.readers import open_input
from vocnlp.schema import Comment
from vocnlp.store.database import Database
from vocnlp.store.keys import SCOPES, Keys

__all__ = ["Started", "make_key", "sample_texts", "settings_in", "wait_until_ready"]

START_SECONDS = 240.0
LOG_LINES = 5
STOP_SECONDS = 15.0


def sample_texts() -> list[str]:
    """The comments of the sample that say something."""
    rows = open_input(sample.path()).comments()
    return [row.text for row in rows if isinstance(row, Comment) and row.text.strip()]


def make_key(database: str, tenant: str = "default") -> str:
    """A key with all scopes in a database that is migrated by this."""
    opened = Database(database)
    opened.migrate()
    try:
        return Keys(opened).create("evaluation", tenant=tenant, scopes=SCOPES)
    finally:
        opened.close()


def settings_in(folder: Path, database: str) -> dict[str, str]:
    """Settings of a service that keeps its jobs in the folder and counts no requests."""
    return {
        "VOCNLP_DATABASE": database,
        "VOCNLP_JOBS": str(folder / "jobs"),
        "VOCNLP_RATE_LIMIT": "1000000/second",
    }


def wait_until_ready(address: str, log: Path) -> None:
    """Until `/readyz` says so; raises ClickException with the end of the log when it never does."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        try:
            if httpx.get(f"{address}/readyz", timeout=5).status_code == 200:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.05)
    raise _no_start(log)


def _no_start(log: Path) -> click.ClickException:
    last = "\n".join(log.read_text(errors="replace").splitlines()[-LOG_LINES:])
    return click.ClickException(f"the service did not start; its last words:\n{last}")


class Started:
    """A process of `vocnlp`. command: `serve` or `worker`; environment: its settings.

    Standard error goes to the file `log`. Raises ClickException when it does not come up.
    """

    def __init__(self, command: str, environment: Mapping[str, str], log: Path, *options: str) -> None:
        self._output = tempfile.TemporaryFile("w+")  # noqa: SIM115  it lives as long as the process
        with log.open("ab") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "vocnlp", command, *options],
                env={**os.environ, **environment},
                stdout=self._output,
                stderr=errors,
            )
        self.log = log

    def address(self) -> str:
        """Where it serves, once it does."""
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            self._output.seek(0)
            for line in self._output:
                if line.startswith("serving ") and line.endswith("\n"):
                    address = line.split()[1]
                    wait_until_ready(address, self.log)
                    return address
            time.sleep(0.02)
        raise _no_start(self.log)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait()
        self._output.close()

    def stop(self) -> float:
        """SIGTERM; the seconds until it has ended. Raises ClickException when it does not."""
        begun = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired as error:
            self.kill()
            raise click.ClickException(f"the service did not end in {STOP_SECONDS:g} s") from error
        self._output.close()
        return time.monotonic() - begun
