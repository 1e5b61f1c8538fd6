"""Policies over the environments: everything that chooses tracks."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from segue.agents.base import Agent
from segue.agents.registry import AgentInfo, agent_info, agent_names, make_agent, register_agent

if TYPE_CHECKING:
    from segue.agents.learned import LearnedAgent, load_agent
    from segue.agents.training import train_agent
    from segue.agents.vec_env import PlaylistVecEnv

__all__ = [
    "Agent",
    "AgentInfo",
    "LearnedAgent",
    "PlaylistVecEnv",
    "agent_info",
    "agent_names",
    "load_agent",
    "make_agent",
    "register_agent",
    "train_agent",
]

# These import torch, which takes seconds that listing agents or running a heuristic need not wait for.
_NEEDS_TORCH = {
    "LearnedAgent": "segue.agents.learned",
    "PlaylistVecEnv": "segue.agents.vec_env",
    "load_agent": "segue.agents.learned",
    "train_agent": "segue.agents.training",
}


def __getattr__(name: str) -> Any:
    if name in _NEEDS_TORCH:
        return getattr(import_module(_NEEDS_TORCH[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_HEURISTICS, _ORACLE = "segue.agents.heuristics", "segue.agents.oracle"

register_agent("random", f"{_HEURISTICS}:random", description="any free candidate")
register_agent("smooth", f"{_HEURISTICS}:smooth", description="the least transition cost")
register_agent("content", f"{_HEURISTICS}:content", description="the nearest to what this listener has liked")
register_agent(
    "greedy-oracle",
    f"{_ORACLE}:greedy",
    description="knows the listener; the best next track, one step ahead",
    sees_listener=True,
)
register_agent(
    "maskable-ppo",
    "segue.agents.sb3:maskable_ppo",
    description="proximal policy optimisation over the free candidates",
    learned=True,
)
register_agent(
    "dqn",
    "segue.agents.sb3:dqn",
    description="double Q-learning over the free candidates",
    learned=True,
)
