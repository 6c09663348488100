"""The whole OpenAPI description against the service: schemathesis makes requests, right and wrong ones."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as examples
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

import vocnlp.analysis.causes  # noqa: F401  loading it at the first request would take long
from api.routes.jobs import CONTENT_TYPES
from vocnlp.settings import Settings

# not `negative_data_rejection`: a wrong item is answered in its place, and its neighbours are served
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]
FILES = [kind for kind in CONTENT_TYPES if kind != "application/x-ndjson"]


@schemathesis.serializer("application/x-ndjson")
def lines(context: Any, value: Any) -> bytes:
    """Whatever is made up for a stream, as a line of it."""
    return value.encode() if isinstance(value, str) else json.dumps(value, default=str).encode() + b"\n"


@schemathesis.serializer(*FILES)
def file(context: Any, value: Any) -> bytes:
    """Whatever is made up for the file of a job."""
    return value.encode() if isinstance(value, str) else value if isinstance(value, bytes) else b""


@pytest.fixture
def settings(on_both: Settings) -> Settings:
    return on_both


# hypothesis takes the jitter of a thread of the service, which runs in this process, for one of a strategy
@pytest.mark.filterwarnings("ignore:Do not use the `random` module inside strategies")
@pytest.mark.slow
@pytest.mark.parametrize("mode", list(GenerationMode))
def test_the_service_is_as_it_is_described(server: str, key: str, mode: GenerationMode) -> None:
    schema = schemathesis.openapi.from_url(f"{server}/v1/openapi.json", timeout=60)
    for result in schema.get_all_operations():
        operation = result.ok()

        @given(operation.as_strategy(generation_mode=mode))
        @examples(
            max_examples=8,
            deadline=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
            database=None,
        )
        def check(case: Any) -> None:
            case.call_and_validate(headers={"Authorization": f"Bearer {key}"}, checks=CHECKS)

        with suppress(Unsatisfiable):  # a route without parameters cannot be asked wrongly
            check()
