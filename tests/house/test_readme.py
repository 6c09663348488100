"""The commands that the READMEs show run as they stand."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
READMES = ["README.md", "README.zh.md"]


def blocks(name: str) -> list[str]:
    """Command blocks that begin with a comment saying that they run on the sample."""
    text = (ROOT / name).read_text(encoding="utf-8")
    return re.findall(r"```bash\n(# (?:on the sample|用示例数据).*?)```", text, re.DOTALL)


def test_both_readmes_show_the_same_commands() -> None:
    shown = [
        [
            line.split(" #")[0].strip()
            for block in blocks(name)
            for line in block.splitlines()
            if line[:1] not in "#"
        ]
        for name in READMES
    ]
    assert shown[0] == shown[1]
    assert shown[0]


@pytest.mark.slow
@pytest.mark.parametrize("name", READMES)
def test_the_commands_on_the_sample_run(name: str, tmp_path: Path) -> None:
    for block in blocks(name):
        for line in block.splitlines():
            command = shlex.split(line, comments=True)
            if not command:
                continue
            assert command[0] == "vocnlp"
            done = subprocess.run(
                [sys.executable, "-m", "vocnlp", *command[1:]],
                cwd=tmp_path,
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, f"{line}\n{done.stderr}"
