"""Opening a catalogue by its name, its path, or `synthetic:N`."""

import os
import re
from functools import lru_cache
from importlib import resources
from pathlib import Path

from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError, unknown_name

_SYNTHETIC = re.compile(r"synthetic:(\d[\d_]*)(?::(\d+))?")
_NAMES = ("demo", "synthetic:1000")


def open_catalog(source: str | os.PathLike[str] | Catalog, like: Catalog | None = None) -> Catalog:
    """Opens a catalogue; opening the same unchanged source again returns the same object.

    Args:
        source: `"demo"`, a catalogue file, `"synthetic:N"` or `"synthetic:N:SEED"`; a catalogue is returned
            unchanged.
        like: What synthetic tracks imitate, as in `Catalog.synthetic`.

    Raises:
        UserError: There is no such catalogue.
    """
    if isinstance(source, Catalog):
        return source
    text = os.fspath(source)
    if match := _SYNTHETIC.fullmatch(text):
        return _synthetic(int(match[1]), int(match[2] or 0), like)
    path = demo_path() if text == "demo" else Path(text)
    if path.is_file():
        return _load(path.resolve(), path.stat().st_mtime_ns)
    if path.suffix or path.parent != Path() or path.is_dir():
        raise UserError(f"There is no catalogue file {text!r}; create one with `segue extract`.")
    raise unknown_name("catalogue", text, _NAMES)


def demo_path() -> Path:
    """Returns the path of the embedded demo catalogue of freely licensed music."""
    return Path(str(resources.files("segue.features") / "data" / "demo.parquet"))


@lru_cache(maxsize=8)
def _load(path: Path, mtime_ns: int) -> Catalog:
    return Catalog.load(path)


@lru_cache(maxsize=4)
def _synthetic(n: int, seed: int, like: Catalog | None) -> Catalog:
    return Catalog.synthetic(n, seed, like)
