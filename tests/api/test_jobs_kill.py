"""A job outlives every process that works on it, and no comment is lost or tagged twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

COMMENTS = 8_000
KILLS = 3
WORKER = "from api.cli import worker; worker()"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/voc.db"
    found: str = request.getfixturevalue("postgres_url")
    return found


@pytest.fixture
def key(url: str) -> str:
    from vocnlp.store.database import Database
    from vocnlp.store.keys import Keys

    database = Database(url)
    database.migrate()
    made = Keys(database).create("test", tenant=os.urandom(4).hex())
    database.close()
    return made


class Caller:
    """Speaks to whatever process serves now."""

    def __init__(self, key: str, served: Any) -> None:
        self.key = key
        self.served = served

    def __call__(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.request(method, self.served.address + path, headers=headers, timeout=60, **options)

    def send(self) -> str:
        lines = (json.dumps({"id": f"c{n}", "text": f"number {n} came late"}) for n in range(COMMENTS))
        query = {"kind": "tags", "format": "jsonl"}
        response = self("POST", "/v1/jobs", params=query, content="\n".join(lines))
        assert response.status_code == 202, response.text
        return str(response.json()["id"])

    def job(self, id: str) -> dict[str, Any]:
        found: dict[str, Any] = self("GET", f"/v1/jobs/{id}").json()
        assert found["status"] in ("queued", "running", "done"), found
        return found

    def wait(self, id: str, holds: Callable[[dict[str, Any]], bool], seconds: float = 180) -> dict[str, Any]:
        end = time.monotonic() + seconds
        while not holds(job := self.job(id)):
            assert time.monotonic() < end, job
            time.sleep(0.05)
        return job

    def advanced(self, id: str, before: int) -> dict[str, Any]:
        """The job once more comments than before are done."""
        return self.wait(id, lambda job: job["comments"] > before or job["status"] == "done")

    def assert_whole(self, id: str) -> None:
        done = self.wait(id, lambda job: job["status"] == "done")
        assert (done["total"], done["comments"], done["failed"]) == (COMMENTS, COMMENTS, 0)
        lines = self("GET", f"/v1/jobs/{id}/result").content.splitlines()
        assert [json.loads(line)["id"] for line in lines] == [f"c{n}" for n in range(COMMENTS)]


def test_a_job_survives_kills(serve: Callable[..., Any], key: str) -> None:
    moments = random.Random(6)  # noqa: S311
    call = Caller(key, serve())
    id = call.send()
    before = -1
    for _ in range(KILLS):
        before = call.advanced(id, before)["comments"]
        time.sleep(moments.uniform(0, 0.2))
        call.served.end(signal.SIGKILL)
        call.served = serve()
    call.assert_whole(id)
    log = call.served.end(signal.SIGTERM)
    assert '"level":"error"' not in log, log


@pytest.fixture
def worker(url: str, tiny_model_directory: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `vocnlp worker`."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        options = ["--database", url, "--model", str(tiny_model_directory)]
        environment = {**os.environ, "VOCNLP_JOBS": str(tiny_model_directory.parent / "jobs")}
        running.append(subprocess.Popen([sys.executable, "-c", WORKER, *options], env=environment))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.wait()


def test_a_worker_does_what_a_dead_one_had_begun(
    serve: Callable[..., Any], key: str, worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    call = Caller(key, serve(VOCNLP_WORKER="false"))
    id = call.send()
    first = worker()
    call.advanced(id, 0)
    first.kill()
    first.wait()
    second = worker()
    call.assert_whole(id)
    second.send_signal(signal.SIGTERM)
    assert second.wait(20) == 0
