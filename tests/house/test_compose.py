"""`compose.yaml`, checked without running it: its commands, settings and volumes are ones that exist."""

from __future__ import annotations

import re
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest
import yaml

from vocnlp.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    read: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text())
    return read


@pytest.mark.parametrize("name", ["api", "worker"])
def test_commands_and_options_exist(compose: dict[str, Any], name: str) -> None:
    command, *arguments = compose["services"][name]["command"]
    (entry,) = [entry for entry in entry_points(group="vocnlp.commands") if entry.name == command]
    loaded: click.Command = entry.load()
    loaded.make_context(command, list(arguments))  # raises for an option that is none


@pytest.mark.parametrize("name", ["api", "worker"])
def test_settings_are_known_and_may_be_read(compose: dict[str, Any], name: str) -> None:
    environment = compose["services"][name]["environment"]
    names = {key.removeprefix("VOCNLP_").lower() for key in environment}
    assert names <= Settings.model_fields.keys()
    assert all(key.startswith("VOCNLP_") for key in environment)


def test_what_services_need_is_there(compose: dict[str, Any]) -> None:
    services = compose["services"]
    for service in services.values():
        volumes = [volume.partition(":")[0] for volume in service.get("volumes", ())]
        assert set(volumes) <= compose["volumes"].keys()
        assert set(service.get("depends_on", ())) <= services.keys()
        for needed, how in service.get("depends_on", {}).items():
            assert how["condition"] != "service_healthy" or "test" in services[needed]["healthcheck"]
    assert services["api"]["environment"] == services["worker"]["environment"]
    assert services["api"]["volumes"] == services["worker"]["volumes"]


def test_no_secret_is_written_down_and_no_port_is_open_to_all(compose: dict[str, Any]) -> None:
    text = (ROOT / "compose.yaml").read_text()
    assert re.findall(r"PASSWORD: (.*)", text) == ["${POSTGRES_PASSWORD:?set it}"]
    for service in compose["services"].values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_it_is_stopped_with_more_patience_than_the_service_needs(compose: dict[str, Any]) -> None:
    assert int(compose["services"]["api"]["stop_grace_period"].removesuffix("s")) > 10
