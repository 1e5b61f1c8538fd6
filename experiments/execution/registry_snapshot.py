"""Carries what the user has registered in this process into worker processes."""

from __future__ import annotations

from dataclasses import dataclass

from segue.agents.registry import AgentInfo, custom_agents, register_agent
from segue.envs import EnvironmentInfo, environments, register_playlist_env


@dataclass(frozen=True)
class RegistrySnapshot:
    """The registered agents and environments. Pickled by cloudpickle, it also holds functions of a script.

    Attributes:
        agents: Agents that do not come with segue.
        environments: All environments; their settings are JSON.
    """

    agents: tuple[AgentInfo, ...]
    environments: tuple[EnvironmentInfo, ...]

    @classmethod
    def take(cls) -> RegistrySnapshot:
        """Returns what is registered in this process."""
        return cls(tuple(custom_agents()), tuple(environments().values()))

    def restore(self) -> None:
        """Registers everything in this process."""
        for agent in self.agents:
            register_agent(
                agent.name,
                agent.factory,
                description=agent.description,
                learned=agent.learned,
                sees_listener=agent.sees_listener,
                knows_population=agent.knows_population,
            )
        for env in self.environments:
            if environments().get(env.id) != env:
                register_playlist_env(env.id, description=env.description, **env.settings)
