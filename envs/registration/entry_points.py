"""Things that a configuration names by `"module:attribute"`."""

import importlib
from typing import Any

from segue.features.errors import UserError


def load_named(path: str, needed_by: str) -> Any:
    """Imports what `"module:attribute"` names.

    Raises:
        UserError: If the text has another form, or there is no such module or attribute.
    """
    module_name, colon, attribute = path.partition(":")
    if not (module_name and colon and attribute):
        raise UserError(f"{needed_by.capitalize()}: {path!r} is not of the form 'module:attribute'.")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UserError(
            f"{needed_by.capitalize()}: there is no module {error.name!r} for {path!r}."
        ) from None
    try:
        return getattr(module, attribute)
    except AttributeError:
        raise UserError(f"{needed_by.capitalize()}: module {module_name!r} has no {attribute!r}.") from None
