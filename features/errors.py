"""The one error that a user can cause and mend.

Every room raises it; the command line prints its sentence and ends with exit code 2.
"""

import difflib
from collections.abc import Iterable

from segue.features.renamed import new_name


class UserError(ValueError):
    """What the user gave cannot be used; the message names the thing and says what would be right."""


def unknown_name(kind: str, name: str, known: Iterable[str]) -> UserError:
    """Builds the error for a name that is not in a table of names.

    Args:
        kind: What the name stands for, such as `"agent"`.
        name: The name as the user wrote it.
        known: All names that would have been right.

    Returns:
        An error whose sentence gives the new name of a renamed one, offers the nearest known name, or lists
        all of them.
    """
    names = sorted(known)
    if (renamed := new_name(name)) in names:
        return UserError(f"Unknown {kind} {name!r}: it is called {renamed!r} since version 0.2.")
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]!r}?" if near else f"known are: {', '.join(names) or 'none'}."
    return UserError(f"Unknown {kind} {name!r}: {hint}")
