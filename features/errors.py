"""The one error that users can cause and fix themselves.

Every room raises it; the command line prints its sentence and exits with code 2.
"""

import difflib
from collections.abc import Iterable

from segue.features.renamed import new_name


class UserError(ValueError):
    """The input cannot be used; the message says in one sentence what is wrong and how to fix it."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UserError:
    """Builds the error for a name that is not in a table of names.

    Args:
        kind: What the name stands for, such as `"agent"`.
        name: The name as the user wrote it.
        known: All valid names.

    Returns:
        An error whose sentence gives the new name of a renamed one, offers the nearest known name, or lists
        all of them.
    """
    names = sorted(known)
    if (renamed := new_name(name)) in names:
        return UserError(f"Unknown {kind} {name!r}; it is called {renamed!r} since version 0.2.")
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"expected one of: {', '.join(names) or '(none)'}."
    return UserError(f"Unknown {kind} {name!r}; {hint}")
