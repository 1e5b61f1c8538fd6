"""Loading of objects that a configuration names as `"module:attribute"`."""

import importlib
from typing import Any

from segue.features.errors import UserError, excerpt


def load_named(path: str, needed_by: str) -> Any:
    """Imports the object that `"module:attribute"` names.

    Args:
        path: Module and attribute, separated by a colon.
        needed_by: The setting that names it, for error messages.

    Raises:
        UserError: If the path has another form, or the module or attribute does not exist.
    """
    module_name, colon, attribute = path.partition(":")
    if not (module_name and colon and attribute):
        raise UserError(f"{needed_by.capitalize()}: {excerpt(path)!r} is not of the form 'module:attribute'.")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UserError(
            f"{needed_by.capitalize()}: no module named {error.name!r}; check the path {excerpt(path)!r}."
        ) from None
    except Exception as error:  # whatever the module does while it is imported
        reason = excerpt(f"{type(error).__name__}: {error}")
        raise UserError(
            f"{needed_by.capitalize()}: module {excerpt(module_name)!r} fails at import ({reason}); fix it."
        ) from error
    try:
        return getattr(module, attribute)
    except AttributeError:
        raise UserError(
            f"{needed_by.capitalize()}: module {module_name!r} has no attribute {attribute!r}; "
            f"check the path {path!r}."
        ) from None
