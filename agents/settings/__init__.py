"""The default settings of the learned agents, one YAML file per agent."""

from importlib import resources
from typing import Any

import yaml


def default_settings(agent: str) -> dict[str, Any]:
    """Reads the default settings of a learned agent.

    Args:
        agent: The agent's name.

    Returns:
        Setting to value; empty for an agent without a file here, such as a custom one.
    """
    file = resources.files(__name__) / f"{agent}.yaml"
    if not file.is_file():
        return {}
    settings: dict[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return settings
