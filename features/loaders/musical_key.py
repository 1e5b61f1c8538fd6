"""Keys of music in the notations of other programs: numbers, note names, Camelot and Open Key codes."""

import re

import numpy as np
import pandas as pd

from segue.features.arrays import BoolArray, FloatArray

_PITCHES = {"c": 0, "d": 2, "e": 4, "f": 5, "g": 7, "a": 9, "b": 11, "h": 11}
_SHIFTS = {"#": 1, "♯": 1, "sharp": 1, "is": 1, "b": -1, "♭": -1, "flat": -1, "es": -1, "s": -1}
_MODES = {
    "minor": 0.0, "min": 0.0, "moll": 0.0, "m": 0.0,
    "major": 1.0, "maj": 1.0, "dur": 1.0,
}  # fmt: skip
_NOTE = (
    r"([A-Ha-h])(?:\s*(#|♯|♭|b)|[\s-]?((?i:sharp|flat))|"
    r"((?<=[ACDEFGHacdefgh])is|(?<=[CDFGcdfg])es|(?<=[AEae])s))?"
)
_NAME = re.compile(rf"{_NOTE}[\s_:-]*(m|M|(?i:minor|major|min|maj|moll|dur))?")
_BETWEEN_NAMES = re.compile(r"\s*[/()]\s*")
_CAMELOT = re.compile(r"0?([1-9]|1[0-2])\s*([ABab])")
_OPEN_KEY = re.compile(r"0?([1-9]|1[0-2])\s*([DMdm])")

UNKNOWN = float("nan")


def parse_key(text: str, german: bool = False) -> tuple[float, float]:
    """Reads a key that is not a number, such as `A minor`, `Am`, `F♯/G♭`, `8A` (Camelot) or `1m` (Open Key).

    Args:
        text: One name, or several of the same key, as in `8A (Am)`; names of different keys say nothing.
        german: Whether B is B flat, as beside H; German modes and accidentals say so themselves.

    Returns:
        Pitch class of the tonic (0 = C) and mode (0 minor, 1 major), NaN where the text does not say.
    """
    names = [_parse_name(name, german) for name in _BETWEEN_NAMES.split(text) if name]
    keys, modes = {key for key, _ in names}, {mode for _, mode in names if not np.isnan(mode)}
    if len(keys) != 1 or len(modes) > 1:
        return UNKNOWN, UNKNOWN
    return keys.pop(), modes.pop() if modes else UNKNOWN


def _parse_name(text: str, german: bool) -> tuple[float, float]:
    """Reads one name of a key; see `parse_key`."""
    if match := _CAMELOT.fullmatch(text):
        return _on_the_wheel(int(match[1]) - 8, minor=match[2] in "Aa")
    if match := _OPEN_KEY.fullmatch(text):
        return _on_the_wheel(int(match[1]) - 1, minor=match[2] in "Mm")
    match = _NAME.fullmatch(text)
    if not match:
        return UNKNOWN, UNKNOWN
    letter, accidental, mode = match[1].lower(), match[2] or match[3] or match[4], match[5] or ""
    german = german or bool(match[4]) or mode.lower() in ("moll", "dur")
    flat = letter == "b" and german and accidental is None  # B is B flat in German, and H is B
    pitch = 10 if flat else _PITCHES[letter]
    key = float((pitch + _SHIFTS.get((accidental or "").lower(), 0)) % 12)
    return key, 1.0 if mode == "M" else _MODES.get(mode.lower(), UNKNOWN)


def _on_the_wheel(fifths: int, *, minor: bool) -> tuple[float, float]:
    """Returns key and mode of a code on the wheel of keys, in fifths up from A minor and C major."""
    return float((7 * fifths + (9 if minor else 0)) % 12), 0.0 if minor else 1.0


def read_keys(cells: pd.Series) -> tuple[FloatArray, FloatArray, BoolArray]:
    """Reads a column of keys, those that are numbers excepted.

    Where some names end with `m` for minor, those without are major; where some are H, B is B flat.

    Args:
        cells: Text (n,).

    Returns:
        Pitch classes (n,), modes (n,), and where a key was read (n,); NaN where there is none.
    """
    text = cells.str.strip()
    german = bool(text.str.match(r"[Hh](?:[^a-zA-Z]|m|$)").any())
    parsed = {word: parse_key(word, german) for word in text.unique()}
    keys = text.map({word: key for word, (key, _) in parsed.items()}).to_numpy(dtype=np.float64)
    modes = text.map({word: mode for word, (_, mode) in parsed.items()}).to_numpy(dtype=np.float64)
    read = np.isfinite(keys)
    short_minor = text.str.fullmatch(r"[A-Ha-h][#♯♭b]?m").to_numpy(dtype=np.bool_)
    if short_minor.any():
        bare = text.str.fullmatch(r"[A-H][#♯♭b]?").to_numpy(dtype=np.bool_)
        modes = np.where(bare, 1.0, modes)
    return keys, modes, read
