"""Rewards: named functions of a response.

A reward takes the batch and what just happened and returns float64 (B,). A masked slot that was taken
anyway earns nothing: whatever a reward function says of it is cut to at most 0.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from segue.envs.core.step_result import StepResult
from segue.envs.listener.terms.peak_end import PeakEnd
from segue.envs.listener.view import SessionsView
from segue.envs.registration.entry_points import load_named
from segue.features.arrays import FloatArray
from segue.features.errors import UserError, unknown_name

Reward = Callable[[SessionsView, StepResult], FloatArray]


def completion(sessions: SessionsView, step: StepResult) -> FloatArray:
    """Heard fraction of the track, 0 to 1."""
    return step.listened


def completed(sessions: SessionsView, step: StepResult) -> FloatArray:
    """1 for a track heard to its end, else 0."""
    return (~step.skipped).astype(np.float64)


def utility(sessions: SessionsView, step: StepResult) -> FloatArray:
    """The listener's hidden utility of the play."""
    return step.utility


def peak_end(sessions: SessionsView, step: StepResult) -> FloatArray:
    """What the listener remembers, 0 to 1, paid once when the session ends; else 0.

    It reads the term `remembrance`. A session that is cut off from outside pays nothing.
    """
    term = sessions.terms["peak_end"]
    if not isinstance(term, PeakEnd):
        raise UserError("Reward 'remembered' needs the built-in term 'remembrance'.")
    return np.where(step.terminated, term.peak_end(sessions.state_of("peak_end")), 0.0)


REWARDS: dict[str, Reward] = {
    "completion": completion,
    "completed": completed,
    "utility": utility,
    "peak_end": peak_end,
}

NEEDED_TERMS: dict[str, tuple[str, ...]] = {"peak_end": ("peak_end",)}
"""Terms that a reward reads."""


def resolve_reward(name: str, terms: Iterable[str]) -> Reward:
    """Finds a reward by its name, or by `"module:callable"`.

    Args:
        name: Name of the reward.
        terms: Names of the listener's terms.

    Raises:
        UserError: If there is no such reward, or the listener lacks a term that it reads.
    """
    if ":" in name:
        reward: Reward = load_named(name, "reward")
        return reward
    if name not in REWARDS:
        raise unknown_name("reward", name, REWARDS)
    for term in NEEDED_TERMS.get(name, ()):
        if term not in terms:
            raise UserError(f"Reward {name!r} needs a listener with the term {term!r}: add it to the terms.")
    return REWARDS[name]
