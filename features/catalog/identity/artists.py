"""Artist credits: the names in them, written so that equal artists have equal names."""

import re
import unicodedata

import numpy as np
import pandas as pd

from segue.features.arrays import Int32Array

_SEPARATORS = re.compile(r";|\||(?<![:/])/(?!/)|\b(?:feat|ft|featuring)\b", re.IGNORECASE)
_JOINTS = re.compile(r",\s|&|[\s(](?:\+|x|×|and|with|vs\.?|presents|pres\.)\s", re.IGNORECASE)
"""What stands between two artists, or within the name of one."""

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


class _PlainLetters(dict[int, int | str | None]):
    """Maps characters to letters and digits without accents, and to spaces; filled as they occur."""

    def __missing__(self, code: int) -> int | str | None:
        plain: int | str | None = code
        if chr(code) in _INSIDE_WORDS or 0x300 <= code <= 0x36F:  # combining accents
            plain = None
        elif unicodedata.category(chr(code))[0] in "CPSZ":
            plain = " "
        self[code] = plain
        return plain


_INSIDE_WORDS = ".'’‘`´"  # noqa: RUF001
_PLAIN = _PlainLetters(
    {ord(a): b for a, b in {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "&": " and "}.items()}
)


def artist_name(text: str) -> str:
    """Rewrites a name without case, accents, punctuation and article: `"Beatles, The"` as `"beatles"`.

    Names that are equal in this form are the same artist.
    """
    folded = text.casefold()
    if folded.isascii():
        words = folded.translate(_PLAIN).split()
    else:
        bare = unicodedata.normalize("NFKD", folded).translate(_PLAIN)
        words = unicodedata.normalize("NFKC", bare).split()
    if len(words) > 1 and words[0] == "the":
        words = words[1:]
    elif len(words) > 1 and words[-1] == "the":
        words = words[:-1]
    return " ".join(words) or text.strip().casefold()


def first_artist(credit: object) -> str:
    """Returns the first name of a credit: `"a"` for `"A; B"` and `"A feat. C"`; `""` if it names nobody."""
    return next((name for _, name in _separated(credit)), "")


def credited_artists(credit: object) -> tuple[str, ...]:
    """Returns all names of a credit, the first one first.

    `"A & B"` may be two artists or a duo, so both parts and the whole count as names.
    """
    return tuple(
        dict.fromkeys(name for text, whole in _separated(credit) for name in (whole, *_joined(text)))
    )


def leading_artists(credit: object) -> tuple[str, ...]:
    """Returns the first of the names of a credit, and if it is joined from several, the first of these."""
    return tuple(name for text, whole in _separated(credit)[:1] for name in (whole, *_joined(text)[:1]))


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


def _separated(credit: object) -> list[tuple[str, str]]:
    """Returns the texts of a credit between what can only separate artists, and their names."""
    texts = _SEPARATORS.split(credit) if isinstance(credit, str) else []
    if len(texts) > 1 and _NOBODY.fullmatch(artist_name(str(credit))):
        return []  # "N/A"
    names = [(text, artist_name(text)) for text in texts]
    return [(text, name) for text, name in names if not _NOBODY.fullmatch(name)]


def _joined(text: str) -> list[str]:
    """Returns the names within a text that may be one name or several."""
    texts = _JOINTS.split(text)
    names = [artist_name(part) for part in texts] if len(texts) > 1 else []
    return [name for name in names if not (_NOBODY.fullmatch(name) or _COMPANY.fullmatch(name))]
