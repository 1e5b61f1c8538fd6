"""Sets values by dotted paths, as `vary` in a study and `--set` on the command line do.

`settings.listener.terms.transition.weight` leads through mappings. Where the path meets a list, the next part
is a position, the label or name of an entry, or `*` for all entries: `agents.maskable-ppo.steps`.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from segue.experiments.study.file_format.sections import environment_name, text_of
from segue.features.errors import UserError, excerpt


def set_value(holder: dict[str, Any], path: str, value: Any) -> None:
    """Sets the value at a path, or merges two mappings; what is missing on the way is created.

    Args:
        holder: A mapping, which is changed.
        path: Keys, divided by dots.
        value: The value.

    Raises:
        UserError: The path leads through something that is neither a mapping nor a list, or there is no such
            entry of a list.
    """
    *parents, last = path.split(".")
    holders: list[Any] = [holder]
    for key in parents:
        holders = [child for each in holders for child in _children(each, key, path)]
    for each in holders:
        if isinstance(each, list):
            for place in places(each, last, path):
                each[place] = merged(each[place], value)
        elif isinstance(each, dict):
            each[last] = merged(each.get(last), value)
        else:
            raise _not_a_mapping(parents[-1], path)


def start_from_listener(entry: Any, path: str, own: Any = None) -> None:
    """Lets a path into a listener change the environment's own, where the entry gives no other.

    Args:
        entry: An environment of a study, which is changed.
        path: A path from it, such as `settings.listener.terms.taste.weight`.
        own: The listener of the environment; that of a built-in environment by default.

    Raises:
        UserError: The environment is not built in, and no listener is given.
    """
    first, *rest = path.split(".")
    if not (isinstance(entry, dict) and first == "settings" and len(rest) > 1 and rest[0] == "listener"):
        return
    settings = entry.get("settings") or {}
    if not isinstance(settings, dict):
        return
    given = settings.get("listener")
    if given is None:
        given = _built_in_listener(text_of(entry.get("id")), path) if own is None else copy.deepcopy(own)
    entry["settings"] = {**settings, "listener": {"preset": given} if isinstance(given, str) else given}


def _built_in_listener(env_id: str, path: str) -> Any:
    """Returns the listener of a built-in environment; others are unknown where only their results are."""
    from segue.envs.registration.built_in import BUILT_IN

    if env_id not in BUILT_IN:
        raise UserError(
            f"`{excerpt(path)}` needs a listener to change, as in `settings: {{listener: {{preset: full}}}}`."
        )
    return BUILT_IN[env_id][1]["listener"]


def merged(old: Any, new: Any) -> Any:
    """Merges two mappings; any other value is replaced."""
    if not (isinstance(old, dict) and isinstance(new, dict)):
        return copy.deepcopy(new)
    return {**old, **{key: merged(old.get(key), value) for key, value in new.items()}}


def _children(holder: Any, key: str, path: str) -> list[Any]:
    """Returns what stands at a key of a mapping, or at the entries of a list that a part of a path names."""
    if isinstance(holder, list):
        return [holder[place] for place in places(holder, key, path)]
    if not isinstance(holder, dict):
        raise _not_a_mapping(key, path)
    if holder.get(key) is None:
        holder[key] = {}
    if not isinstance(holder[key], dict | list):
        raise _not_a_mapping(key, path)
    return [holder[key]]


def places(entries: Sequence[Any], key: str, path: str) -> list[int]:
    """Returns the positions of the entries of a list that a part of a path names.

    Raises:
        UserError: No entry has this name.
    """
    if key == "*":
        return list(range(len(entries)))
    if key.isascii() and key.isdigit() and int(key[:9]) < len(entries):
        return [int(key)]
    names = [_names(entry) for entry in entries]
    found = [place for place, known in enumerate(names) if key in known]
    if not found:
        known = ", ".join(excerpt(each[0]) for each in names if each) or "(none)"
        raise UserError(
            f"`{excerpt(path)}`: there is no entry `{excerpt(key)}`; name one of {excerpt(known)}, or its "
            "position from 0, or `*` for all."
        )
    return found


def _names(entry: Any) -> list[str]:
    """Returns the names by which a path may call an entry of a list."""
    if not isinstance(entry, dict):
        return []
    env_id = text_of(entry.get("id"))
    names = (text_of(entry.get("label")), text_of(entry.get("name")), env_id, environment_name(env_id))
    return [name for name in names if name]


def _not_a_mapping(key: str, path: str) -> UserError:
    return UserError(f"`{excerpt(key)}` is not a mapping, so that `{excerpt(path)}` cannot be set")
