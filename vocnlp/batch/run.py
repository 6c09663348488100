"""From a file of comments to a file of tagged records, with a count of what went wrong."""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Literal

from vocnlp import pipeline
from vocnlp.batch import local, ray
from vocnlp.batch.lines import STDIN
from vocnlp.batch.local import Load
from vocnlp.batch.readers import Input, as_tagged, open_input
from vocnlp.batch.writers import open_writer
from vocnlp.errors import InputError
from vocnlp.schema import Comment, FailedComment, TaggedComment

__all__ = ["Engine", "Summary", "tag_file"]

Engine = Literal["local", "ray"]
Record = TaggedComment | FailedComment


@dataclass(slots=True)
class Summary:
    """What was done: rows read, row errors and warnings by code (`errors.ErrorCode`), seconds."""

    rows: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    warnings: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0

    @property
    def per_second(self) -> float:
        """Rows a second, the start included."""
        return self.rows / self.seconds if self.seconds else 0.0

    def add(self, record: Record) -> None:
        """Count one record."""
        self.rows += 1
        if isinstance(record, FailedComment):
            self.errors[record.error.code] += 1
        else:
            self.warnings.update(warning.partition(":")[0] for warning in record.warnings)


def tag_file(
    source: str | Path,
    output: str | Path,
    *,
    text: str | None = None,
    id: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    model: str | None = None,
    device: str = "auto",
    language_detector: str | None = None,
    risk_rules: Path | None = None,
    engine: Engine = "local",
    workers: int = 1,
    observe: Callable[[Record], None] | None = None,
) -> Summary:
    """Tag the comments of a file and write the records to another; records tagged before are passed on.

    source, output: paths, or `-` for JSON Lines on standard input and output; see docs/files.md.
    text, id, encoding, delimiter: as in `readers.read`.   model, device, language_detector, risk_rules: as
    in `pipeline.load`.   workers: processes, or actors of Ray.   observe: is shown every record once written.
    Raises InputError, ModelError, TaxonomyError, OutputError or MissingExtraError; then there is no output.
    On KeyboardInterrupt the whole records done so far stay as NAME.partial.EXT.
    """
    if str(source) != STDIN and os.path.realpath(source) == os.path.realpath(output):
        raise InputError(f"{output} is the input too; name another file with -o")
    begun = time.perf_counter()
    summary = Summary()
    opened = open_input(source, encoding=encoding, delimiter=delimiter)
    comments = None if opened.tagged else opened.comments(text=text, id=id)
    load = partial(
        pipeline.load,
        model=model,
        device=device,
        language_detector=language_detector,
        risk_rules=risk_rules,
    )
    with open_writer(output) as writer, closing(_records(opened, comments, load, engine, workers)) as records:
        for record in records:
            writer.write(record)
            summary.add(record)
            if observe:
                observe(record)
    summary.seconds = time.perf_counter() - begun
    return summary


def _records(
    opened: Input,
    comments: Iterator[Comment | FailedComment] | None,
    load: Load,
    engine: Engine,
    workers: int,
) -> Generator[Record]:
    if comments is None:
        yield from map(as_tagged, opened.records())
    elif engine == "ray":
        yield from ray.tag(comments, load, workers=workers)
    else:
        yield from local.tag(comments, load, workers=workers)
