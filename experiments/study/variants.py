"""Variants: one entry of a study that is expanded to several.

```yaml
environments:
  - id: segue/Playlist-v0
    vary: {settings.pool_size: [20, 50, 200]}
agents:
  - name: maskable-ppo
    vary:
      settings:
        all: {}
        no interactions: {interactions: []}
```

Each path leads from the entry to the value that varies; several paths give every combination. Listed values
are labelled `pool_size=20`, values in a mapping by their key. If both the entry's value and the varied one
are mappings, they are merged. A path into the listener changes that of the environment.
"""

from __future__ import annotations

import copy
import itertools
import math
from typing import Any

from segue.experiments.study.file_format.limits import MAX_ENTRIES
from segue.experiments.study.file_format.paths import set_value, start_from_listener
from segue.experiments.study.file_format.sections import environment_name, text_of
from segue.features.errors import UserError, excerpt

KINDS = ("environments", "agents")
"""The lists of a study whose entries can be varied."""


class VaryError(ValueError):
    """A `vary` section that is wrong.

    Attributes:
        place: Its position in the file.
    """

    def __init__(self, place: tuple[str | int, ...], message: str) -> None:
        super().__init__(message)
        self.place = place


def expand(study: dict[str, Any]) -> tuple[dict[str, Any], dict[str, list[int]]]:
    """Expands the variants of a study.

    Args:
        study: The study as read from its YAML file.

    Returns:
        The study without `vary`, and for each of `KINDS` the position in the file of each entry.

    Raises:
        VaryError: A `vary` is not a mapping of paths to values, or a path does not exist.
    """
    study, origins = dict(study), {}
    for kind in KINDS:
        entries = study.get(kind)
        if not isinstance(entries, list):
            continue
        made = [
            (place, each) for place, entry in enumerate(entries) for each in _variants(kind, place, entry)
        ]
        study[kind] = [entry for _, entry in made]
        origins[kind] = [place for place, _ in made]
    return study, origins


def _variants(kind: str, place: int, entry: Any) -> list[Any]:
    """Returns all variants of an entry; the entry itself if it has no `vary`."""
    if not isinstance(entry, dict) or not entry.get("vary"):
        return [entry]
    at = (kind, place, "vary")
    if not isinstance(entry["vary"], dict):
        raise VaryError(at, "give paths and the values to try, such as `settings.pool_size: [20, 50]`")
    base = {key: value for key, value in entry.items() if key != "vary"}
    factors = _factors([str(path) for path in entry["vary"]])
    axes = [
        _values(str(path), factors[str(path)], tried, (*at, path)) for path, tried in entry["vary"].items()
    ]
    if (count := math.prod(map(len, axes))) > MAX_ENTRIES:
        raise VaryError(at, f"these are {count:,} combinations; an entry has at most {MAX_ENTRIES} variants")
    return [_variant(base, combination, at) for combination in itertools.product(*axes)]


def _factors(paths: list[str]) -> dict[str, str]:
    """Returns the name of each path in labels and tables: its shortest end that no other path has."""
    names = {}
    for path in paths:
        keys = path.split(".")
        ends = [".".join(keys[-length:]) for length in range(1, len(keys) + 1)]
        others = [f".{other}" for other in paths if other != path]
        names[path] = next(
            (end for end in ends if not any(other.endswith(f".{end}") for other in others)), path
        )
    return names


def _values(
    path: str, factor: str, tried: Any, place: tuple[str | int, ...]
) -> list[tuple[str, str, str, Any, Any]]:
    """Returns (path, factor, name, value as shown in tables, value) for each value of a path."""
    if isinstance(tried, list) and tried:
        return [(path, factor, f"{factor}={_shown(value)}", _shown(value), value) for value in tried]
    if isinstance(tried, dict) and tried:
        return [(path, factor, str(name), str(name), value) for name, value in tried.items()]
    raise VaryError(place, "give the values to try as a list, or as a mapping of names to values")


def _shown(value: Any) -> Any:
    """Returns numbers unchanged, anything else as short text."""
    return value if isinstance(value, int | float) else excerpt(value)


def _variant(base: dict[str, Any], combination: Any, place: tuple[str | int, ...]) -> dict[str, Any]:
    """Returns the entry with one value for each path."""
    made = copy.deepcopy(base)
    for path, _, _, _, value in combination:
        try:
            start_from_listener(made, path)
            set_value(made, path, value)
        except UserError as error:
            raise VaryError((*place, path), str(error)) from None
    given = base.get("label") or base.get("name") or base.get("path")
    given = given or environment_name(text_of(base.get("id")))
    names = [name for _, _, name, _, _ in combination]
    made["label"] = ", ".join([str(given), *names])
    made["variant_of"] = str(given)
    made["variant"] = {factor: shown for _, factor, _, shown, _ in combination}
    return made
