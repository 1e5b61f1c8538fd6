"""Conversion of text to the units and ranges of the schema, column by column, with a log of the changes."""

import itertools
import re
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from segue.features.arrays import BoolArray, FloatArray
from segue.features.columns import Column
from segue.features.loaders.duration import read_durations
from segue.features.loaders.musical_key import read_keys
from segue.features.loaders.number_cells import NumberCells, read_numbers
from segue.features.loaders.remarks import Remarks
from segue.features.loaders.text import repair_text
from segue.features.schema import columns_by_name

SHARE_COLUMNS = ("energy", "valence", "danceability", "acousticness")
_HIGHEST_LEVEL = 10
_YEAR = r"(?:^|[^0-9])(1[89][0-9][0-9]|20[0-9][0-9])(?:[^0-9]|$)"
_COMPACT_DATE = r"^(1[89][0-9][0-9]|20[0-9][0-9])(?:0[1-9]|1[0-2])[0-3][0-9]$"
_UNITS = r"(?i)\s*(?:bpm|db|dbfs|lufs|%)\s*$"
_MODES = {"major": "1", "maj": "1", "dur": "1", "minor": "0", "min": "0", "moll": "0"}
_TRACK_URI = re.compile(r"(?:\w+:track:|https?://open\.spotify\.com/(?:[\w-]+/)?track/)(\w+)(?:\?.*)?")


def tidy(cells: pd.DataFrame, sources: Mapping[str, str], remarks: Remarks) -> pd.DataFrame:
    """Converts a table of text whose columns already have the names of the schema.

    Args:
        cells: Text; columns that the schema lacks become numbers or truth values if all their cells are.
        sources: Name in the file of each renamed column.
        remarks: Receives a sentence for every change.

    Returns:
        A new table with one row per id.
    """
    schema = columns_by_name()
    columns: dict[str, pd.Series | FloatArray] = {}
    shares: dict[str, FloatArray] = {}
    for name in cells.columns:
        entry = schema.get(name)
        if entry is None:
            columns[name] = extra_column(cells[name])
        elif entry.text:
            columns[name] = _text(cells[name], name, remarks)
        elif name not in ("key", "mode"):
            values = _numbers(cells[name], entry, name, sources.get(name, name), remarks)
            if name in SHARE_COLUMNS:
                shares[name] = values
            else:
                columns[name] = values
    columns |= _shares(shares, remarks)
    columns |= _tonality(cells, remarks)
    tidied = pd.DataFrame({name: columns[name] for name in [*cells.columns, "mode"] if name in columns})
    if "id" not in tidied:
        return tidied
    tidied["id"] = _ids(tidied["id"], remarks)
    repeated = tidied["id"].duplicated().to_numpy()
    same = tidied.duplicated(["id", *tidied.columns.intersection(["title", "artist"])]).to_numpy()
    remarks.add("repeated id (another playlist?), first row kept", repeated & same)
    remarks.add("repeated id with another title or artist, first row kept", repeated & ~same)
    return tidied[~repeated].reset_index(drop=True)


def extra_column(cells: pd.Series) -> pd.Series:
    """Converts a column outside the schema if nothing is lost: to truth values, or to numbers such as 1.5.

    Text such as `007` and long digit strings, which are codes, remain text.
    """
    known = cells[cells != ""]
    if not len(known):
        return cells
    lower = known.str.lower()
    if len(known) == len(cells) and lower.isin(("true", "false")).all():
        return lower == "true"
    if not known.str.fullmatch(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]+)?(?:[eE][+-]?[0-9]{1,2})?").all():
        return cells
    if len(known) == len(cells) and known.str.fullmatch("-?[0-9]+").all():
        return known.astype("int64")
    return cells.where(cells != "", "nan").astype("float64")


def _text(cells: pd.Series, name: str, remarks: Remarks) -> pd.Series:
    repaired = cells.map({text: repair_text(text) for text in cells.unique()}).astype("str")
    remarks.add(
        f"{name} repaired (encoding, escapes or line ends)", (repaired != cells.str.strip()).to_numpy()
    )
    return repaired


def _numbers(cells: pd.Series, entry: Column, name: str, source: str, remarks: Remarks) -> FloatArray:
    """Converts a column of numbers other than key and mode, but for the range of a share."""
    if name == "duration":
        read = read_durations(cells, source, remarks)
    elif name == "year":
        cells = _year(cells)
        read = read_numbers(cells, entry.low, entry.high)
    else:
        high = 100 if name in SHARE_COLUMNS else entry.high
        read = read_numbers(cells.str.replace(_UNITS, "", regex=True), entry.low, high)
    _remark_reading(read, name, remarks)
    values = read.values
    percent = cells.str.contains("%", regex=False).to_numpy(dtype=np.bool_) & (name in SHARE_COLUMNS)
    remarks.add(f"{name} in percent, converted to 0 to 1", percent & np.isfinite(values))
    values = np.where(percent, values / 100, values)
    if name in SHARE_COLUMNS:
        return values
    if name in ("tempo", "year"):
        remarks.add(f"{name} 0 means unknown", values == 0)
        values = np.where(values == 0, np.nan, values)
    if name == "loudness":
        remarks.add("loudness above 0 dB, kept", (values > 0) & (values <= (entry.high or 0)))
    return _within(values, entry, name, remarks)


def _remark_reading(read: NumberCells, name: str, remarks: Remarks) -> None:
    remarks.add(f"{name} with decimal commas or separated thousands, converted", read.converted)
    remarks.add(f"{name} is a word for unknown", read.unknown)
    remarks.add(f"{name} is not a number, set to unknown", read.refused)


def _year(cells: pd.Series) -> pd.Series:
    """Replaces dates by the year from 1800 to 2099 in them; leaves any other text as it is."""
    text = cells.str.strip()
    found = text.str.extract(_YEAR)[0].fillna(text.str.extract(_COMPACT_DATE)[0])
    return found.fillna(text)


def _shares(columns: Mapping[str, FloatArray], remarks: Remarks) -> dict[str, FloatArray]:
    """Converts the columns of `SHARE_COLUMNS` to the range [0, 1].

    Whole numbers up to 10 are levels from 1 to 10, as DJ programs give them, unless another of the columns is
    in percent.
    """
    percent = any((values > _HIGHEST_LEVEL).any() for values in columns.values())
    return {
        name: _within(_share(values, name, percent, remarks), columns_by_name()[name], name, remarks)
        for name, values in columns.items()
    }


def _share(values: FloatArray, name: str, percent: bool, remarks: Remarks) -> FloatArray:
    """Converts percentages or levels to the range [0, 1]; zeros that mean unknown become NaN."""
    known = values[np.isfinite(values)]
    whole = bool((known == known.round()).all())
    if len(known) and known.max() > 1.5 and (np.median(known) > 1 or whole):
        highest = 100 if percent or not whole else _HIGHEST_LEVEL
        values = values / highest
        remarks.add(f"{name} converted from the range 0 to {highest} to 0 to 1")
    if len(known) and not known.any():
        remarks.add(f"{name} is always 0, set to unknown")
        return np.full_like(values, np.nan)
    if name == "danceability":
        remarks.add("danceability 0 means unknown", values == 0)
        values = np.where(values == 0, np.nan, values)
    return values


def _within(values: FloatArray, entry: Column, name: str, remarks: Remarks) -> FloatArray:
    """Replaces values outside the bounds by NaN."""
    outside = entry.outside(values)
    remarks.add(f"{name} outside {entry.range}, set to unknown", outside)
    return np.where(outside, np.nan, values)


def _tonality(cells: pd.DataFrame, remarks: Remarks) -> dict[str, FloatArray]:
    """Converts keys and modes; a key such as `8A` or `Am` states its mode too."""
    columns: dict[str, FloatArray] = {}
    stated = np.full(len(cells), np.nan)
    if "key" in cells:
        keys, stated, named = read_keys(cells["key"])
        columns["key"] = _whole(cells["key"], named, "key", remarks, unknown=-1)
        columns["key"] = np.where(named, keys, columns["key"])
    if "mode" in cells:
        text = cells["mode"].str.strip().str.lower().replace(_MODES)
        mode = _whole(text, np.zeros(len(cells), dtype=np.bool_), "mode", remarks)
        differs: BoolArray = np.isfinite(stated) & np.isfinite(mode) & (stated != mode)
        remarks.add("mode is not that of the key, which is used", differs)
        columns["mode"] = np.where(np.isfinite(stated), stated, mode)
    elif np.isfinite(stated).any():
        columns["mode"] = stated
    return columns


def _whole(
    cells: pd.Series, done: BoolArray, name: str, remarks: Remarks, unknown: float | None = None
) -> FloatArray:
    """Reads whole numbers within the bounds of the schema from those rows that are not done."""
    entry = columns_by_name()[name]
    read = read_numbers(cells.where(~done, ""), entry.low, entry.high)
    _remark_reading(read, name, remarks)
    if unknown is not None:
        remarks.add(f"{name} {unknown:g} means unknown", read.values == unknown)
    fraction = entry.fractional(read.values)
    remarks.add(f"{name} is not a whole number, set to unknown", fraction)
    return _within(np.where(fraction | (read.values == unknown), np.nan, read.values), entry, name, remarks)


def _ids(cells: pd.Series, remarks: Remarks) -> pd.Series:
    """Shortens URIs and addresses of tracks to their ids, and numbers the rows that have none."""
    ids = cells.map(lambda text: match[1] if (match := _TRACK_URI.fullmatch(text)) else text).tolist()
    taken = set(ids)
    for row, text in enumerate(ids):
        if not text:
            ids[row] = next(name for name in _row_names(row) if name not in taken)
            taken.add(ids[row])
    remarks.add("id is empty, replaced by the number of the row", cells.eq("").to_numpy())
    return pd.Series(ids, index=cells.index, dtype="str")


def _row_names(row: int) -> Iterator[str]:
    yield f"row-{row}"
    yield from (f"row-{row}-{k}" for k in itertools.count(2))
