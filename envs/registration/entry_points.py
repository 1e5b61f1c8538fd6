"""Loading of objects that a configuration names as `"module:attribute"`."""

import importlib
import inspect
from typing import Any

from segue.envs.listener.checked_settings import as_subject
from segue.features.errors import UserError, excerpt


def load_named(path: str, needed_by: str) -> Any:
    """Imports the object that `"module:attribute"` names.

    Args:
        path: Module and attribute, separated by a colon.
        needed_by: The setting that names it, for error messages.

    Raises:
        UserError: If the path has another form, or the module or attribute does not exist.
    """
    subject = as_subject(needed_by)
    module_name, colon, attribute = path.partition(":")
    if not (module_name and colon and attribute):
        raise UserError(f"{subject}: {excerpt(path)!r} is not of the form 'module:attribute'.")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        raise UserError(
            f"{subject}: no module named {error.name!r}; check the path {excerpt(path)!r}."
        ) from None
    except Exception as error:  # whatever the module does while it is imported
        reason = excerpt(f"{type(error).__name__}: {error}")
        raise UserError(
            f"{subject}: module {excerpt(module_name)!r} fails at import ({reason}); fix it."
        ) from error
    try:
        return getattr(module, attribute)
    except AttributeError:
        raise UserError(
            f"{subject}: module {module_name!r} has no attribute {attribute!r}; check the path {path!r}."
        ) from None


def can_be_called(function: Any, *arguments: Any) -> bool:
    """Returns whether an object can be called with some arguments, as far as its signature says."""
    if not callable(function):
        return False
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some compiled functions have none
        return True
    try:
        signature.bind(*arguments)
    except TypeError:
        return False
    return True
