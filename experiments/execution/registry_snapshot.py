"""What the user has registered in this process, taken along into worker processes."""

from __future__ import annotations

from dataclasses import dataclass

from segue.agents.registry import AgentInfo, custom_agents, register_agent
from segue.envs import EnvironmentInfo, environments, register_playlist_env


@dataclass(frozen=True)
class Registrations:
    """Agents and environments; to be pickled by cloudpickle, which also takes functions of a script.

    Attributes:
        agents: Agents beyond those of segue.
        environments: All environments; their settings are JSON.
    """

    agents: tuple[AgentInfo, ...]
    environments: tuple[EnvironmentInfo, ...]

    @classmethod
    def here(cls) -> Registrations:
        """Those of this process."""
        return cls(tuple(custom_agents()), tuple(environments().values()))

    def repeat(self) -> None:
        """Registers them in this process too."""
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
