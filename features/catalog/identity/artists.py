"""Artist credits: the names in them, written so that equal artists have equal names."""

import re
import unicodedata

import numpy as np
import pandas as pd

from segue.features.arrays import Int32Array

_SEPARATORS = re.compile(r";|\||(?<![:/])/(?!/)|\b(?:feat|ft|featuring)\b", re.IGNORECASE)
_JOINTS = re.compile(r",\s|&|[\s(](?:\+|x|×|and|with|vs\.?|presents|pres\.)\s", re.IGNORECASE)
"""What stands between two artists, or within the name of one."""

_SPECIAL_LETTERS = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "æ": "ae", "œ": "oe"})  # noqa: RUF001
_INSIDE_WORDS = re.compile(r"[.'’‘`´]")  # noqa: RUF001
_NOT_ALPHANUMERIC = re.compile(r"[^a-z0-9]+")

_NOBODY = re.compile(
    r"|[-?]+|unknown(?: artists?)?|artist unknown|no artist|anonymous|none|null|nan|n a|"
    r"various(?: artists?)?|v ?a|compilation|(?:original )?soundtrack|ost|"
    r"unbekannter kunstler|verschiedene interpreten|artiste inconnu|artistes varies|artista desconocido|"
    r"varios artistas|artisti vari"
)
"""Names that name nobody; the artist of their tracks is unknown."""

_COMPANY = re.compile(
    r"the|others?|friends|guests?|co|company|jr|sr|ii|iii|dj|mc|et al|choir|chorus|ensemble|"
    r"(?:(?:his|her|their) )?(?:band|orchestra)"
)
"""Parts of credits that do not say who somebody is."""


def artist_name(text: str) -> str:
    """Rewrites a name without case, accents, punctuation and article: `"Beatles, The"` as `"beatles"`.

    Names that are equal in this form are the same artist.
    """
    folded = text.casefold().translate(_SPECIAL_LETTERS)
    if not folded.isascii():
        bare = (c for c in unicodedata.normalize("NFKD", folded) if not "\u0300" <= c <= "\u036f")
        folded = unicodedata.normalize("NFKC", "".join(bare))
    folded = _INSIDE_WORDS.sub("", folded)
    if folded.isascii():
        words = _NOT_ALPHANUMERIC.sub(" ", folded).split()
    else:
        words = "".join(" " if unicodedata.category(c)[0] in "CPSZ" else c for c in folded).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    elif len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    return " ".join(words) or text.strip().casefold()


def first_artist(credit: object) -> str:
    """Returns the first name of a credit: `"a"` for `"A; B"` and `"A feat. C"`; `""` if it names nobody."""
    return next((artist_name(text) for text in _separated(credit)), "")


def credited_artists(credit: object) -> tuple[str, ...]:
    """Returns all names of a credit, the first one first.

    `"A & B"` may be two artists or a duo, so both parts and the whole count as names.
    """
    texts = _separated(credit)
    parts = (artist_name(part) for text in texts for part in _JOINTS.split(text))
    named = [part for part in parts if not (_NOBODY.fullmatch(part) or _COMPANY.fullmatch(part))]
    return tuple(dict.fromkeys([*map(artist_name, texts), *named]))


def first_artists(tracks: pd.DataFrame) -> tuple[Int32Array, list[str]]:
    """Numbers the first credited artists in order of appearance.

    Returns:
        (n,) number of each track's artist, -1 if there is none, and the names by number.
    """
    if "artist" not in tracks:
        return np.full(len(tracks), -1, dtype=np.int32), []
    # Credits repeat, so each distinct one is read only once.
    credit, distinct = pd.factorize(tracks["artist"].fillna(""))
    firsts = pd.Series([first_artist(text) for text in distinct], dtype=object)
    code, names = pd.factorize(firsts.where(firsts != ""))
    return np.asarray(code, dtype=np.int32)[credit], list(names)


def artist_codes(tracks: pd.DataFrame) -> Int32Array:
    """Returns the number (n,) of the first credited artist of each track, -1 if there is none."""
    return first_artists(tracks)[0]


def _separated(credit: object) -> list[str]:
    """Returns the texts of a credit between what can only separate artists, without those of nobody."""
    text = credit if isinstance(credit, str) else ""
    if _NOBODY.fullmatch(artist_name(text)):
        return []
    return [part for part in _SEPARATORS.split(text) if not _NOBODY.fullmatch(artist_name(part))]
