"""Find a model by name or directory, check it, load it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from models.encoder import load_encoder
from models.interface import Model
from models.linear import load_linear
from models.manifest import FILE_NAME, Manifest, ModelFileError, read_manifest

__all__ = ["BUILTIN", "available", "load", "resolve"]

BUILTIN = Path(__file__).parent

_LOADERS: dict[str, Callable[[Path, Manifest, str], Model]] = {
    "linear": load_linear,
    "encoder": load_encoder,
}


def available(*, roots: Sequence[Path] = (BUILTIN,)) -> dict[str, Path]:
    """Names and directories of the models under the roots; an earlier root wins."""
    found: dict[str, Path] = {}
    for root in roots:
        for path in sorted(root.glob(f"*/{FILE_NAME}")):
            found.setdefault(path.parent.name, path.parent)
    return found


def resolve(name: str, *, roots: Sequence[Path] = (BUILTIN,)) -> Path:
    """The directory of a model given by name or by path.

    Raises ModelFileError naming what is available.
    """
    known = available(roots=roots)
    if name in known:
        return known[name]
    if Path(name).is_dir():
        return Path(name)
    raise ModelFileError(
        f"no model {name!r}: give a directory, or one of {', '.join(known) or 'none installed'}"
    )


def load(name: str, *, device: str = "auto", roots: Sequence[Path] = (BUILTIN,)) -> Model:
    """Load a model by name or directory onto `auto`, `cpu` or `cuda`.

    Raises ModelFileError if it is absent, damaged, of an unknown kind, or cannot run on the device.
    """
    directory = resolve(name, roots=roots)
    manifest = read_manifest(directory)
    loader = _LOADERS.get(manifest.kind)
    if loader is None:
        raise ModelFileError(
            f"{directory} is a model of kind {manifest.kind!r}; known: {', '.join(_LOADERS)}"
        )
    return loader(directory, manifest, device)
