"""Problems as the service tells them: RFC 9457 `application/problem+json` with a stable code.

Every exception that leaves a route is mapped here, and only here.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import orjson
from fastapi import FastAPI, HTTPException, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from starlette.exceptions import HTTPException as StarletteHTTPException
from starlette.requests import ClientDisconnect

from api.batching import OverloadedError
from vocnlp.errors import InputError, TaxonomyError, WrongStateError
from vocnlp.store.database import KeyReusedError

__all__ = ["PROBLEMS", "ApiError", "Code", "Problem", "described", "install", "problem"]

log = logging.getLogger(__name__)


class Code(StrEnum):
    """Stable codes of problems; every one is explained in `docs/api.md`."""

    BAD_REQUEST = "bad_request"
    UNAUTHORIZED = "unauthorized"
    FORBIDDEN = "forbidden"
    NOT_FOUND = "not_found"
    METHOD_NOT_ALLOWED = "method_not_allowed"
    IDEMPOTENCY_KEY_REUSED = "idempotency_key_reused"
    NOT_DONE = "not_done"
    WRONG_STATE = "wrong_state"
    BODY_TOO_LARGE = "body_too_large"
    INVALID = "invalid"
    BAD_FILE = "bad_file"
    CANNOT_ANALYSE = "cannot_analyse"
    RATE_LIMITED = "rate_limited"
    CLIENT_GONE = "client_gone"
    INTERNAL = "internal"
    OVERLOADED = "overloaded"
    DATABASE_AWAY = "database_away"
    NOT_READY = "not_ready"
    TIMEOUT = "timeout"
    NO_SPACE = "no_space"


class Problem(BaseModel):
    """The body of every error. errors: which part of the request is wrong, if it can be told."""

    type: str
    title: str
    status: int
    code: Code
    detail: str
    request_id: str
    errors: list[dict[str, str]] = []


_DESCRIBED = {
    400: "The body is no JSON.",
    401: "No key, or one that is unknown, revoked or expired.",
    403: "The key lacks the scope.",
    404: "There is no such thing, or it is another tenant's.",
    409: "It does not fit the state of things: a key came before, or the thing has another state.",
    413: "The body is too large.",
    422: "The request is well formed but wrong.",
    429: "Too many requests by this key; see Retry-After.",
    500: "A fault of the service; the request id helps to find it.",
    503: "Overloaded, or the database is away; see Retry-After.",
    504: "It took too long.",
    507: "No space is left on the disk.",
}


def described(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """Problems of these statuses, for the OpenAPI description."""
    content = {"application/problem+json": {"schema": Problem.model_json_schema()}}
    return {status: {"description": _DESCRIBED[status], "content": content} for status in statuses}


PROBLEMS = described(400, 401, 403, 413, 422, 429, 500, 503, 504)
_TITLES = {status.value: status.phrase for status in HTTPStatus}


class ApiError(HTTPException):
    """A problem raised by a route or one of its dependencies."""

    def __init__(
        self, status: int, code: Code, detail: str, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(status, detail, dict(headers or {}))
        self.code = code


def problem(
    request_id: str,
    status: int,
    code: Code,
    detail: str,
    *,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[Mapping[str, str]] = (),
) -> Response:
    """The response that tells a problem."""
    body = {
        "type": f"urn:vocnlp:problem:{code}",
        "title": _TITLES.get(status, code),
        "status": status,
        "code": code,
        "detail": detail,
        "request_id": request_id,
        "errors": list(errors),
    }
    return Response(orjson.dumps(body), status, dict(headers or {}), "application/problem+json")


def install(app: FastAPI) -> None:
    """Map the exceptions of an application to problems."""
    for kind, handler in _HANDLERS.items():
        app.exception_handler(kind)(handler)


_BY_STATUS = {
    400: Code.BAD_REQUEST,
    404: Code.NOT_FOUND,
    405: Code.METHOD_NOT_ALLOWED,
}


def _of_http(request: Request, error: StarletteHTTPException) -> Response:
    code = error.code if isinstance(error, ApiError) else _BY_STATUS.get(error.status_code, Code.BAD_REQUEST)
    return problem(_id(request), error.status_code, code, error.detail, headers=error.headers)


def _of_validation(request: Request, error: RequestValidationError) -> Response:
    # what was sent is not repeated: it may be what a customer wrote
    errors = [{"path": ".".join(map(str, e["loc"])), "message": str(e["msg"])} for e in error.errors()]
    detail = f"{errors[0]['path']}: {errors[0]['message']}" if errors else "the request is wrong"
    if any(e["type"] == "json_invalid" for e in error.errors()):
        return problem(_id(request), 400, Code.BAD_REQUEST, "the body is no JSON", errors=errors)
    return problem(_id(request), 422, Code.INVALID, detail, errors=errors)


def _of_overload(request: Request, error: OverloadedError) -> Response:
    headers = {"Retry-After": str(error.retry_after)}
    return problem(_id(request), 503, Code.OVERLOADED, str(error), headers=headers)


def _of_reuse(request: Request, error: KeyReusedError) -> Response:
    return problem(_id(request), 409, Code.IDEMPOTENCY_KEY_REUSED, str(error))


def _of_state(request: Request, error: WrongStateError) -> Response:
    return problem(_id(request), 409, Code.WRONG_STATE, str(error))


def _of_taxonomy(request: Request, error: TaxonomyError) -> Response:
    return problem(_id(request), 422, Code.INVALID, str(error))


def _of_input(request: Request, error: InputError) -> Response:
    return problem(_id(request), 422, Code.CANNOT_ANALYSE, str(error))


def _of_database(request: Request, error: Exception) -> Response:
    log.error("the database is away", exc_info=error)
    detail = "the database does not answer; nothing was stored"
    return problem(_id(request), 503, Code.DATABASE_AWAY, detail, headers={"Retry-After": "5"})


def _of_departure(request: Request, error: ClientDisconnect) -> Response:  # noqa: ARG001
    # nobody reads it; the number is what proxies log for it
    return problem(_id(request), 499, Code.CLIENT_GONE, "the client has gone")


_HANDLERS: dict[type[Exception], Any] = {
    StarletteHTTPException: _of_http,
    RequestValidationError: _of_validation,
    OverloadedError: _of_overload,
    KeyReusedError: _of_reuse,
    WrongStateError: _of_state,
    InputError: _of_input,
    TaxonomyError: _of_taxonomy,
    InterfaceError: _of_database,
    OperationalError: _of_database,
    NoConnectionError: _of_database,
    ClientDisconnect: _of_departure,
}


def _id(request: Request) -> str:
    return str(request.state.request_id)
