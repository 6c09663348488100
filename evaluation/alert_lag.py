"""How long a critical flag takes from the arrival of its comment to the webhook, while comments keep coming.

    python -m evaluation.alert_lag [--rate 200] [--seconds 60] [--batch 10] [--database URL] [--json OUT]

Starts `vocnlp serve` with one critical rule, `risk`, and a webhook on this machine; sends the comments of the
sample over and over at a steady rate, whether answers come or not; and measures, for each comment that the
answer flags, from the moment its request is sent to the moment its alert is received.
"""

from __future__ import annotations

import asyncio
import base64
import json
import os
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count, cycle, islice
from pathlib import Path
from typing import Any

import click
import numpy as np

from evaluation.serving import Started, make_key, sample_texts, settings_in
from vocnlp.cli.main import run_command

__all__ = ["Lag", "measured", "summary"]

PROMISED = 2.0
GRACE = 30.0
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
RULES = """
webhooks: {{here: {{url: "http://127.0.0.1:{port}/", secret: "{secret}"}}}}
rules: [{{name: flags, when: risk, severity: critical, webhooks: [here]}}]
"""


@dataclass(frozen=True, slots=True)
class Lag:
    """Seconds; late: alerts after more than two seconds; lost: flagged comments that nobody heard of.

    refused: requests that the service did not take, with all their comments.
    """

    comments: int
    refused: int
    rate: float
    flagged: int
    p50: float
    p95: float
    p99: float
    worst: float
    late: int
    lost: int


@dataclass(slots=True)
class _Sent:
    """flagged: when the request with each flagged comment was sent, by id."""

    comments: int = 0
    refused: int = 0
    flagged: dict[str, float] = field(default_factory=dict)


class _Receiver(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.heard: dict[str, float] = {}


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Receiver

    def do_POST(self) -> None:
        now = time.perf_counter()
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.heard.setdefault(body["data"]["comment"]["id"], now)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def _receiver() -> Iterator[_Receiver]:
    server = _Receiver()
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def _service(folder: Path, database: str, port: int, model: str) -> Iterator[tuple[str, str]]:
    """Address and key of a service that calls the webhook on `port`."""
    rules = folder / "alerts.yaml"
    rules.write_text(RULES.format(port=port, secret=SECRET), encoding="utf-8")
    key = make_key(database)
    settings = settings_in(folder, database) | {
        "VOCNLP_WEBHOOK_ALLOW": "127.0.0.0/8",
        "VOCNLP_ALERTS": str(rules),
        "VOCNLP_MODEL": model,
    }
    server = Started("serve", settings, folder / "log", "--port", "0")
    try:
        yield server.address(), key
    finally:
        server.stop()


async def _send(address: str, key: str, *, rate: float, seconds: float, batch: int) -> _Sent:
    import httpx

    sent = _Sent()
    headers = {"Authorization": f"Bearer {key}"}
    comments = _comments()

    async def post(client: httpx.AsyncClient) -> None:
        items = list(islice(comments, batch))
        begun = time.perf_counter()
        try:
            response = await client.post("/v1/comments", json={"items": items})
            response.raise_for_status()
        except httpx.HTTPError:
            sent.refused += 1
            return
        for record in response.json()["items"]:
            sent.comments += 1
            if record["risks"]:
                sent.flagged[record["id"]] = begun

    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=30) as client:
        await post(client)  # the first one loads what is loaded once
        sent = _Sent()
        begun, tasks = time.perf_counter(), []
        for number in range(int(seconds * rate / batch)):
            await asyncio.sleep(max(0.0, begun + number * batch / rate - time.perf_counter()))
            tasks.append(asyncio.create_task(post(client)))
        await asyncio.gather(*tasks)
    return sent


def _comments() -> Iterator[dict[str, str]]:
    run = os.urandom(4).hex()
    for number, text in zip(count(), cycle(sample_texts()), strict=False):
        yield {"id": f"{run}-{number}", "text": text}


def summary(lags: Sequence[float], *, comments: int, flagged: int, rate: float, refused: int = 0) -> Lag:
    """lags: seconds of the alerts that were heard."""
    p50, p95, p99 = np.percentile(lags, (50, 95, 99)).tolist() if lags else (float("nan"),) * 3
    late = sum(lag > PROMISED for lag in lags)
    worst = max(lags, default=float("nan"))
    return Lag(comments, refused, rate, flagged, p50, p95, p99, worst, late, flagged - len(lags))


def measured(*, rate: float, seconds: float, batch: int, database: str | None, model: str) -> Lag:
    """One run; raises ClickException or an HTTP error when the service does not play along."""
    with tempfile.TemporaryDirectory() as name, _receiver() as receiver:
        folder = Path(name)
        url = database or f"sqlite:///{folder}/lag.db"
        with _service(folder, url, receiver.server_address[1], model) as (address, key):
            begun = time.perf_counter()
            sent = asyncio.run(_send(address, key, rate=rate, seconds=seconds, batch=batch))
            took = time.perf_counter() - begun
            flagged = sent.flagged
            end = time.perf_counter() + GRACE
            while not flagged.keys() <= receiver.heard.keys() and time.perf_counter() < end:
                time.sleep(0.05)
        lags = [receiver.heard[id] - at for id, at in flagged.items() if id in receiver.heard]
        return summary(
            lags,
            comments=sent.comments,
            flagged=len(flagged),
            rate=sent.comments / took,
            refused=sent.refused,
        )


@click.command(help=__doc__)
@click.option("--rate", default=200.0, show_default=True, help="Comments a second.")
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--batch", default=10, show_default=True, help="Comments a request.")
@click.option("--database", metavar="URL", help="Default: a new SQLite database.")
@click.option("--model", metavar="NAME|DIR", default="default", show_default=True)
@click.option("--json", "out", type=click.Path(path_type=Path), help="Write the numbers to a file too.")
def main(*, out: Path | None, **options: Any) -> None:
    """Measure and print."""
    lag = measured(**options)
    click.echo(
        f"{lag.comments} comments at {lag.rate:.0f}/s, {lag.refused} requests refused, "
        f"{lag.flagged} flagged, {lag.lost} lost"
    )
    shown = [f"{name} {getattr(lag, name):.3f}" for name in ("p50", "p95", "p99", "worst")]
    click.echo(f"seconds to the webhook: {'  '.join(shown)}")
    click.echo(f"later than {PROMISED:g} s: {lag.late}")
    if out:
        out.write_text(json.dumps(asdict(lag)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    run_command(main)
