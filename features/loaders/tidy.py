"""Conversion of foreign tables to the units and ranges of the schema, with a log of the changes."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from segue.features.arrays import BoolArray
from segue.features.loaders.text import repair_text
from segue.features.schema import columns_by_name, text_columns

SHARE_COLUMNS = ("energy", "valence", "danceability", "acousticness")
_PITCHES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
_YEAR = re.compile(r"(1[89]\d\d|20\d\d)")
_MIN_SECONDS = 10.0


class Remarks:
    """Collects sentences about a table, with the line numbers of the rows concerned.

    Args:
        first_row: Line number of the table's first row in its file.
    """

    def __init__(self, first_row: int) -> None:
        self.lines: list[str] = []
        self._first_row = first_row

    def add(self, text: str, rows: BoolArray | None = None) -> None:
        """Adds a sentence, unless it is about rows and none is marked.

        Args:
            text: The sentence.
            rows: (n,) the rows concerned; None if it is about the whole table.
        """
        if rows is None:
            self.lines.append(text)
        elif rows.any():
            numbers = np.flatnonzero(rows) + self._first_row
            listed = ", ".join(map(str, numbers[:50])) + (", …" if len(numbers) > 50 else "")
            self.lines.append(f"{text}: {len(numbers)} row{'s' if len(numbers) > 1 else ''} ({listed})")


def tidy(table: pd.DataFrame, remarks: Remarks) -> pd.DataFrame:
    """Converts a table whose columns already have the names of the schema.

    Args:
        table: Raw values; other columns are kept unchanged.
        remarks: Receives a sentence for every change.

    Returns:
        A new table with one row per id.
    """
    tidied = table.copy()
    for name in tidied.columns.intersection(list(text_columns())):
        tidied[name] = tidied[name].map(repair_text)
    for name in tidied.columns.intersection([*SHARE_COLUMNS, "tempo", "loudness"]):
        lost = tidied[name].notna() & _numbers(tidied[name]).isna()
        remarks.add(f"{name} is not a number, set to unknown", lost.to_numpy())
    for name, convert in _CONVERTERS.items():
        if name in tidied:
            tidied[name] = convert(tidied[name], remarks)
    for name in SHARE_COLUMNS:
        if name in tidied:
            tidied[name] = _share(tidied[name], name, remarks)
    for name, entry in columns_by_name().items():
        if name in tidied and not entry.text:
            tidied[name] = _within(tidied[name], name, entry.low, entry.high, remarks)
    if "id" in tidied:
        tidied["id"] = tidied["id"].str.rpartition(":")[2]
        tidied["id"] = tidied["id"].where(tidied["id"] != "", [f"row-{k}" for k in range(len(tidied))])
        repeated = tidied["id"].duplicated().to_numpy()
        remarks.add("repeated id (another playlist?), first row kept", repeated)
        tidied = tidied[~repeated]
    return tidied.reset_index(drop=True)


def _numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce").astype("float64")


def _duration(column: pd.Series, remarks: Remarks) -> pd.Series:
    """Converts `m:ss`, milliseconds or seconds to seconds."""
    if column.dtype == object or str(column.dtype).startswith("str"):
        parts = column.astype("str").str.extract(r"^(\d+):(\d\d)$")
        if parts[0].notna().any():
            return _numbers(parts[0]) * 60 + _numbers(parts[1])
    seconds = _numbers(column)
    if seconds.median() > 5000:
        seconds = seconds / 1000
        remarks.add("duration converted from milliseconds to seconds")
    remarks.add(f"duration below {_MIN_SECONDS:.0f} s, kept", (seconds < _MIN_SECONDS).to_numpy())
    return seconds


def _tempo(column: pd.Series, remarks: Remarks) -> pd.Series:
    """Converts to BPM; 0 becomes NaN."""
    tempo = _numbers(column)
    remarks.add("tempo 0 means unknown", (tempo == 0).to_numpy())
    return tempo.where(tempo != 0)


def _loudness(column: pd.Series, remarks: Remarks) -> pd.Series:
    """Converts to dB."""
    loudness = _numbers(column)
    remarks.add("loudness above 0 dB, kept", (loudness > 0).to_numpy())
    return loudness


def _mode(column: pd.Series, remarks: Remarks) -> pd.Series:
    """Converts words or numbers to 0 (minor) and 1 (major)."""
    named = {"major": 1.0, "dur": 1.0, "maj": 1.0, "minor": 0.0, "moll": 0.0, "min": 0.0}
    words = column.astype("str").str.strip().str.lower()
    return words.map(named).where(words.isin(list(named)), _numbers(column))


def _key(column: pd.Series, remarks: Remarks) -> pd.Series:
    """Converts note names or numbers to pitch classes; -1 becomes NaN."""
    words = column.astype("str").str.strip().str.lower()
    named = words.map(_pitch_class)
    keys = named.where(named.notna(), _numbers(column))
    remarks.add("key -1 means unknown", (keys == -1).to_numpy())
    return keys.where(keys != -1)


def _pitch_class(word: str) -> float:
    """Returns the pitch class of a note name such as `c`, `f#` or `bb`, NaN for any other text."""
    match = re.match(r"^([a-h])\s*(#|♯|b|♭)?(?:$|[\s/])", word)
    if not match:
        return float("nan")
    shift = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(match[2] or "", 0)
    return float((_PITCHES[match[1]] + shift) % 12)


def _year(column: pd.Series, remarks: Remarks) -> pd.Series:
    """Extracts a year from 1800 to 2099."""
    return _numbers(column.astype("str").str.extract(_YEAR)[0])


def _share(column: pd.Series, name: str, remarks: Remarks) -> pd.Series:
    """Converts percentages to the range [0, 1]; zeros that mean unknown become NaN."""
    share = _numbers(column)
    known = share.dropna()
    if len(known) and known.max() > 1.5 and (known.median() > 1 or (known == known.round()).all()):
        share = share / 100
        remarks.add(f"{name} converted from the range 0 to 100 to 0 to 1")
    if len(known) and not known.any():
        remarks.add(f"{name} is always 0, set to unknown")
        return share.where(share != 0)
    if name == "danceability":
        remarks.add("danceability 0 means unknown", (share == 0).to_numpy())
        share = share.where(share != 0)
    return share


def _within(
    column: pd.Series, name: str, low: float | None, high: float | None, remarks: Remarks
) -> pd.Series:
    """Replaces values outside the bounds by NaN."""
    values = _numbers(column)
    outside = pd.Series(False, index=values.index)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    limits = f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}"
    remarks.add(f"{name} outside {limits}, set to unknown", outside.to_numpy())
    return values.where(~outside)


_CONVERTERS: dict[str, Callable[[pd.Series, Remarks], pd.Series]] = {
    "duration": _duration,
    "tempo": _tempo,
    "loudness": _loudness,
    "mode": _mode,
    "key": _key,
    "year": _year,
}
