"""Action probabilities of a target policy in logged sessions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from segue.agents.base import Agent
from segue.experiments.off_policy.logged_sessions import LoggedSessions
from segue.features.arrays import AnyArray, FloatArray, Int64Array
from segue.features.errors import UserError, excerpt

TargetPolicy: TypeAlias = "FloatArray | Agent | Callable[[dict[str, AnyArray], AnyArray], AnyArray]"
"""Probabilities of every action, (N, K); an agent; or a function of observations and masks (N, K) to them."""

TOLERANCE = 1e-6
"""By how much probabilities of a play may miss the sum of 1."""


def target_probabilities(log: LoggedSessions, policy: TargetPolicy) -> FloatArray:
    """Computes with which probability a policy would have taken every action in the logged sessions.

    Args:
        log: The sessions.
        policy: An array; an agent, which is taken through the sessions and told what was played in them, or
            `EpsilonGreedy` around one; or a function, for a policy without memory. An agent that reads the
            environment, such as an oracle, cannot be a target: the log does not hold what it reads.

    Returns:
        Probabilities, (N, K).

    Raises:
        UserError: The probabilities have another shape or are none, or the agent draws and does not state
            them.
    """
    if isinstance(policy, Agent):
        found = _of_agent(log, policy)
    elif callable(policy):
        found = np.asarray(policy(log.observations, log.masks), np.float64)
    else:
        found = np.asarray(policy, np.float64)
    if found.shape != log.masks.shape:
        raise UserError(
            f"The target policy must give probabilities of shape {log.masks.shape}, plays by actions, but "
            f"gives {found.shape}."
        )
    if not ((found >= 0).all() and np.allclose(found.sum(axis=1), 1.0, atol=TOLERANCE)):
        raise UserError(
            "The target policy must give probabilities: 0 or more, with a sum of 1 over the actions of a "
            "play."
        )
    return found


def named_target(log: LoggedSessions, name: str) -> Agent:
    """Makes an agent for the environment of a log, by its name, as that of a shipped model, or from a file.

    Raises:
        UserError: The log does not know its environment, or the agent reads more than a log holds.
    """
    import gymnasium as gym

    from segue.agents import agent_info, agent_names
    from segue.experiments.runs.evaluate import agent_for

    if log.env_spec is None:
        raise UserError("The log does not know its environment; make the agent yourself and give that.")
    if name in agent_names() and (agent_info(name).sees_listener or agent_info(name).knows_population):
        raise UserError(
            f"Agent {excerpt(name)!r} reads the environment, which a log does not hold; choose another "
            "target."
        )
    spec = log.env_spec
    agent: Agent = agent_for(name, gym.make(spec), trust=False)
    return agent


def _of_agent(log: LoggedSessions, agent: Agent) -> FloatArray:
    """Takes an agent through all sessions at once, position by position."""
    probabilities = np.zeros(log.masks.shape)
    state: Any = None
    for position in range(int(log.lengths.max())):
        # A session that is over stays at its last play, where nothing may be chosen.
        rows: Int64Array = log.first + np.minimum(position, log.lengths - 1)
        continues = position < log.lengths
        observation = {key: values[rows] for key, values in log.observations.items()}
        masks = log.masks[rows] & continues[:, None]
        starts = np.full(log.sessions, position == 0)
        found, state = agent.action_probabilities(observation, state, starts, action_masks=masks)
        probabilities[rows[continues]] = found[continues]
        batch = {key: np.asarray(values) for key, values in observation.items()}
        state = agent.record_played(batch, state, log.actions[rows])
    return probabilities
