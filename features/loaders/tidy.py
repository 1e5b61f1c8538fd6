"""Bringing a foreign table into the units and ranges of the schema, and saying what was done."""

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from segue.features.arrays import BoolArray
from segue.features.loaders.text import mended
from segue.features.schema import columns_by_name, text_columns

SHARES = ("energy", "valence", "danceability", "acousticness")
_PITCHES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
_YEAR = re.compile(r"(1[89]\d\d|20\d\d)")
_SHORTEST = 10.0


class Remarks:
    """Collects sentences about a table, with the numbers of the rows they are about."""

    def __init__(self, first_row: int) -> None:
        self.lines: list[str] = []
        self._first_row = first_row

    def add(self, text: str, rows: BoolArray | None = None) -> None:
        """Adds a sentence if any row is marked, or if it is about none in particular."""
        if rows is None:
            self.lines.append(text)
        elif rows.any():
            numbers = np.flatnonzero(rows) + self._first_row
            shown = ", ".join(map(str, numbers[:50])) + (", …" if len(numbers) > 50 else "")
            self.lines.append(f"{text}: {len(numbers)} rows ({shown})")


def tidy(table: pd.DataFrame, remarks: Remarks) -> pd.DataFrame:
    """Tidies a table whose columns are already named as in the schema.

    Args:
        table: Raw values; unknown columns stay as they are.
        remarks: Gets a sentence for every change.

    Returns:
        A new table with one row an id.
    """
    tidied = table.copy()
    for name in tidied.columns.intersection(list(text_columns())):
        tidied[name] = tidied[name].map(mended)
    for name in tidied.columns.intersection([*SHARES, "tempo", "loudness"]):
        lost = tidied[name].notna() & _numbers(tidied[name]).isna()
        remarks.add(f"{name} is no number, set to unknown", lost.to_numpy())
    for name, mend in _MENDERS.items():
        if name in tidied:
            tidied[name] = mend(tidied[name], remarks)
    for name in SHARES:
        if name in tidied:
            tidied[name] = _share(tidied[name], name, remarks)
    for name, entry in columns_by_name().items():
        if name in tidied and not entry.text:
            tidied[name] = _within(tidied[name], name, entry.low, entry.high, remarks)
    if "id" in tidied:
        tidied["id"] = tidied["id"].str.rpartition(":")[2]
        tidied["id"] = tidied["id"].where(tidied["id"] != "", [f"row-{k}" for k in range(len(tidied))])
        repeated = tidied["id"].duplicated().to_numpy()
        remarks.add("the same id again (another playlist?), first row kept", repeated)
        tidied = tidied[~repeated]
    return tidied.reset_index(drop=True)


def _numbers(column: pd.Series) -> pd.Series:
    return pd.to_numeric(column, errors="coerce").astype("float64")


def _duration(column: pd.Series, remarks: Remarks) -> pd.Series:
    if column.dtype == object or str(column.dtype).startswith("str"):
        parts = column.astype("str").str.extract(r"^(\d+):(\d\d)$")
        if parts[0].notna().any():
            return _numbers(parts[0]) * 60 + _numbers(parts[1])
    seconds = _numbers(column)
    if seconds.median() > 5000:
        seconds = seconds / 1000
        remarks.add("duration was in milliseconds, now in s")
    remarks.add(f"duration under {_SHORTEST:.0f} s, kept", (seconds < _SHORTEST).to_numpy())
    return seconds


def _tempo(column: pd.Series, remarks: Remarks) -> pd.Series:
    tempo = _numbers(column)
    remarks.add("tempo 0 means unknown", (tempo == 0).to_numpy())
    return tempo.where(tempo != 0)


def _loudness(column: pd.Series, remarks: Remarks) -> pd.Series:
    loudness = _numbers(column)
    remarks.add("loudness above 0 dB, kept", (loudness > 0).to_numpy())
    return loudness


def _mode(column: pd.Series, remarks: Remarks) -> pd.Series:
    named = {"major": 1.0, "dur": 1.0, "maj": 1.0, "minor": 0.0, "moll": 0.0, "min": 0.0}
    words = column.astype("str").str.strip().str.lower()
    return words.map(named).where(words.isin(list(named)), _numbers(column))


def _key(column: pd.Series, remarks: Remarks) -> pd.Series:
    words = column.astype("str").str.strip().str.lower()
    named = words.map(_pitch_class)
    keys = named.where(named.notna(), _numbers(column))
    remarks.add("key -1 means unknown", (keys == -1).to_numpy())
    return keys.where(keys != -1)


def _pitch_class(word: str) -> float:
    match = re.match(r"^([a-h])\s*(#|♯|b|♭)?(?:$|[\s/])", word)
    if not match:
        return float("nan")
    shift = {"#": 1, "♯": 1, "b": -1, "♭": -1}.get(match[2] or "", 0)
    return float((_PITCHES[match[1]] + shift) % 12)


def _year(column: pd.Series, remarks: Remarks) -> pd.Series:
    return _numbers(column.astype("str").str.extract(_YEAR)[0])


def _share(column: pd.Series, name: str, remarks: Remarks) -> pd.Series:
    share = _numbers(column)
    known = share.dropna()
    if len(known) and known.max() > 1.5 and (known.median() > 1 or (known == known.round()).all()):
        share = share / 100
        remarks.add(f"{name} was 0 to 100, now 0 to 1")
    if len(known) and not known.any():
        remarks.add(f"{name} is 0 throughout, set to unknown")
        return share.where(share != 0)
    if name == "danceability":
        remarks.add("danceability 0 means unknown", (share == 0).to_numpy())
        share = share.where(share != 0)
    return share


def _within(
    column: pd.Series, name: str, low: float | None, high: float | None, remarks: Remarks
) -> pd.Series:
    values = _numbers(column)
    outside = pd.Series(False, index=values.index)
    if low is not None:
        outside |= values < low
    if high is not None:
        outside |= values > high
    limits = f"{'' if low is None else f'{low:g}'} to {'' if high is None else f'{high:g}'}"
    remarks.add(f"{name} outside {limits}, set to unknown", outside.to_numpy())
    return values.where(~outside)


_MENDERS: dict[str, Callable[[pd.Series, Remarks], pd.Series]] = {
    "duration": _duration,
    "tempo": _tempo,
    "loudness": _loudness,
    "mode": _mode,
    "key": _key,
    "year": _year,
}
