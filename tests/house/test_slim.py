"""The slim install, without torch, scikit-learn and bertopic, in an environment of its own."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def slim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The directory of programs of the environment."""
    home = tmp_path_factory.mktemp("slim") / "venv"
    subprocess.run([sys.executable, "-m", "venv", home], check=True)
    install = [
        home / "bin" / "pip",
        "install",
        "-q",
        "--disable-pip-version-check",
        "-c",
        ROOT / "constraints.txt",
        ROOT,
    ]
    done = subprocess.run(install, capture_output=True, text=True, check=False)
    if done.returncode and re.search("connection|resolve host|network", done.stderr, re.IGNORECASE):
        pytest.skip("no package index answers; connect to one to test the slim install")
    assert done.returncode == 0, done.stderr
    return home / "bin"


def run(slim: Path, *arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(cwd)}
    return subprocess.run(
        [slim / "vocnlp", *arguments], cwd=cwd, capture_output=True, text=True, check=False, env=environment
    )


@pytest.mark.parametrize("package", ["torch", "sklearn", "bertopic", "ray", "transformers"])
def test_heavy_packages_are_absent(slim: Path, package: str) -> None:
    assert subprocess.run(
        [slim / "python", "-c", f"import {package}"], capture_output=True, check=False
    ).returncode


def test_it_tags_finds_causes_and_reports(slim: Path, tmp_path: Path) -> None:
    done = run(slim, "demo", "-o", "demo", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len((tmp_path / "demo" / "tagged.jsonl").read_bytes().splitlines()) > 600
    assert json.loads((tmp_path / "demo" / "causes.json").read_bytes())["causes"]
    assert b"</html>" in (tmp_path / "demo" / "report.html").read_bytes()


@pytest.mark.parametrize(
    ("arguments", "extra"),
    [(["topics", "in.csv", "-o", "out.json"], "topics"), (["train", "in.jsonl", "-o", "out"], "train")],
)
def test_a_missing_extra_says_the_line_that_installs_it(
    slim: Path, tmp_path: Path, arguments: list[str], extra: str
) -> None:
    comments = "".join(f"parcel number {n} came late\n" for n in range(150))
    (tmp_path / "in.csv").write_text(f"comment\n{comments}")
    (tmp_path / "in.jsonl").write_text('{"text": "good"}\n')
    done = run(slim, *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert f"pip install 'vocnlp[{extra}]'" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def server(slim: Path, tmp_path: Path, port: int) -> Iterator[str]:
    """The key that a fresh server prints."""
    environment = {**os.environ, "HOME": str(tmp_path)}
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(
            [slim / "vocnlp", "serve", "--port", str(port)],
            cwd=tmp_path,
            stdout=log,
            stderr=log,
            env=environment,
        ) as process,
    ):
        try:
            for _ in range(300):
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=1).close()
                    break
                except OSError:
                    assert process.poll() is None, (tmp_path / "log").read_text()
                    time.sleep(0.1)
            yield (tmp_path / "log").read_text()
        finally:
            process.terminate()


def test_it_serves(server: str, port: int) -> None:
    key = re.search(r"voc_[\w-]+", server)
    assert key, server
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/v1/tag",
        data=json.dumps({"items": [{"id": "1", "text": "My delivery was three weeks late."}]}).encode(),
        headers={"Content-Type": "application/json", "Authorization": f"Bearer {key[0]}"},
    )
    with urllib.request.urlopen(request, timeout=20) as answer:
        body = json.load(answer)
    assert "logistics" in json.dumps(body)
