"""Policies over the environments: everything that chooses tracks."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from segue.agents.base import Agent
from segue.agents.registry import AgentInfo, agent_info, agent_names, make_agent, register_agent

if TYPE_CHECKING:
    from segue.agents.sb3.vec_env import PlaylistVecEnv
    from segue.agents.trained.scorer_agent import LearnedAgent, load_agent
    from segue.agents.training import train_agent

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
    "LearnedAgent": "segue.agents.trained.scorer_agent",
    "PlaylistVecEnv": "segue.agents.sb3.vec_env",
    "load_agent": "segue.agents.trained.scorer_agent",
    "train_agent": "segue.agents.training",
}


def __getattr__(name: str) -> Any:
    if name in _NEEDS_TORCH:
        return getattr(import_module(_NEEDS_TORCH[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


for _name, _factory, _description in (
    ("random", "baselines.heuristics:random", "any free candidate"),
    ("smooth", "baselines.heuristics:smooth", "the least transition cost"),
    (
        "content",
        "baselines.heuristics:content",
        "near what this listener has liked, far from what was refused",
    ),
    (
        "linear-bandit",
        "baselines.linear_bandit:linear_bandit",
        "Thompson sampling on features, with novelty recovery",
    ),
    ("djmc", "djmc.agent:djmc", "DJ-MC: learns the listener in the session, plans by random rollouts"),
    ("djmc-myopic", "djmc.agent:myopic", "DJ-MC, looking one track ahead"),
):
    register_agent(_name, f"segue.agents.{_factory}", description=_description)

register_agent(
    "belief-planner",
    "segue.agents.oracles.belief_planner:belief_planner",
    description="knows the population of listeners, infers this one; a ceiling",
    knows_population=True,
)

for _name, _factory, _description in (
    ("greedy-oracle", "oracles.greedy:greedy", "knows the listener; the best next track, one step ahead"),
    (
        "oracle",
        "oracles.planning_oracle:oracle",
        "knows the listener; plans the whole session, never sees its luck",
    ),
    (
        "oracle-shuffled",
        "oracles.planning_oracle:oracle_shuffled",
        "the oracle's tracks in random order: what order is worth",
    ),
):
    register_agent(_name, f"segue.agents.{_factory}", description=_description, sees_listener=True)

for _name, _factory, _description in (
    (
        "dagger",
        "algorithms.scorer_algorithms:dagger",
        "DAgger: learns to choose as a planner that sees the training listeners",
    ),
    (
        "maskable-ppo",
        "algorithms.scorer_algorithms:maskable_ppo",
        "proximal policy optimisation over the free candidates",
    ),
    ("dqn", "algorithms.scorer_algorithms:dqn", "double Q-learning over the free candidates"),
    (
        "ppo",
        "algorithms.scorer_algorithms:ppo",
        "PPO; the observation's own mask keeps it to the free candidates",
    ),
    ("a2c", "algorithms.scorer_algorithms:a2c", "advantage actor-critic over the free candidates"),
    (
        "recurrent-ppo",
        "algorithms.scorer_algorithms:recurrent_ppo",
        "PPO with a recurrent memory of the listener",
    ),
    ("sac", "algorithms.sac:sac", "soft actor-critic that points into feature space; for continuous actions"),
    ("qrdqn", "algorithms.scorer_algorithms:qrdqn", "double Q-learning of the return's quantiles"),
):
    register_agent(_name, f"segue.agents.{_factory}", description=_description, learned=True)
