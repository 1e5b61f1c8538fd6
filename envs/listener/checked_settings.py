"""Checks of settings: numbers, mappings, and the fields of terms, responses and departures."""

from __future__ import annotations

import contextlib
import dataclasses
import math
import numbers
import types
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import numpy as np

from segue.features.errors import UserError, excerpt, unknown_name

if TYPE_CHECKING:
    from segue.features import Catalog


def as_subject(what: str) -> str:
    """Returns the name of a thing as the beginning of a sentence; names that users gave keep their case."""
    return what[:1].upper() + what[1:]


def shown(value: Any) -> str:
    """Returns how a value that a user gave looks in a message: text in quotes, arrays by their shape."""
    if isinstance(value, np.ndarray) and value.ndim:
        return f"an array of {value.dtype} of shape {value.shape}"
    return repr(excerpt(value)) if isinstance(value, str) else excerpt(value)


def as_mapping(value: Any, what: str, example: str = "{weight: 1}") -> dict[str, Any]:
    """Returns a copy of a mapping of settings; nothing is an empty one.

    Args:
        value: The setting.
        what: Subject of the error message, such as `"Term taste"`.
        example: Such a mapping, for the error message.

    Raises:
        UserError: If it is not a mapping from names.
    """
    if value is None:
        return {}
    if not isinstance(value, dict) or not all(isinstance(key, str) for key in value):
        raise UserError(f"{what} must be a mapping of settings such as {example}, but is {shown(value)}.")
    return dict(value)


def checked_settings(cls: type, settings: dict[str, Any], what: str) -> dict[str, Any]:
    """Checks settings against the fields of a dataclass.

    Args:
        cls: The dataclass.
        settings: Values of its fields.
        what: Name of the object in error messages, such as `"term taste"`.

    Returns:
        The values, numbers of NumPy as Python's and lists as tuples.

    Raises:
        UserError: If a setting is unknown, or a value has another type than its field.
    """
    allowed = [f.name for f in dataclasses.fields(cls) if f.init]
    for key in settings:
        if key not in allowed:
            raise unknown_name(f"setting of {what}", key, allowed)
    try:
        hints = get_type_hints(cls)
    except (NameError, TypeError):
        # A user's annotation need not be resolvable at run time.
        hints = {}
    subject = as_subject(what)
    return {key: _checked(value, hints.get(key, Any), f"{subject}: {key}") for key, value in settings.items()}


def finite_number(value: Any, name: str) -> float:
    """Returns a finite number as a float.

    Raises:
        UserError: If it is anything else.
    """
    if not isinstance(value, bool | np.bool_) and isinstance(value, numbers.Real):
        # Python's whole numbers may be too large for a float.
        with contextlib.suppress(OverflowError):
            if math.isfinite(number := float(value)):
                return number
    raise UserError(f"{name} must be a finite number, but is {shown(value)}.")


def whole_number(value: Any, name: str) -> int:
    """Returns a whole number as an int.

    Raises:
        UserError: If it is anything else.
    """
    if isinstance(value, bool | np.bool_) or not isinstance(value, numbers.Integral):
        raise UserError(f"{name} must be a whole number, but is {shown(value)}.")
    return int(value)


def one_or_more(value: Any, name: str) -> int:
    """Returns a whole number of 1 or more.

    Raises:
        UserError: If it is anything else.
    """
    number = whole_number(value, name)
    if number < 1:
        raise UserError(f"{name} must be a whole number of 1 or more, but is {shown(number)}.")
    return number


def cluster_count(value: Any, catalog: Catalog, subject: str) -> int:
    """Returns a number of clusters into which a catalogue can be divided.

    Args:
        value: The setting.
        catalog: The catalogue.
        subject: Subject of the error message, such as `"Term boredom"`.

    Raises:
        UserError: If it is not a whole number, or the catalogue has too few tracks.
    """
    clusters = whole_number(value, f"{subject}: clusters")
    tracks = len(catalog) if catalog.fit_rows is None else len(catalog.fit_rows)
    if not 1 <= clusters <= tracks:
        raise UserError(
            f"{subject} needs {shown(clusters)} clusters, but catalogue {catalog.name!r} has {tracks} tracks "
            f"to form them; set clusters between 1 and {tracks}."
        )
    return clusters


def _checked(value: Any, hint: Any, name: str) -> Any:
    """Returns a value as its type hint says."""
    origin = get_origin(hint)
    if hint is float:
        return finite_number(value, name)
    if hint is int:
        return whole_number(value, name)
    if origin is tuple:
        return _checked_tuple(value, get_args(hint), name)
    if origin in (Union, types.UnionType):
        return _checked_union(value, get_args(hint), name)
    if origin is Literal and value not in get_args(hint):
        names = " or ".join(repr(choice) for choice in get_args(hint))
        raise UserError(f"{name} must be {names}, but is {shown(value)}.")
    if hint in (bool, str) and not isinstance(value, hint):
        kind = "true or false" if hint is bool else "text"
        raise UserError(f"{name} must be {kind}, but is {shown(value)}.")
    return tuple(value) if isinstance(value, list) else value


def _checked_tuple(value: Any, parts: tuple[Any, ...], name: str) -> tuple[Any, ...]:
    """Returns a list as a tuple, each part checked."""
    if not isinstance(value, list | tuple | np.ndarray):
        example = "['one', 'two']" if str in parts else "[0.2, 0.5]"
        raise UserError(f"{name} must be a list such as {example}, but is {shown(value)}.")
    if len(parts) == 2 and parts[1] is Ellipsis:
        return tuple(_checked(part, parts[0], f"{name}[{i}]") for i, part in enumerate(value))
    if len(value) != len(parts):
        raise UserError(f"{name} must have {len(parts)} numbers, but has {len(value)}: {list(value)!r}.")
    return tuple(
        _checked(part, hint, f"{name}[{i}]") for i, (part, hint) in enumerate(zip(value, parts, strict=True))
    )


def _checked_union(value: Any, hints: tuple[Any, ...], name: str) -> Any:
    """Returns a value as the first of several type hints that it fits."""
    refused = None
    for hint in hints:
        if hint is type(None):
            if value is None:
                return None
            continue
        try:
            return _checked(value, hint, name)
        except UserError as error:
            refused = error
    raise refused or UserError(f"{name} must not be {shown(value)}.")
