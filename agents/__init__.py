"""Policies over the environments: everything that chooses tracks.

`make_agent` makes an agent that needs no training, `train_agent` trains one, and `load_agent` reads a saved
one, such as those that come with segue (`model_names`, `model_card`); `agent_names` lists the agents, and
`register_agent` adds one to the list. Every agent has Stable-Baselines3's
`predict`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from segue.agents.base import Agent, Batch, Observation, ScoringAgent
from segue.agents.built_in import BUILT_IN
from segue.agents.continuous import ContinuousAgent
from segue.agents.models import ModelCard, model_card, model_names
from segue.agents.registry import (
    AgentInfo,
    add_built_in,
    agent_info,
    agent_names,
    make_agent,
    register_agent,
)
from segue.agents.settings import default_settings

if TYPE_CHECKING:
    from segue.agents.sb3.vec_env import PlaylistVecEnv
    from segue.agents.trained.base import TrainedAgent
    from segue.agents.trained.load import load_agent
    from segue.agents.training import train_agent

__all__ = [
    "Agent",
    "AgentInfo",
    "Batch",
    "ContinuousAgent",
    "ModelCard",
    "Observation",
    "PlaylistVecEnv",
    "ScoringAgent",
    "TrainedAgent",
    "agent_info",
    "agent_names",
    "default_settings",
    "load_agent",
    "make_agent",
    "model_card",
    "model_names",
    "register_agent",
    "train_agent",
]

_NEEDS_TORCH = {
    "PlaylistVecEnv": "segue.agents.sb3.vec_env",
    "TrainedAgent": "segue.agents.trained.base",
    "load_agent": "segue.agents.trained.load",
    "train_agent": "segue.agents.training",
}
"""Imported on first use, since importing torch takes seconds and listing agents does not need it."""


def __getattr__(name: str) -> Any:
    if name in _NEEDS_TORCH:
        return getattr(import_module(_NEEDS_TORCH[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


for _info in BUILT_IN:
    add_built_in(_info)
