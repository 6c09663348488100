"""Errors that teach: what happened, the value, what would be right.

    VocnlpError                 a command or call cannot go on; the command line exits with 2
    ├── InputError              the input file, a column or an option's value is wrong
    │   └── WrongStateError     it cannot be done in the state that the thing is in
    ├── MissingExtraError       an optional package is not installed
    ├── ModelError              a model directory is absent, damaged or foreign
    ├── TaxonomyError           a taxonomy or rule file breaks its schema
    └── OutputError             the output cannot be written (disk full, no permission)

A problem of one row is no exception: it travels in its place as `vocnlp.schema.FailedComment`.
"""

from __future__ import annotations

from enum import StrEnum

__all__ = [
    "ErrorCode",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "OutputError",
    "TaxonomyError",
    "VocnlpError",
    "WrongStateError",
]


class ErrorCode(StrEnum):
    """Stable codes of row errors and row warnings; every one is explained in `docs/records.md`."""

    BAD_JSON = "bad_json"
    BAD_ROW = "bad_row"
    BAD_ENCODING = "bad_encoding"
    MISSING_TEXT = "missing_text"
    LINE_TOO_LONG = "line_too_long"
    DUPLICATE_ID = "duplicate_id"
    SCORE_REJECTED = "score_rejected"
    DATE_REJECTED = "date_rejected"
    CHARACTERS_REPAIRED = "characters_repaired"
    LONG_COMMENT = "long_comment"
    ID_CONFLICT = "id_conflict"
    UNKNOWN_ID = "unknown_id"
    INTERNAL = "internal"


class VocnlpError(Exception):
    """Root of all errors that this project raises on purpose."""


class InputError(VocnlpError):
    """The input or an option is wrong; the message says what would be right."""


class WrongStateError(InputError):
    """It cannot be done in the state that the thing is in; the message names the state."""


class MissingExtraError(VocnlpError):
    """An optional package is missing; the message ends in the line that installs it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed. Install it with: pip install 'vocnlp[{extra}]'")
        self.package = package
        self.extra = extra

    def __reduce__(self) -> tuple[type[MissingExtraError], tuple[str, str]]:
        """Errors of worker processes come back pickled."""
        return type(self), (self.package, self.extra)


class ModelError(VocnlpError):
    """A model directory is absent, damaged or made by something else."""


class TaxonomyError(VocnlpError):
    """A taxonomy or rule file breaks its schema; the message gives the path inside the file."""


class OutputError(VocnlpError):
    """The output cannot be written."""
