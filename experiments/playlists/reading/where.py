"""Filters on the columns of a catalogue: a small language that is parsed here and never run as code.

    year >= 1990 and (genre ~ house or genre = "deep techno") and not key in (8A, 9A) and length < 6m

A comparison is COLUMN OPERATOR VALUE, with `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains) and `in`, which
takes a list in brackets or a range such as `120..130`. An unknown value fits no comparison.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd

from segue.agents.sequencing.rules import CAMELOT, camelot_codes
from segue.experiments.playlists.reading.quantities import seconds
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray
from segue.features.catalog.identity.artists import artist_name
from segue.features.errors import UserError, excerpt, unknown_name

ALIASES = {"bpm": "tempo", "length": "duration"}
"""Other names of columns; `key` is the Camelot code unless it is compared with a number."""
_LONGEST = 2000
_DEEPEST = 40
_TOKEN = re.compile(
    r"""\s*(?:(?P<quoted>"[^"]*"|'[^']*')|(?P<operator><=|>=|!=|==|=|<|>|~)|(?P<mark>[(),])"""
    r"""|(?P<word>[^\s()<>=!~,"']+))"""
)
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d{1,3})?")
_ORDER: dict[str, Callable[[FloatArray, float], BoolArray]] = {
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
    "=": np.equal,
    "!=": np.not_equal,
}


def matching(catalog: Catalog, text: str) -> BoolArray:
    """Returns which tracks a filter admits, (n,).

    Raises:
        UserError: The filter cannot be read, or a column is missing.
    """
    return _Parser(catalog, text).result()


class _Parser:
    """Reads a filter by recursive descent, and evaluates it while reading.

    Args:
        catalog: The catalogue.
        text: The filter.
    """

    def __init__(self, catalog: Catalog, text: str) -> None:
        if len(text) > _LONGEST:
            raise UserError(f"A filter has {len(text)} characters; at most {_LONGEST} are read.")
        self.catalog, self.text, self.at, self.depth = catalog, text, 0, 0
        self.tokens: list[tuple[str, str]] = []
        place = 0
        while text[place:].strip():
            match = _TOKEN.match(text, place)
            if match is None:
                raise self.error(f"{excerpt(text[place:].strip())!r} is not expected")
            kind = str(match.lastgroup)
            self.tokens.append((kind, match[kind]))
            place = match.end()

    def error(self, problem: str) -> UserError:
        """Builds the error for a filter that cannot be read."""
        return UserError(
            f"--where {excerpt(self.text)!r} cannot be read: {problem}; write COLUMN OPERATOR VALUE, such as "
            "'year >= 1990 and genre ~ house'."
        )

    def result(self) -> BoolArray:
        """Returns which tracks the whole filter admits."""
        found = self.disjunction()
        if self.at < len(self.tokens):
            raise self.error(f"{excerpt(self.tokens[self.at][1])!r} is not expected")
        return found

    def word(self, *expected: str) -> bool:
        """Takes the next token if it is one of these words."""
        if self.at < len(self.tokens):
            kind, text = self.tokens[self.at]
            if kind != "quoted" and text.lower() in expected:
                self.at += 1
                return True
        return False

    def take(self, what: str) -> tuple[str, str]:
        """Takes the next token."""
        if self.at == len(self.tokens):
            raise self.error(f"{what} is missing at the end")
        self.at += 1
        return self.tokens[self.at - 1]

    def disjunction(self) -> BoolArray:
        """Reads filters joined by `or`."""
        found = self.conjunction()
        while self.word("or"):
            found = found | self.conjunction()
        return found

    def conjunction(self) -> BoolArray:
        """Reads filters joined by `and`."""
        found = self.operand()
        while self.word("and"):
            found = found & self.operand()
        return found

    def operand(self) -> BoolArray:
        """Reads a comparison, a negation or brackets."""
        self.depth += 1
        if self.depth > _DEEPEST:
            raise self.error(f"brackets are nested more than {_DEEPEST} deep")
        if self.word("not"):
            found = ~self.operand()
        elif self.word("("):
            found = self.disjunction()
            if not self.word(")"):
                raise self.error("a closing bracket is missing")
        else:
            found = self.comparison()
        self.depth -= 1
        return found

    def comparison(self) -> BoolArray:
        """Reads COLUMN OPERATOR VALUE."""
        kind, name = self.take("a column")
        if kind != "word":
            raise self.error(f"{excerpt(name)!r} stands where a column should")
        kind, operator = self.take("an operator")
        if operator.lower() == "in":
            return self.within(name)
        if kind != "operator":
            raise self.error(f"{excerpt(operator)!r} is not an operator")
        kind, value = self.take("a value")
        if kind in ("operator", "mark"):
            raise self.error(f"{excerpt(value)!r} stands where a value should")
        words = [_unquoted(kind, value)]
        # Words in a row are one value: genre = deep house.
        while kind == "word" and self.at < len(self.tokens) and self.tokens[self.at][0] == "word":
            if self.tokens[self.at][1].lower() in ("and", "or", "not"):
                break
            words.append(self.take("a value")[1])
        return self.compare(name, "=" if operator == "==" else operator, " ".join(words))

    def within(self, name: str) -> BoolArray:
        """Reads what follows `in`: a list in brackets, or a range."""
        kind, value = self.take("a list or a range")
        if kind == "word" and ".." in value:
            low, high = value.split("..", 1)
            return self.compare(name, ">=", low) & self.compare(name, "<=", high)
        if value != "(":
            raise self.error("after `in` a list such as (8A, 9A) or a range such as 120..130 is expected")
        found = np.zeros(len(self.catalog), np.bool_)
        words: list[str] = []
        while True:
            kind, value = self.take("a closing bracket")
            if kind == "mark" and value in ",)":
                if not words:
                    raise self.error("a value is missing in a list")
                found |= self.compare(name, "=", " ".join(words))
                words = []
                if value == ")":
                    return found
            elif kind in ("word", "quoted"):
                words.append(_unquoted(kind, value))
            else:
                raise self.error(f"{excerpt(value)!r} is not expected in a list")

    def compare(self, name: str, operator: str, value: str) -> BoolArray:
        """Compares a column with a value, (n,)."""
        column = ALIASES.get(name.lower(), name.lower())
        if column == "key" and not _NUMBER.fullmatch(value):
            return self.compare_text(pd.Series(camelot_codes(self.catalog)), name, operator, _camelot(value))
        known = {str(own).lower(): str(own) for own in self.catalog.tracks.columns}
        if column not in known:
            raise unknown_name("column", name, [*known.values(), *ALIASES])
        series = self.catalog.tracks[known[column]]
        if pd.api.types.is_numeric_dtype(series) and not pd.api.types.is_bool_dtype(series):
            return self.compare_number(series.to_numpy(dtype=np.float64), name, operator, value)
        return self.compare_text(series, name, operator, value)

    def compare_number(self, values: FloatArray, name: str, operator: str, value: str) -> BoolArray:
        """Compares numbers with a number, or with a time such as `6m`."""
        if operator not in _ORDER:
            raise self.error(f"{name} holds numbers, so that {operator} does not apply")
        if _NUMBER.fullmatch(value):
            number = float(value)
        elif ALIASES.get(name.lower(), name.lower()) == "duration":
            number = seconds(value, f"--where: {name}")
        else:
            raise self.error(f"{name} holds numbers, but {excerpt(value)!r} is not a number")
        return _ORDER[operator](values, number) & np.isfinite(values)

    def compare_text(self, column: pd.Series, name: str, operator: str, value: str) -> BoolArray:
        """Compares text without case, accents and punctuation; `;` divides several values in a field."""
        if operator not in ("=", "!=", "~"):
            raise self.error(f"{name} holds text, so that {operator} does not apply")
        wanted = artist_name(value)
        codes, distinct = pd.factorize(column.astype("str").fillna(""))
        if operator == "~":
            fits = [wanted in artist_name(text) for text in distinct]
        else:
            fits = [wanted in (artist_name(text), *map(artist_name, text.split(";"))) for text in distinct]
        found = np.array(fits, dtype=np.bool_)[codes]
        empty = np.array([not text.strip() for text in distinct], dtype=np.bool_)[codes]
        return (~found if operator == "!=" else found) & ~empty


def _unquoted(kind: str, text: str) -> str:
    return text[1:-1] if kind == "quoted" else text


def _camelot(value: str) -> str:
    """Returns a Camelot code in capitals.

    Raises:
        UserError: It is not a code.
    """
    if value.upper() not in CAMELOT:
        raise UserError(f"--where: {excerpt(value)!r} is not a key; write a Camelot code from 1A to 12B.")
    return value.upper()
