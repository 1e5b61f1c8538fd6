"""The one error that users can cause and fix themselves.

Every package raises it; the command line prints its sentence and exits with code 2.
"""

import difflib
import re
from collections.abc import Iterable
from typing import Any

from segue.features.renamed import new_name

SHOWN = 200
"""Characters of what a user gave that a message repeats at most."""

_LONGEST_MESSAGE = 4000
_LONGEST_INPUT = 100_000
_GIVEN = re.compile(
    r"""(?<![\w'"])'(?:[^'\\]|\\.)*'(?!\w)"""  # a quotation, but not the apostrophe of "study's"
    r"""|(?<![\w'"])"(?:[^"\\]|\\.)*"(?!\w)"""
    r"""|[^\s'"]+""",
    re.DOTALL,
)
_OPENING, _CLOSING = "([{", ")]}"


class UserError(ValueError):
    """The input cannot be used; the message says in one sentence what is wrong and how to fix it.

    Args:
        message: The sentence. Quotations, brackets and words in it that are longer than `SHOWN` characters
            are shortened.
    """

    def __init__(self, message: str) -> None:
        super().__init__(shorten_quotations(message))


def shorten(text: str, limit: int = SHOWN) -> str:
    """Shortens a text to `limit` characters by leaving out its middle."""
    if len(text) <= limit:
        return text
    end = limit // 4
    return f"{text[: limit - end - 1]}…{text[-end:]}"


def shorten_quotations(message: str) -> str:
    """Shortens whatever a message repeats at length: quotations, the contents of brackets, long words."""
    text = shorten(message, _LONGEST_INPUT)
    text = _GIVEN.sub(lambda match: shorten(match[0]), text)
    return shorten(_shorten_brackets(text), _LONGEST_MESSAGE)


def _shorten_brackets(text: str) -> str:
    """Shortens the outermost brackets, such as those of a long list."""
    parts: list[str] = []
    depth, start, done = 0, 0, 0
    for at, character in enumerate(text):
        if character in _OPENING:
            start = start if depth else at
            depth += 1
        elif character in _CLOSING and depth:
            depth -= 1
            if not depth:
                parts += [text[done:start], shorten(text[start : at + 1])]
                done = at + 1
    return "".join([*parts, text[done:]])


def excerpt(given: Any) -> str:
    """Returns what a user gave as it may stand in a message: one line of at most `SHOWN` characters."""
    # Huge numbers have no text in Python.
    try:
        text = str(given)
    except ValueError:
        text = "(a huge number)"
    return shorten(" ".join(shorten(text, _LONGEST_INPUT).split()))


def counted(count: int, noun: str) -> str:
    """Formats a number with a noun, which gets an s unless the number is 1: `1 file`, `2 files`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


def unknown_name(kind: str, name: Any, known: Iterable[str], hint: str = "") -> UserError:
    """Builds the error for a name that is not in a table of names.

    Args:
        kind: What the name stands for, such as `"agent"`.
        name: The name as the user wrote it; what is not text has no near name.
        known: All valid names.
        hint: What else the user may have meant, a sentence.

    Returns:
        An error whose sentence gives the new name of a renamed one, offers the nearest known name, or lists
        all of them.
    """
    names = sorted(known)
    shown, near = excerpt(repr(name)), []
    if isinstance(name, str):
        if (renamed := new_name(name)) in names:
            return UserError(f"Unknown {kind} {name!r}; it is called {renamed!r} since version 0.2.")
        shown = repr(excerpt(name))
        near = difflib.get_close_matches(name[:SHOWN], names, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(names) or '(none)'}."
    return UserError(f"Unknown {kind} {shown}; {advice}{f' {hint}' if hint else ''}")
