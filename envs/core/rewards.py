"""Rewards: named functions of the outcome of a step.

A reward takes the batch and the outcome of the step, and returns float64 (B,). A play of a masked slot cannot
earn anything: its reward is clipped to at most 0.

Planners maximise the expectation of a reward, which the function states as its attribute `expected`. A reward
without it can be played for, but not planned for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.envs.core.step_result import StepResult
from segue.envs.listener.checked_settings import shown
from segue.envs.listener.response import ResponseModel
from segue.envs.listener.terms.peak_end import PeakEnd
from segue.envs.listener.view import SessionsView
from segue.envs.registration.entry_points import can_be_called, load_named
from segue.features.arrays import FloatArray
from segue.features.errors import UserError, unknown_name

Reward = Callable[[SessionsView, StepResult], FloatArray]


@dataclass(frozen=True)
class CandidatePlays:
    """Plays that could be made now, M in each of B sessions; what a reward's expectation is computed from.

    Attributes:
        utility: The listener's utility of each play, (B, M).
        duration: Length of each track in s, (B, M).
        response: The listener's response model, with `expected` (heard fraction) and `completion`.
    """

    utility: FloatArray
    duration: FloatArray
    response: ResponseModel


Expectation = Callable[[SessionsView, CandidatePlays], FloatArray]
"""Expected reward of candidates, (B, M), over the noise of the response.

It must add up: the expected return of a plan is the sum of these over its plays, each weighted by the
probability that the listener is still there. See `expected_peak_end` for a reward that is paid at the end.
"""


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
    memory = _peak_end_term(sessions).peak_end(sessions.state_of("peak_end"))
    return np.where(step.terminated, memory, 0.0)


def _peak_end_term(sessions: SessionsView) -> PeakEnd:
    term = sessions.terms["peak_end"]
    if not isinstance(term, PeakEnd):
        raise UserError(
            "Reward 'peak_end' needs the built-in term 'peak_end', not a custom term of that name."
        )
    return term


def expected_completion(sessions: SessionsView, plays: CandidatePlays) -> FloatArray:
    """Returns the expected heard fraction."""
    return plays.response.expected(plays.utility, plays.duration)


def expected_completed(sessions: SessionsView, plays: CandidatePlays) -> FloatArray:
    """Returns the probability that the track is heard to its end."""
    return plays.response.completion(plays.utility)


def expected_utility(sessions: SessionsView, plays: CandidatePlays) -> FloatArray:
    """Returns the utility, which holds no noise of its own."""
    return plays.utility


def expected_peak_end(sessions: SessionsView, plays: CandidatePlays) -> FloatArray:
    """Returns the change M' − M of the peak-end memory.

    The reward pays the memory M_k of the play after which the session ends. If the listener is there for
    play k with probability S_k, this is Σ_k (S_k − S_{k+1}) M_k on average, which equals
    Σ_k S_k (M_k − M_{k−1}) with M_0 = 0: the changes, weighted like any other reward (potential-based
    shaping, Ng, Harada and Russell 1999).
    """
    term, state = _peak_end_term(sessions), sessions.state_of("peak_end")
    return term.peak_end(term.after(state[:, None], plays.utility)) - term.peak_end(state)[:, None]


REWARDS: dict[str, Reward] = {
    "completion": completion,
    "completed": completed,
    "utility": utility,
    "peak_end": peak_end,
}

OUTCOME_REWARDS = (completion, completed, utility)
"""Rewards that read the outcome of the step only, not the sessions."""

EXPECTATIONS: dict[str, Expectation] = {
    "completion": expected_completion,
    "completed": expected_completed,
    "utility": expected_utility,
    "peak_end": expected_peak_end,
}
"""Expectation of each built-in reward."""

NEEDED_TERMS: dict[str, tuple[str, ...]] = {"peak_end": ("peak_end",)}
"""Terms whose state a reward reads."""


def resolve_reward(name: Any, terms: Iterable[str]) -> Reward:
    """Finds a reward by its name, or by `"module:callable"`.

    Args:
        name: Name of the reward.
        terms: Names of the listener's terms.

    Raises:
        UserError: If there is no such reward, it is not a function of the sessions and the step, or the
            listener lacks a term that it reads.
    """
    if not isinstance(name, str):
        raise UserError(f"reward must be the name of a reward or 'module:function', but is {shown(name)}.")
    if ":" in name:
        reward: Reward = load_named(name, "reward")
        if not can_be_called(reward, "sessions", "step"):
            raise UserError(f"Reward {name!r} must be a function of the sessions and the step.")
        return reward
    if name not in REWARDS:
        raise unknown_name("reward", name, REWARDS)
    for term in NEEDED_TERMS.get(name, ()):
        if term not in terms:
            raise UserError(f"Reward {name!r} needs a listener with the term {term!r}: add it to the terms.")
    return REWARDS[name]


def expectation_of(name: str, reward: Reward) -> Expectation | None:
    """Returns the expectation of a reward: the built-in one, or the attribute `expected` of a custom reward.

    Args:
        name: Name of the reward.
        reward: The reward.

    Returns:
        None if a custom reward states none.
    """
    expectation: Expectation | None = EXPECTATIONS.get(name) or getattr(reward, "expected", None)
    return expectation


def no_expectation(name: str) -> UserError:
    """Builds the error for planners that meet a reward without an expectation."""
    return UserError(
        f"Reward {name!r} states no expectation, so that oracles cannot plan for it: give the function an "
        "attribute `expected`, or use a built-in reward."
    )
