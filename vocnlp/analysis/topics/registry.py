"""A directory that keeps topics over runs.

    registry.json          which run is the current one; replaced last: a run counts whole or not at all
    names.json             names given by people, by id; read, never written by a run
    runs/0001/topics.json  all topics known after a run, the encoder, the run's sizes and changes
    runs/0001/vectors.safetensors   mean, centroids, least cosines, hashes of the clauses and their topics

Earlier runs stay; to go back, write their number into registry.json.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from models.tensors import write_tensors
from vocnlp.analysis.topics.changes import Change
from vocnlp.analysis.topics.cluster import NONE, Centres
from vocnlp.errors import InputError, OutputError

__all__ = ["Known", "Registry", "Run"]

Codes = NDArray[np.int64]

_FORMAT = 1


@dataclass(slots=True)
class Known:
    """A topic of the registry.   born, seen: first and last run that had it.   clauses: in the run `seen`."""

    id: int
    name: str
    keywords: list[str]
    born: int
    seen: int
    clauses: int


@dataclass(slots=True)
class Run:
    """What the registry holds after a run.

    known: K topics, also of earlier runs, in the order of `centres`.   clauses, outliers: of the run.
    hashes, labels: [H] clauses of the run and their topics, as places in `known`.   vocabulary, state: of
    the encoder, where it is fitted on the clauses themselves.
    """

    version: int
    encoder: str
    known: list[Known]
    centres: Centres
    clauses: int
    outliers: int
    hashes: NDArray[np.uint64]
    labels: Codes
    vocabulary: list[str] = field(default_factory=list)
    state: dict[str, NDArray[np.float32]] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    @property
    def alive(self) -> NDArray[np.bool_]:
        """[K] whether this run had the topic."""
        return np.array([topic.seen == self.version for topic in self.known], np.bool_)

    def living(self) -> Run:
        """With the topics of this run alone; those alone take new comments."""
        places = np.flatnonzero(self.alive)
        moved = np.full(len(self.known) + 1, NONE, np.int64)
        moved[places] = np.arange(len(places))
        return replace(
            self,
            known=[self.known[k] for k in places.tolist()],
            centres=replace(
                self.centres, centroids=self.centres.centroids[places], least=self.centres.least[places]
            ),
            labels=moved[self.labels],
        )


@dataclass(frozen=True, slots=True)
class Registry:
    """See the module."""

    directory: Path

    def names(self) -> dict[int, str]:
        """Names given by people. Raises InputError when the file is no object of id: name."""
        path = self.directory / "names.json"
        if not path.is_file():
            return {}
        try:
            return {int(key): str(name) for key, name in json.loads(path.read_text("utf-8")).items()}
        except (ValueError, AttributeError) as error:
            raise InputError(f'{path} must look like {{"12": "Late parcels"}}: {error}') from error

    def load(self) -> Run | None:
        """The current run, if there is one; raises InputError for files that are none of a registry."""
        pointer = self.directory / "registry.json"
        if not pointer.is_file():
            return None
        try:
            content = json.loads(pointer.read_text("utf-8"))
            if content["format"] != _FORMAT:
                raise InputError(f"{pointer} has format {content['format']}; this version reads {_FORMAT}")
            return _read(self.directory / "runs" / f"{content['version']:04}")
        except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
            raise InputError(
                f"the registry {self.directory} is damaged: {error!r}; an earlier run in its runs/"
                " is taken when its number stands in registry.json"
            ) from error

    def check(self, run: Run | None, encoder: str) -> None:
        """Raises InputError when the registry's vectors are of another encoder."""
        if run is not None and run.encoder != encoder:
            raise InputError(
                f"the registry {self.directory} was made with vectors of {run.encoder}, which those of"
                f" {encoder} cannot be compared with; go on with {run.encoder}, or begin another directory"
                " with the comments of the last run: topics get new ids there, and names.json follows by hand"
            )

    def save(self, run: Run) -> None:
        """Keep a run and make it the current one. Raises OutputError."""
        target = self.directory / "runs" / f"{run.version:04}"
        temporary = target.with_name(f"{target.name}.new")
        try:
            shutil.rmtree(temporary, ignore_errors=True)
            temporary.mkdir(parents=True)
            _write(run, temporary)
            shutil.rmtree(target, ignore_errors=True)  # of a run that was interrupted, or gone back from
            temporary.rename(target)
            pointer = self.directory / "registry.new"
            pointer.write_text(json.dumps({"format": _FORMAT, "version": run.version}) + "\n", "utf-8")
            pointer.replace(self.directory / "registry.json")
        except OSError as error:
            raise OutputError(f"the registry {self.directory} cannot be written: {error}") from error


def _read(directory: Path) -> Run:
    content: dict[str, Any] = json.loads((directory / "topics.json").read_text("utf-8"))
    arrays: Mapping[str, NDArray[Any]] = load_file(directory / "vectors.safetensors")
    return Run(
        version=content["version"],
        encoder=content["encoder"],
        known=[Known(**topic) for topic in content["topics"]],
        centres=Centres(arrays["mean"], arrays["centroids"], arrays["least"]),
        clauses=content["clauses"],
        outliers=content["outliers"],
        hashes=arrays["hashes"],
        labels=arrays["labels"],
        vocabulary=content["vocabulary"],
        state={name: array for name, array in arrays.items() if "." in name},
        changes=[Change(**change) for change in content["changes"]],
    )


def _write(run: Run, directory: Path) -> None:
    content = {
        "version": run.version,
        "encoder": run.encoder,
        "clauses": run.clauses,
        "outliers": run.outliers,
        "topics": [asdict(topic) for topic in run.known],
        "changes": [asdict(change) for change in run.changes],
        "vocabulary": run.vocabulary,
    }
    text = json.dumps(content, ensure_ascii=False, indent=1) + "\n"
    (directory / "topics.json").write_text(text, "utf-8")
    arrays: dict[str, NDArray[Any]] = {
        "mean": run.centres.mean,
        "centroids": run.centres.centroids,
        "least": run.centres.least,
        "hashes": run.hashes,
        "labels": run.labels,
        **run.state,
    }
    write_tensors(directory / "vectors.safetensors", arrays)
