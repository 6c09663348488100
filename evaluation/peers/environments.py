"""Where a peer runs: in this environment if its package is there, else in one made for it and kept."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from evaluation.peers import worker
from vocnlp.errors import VocnlpError

__all__ = ["Answer", "PeerError", "ask", "command"]

_MADE = "requirement.txt"
_SHOWN_LINES = 3


class PeerError(VocnlpError):
    """A peer could not be installed, or failed at its work."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a peer said of N texts (`sentiment` and perhaps `aspects` of each), and the seconds that took."""

    labels: list[dict[str, Any]]
    seconds: float
    load_s: float


def command(name: str, *, module: str, requirement: str, cache: Path) -> list[str]:
    """The command that runs a peer's worker.

    module: what the peer imports; where it is missing here, `requirement` (exact) is installed into a virtual
    environment below `cache`, which is made anew if the requirement has changed. Raises PeerError.
    """
    if find_spec(module):
        return [sys.executable, "-m", worker.__name__, name]
    home = cache / name
    python = home / "bin" / "python"
    made = home / _MADE
    if not (made.is_file() and made.read_text(encoding="utf-8") == requirement):
        venv.create(home, clear=True, with_pip=True)
        _run([str(python), "-m", "pip", "install", "--quiet", requirement], f"installing {requirement}")
        made.write_text(requirement, encoding="utf-8")
    return [str(python), worker.__file__, name]


def ask(command: Sequence[str], *, texts: Sequence[str], train: Sequence[Mapping[str, Any]] = ()) -> Answer:
    """Start a worker and give it one job; raises PeerError with its last words if it fails."""
    job = json.dumps({"train": list(train), "texts": list(texts)})
    output = _run(command, "the peer", job)
    try:
        answer = Answer(**json.loads(output))
    except (ValueError, TypeError) as error:
        raise PeerError(
            f"the peer's answer is not in the form of evaluation/peers/worker.py: {error}"
        ) from error
    if len(answer.labels) != len(texts):
        raise PeerError(f"the peer answered {len(answer.labels)} of {len(texts)} texts")
    return answer


def _run(command: Sequence[str], what: str, job: str = "") -> str:
    done = subprocess.run(command, input=job, capture_output=True, text=True, encoding="utf-8", check=False)
    if done.returncode:
        said = "\n".join(done.stderr.strip().splitlines()[-_SHOWN_LINES:])
        raise PeerError(f"{what} ended with {done.returncode}: {said}")
    return done.stdout
