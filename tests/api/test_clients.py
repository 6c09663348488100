"""The examples of clients in `docs/clients`, against a service of its own process."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

CLIENTS = Path(__file__).parents[2] / "docs" / "clients"

pytestmark = pytest.mark.slow


@pytest.fixture
def run(serve: Callable[..., Any]) -> Callable[..., list[str]]:
    """Lines that a client prints."""
    served = serve()
    key = served.lines[0].split()[-1]

    def run(*command: str) -> list[str]:
        if shutil.which(command[0]) is None:
            pytest.skip(f"{command[0]} is not installed")
        done = subprocess.run(
            [*command, served.address, key], capture_output=True, text=True, check=False, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout.splitlines()

    return run


def test_python(run: Callable[..., list[str]]) -> None:
    first, second, found, tagged = run(sys.executable, str(CLIENTS / "client.py"))
    assert first.startswith("py-1 en ")
    assert second.startswith("py-2 zh ")
    assert (found, tagged) == ("detractors: py-1", "tagged: 2 rows")


def test_node(run: Callable[..., list[str]]) -> None:
    tagged, streamed, stored = run("node", str(CLIENTS / "client.mjs"))
    assert tagged.startswith("js-1 en")
    assert streamed == "streamed: 250"
    assert stored == "stored: Call me on [PHONE]!"


def test_curl(run: Callable[..., list[str]]) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    tagged, stored, found, *streamed, receipt = map(json.loads, run("sh", str(CLIENTS / "client.sh")))
    assert tagged["items"][0]["language"]["code"] == "zh"
    assert stored["items"][0]["scores"] == {"nps": 1}
    assert isinstance(found["items"], list)
    assert [record["id"] for record in streamed] == ["l1", "l2"]
    assert receipt["comments"] == 1
