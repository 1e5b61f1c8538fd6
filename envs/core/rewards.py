"""Rewards: named functions of the outcome of a step.

A reward takes the batch and the outcome of the step, and returns float64 (B,). A play of a masked slot cannot
earn anything: its reward is clipped to at most 0.
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
    """Returns the heard fraction of the track, 0 to 1."""
    return step.listened


def completed(sessions: SessionsView, step: StepResult) -> FloatArray:
    """Returns 1 for a track heard to its end, else 0."""
    return (~step.skipped).astype(np.float64)


def utility(sessions: SessionsView, step: StepResult) -> FloatArray:
    """Returns the listener's hidden utility of the play."""
    return step.utility


def peak_end(sessions: SessionsView, step: StepResult) -> FloatArray:
    """Returns the peak-end memory of the session, 0 to 1, in the step that terminates it; else 0.

    It reads the state of the term `peak_end`. A truncated session earns nothing.
    """
    term = sessions.terms["peak_end"]
    if not isinstance(term, PeakEnd):
        raise UserError(
            "Reward 'peak_end' needs the built-in term 'peak_end', not a custom term of that name."
        )
    return np.where(step.terminated, term.peak_end(sessions.state_of("peak_end")), 0.0)


REWARDS: dict[str, Reward] = {
    "completion": completion,
    "completed": completed,
    "utility": utility,
    "peak_end": peak_end,
}

OUTCOME_REWARDS = (completion, completed, utility)
"""Rewards that read the outcome of the step only, not the sessions."""

NEEDED_TERMS: dict[str, tuple[str, ...]] = {"peak_end": ("peak_end",)}
"""Terms whose state a reward reads."""


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
