"""Finds agents and environments by the names that studies and commands give them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from segue.features.errors import UserError, unknown_name
from segue.features.existing_files import is_file, is_yaml

if TYPE_CHECKING:
    from segue.agents.registry import AgentInfo
    from segue.envs import EnvironmentInfo


def find_agent(name: str) -> AgentInfo:
    """Looks up an agent.

    Args:
        name: A registered name, or the `"module:callable"` of a factory.

    Raises:
        UserError: There is no such agent; the message says how to name one that a script registers.
    """
    from segue.agents import agent_info, agent_names

    if ":" not in name and name not in agent_names():
        raise unknown_agent(name)
    return agent_info(name)


def unknown_agent(name: str) -> UserError:
    """Builds the error for an agent that is not registered in this process."""
    from segue.agents import agent_names

    own = name.title().replace("-", "").replace("_", "")
    hint = (
        "An agent that only a script of yours registers is named by its module, as in "
        f"`my_module:{own if own.isidentifier() and len(own) < 40 else 'MyAgent'}`."
    )
    return unknown_name("agent", name, agent_names(), hint)


def find_environment(env_id: str, folder: Path | None = None) -> EnvironmentInfo:
    """Looks up an environment, and registers one that a YAML file describes.

    Args:
        env_id: A registered id, `"module:id"`, which imports the module first, or a YAML file.
        folder: Where to look for the file if it is not in the working directory.

    Raises:
        UserError: There is no such environment or file; or the file has the id of another environment.
    """
    from segue.envs import environment, environments, register_playlist_env
    from segue.envs.registration.from_yaml import read_environment

    if not is_yaml(env_id):
        if ":" not in env_id and env_id not in environments():
            hint = (
                "An environment that only a script of yours registers is named by its module, as in "
                "`my_module:me/Name-v0`; a YAML file is named by its path."
            )
            raise unknown_name("environment", env_id, environments(), hint)
        return environment(env_id)
    file = Path(env_id)
    if folder is not None and not is_file(file):
        file = folder / file
    found = read_environment(file)
    taken = environments().get(found.id)
    if taken is not None and taken.settings != found.settings:
        raise UserError(
            f"Environment file {file}: there is another environment {found.id!r}; choose another id."
        )
    register_playlist_env(found.id, description=found.description, **found.settings)
    return environment(found.id)
