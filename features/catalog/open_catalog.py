"""Opening a catalogue by its name, its path, or `synthetic:N`."""

import os
import re
from functools import lru_cache
from importlib import resources
from pathlib import Path

from segue.features.catalog.catalog import Catalog
from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.existing_files import is_file, is_folder

MAX_SYNTHETIC = 1_000_000
"""Most tracks that a name can ask for; they take a minute and two gigabytes."""
_SYNTHETIC = re.compile(r"synthetic:(\d[\d_]{0,30})(?::(\d{1,30}))?", re.ASCII)
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
        if (n := int(match[1])) > MAX_SYNTHETIC:
            raise UserError(
                f"The catalogue {text!r} is too large; `synthetic:N` draws at most {MAX_SYNTHETIC:,} tracks."
            )
        return _synthetic(n, int(match[2] or 0), like)
    path = demo_path() if text == "demo" else Path(text)
    if is_file(path):
        return _load(path.resolve(), path.stat().st_mtime_ns)
    if path.suffix or path.parent != Path() or is_folder(path):
        raise UserError(f"There is no catalogue file {excerpt(text)!r}; create one with `segue extract`.")
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
