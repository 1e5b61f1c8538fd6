"""The schema of a catalogue: its columns, their order, and the listening features among them."""

from collections.abc import Iterable
from functools import cache

from segue.features.columns import COLUMNS, Column
from segue.features.errors import unknown_name

SCHEMA_VERSION = 1
"""Stored in every catalogue file; files with another number are refused on loading."""

WINDOWS = ("intro", "outro")
"""Prefixes of the columns that describe the first and the last 30 s."""

LISTENING_FEATURES: tuple[str, ...] = (
    "tempo",
    "loudness",
    "energy",
    "valence",
    "danceability",
    "acousticness",
    "centroid",
    "percussive_ratio",
    "onset_rate",
    "beat_strength",
    "chord_change_rate",
    "mode",
)
"""Columns that listeners' taste may depend on, in the order of `Catalog.matrix`."""


@cache
def columns_by_name() -> dict[str, Column]:
    """Returns the entry of every column name, including those of intro and outro, in canonical order."""
    table = {name: column for column in COLUMNS for name in column.names}
    for window in WINDOWS:
        table |= {f"{window}_{name}": c for c in COLUMNS if c.windowed for name in c.names}
    return table


def column(name: str) -> Column:
    """Looks up one column.

    Args:
        name: Full name, such as `tempo`, `mfcc_0` or `intro_tempo`.

    Raises:
        UserError: The schema has no such column.
    """
    table = columns_by_name()
    if not isinstance(name, str) or name not in table:
        raise unknown_name("column", name, table)
    return table[name]


def canonical_order(names: Iterable[str]) -> list[str]:
    """Sorts column names: those of the schema in its order, then all others in the given order."""
    given = list(names)
    known = [name for name in columns_by_name() if name in set(given)]
    return known + [name for name in given if name not in columns_by_name()]


def text_columns() -> tuple[str, ...]:
    """Returns the names of the columns that hold text."""
    return tuple(name for name, entry in columns_by_name().items() if entry.text)
