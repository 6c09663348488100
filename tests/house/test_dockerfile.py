"""The Dockerfile, checked without building it; `test_slim` runs what it installs and starts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from dockerfile_parse import DockerfileParser

from api.cli import serve

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def lines() -> list[tuple[str, str]]:
    """Instruction and value of each line."""
    return [
        (line["instruction"], line["value"]) for line in DockerfileParser(str(ROOT / "Dockerfile")).structure
    ]


def values(lines: list[tuple[str, str]], name: str) -> list[str]:
    return [value for instruction, value in lines if instruction == name]


def test_two_stages_on_a_slim_base(lines: list[tuple[str, str]]) -> None:
    stages = values(lines, "FROM")
    assert len(stages) == 2
    assert all(stage.startswith("python:3.11-slim") for stage in stages)


def test_what_is_copied_exists(lines: list[tuple[str, str]]) -> None:
    sources = [
        part for value in values(lines, "COPY") if "--from" not in value for part in value.split()[:-1]
    ]
    assert sources
    assert all((ROOT / source).exists() for source in sources)


def test_it_does_not_run_as_root_and_checks_its_health(lines: list[tuple[str, str]]) -> None:
    names = [instruction for instruction, _ in lines]
    assert values(lines, "USER") == ["vocnlp"]
    assert names.index("USER") < names.index("ENTRYPOINT")
    assert "/healthz" in values(lines, "HEALTHCHECK")[0]


def test_its_command_is_one_that_exists(lines: list[tuple[str, str]]) -> None:
    assert json.loads(values(lines, "ENTRYPOINT")[0]) == ["vocnlp"]
    command, *options = json.loads(values(lines, "CMD")[0])
    assert command == "serve"
    known = {name for parameter in serve.params for name in parameter.opts}
    assert {option for option in options if option.startswith("--")} <= known
