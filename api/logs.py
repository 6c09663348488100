"""Logs as JSON lines without personal data: of an error they tell its kind and place, never its words."""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from typing import Any

import orjson

__all__ = ["JsonFormatter", "configure"]

FIELDS = ("request_id", "method", "route", "status", "milliseconds", "key", "comment")


class JsonFormatter(logging.Formatter):
    """One object a line: time, level, logger, message, the fields of a request, the error if there is one."""

    def format(self, record: logging.LogRecord) -> str:
        """The line."""
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        line |= {name: record.__dict__[name] for name in FIELDS if name in record.__dict__}
        if record.exc_info and record.exc_info[0]:
            kind, _, trace = record.exc_info
            line["error"] = kind.__name__
            line["trace"] = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)]
        return orjson.dumps(line, default=str).decode()


def configure() -> None:
    """Send all logs to standard error in this form."""
    handler = logging.StreamHandler()
    handler.setFormatter(JsonFormatter())
    logging.basicConfig(level=logging.INFO, handlers=[handler], force=True)
    # this service writes its own line for each request, by route and not by address, which names customers
    logging.getLogger("uvicorn.access").disabled = True
