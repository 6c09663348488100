"""Every route, problem, metric and name of an expression is documented, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import yaml
from fastapi import FastAPI
from prometheus_client import CollectorRegistry
from pydantic import TypeAdapter

from api.errors import Code
from vocnlp.alerts import expressions
from vocnlp.alerts.patterns import Pattern
from vocnlp.settings import Settings

DOCS = Path(__file__).parents[2] / "docs"
API = (DOCS / "api.md").read_text(encoding="utf-8")
ALERTS = (DOCS / "alerts.md").read_text(encoding="utf-8")
SETTINGS = (DOCS / "settings.md").read_text(encoding="utf-8")


def test_routes(app: FastAPI) -> None:
    routes = {
        f"{method.upper()} {path}" for path, methods in app.openapi()["paths"].items() for method in methods
    }
    assert set(re.findall(r"^\| `((?:GET|POST|DELETE) [^`]+)` \|", API, re.MULTILINE)) == routes


def test_problems() -> None:
    table = API[API.index("| code | status |") : API.index("## Operation")]
    assert re.findall(r"^\| `(\w+)` \| \d{3}", table, re.MULTILINE) == list(Code)


def test_metrics(app: FastAPI) -> None:
    registry: CollectorRegistry = app.state.service.metrics.registry
    names = {family.name + "_total" * (family.type == "counter") for family in registry.collect()}
    assert set(re.findall(r"`(vocnlp_\w+)`", API)) == names


def test_settings_and_their_defaults() -> None:
    documented = dict(re.findall(r"^\| `VOCNLP_(\w+)` \| `?([^`|]*?)`? \|", SETTINGS, re.MULTILINE))
    defaults = {name.upper(): field.default for name, field in Settings.model_fields.items()}
    assert documented.keys() == defaults.keys()
    for name, default in defaults.items():
        if name != "MODELS":  # it depends on the user's home
            shown = (
                "none"
                if default in (None, "")
                else f"{default:g}"
                if isinstance(default, float)
                else str(default)
            )
            assert documented[name] == shown, name


def test_expressions_of_the_documentation_can_be_read() -> None:
    rules = yaml.safe_load(re.findall(r"```yaml\n(.*?)```", ALERTS, re.DOTALL)[0])["rules"]
    examples = [rule["when"] for rule in rules]
    part = ALERTS[ALERTS.index("| comparison |") : ALERTS.index("## Delivery")]
    examples += [code for code in re.findall(r"`([^`]+)`", part) if re.search(r"[<>=]|\bin\b.*\w\w", code)]
    patterns = yaml.safe_load(re.findall(r"```yaml\n(patterns:.*?)```", ALERTS, re.DOTALL)[0])["patterns"]
    assert {pattern["kind"] for pattern in patterns} == set(
        re.findall(r"^\| `(\w+)` \|", ALERTS[ALERTS.index("| `kind` |") : ALERTS.index("## Dry run")], re.M)
    ) - {"kind"}
    for pattern in patterns:
        TypeAdapter(Pattern).validate_python(pattern)
    assert len(examples) > 12
    for example in examples:
        expressions.read(example)
