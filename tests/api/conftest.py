"""An application on a fake model and a fresh SQLite database, and callers with keys of two tenants."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fastapi import FastAPI
from starlette.testclient import TestClient

from api.app import create_app
from vocnlp.alerts.rules import Rulebook
from vocnlp.schema import (
    AspectTag,
    Comment,
    Evidence,
    FailedComment,
    Language,
    Risk,
    Sentiment,
    TaggedComment,
)
from vocnlp.settings import Settings
from vocnlp.store.database import Database
from vocnlp.store.keys import SCOPES, Keys


def fake_record(comment: Comment) -> TaggedComment:
    """Tags by the words of the text: late -> logistics:neg, nice -> attitude:pos, fraud -> a risk."""
    text = comment.text.replace("13800138000", "[phone]")
    found = []
    for word, aspect, polarity in (("late", "logistics", "neg"), ("nice", "attitude", "pos")):
        if (start := text.find(word)) >= 0:
            words = Evidence(start, start + len(word), word)
            found.append(AspectTag(aspect, polarity, 0.9, [words]))
    start = text.find("fraud")
    risks = [Risk("fraud", "critical", "fraud.en.001", start, start + 5, "fraud")] if start >= 0 else []
    label = "neg" if "late" in text else "pos"
    return TaggedComment(
        id=comment.id,
        text=text,
        language=Language("zh" if "很" in text else "en", 0.9),
        sentiment=Sentiment(label, 0.5, {"neg": 0.25, "neu": 0.0, "pos": 0.75, "mix": 0.0}),
        aspects=found,
        risks=risks,
        pii=[],
        scores=comment.scores,
        attributes=comment.attributes,
        warnings=comment.warnings,
        versions={"model": "fake@1", "taxonomy": "voc@1", "risks": "risks@1"},
    )


class FakeTagger:
    """`boom` in a text breaks the whole batch; while `gate` is closed nothing is tagged."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Event()
        self.batches: list[list[str]] = []

    def tag(self, comments: Iterable[Comment | FailedComment]) -> Iterator[TaggedComment | FailedComment]:
        batch = list(comments)
        self.batches.append([c.text for c in batch if isinstance(c, Comment)])
        self.entered.set()
        assert self.gate.wait(20)
        for comment in batch:
            if isinstance(comment, FailedComment):
                yield comment
                continue
            if "boom" in comment.text:
                raise ValueError(comment.text)
            yield fake_record(comment)


@pytest.fixture
def tagger() -> Iterator[FakeTagger]:
    fake = FakeTagger()
    yield fake
    fake.gate.set()


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database that is migrated once, to be copied."""
    path = tmp_path_factory.mktemp("database") / "migrated.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture
def on_sqlite(tmp_path: Path, migrated: Path) -> Settings:
    shutil.copy(migrated, tmp_path / "test.db")
    return Settings(
        database=f"sqlite:///{tmp_path}/test.db", jobs=tmp_path / "jobs", rate_limit="100000/minute"
    )


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.service)])
def on_both(request: pytest.FixtureRequest, on_sqlite: Settings) -> Settings:
    """For tests that hold on either database."""
    if request.param == "sqlite":
        return on_sqlite
    url = request.getfixturevalue("postgres_url")
    database = Database(url)
    database.migrate()
    database.close()
    return on_sqlite.model_copy(update={"database": url})


@pytest.fixture
def settings(on_sqlite: Settings) -> Settings:
    return on_sqlite


@pytest.fixture
def rules() -> Rulebook:
    return Rulebook()


@pytest.fixture
def app(tagger: FakeTagger, settings: Settings, rules: Rulebook) -> FastAPI:
    return create_app(tagger, settings, rules=rules)


@pytest.fixture
def client(app: FastAPI) -> Iterator[TestClient]:
    """Without a key."""
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def caller(app: FastAPI, client: TestClient) -> Callable[..., TestClient]:
    """Makes clients that call with a key of a tenant."""

    def make(tenant: str = "default", scopes: Any = SCOPES) -> TestClient:
        keys: Keys = app.state.service.keys
        key = keys.create("test", tenant=tenant, scopes=scopes)
        return TestClient(app, headers={"authorization": f"Bearer {key}"}, raise_server_exceptions=False)

    return make


@pytest.fixture
def call(caller: Callable[..., TestClient]) -> TestClient:
    """A client with all scopes."""
    return caller()


@pytest.fixture
def server(app: FastAPI) -> Iterator[str]:
    """The application behind a real socket; gives its address."""
    listener = socket.create_server(("127.0.0.1", 0))
    running = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False))
    thread = threading.Thread(target=running.run, kwargs={"sockets": [listener]})
    thread.start()
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    running.should_exit = True
    thread.join()
    listener.close()


@pytest.fixture
def key(app: FastAPI) -> str:
    """A key with all scopes."""
    keys: Keys = app.state.service.keys
    return keys.create("test", scopes=SCOPES)


@pytest.fixture
def wait_for() -> Callable[[Callable[[], bool]], None]:
    """Waits until something holds, ten seconds at most."""

    def wait(holds: Callable[[], bool]) -> None:
        end = time.monotonic() + 10
        while not holds():
            assert time.monotonic() < end, "it never came about"
            time.sleep(0.02)

    return wait


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Of a database that does not exist yet."""
    return f"sqlite:///{tmp_path}/voc.db"


class Served:
    """`vocnlp serve` in a process of its own."""

    def __init__(self, url: str, model: Path, **environment: str) -> None:
        environment = {"VOCNLP_JOBS": str(model.parent / "jobs"), **environment}
        hear = "signal.signal(signal.SIGINT, signal.default_int_handler)"  # background jobs start deaf to it
        script = f"import signal; {hear}; from vocnlp.cli.main import main; main()"
        command = [sys.executable, "-c", script, "serve"]
        options = ["--port", "0", "--model", str(model), "--database", url]
        self.process = subprocess.Popen(
            [*command, *options],
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines = []
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.append(line.strip())
            if line.startswith("serving "):
                break
        assert self.lines, self.process.communicate()[1]
        self.address = self.lines[-1].removeprefix("serving ")

    def end(self, number: int) -> str:
        """Send a signal; what was on standard error."""
        self.process.send_signal(number)
        return self.process.communicate(timeout=20)[1]


@pytest.fixture
def serve(url: str, tiny_model_directory: Path) -> Iterator[Callable[..., Served]]:
    running: list[Served] = []

    def start(**environment: str) -> Served:
        running.append(Served(url, tiny_model_directory, **environment))
        return running[-1]

    yield start
    for served in running:
        if served.process.poll() is None:
            served.end(signal.SIGKILL)
