"""Options that several commands have, with the names that their help shows."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from tyro.conf import UseAppendAction, arg

CatalogName = Annotated[str, arg(metavar="CATALOG", help_behavior_hint="(required)")]
EnvironmentId = Annotated[str, arg(metavar="ID", help_behavior_hint="(required)")]
AgentName = Annotated[str, arg(metavar="AGENT", help_behavior_hint="(required)")]
OptionalCount = Annotated[int | None, arg(metavar="INT", help_behavior_hint="(optional)")]
OptionalPath = Annotated[Path | None, arg(metavar="PATH", help_behavior_hint="(optional)")]
OptionalText = Annotated[str | None, arg(metavar="TEXT", help_behavior_hint="(optional)")]
Pairs = UseAppendAction[
    Annotated[tuple[str, ...], arg(metavar="PATH=VALUE", help_behavior_hint="(repeatable)")]
]


def parse_pairs(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Parses `PATH=VALUE` pairs whose values are YAML.

    Returns:
        The values by their dotted paths.

    Raises:
        UserError: A pair has no `=`, or its value is not YAML.
    """
    from segue.features.errors import UserError, excerpt
    from segue.features.existing_files import readable
    from segue.features.yaml_reader import parse_yaml

    values = {}
    for given in pairs:
        pair = readable(given)
        path, equals, value = pair.partition("=")
        if not (equals and all(path.split("."))):
            raise UserError(
                f"{excerpt(pair)!r} is not a setting; write KEY=VALUE, such as pool_size=30, where dots lead "
                "into mappings, such as listener.preset=full."
            )
        values[path] = parse_yaml(value, f"The value of {excerpt(pair)!r}").data
    return values


def parse_settings(pairs: tuple[str, ...], listener: Any = "full") -> dict[str, Any]:
    """Parses the settings of an environment or an agent, with dotted paths as in `vary` of a study.

    Args:
        pairs: `PATH=VALUE` pairs.
        listener: The listener that a path into `listener` changes.

    Raises:
        UserError: See `parse_pairs`; or a path leads through something that is not a mapping.
    """
    from segue.experiments.study.file_format.paths import set_value, start_from_listener

    entry: dict[str, Any] = {"settings": {}}
    for path, value in parse_pairs(pairs).items():
        start_from_listener(entry, f"settings.{path}", listener)
        set_value(entry["settings"], path, value)
    settings: dict[str, Any] = entry["settings"]
    return settings
