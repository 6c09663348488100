"""A disk that fills up under the service, and is emptied again."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import click
import httpx

from evaluation.clients import stored_ids
from evaluation.serving import Started, make_key, sample_texts, settings_in

__all__ = ["disk_full"]

SIZE = "48m"
TRIES = 60
ROWS = 3_000


@contextmanager
def small_disk(folder: Path) -> Iterator[Path]:
    """A file system in memory; raises ClickException for those who may not mount one."""
    place = folder / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(place)]
    if subprocess.run(command, check=False, capture_output=True).returncode:
        raise click.ClickException("a small file system cannot be mounted: a full disk needs root")
    try:
        yield place
    finally:
        subprocess.run(["umount", str(place)], check=False)  # noqa: S607


def fill(place: Path) -> Path:
    """Take all the room there is."""
    filler = place / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            try:
                while file.write(bytes(size)) == size:
                    pass
            except OSError:
                continue
    return filler


def disk_full(folder: Path) -> dict[str, Any]:
    """Store comments and start a job before, on and after a full disk, as numbers."""
    begun = time.monotonic()
    texts = sample_texts()
    with small_disk(folder) as place:
        database = f"sqlite:///{place}/voc.db"
        key = make_key(database)
        server = Started("serve", settings_in(place, database), folder / "log", "--port", "0")
        try:
            address = server.address()
            headers = {"Authorization": f"Bearer {key}"}
            with httpx.Client(base_url=address, headers=headers, timeout=60) as client:
                found = _through(client, place, texts)
            stored = stored_ids(address, key)
        finally:
            server.kill()
    accepted = found.pop("accepted")
    return {
        "seconds": time.monotonic() - begun,
        "comments_accepted": len(accepted),
        "comments_lost": len(accepted - set(stored)),
        "comments_stored_twice": len(stored) - len(set(stored)),
        **found,
    }


def _through(client: httpx.Client, place: Path, texts: list[str]) -> dict[str, Any]:
    accepted: set[str] = set()
    answers: Counter[int] = Counter()

    def store(phase: str) -> None:
        for number in range(TRIES):
            items = [{"id": f"{phase}{number}-{n}", "text": text} for n, text in enumerate(islice(texts, 20))]
            response = client.post("/v1/comments", json={"items": items})
            answers[response.status_code] += 1
            if response.status_code == 200:
                accepted.update(item["id"] for item in response.json()["items"] if "error" not in item)

    rows = "\n".join(json.dumps({"id": f"r{row}", "text": texts[row % len(texts)]}) for row in range(ROWS))
    params = {"kind": "tags", "format": "jsonl"}
    store("before")
    job = client.post("/v1/jobs", params=params, content=rows).raise_for_status().json()["id"]
    filler = fill(place)
    store("full")
    refused = client.post("/v1/jobs", params=params, content=rows)
    filler.unlink()
    store("after")
    again = client.post("/v1/jobs", params=params, content=rows).raise_for_status().json()["id"]
    ended = [_wait(client, id) for id in (job, again)]
    lines = client.get(f"/v1/jobs/{again}/result").raise_for_status().text.splitlines()
    times = Counter(json.loads(line)["id"] for line in lines)
    return {
        "accepted": accepted,
        "requests_refused": answers[503],
        "requests_failed": sum(many for status, many in answers.items() if status not in (200, 503)),
        "jobs_refused": int(refused.status_code in (503, 507)),
        "jobs": ended.count("done"),
        "jobs_failed_with_a_reason": ended.count("failed"),
        "rows_tagged": len(lines),
        "rows_missing": sum(f"r{row}" not in times for row in range(ROWS)),
        "rows_twice": sum(many > 1 for many in times.values()),
    }


def _wait(client: httpx.Client, id: str) -> str:
    while (job := client.get(f"/v1/jobs/{id}").json())["status"] in ("queued", "running"):
        time.sleep(0.2)
    return str(job["status"])
