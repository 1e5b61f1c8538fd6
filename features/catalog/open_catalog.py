"""Opening a catalogue by its name or path, by `synthetic:N`, or from a table of another program."""

import os
import re
import warnings
from functools import lru_cache
from importlib import resources
from pathlib import Path

import pandas as pd

from segue.features.catalog.catalog import Catalog
from segue.features.catalog.storage import missing
from segue.features.errors import UserError, unknown_name
from segue.features.existing_files import is_file, readable, what_else

MAX_SYNTHETIC = 1_000_000
"""Most tracks that a name can ask for; they take a minute and two gigabytes."""
_SYNTHETIC = re.compile(r"synthetic:(\d[\d_]{0,30})(?::(\d{1,30}))?", re.ASCII)
_NAMES = ("demo", "synthetic:1000")


def open_catalog(
    source: str | os.PathLike[str] | Catalog | pd.DataFrame, like: Catalog | None = None
) -> Catalog:
    """Opens a catalogue; opening the same unchanged name or file again returns the same object.

    A table of another program is converted as by `convert_catalog`; a warning says what was changed.

    Args:
        source: `"demo"`, a catalogue file, a CSV or another file that `convert_catalog` reads,
            `"synthetic:N"`, `"synthetic:N:SEED"`, or a DataFrame with columns of the schema; a catalogue is
            returned unchanged.
        like: What synthetic tracks imitate, as in `Catalog.synthetic`.

    Raises:
        UserError: There is no such catalogue.
    """
    if isinstance(source, Catalog):
        return source
    if isinstance(source, pd.DataFrame):
        return Catalog.from_frame(source, "table")
    if not isinstance(source, str | os.PathLike):
        raise UserError(
            f"A catalogue is a name, a path, a DataFrame or a Catalog, not {type(source).__name__}."
        )
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
    if path.suffix or path.parent != Path() or what_else(path):
        raise missing(path)
    raise unknown_name("catalogue", text, _NAMES)


def demo_path() -> Path:
    """Returns the path of the embedded demo catalogue of freely licensed music."""
    return Path(str(resources.files("segue.features") / "data" / "demo.parquet"))


@lru_cache(maxsize=8)
def _load(path: Path, mtime_ns: int) -> Catalog:
    if path.suffix.lower() == ".parquet":
        return Catalog.load(path)
    from segue.features.loaders.convert import convert_catalog

    conversion = convert_catalog(path)
    if conversion.remarks:
        warnings.warn(f"{readable(path.name)} was converted: {'; '.join(conversion.remarks)}.", stacklevel=3)
    return conversion.catalog


@lru_cache(maxsize=4)
def _synthetic(n: int, seed: int, like: Catalog | None) -> Catalog:
    return Catalog.synthetic(n, seed, like)
