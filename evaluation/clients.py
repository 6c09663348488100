"""Clients that never give up: they repeat a request until it is answered, and remember what was promised."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import click
import httpx

from evaluation.serving import sample_texts

__all__ = ["Clients", "stored_ids"]

STORING = 3
ITEMS = 4
JOB_ROWS = 2_000
PATIENCE = 0.3
UNFINISHED = ("queued", "running")


@dataclass
class Clients:
    """Three that store comments and one that has files tagged, in threads, from `start` to `finish`."""

    address: str
    key: str
    accepted: set[str] = field(default_factory=set)
    repeated: int = 0
    jobs: int = 0
    missing: int = 0
    twice: int = 0

    def start(self) -> None:
        """Begin."""
        self._texts = sample_texts()
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._store, args=(name,)) for name in range(STORING)]
        self._threads.append(threading.Thread(target=self._have_tagged))
        for thread in self._threads:
            thread.start()

    def finish(self, seconds: float) -> None:
        """Let them end what they have begun; raises ClickException when that takes longer than `seconds`."""
        self._ending.set()
        end = time.monotonic() + seconds
        for thread in self._threads:
            thread.join(max(0.0, end - time.monotonic()))
            if thread.is_alive():
                raise click.ClickException(f"a client still has no answer after {seconds:g} s")

    def outcome(self) -> dict[str, int]:
        """What became of the files."""
        return {
            "jobs": self.jobs,
            "rows_tagged": self.jobs * JOB_ROWS,
            "rows_missing": self.missing,
            "rows_twice": self.twice,
        }

    def _ask(self, client: httpx.Client, method: str, path: str, **options: Any) -> httpx.Response:
        """The answer, however often it must be asked for."""
        while True:
            try:
                response = client.request(method, path, **options)
                if response.status_code < 500:
                    return response.raise_for_status()
            except httpx.TransportError:
                pass
            self.repeated += 1
            time.sleep(PATIENCE)

    def _client(self) -> httpx.Client:
        headers = {"Authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=20)

    def _store(self, name: int) -> None:
        with self._client() as client:
            for number in count():
                if self._ending.is_set():
                    return
                items = [
                    {
                        "id": f"{name}-{number}-{place}",
                        "text": self._texts[(ITEMS * number + place) % len(self._texts)],
                    }
                    for place in range(ITEMS)
                ]
                response = self._ask(client, "POST", "/v1/comments", json={"items": items})
                self.accepted |= {item["id"] for item in response.json()["items"] if "error" not in item}
                time.sleep(0.05)

    def _have_tagged(self) -> None:
        with self._client() as client:
            for number in count():
                if self._ending.is_set():
                    return
                self._one_job(client, number)

    def _one_job(self, client: httpx.Client, number: int) -> None:
        rows = (
            json.dumps({"id": f"r{row}", "text": self._texts[row % len(self._texts)]})
            for row in range(JOB_ROWS)
        )
        headers = {"Idempotency-Key": f"job {number}", "Content-Type": "application/x-ndjson"}
        sent = self._ask(
            client, "POST", "/v1/jobs", params={"kind": "tags"}, content="\n".join(rows), headers=headers
        )
        path = f"/v1/jobs/{sent.json()['id']}"
        while (job := self._ask(client, "GET", path).json())["status"] in UNFINISHED:
            time.sleep(PATIENCE)
        if job["status"] != "done":
            raise click.ClickException(f"a job is {job['status']}: {job['error']}")
        lines = self._ask(client, "GET", f"{path}/result").text.splitlines()
        times = Counter(json.loads(line)["id"] for line in lines)
        self.jobs += 1
        self.missing += sum(f"r{row}" not in times for row in range(JOB_ROWS))
        self.twice += sum(many > 1 for many in times.values())


def stored_ids(address: str, key: str) -> list[str]:
    """The ids of all comments that are stored."""
    ids: list[str] = []
    cursor: str | None = None
    with httpx.Client(base_url=address, headers={"Authorization": f"Bearer {key}"}, timeout=60) as client:
        while True:
            params = {"limit": "500"} | ({"cursor": cursor} if cursor else {})
            page = client.get("/v1/comments", params=params).raise_for_status().json()
            ids += [item["id"] for item in page["items"]]
            cursor = page["next"]
            if cursor is None:
                return ids
