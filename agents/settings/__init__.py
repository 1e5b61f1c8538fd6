"""The default settings of the learned agents, one YAML file an agent."""

from importlib import resources
from typing import Any

import yaml


def default_settings(agent: str) -> dict[str, Any]:
    """Reads an agent's default settings.

    Args:
        agent: The agent's name.

    Returns:
        Setting to value; empty for an agent that has no file here, such as one of the user's own.
    """
    file = resources.files(__name__) / f"{agent}.yaml"
    if not file.is_file():
        return {}
    settings: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return settings
