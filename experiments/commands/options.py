"""Options that several commands have, with the names that their help shows."""

from __future__ import annotations

import os
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

_OTHER_TABLES = (".csv", ".tsv", ".txt", ".json", ".jsonl", ".xlsx", ".h5", ".hdf5", ".feather", ".sqlite")
"""Endings of tables that are not Parquet."""


def require_parquet_name(out: Path) -> None:
    """Refuses a new Parquet file whose name promises another format, which other programs would believe.

    Raises:
        UserError: It ends in that of another kind of table.
    """
    from segue.features.errors import UserError

    if out.suffix.lower() in _OTHER_TABLES and not os.path.lexists(out):
        raise UserError(
            f"--out is written as Parquet, but {str(out)!r} ends in {out.suffix}; choose a name such as "
            f"{out.with_suffix('.parquet').name}."
        )


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
