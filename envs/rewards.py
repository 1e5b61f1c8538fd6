"""Rewards: named functions of a response.

A reward takes the batch and what just happened and returns float64 (B,). A masked slot that was taken
anyway earns nothing: whatever a reward function says of it is cut to at most 0.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from segue.envs.naming import load_named
from segue.features.errors import unknown_name

if TYPE_CHECKING:
    from segue.envs.session import Sessions, StepResult

Reward = Callable[["Sessions", "StepResult"], NDArray[np.float64]]


def completion(sessions: Sessions, step: StepResult) -> NDArray[np.float64]:
    """Heard fraction of the track, 0 to 1."""
    return step.listened


def completed(sessions: Sessions, step: StepResult) -> NDArray[np.float64]:
    """1 for a track heard to its end, else 0."""
    return (~step.skipped).astype(np.float64)


def utility(sessions: Sessions, step: StepResult) -> NDArray[np.float64]:
    """The listener's hidden utility of the play."""
    return step.utility


REWARDS: dict[str, Reward] = {"completion": completion, "completed": completed, "utility": utility}


def resolve_reward(name: str) -> Reward:
    """Finds a reward by its name, or by ``"module:callable"``."""
    if ":" in name:
        reward: Reward = load_named(name, "reward")
        return reward
    if name not in REWARDS:
        raise unknown_name("reward", name, REWARDS)
    return REWARDS[name]
