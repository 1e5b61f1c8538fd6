"""The one error that users can cause and fix themselves.

Every room raises it; the command line prints its sentence and exits with code 2.
"""

import difflib
from collections.abc import Iterable
from typing import Any

from segue.features.renamed import new_name

LONGEST_EXCERPT = 120
"""Characters that a message repeats of what was given."""


class UserError(ValueError):
    """The input cannot be used; the message says in one sentence what is wrong and how to fix it."""


def excerpt(given: Any) -> str:
    """Returns what a user gave as it may stand in a message: one line, and not long."""
    # Huge numbers have no text in Python, and only the beginning of a long text is worth splitting.
    try:
        text = str(given)
    except ValueError:
        text = "(a huge number)"
    words = " ".join(text[: 4 * LONGEST_EXCERPT].split())
    return words if len(words) <= LONGEST_EXCERPT else f"{words[: LONGEST_EXCERPT - 1]}…"


def unknown_name(kind: str, name: str, known: Iterable[str], hint: str = "") -> UserError:
    """Builds the error for a name that is not in a table of names.

    Args:
        kind: What the name stands for, such as `"agent"`.
        name: The name as the user wrote it.
        known: All valid names.
        hint: What else the user may have meant, a sentence.

    Returns:
        An error whose sentence gives the new name of a renamed one, offers the nearest known name, or lists
        all of them.
    """
    names = sorted(known)
    if (renamed := new_name(name)) in names:
        return UserError(f"Unknown {kind} {name!r}; it is called {renamed!r} since version 0.2.")
    near = difflib.get_close_matches(name[:LONGEST_EXCERPT], names, n=1, cutoff=0.5)
    advice = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(names) or '(none)'}."
    return UserError(f"Unknown {kind} {excerpt(name)!r}; {advice}{f' {hint}' if hint else ''}")
