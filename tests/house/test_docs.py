"""Every command, option, setting and error code is documented."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import entry_points
from pathlib import Path

import click
import pytest

from vocnlp.errors import ErrorCode
from vocnlp.settings import Settings

ROOT = Path(__file__).parents[2]
COMMANDS = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
RECORDS = (ROOT / "docs" / "records.md").read_text(encoding="utf-8")
SETTINGS = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")


def commands() -> Iterator[tuple[str, click.Command]]:
    for entry in entry_points(group="vocnlp.commands"):
        command = entry.load()
        yield entry.name, command
        if isinstance(command, click.Group):
            for name, sub in command.commands.items():
                yield f"{entry.name} {name}", sub


def section(name: str) -> str:
    """The part of docs/commands.md about one command."""
    found = re.search(rf"^### `vocnlp {name}\b.*?(?=^### |\Z)", COMMANDS, re.MULTILINE | re.DOTALL)
    assert found, f"docs/commands.md has no section on `vocnlp {name}`"
    return found[0]


@pytest.mark.parametrize(("name", "command"), list(commands()))
def test_every_command_and_option_is_documented(name: str, command: click.Command) -> None:
    assert command.help or command.short_help
    text = section(name)
    for parameter in command.params:
        if isinstance(parameter, click.Option):
            assert any(re.search(rf"(?<![\w-]){re.escape(o)}(?![\w-])", text) for o in parameter.opts), (
                parameter.opts
            )


def test_no_documented_command_is_gone() -> None:
    known = {name for name, _ in commands()}
    assert {
        match.strip() for match in re.findall(r"^### `vocnlp ([a-z -]+?)(?= [A-Z\[-]|`)", COMMANDS, re.M)
    } <= known


@pytest.mark.parametrize("code", list(ErrorCode))
def test_every_code_of_a_row_is_documented(code: ErrorCode) -> None:
    assert f"`{code}`" in RECORDS


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_documented(name: str) -> None:
    assert f"`VOCNLP_{name.upper()}`" in SETTINGS


@pytest.mark.parametrize(
    "name", ["README.md", "README.zh.md", *(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
)
def test_links_between_documents_lead_somewhere(name: str) -> None:
    text = (ROOT / name).read_text(encoding="utf-8")
    for target in re.findall(r"\]\((?!https?://|#)([^)#]+)", text):
        assert ((ROOT / name).parent / target).exists(), target
