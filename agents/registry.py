"""The table from an agent's name to the function that makes it.

Factories may be given as `"module:callable"`; they are imported when an agent is made, so that listing
agents does not import torch.
"""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

from segue.agents.any_policy import as_agent
from segue.agents.base import Agent
from segue.envs.registration.entry_points import load_named
from segue.features.errors import UserError, unknown_name

Factory: TypeAlias = Callable[..., Any]


@dataclass(frozen=True)
class AgentInfo:
    """One row of the table."""

    name: str
    """The agent's name in studies and on the command line."""
    factory: Factory | str
    """A callable, or `"module:callable"`."""
    description: str
    """One line for people."""
    learned: bool = False
    """Whether it has to be trained before it can choose."""
    sees_listener: bool = False
    """Whether it reads the hidden listener; such an agent does not compete."""
    knows_population: bool = False
    """Whether it knows how listeners are drawn; such an agent is the reference for agents that do not."""

    @property
    def role(self) -> str:
        """The agent's role in a comparison: `learned`, `oracle`, `reference` or `baseline`."""
        if self.learned:
            return "learned"
        return "oracle" if self.sees_listener else "reference" if self.knows_population else "baseline"

    @property
    def factory_path(self) -> str:
        """The factory as `"module:callable"`."""
        if isinstance(self.factory, str):
            return self.factory
        return f"{self.factory.__module__}:{getattr(self.factory, '__qualname__', repr(self.factory))}"

    def load(self) -> Factory:
        """Imports the factory.

        Returns:
            `factory(env, seed, **settings)`.

        Raises:
            UserError: The module or the callable in it does not exist.
        """
        if not isinstance(self.factory, str):
            return self.factory
        factory: Factory = load_named(self.factory, "agent")
        return factory


TRAINING_SETTINGS = ("num_envs", "domain_randomization")
"""Settings that every learned agent has beside those of its factory; see `train_agent`."""

SAVED_AGENT = "segue.agents.trained.load:saved_agent"
"""The agent that a file holds, by the setting `path`; what an entry with `path` in a study means."""

_AGENTS: dict[str, AgentInfo] = {}
_BUILT_IN: dict[str, AgentInfo] = {}
"""The agents that come with segue, which every process knows."""


def register_agent(
    name: str,
    factory: Factory | str,
    *,
    description: str = "",
    learned: bool = False,
    sees_listener: bool = False,
    knows_population: bool = False,
) -> None:
    """Adds an agent to the table. Registering the same factory again, as a notebook does, is fine.

    Args:
        name: The agent's name in studies and on the command line.
        factory: `factory(env, seed, **settings)`, which returns an agent or anything else with `predict`
            (see `segue.agents.any_policy`), or the `"module:callable"` of one. With `learned` it returns a
            Stable-Baselines3 algorithm for the `VecEnv` it is given.
        description: One line for people.
        learned: Whether it has to be trained.
        sees_listener: Whether it reads the hidden listener.
        knows_population: Whether it knows how listeners are drawn.

    Raises:
        UserError: The name belongs to another agent, or a string is not of the form `"module:callable"`.
    """
    if isinstance(factory, str) and (":" not in factory or factory.startswith(":") or factory.endswith(":")):
        raise UserError(f"Agent {name!r}: {factory!r} is not of the form 'module:callable'.")
    add_agent(AgentInfo(name, factory, description, learned, sees_listener, knows_population))


def add_agent(info: AgentInfo) -> None:
    """Adds a row to the table.

    Raises:
        UserError: The name belongs to another agent.
    """
    if info.name in _AGENTS and _AGENTS[info.name].factory_path != info.factory_path:
        raise UserError(f"There is already an agent {info.name!r}; choose another name for yours.")
    _AGENTS[info.name] = info


def add_built_in(info: AgentInfo) -> None:
    """Adds an agent that comes with segue."""
    add_agent(info)
    _BUILT_IN[info.name] = info


def custom_agents() -> list[AgentInfo]:
    """Returns the registered agents that do not come with segue."""
    return [info for name, info in _AGENTS.items() if _BUILT_IN.get(name) != info]


def agent_names() -> list[str]:
    """Returns the names of all registered agents, in the order of registration."""
    return list(_AGENTS)


def agent_info(name: str) -> AgentInfo:
    """Looks up an agent.

    Args:
        name: A registered name, or the `"module:callable"` of a factory, which needs no registration.

    Returns:
        Its row of the table.

    Raises:
        UserError: No agent has this name; the message suggests the nearest one.
    """
    if name in _AGENTS:
        return _AGENTS[name]
    if ":" in name:
        return AgentInfo(name, name, "custom agent")
    raise unknown_name("agent", name, _AGENTS)


def make_agent(name: str, env: Any, *, seed: int = 0, **settings: Any) -> Agent:
    """Makes an agent that needs no training.

    Args:
        name: See `agent_info`.
        env: The scalar or vector environment in which it will play, wrapped or not.
        seed: Seed of the agent's random numbers.
        **settings: Keyword arguments of the agent's factory.

    Returns:
        The agent.

    Raises:
        UserError: The name or a setting is unknown, or the agent has to be trained first.
    """
    info = agent_info(name)
    if info.learned:
        raise UserError(
            f"Agent {name!r} has to be trained first, with train_agent or `segue train`; then give the saved "
            "file, in Python to load_agent."
        )
    factory = info.load()
    check_settings(name, settings, setting_names(factory))
    made = factory(env, seed, **settings)
    if not callable(getattr(made, "predict", None)):
        raise UserError(f"Agent {name!r}: its factory returned {made!r}, which has no predict method.")
    agent: Agent = as_agent(made, env)
    return agent


def setting_names(factory: Factory) -> list[str] | None:
    """Returns the settings that a factory takes.

    Args:
        factory: One with a property `setting_names`, or a function: its parameters after the environment and
            the seed are its settings.

    Returns:
        Their names; None if the factory takes any.
    """
    if hasattr(factory, "setting_names"):
        return list(factory.setting_names)
    parameters = list(inspect.signature(factory).parameters.values())
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters):
        return None
    return [parameter.name for parameter in parameters[2:]]


def setting_defaults(factory: Factory) -> dict[str, Any]:
    """Returns the settings of a learned agent's factory that have a default, with it.

    Args:
        factory: One with a property `setting_defaults`, or a function whose signature holds the defaults.
    """
    if hasattr(factory, "setting_defaults"):
        return dict(factory.setting_defaults)
    parameters = inspect.signature(factory).parameters.values()
    return {p.name: p.default for p in parameters if p.default is not p.empty}


def check_settings(name: str, settings: dict[str, Any], known: list[str] | None) -> None:
    """Refuses settings that an agent does not have.

    Args:
        name: The agent's name, for the message.
        settings: The settings to check.
        known: The names that the agent has; None means any.

    Raises:
        UserError: A setting is unknown; the message suggests the nearest one.
    """
    for setting in settings:
        if known is not None and setting not in known:
            raise unknown_name(f"setting of agent {name!r}", setting, known)


def check_learned_settings(name: str, settings: dict[str, Any], factory: Factory) -> None:
    """Refuses settings that neither the factory of a learned agent nor its training has.

    Args:
        name: The agent's name, for the message.
        settings: The settings to check.
        factory: The factory.

    Raises:
        UserError: A setting is unknown; the message suggests the nearest one.
    """
    names = setting_names(factory)
    check_settings(name, settings, None if names is None else [*TRAINING_SETTINGS, *names])
