"""Databases to break: a file of SQLite, and a PostgreSQL server of this run's own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
from pathlib import Path
from typing import Protocol

import click

__all__ = ["Breakable", "Postgres", "Sqlite", "free_port"]


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


class Breakable(Protocol):
    """A database that may be restarted while it is used."""

    url: str

    def restart(self) -> bool:
        """Restart it as after a crash; False if there is no server."""

    def stop(self) -> None:
        """End it."""


class Sqlite:
    """A file; the processes that use it are all there is to break."""

    def __init__(self, folder: Path) -> None:
        self.url = f"sqlite:///{folder}/voc.db"

    def restart(self) -> bool:
        """There is no server."""
        return False

    def stop(self) -> None:
        """Nothing is running."""


class Postgres:
    """A server on a free port. programs: folder of `initdb` and `pg_ctl`, which refuse to work for root."""

    def __init__(self, folder: Path, programs: Path) -> None:
        self._programs = programs
        self._user = "postgres" if os.geteuid() == 0 else None
        self._port = free_port()
        self._data = folder / "postgres"
        self._data.mkdir()
        folder.chmod(0o755)
        if self._user:
            shutil.chown(self._data, self._user)
        self._run("initdb", "-U", "voc", "--auth", "trust", "-E", "UTF8", "--no-locale")
        self._start()
        self.url = f"postgresql+psycopg://voc@127.0.0.1:{self._port}/postgres"

    def restart(self) -> bool:
        """End it at once, without writing anything down, and start it again."""
        self._run("pg_ctl", "stop", "-m", "immediate", "-w")
        self._start()
        return True

    def stop(self) -> None:
        """End it."""
        self._run("pg_ctl", "stop", "-m", "fast", "-w")

    def _start(self) -> None:
        options = f"-h 127.0.0.1 -p {self._port} -k ''"
        self._run("pg_ctl", "start", "-w", "-o", options, "-l", str(self._data / "log"))

    def _run(self, program: str, *arguments: str) -> None:
        command = [str(self._programs / program), "-D", str(self._data), *arguments]
        done = subprocess.run(
            command, user=self._user, cwd=self._data, stdout=subprocess.DEVNULL, check=False
        )
        if done.returncode:
            raise click.ClickException(f"{program} ended with {done.returncode}; see --programs")
