"""Substitutes for characters that a terminal or a pipe cannot show, so that no output ends in an error."""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

HANDLER = "segue.substitutes"
"""Name of the handler of encoding errors."""

_SUBSTITUTES = str.maketrans(
    {
        "\N{MINUS SIGN}": "-",
        "\N{EN DASH}": "-",
        "\N{EM DASH}": "-",
        "\N{MULTIPLICATION SIGN}": "x",
        "\N{MIDDLE DOT}": ".",
        "\N{RIGHT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT SINGLE QUOTATION MARK}": "'",
        "\N{LEFT DOUBLE QUOTATION MARK}": '"',
        "\N{RIGHT DOUBLE QUOTATION MARK}": '"',
        "\N{LESS-THAN OR EQUAL TO}": "<=",
        "\N{GREATER-THAN OR EQUAL TO}": ">=",
        "\N{RIGHTWARDS ARROW}": "->",
        # Histograms, from low to high.
        **dict(zip("▁▂▃▄▅▆▇█", "_.:-=+*#", strict=True)),
        # Bars and boxes.
        **dict.fromkeys("─━╌═╸╺╴╶", "-"),
        **dict.fromkeys("│┃║", "|"),
        **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼╞╡", "+"),
    }
)


def use_substitutes() -> None:
    """Makes standard output and standard error write substitutes for what their encoding lacks."""
    codecs.register_error(HANDLER, _substitute)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=HANDLER)


def _substitute(error: UnicodeError) -> tuple[str, int]:
    """Replaces characters that cannot be encoded; see `codecs.register_error`."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    text = error.object[error.start : error.end]
    return "".join(_plain(character, error.encoding) for character in text), error.end


def _plain(character: str, encoding: str) -> str:
    """Returns a character without its accents, a substitute for it, or a question mark."""
    for candidate in (character.translate(_SUBSTITUTES), _without_accents(character)):
        try:
            candidate.encode(encoding)
        except UnicodeEncodeError:
            continue
        if candidate:
            return candidate
    return "?"


def _without_accents(character: str) -> str:
    parts = unicodedata.normalize("NFKD", character)
    return "".join(part for part in parts if not unicodedata.combining(part))
