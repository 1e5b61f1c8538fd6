"""Plays sessions with an exploring agent and keeps everything that was seen and done."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from segue.agents.epsilon_greedy import EpsilonGreedy
from segue.experiments.recording.kept_blocks import KeptBlocks
from segue.experiments.recording.recorded_session import RecordedSession
from segue.experiments.runs.batches import make_batch
from segue.features.arrays import AnyArray, BoolArray, FloatArray, Int64Array
from segue.features.errors import UserError

MOST_ROWS = 256
"""Sessions stepped at once, and lost if the recording is killed."""
MOST_BYTES = 2**27
"""Observations kept before they are handed on."""
PROBED = 8
"""Sessions in which an agent is asked twice, to find out whether it draws."""

PROPENSITY, PROPENSITIES = "propensity", "propensities"
"""Infos: probability of the action that was taken, and of every action."""


@dataclass(frozen=True)
class _Step:
    """A step of a batch of B sessions; `actions` and the arrays after it are those that led to it."""

    observation: dict[str, AnyArray]
    infos: dict[str, AnyArray]
    probabilities: FloatArray
    actions: Int64Array
    rewards: FloatArray
    terminated: BoolArray
    truncated: BoolArray


def session_seeds(seed: int, sessions: int) -> list[int]:
    """Returns the seeds of the sessions of a recording; those of a longer one begin with them."""
    words = np.random.SeedSequence(seed).generate_state(sessions, np.uint64)
    return [int(word >> np.uint64(1)) for word in words]


def record_sessions(
    make_agent: Callable[[Any], Any],
    env_id: str,
    settings: dict[str, Any],
    sessions: int,
    *,
    epsilon: float,
    seed: int = 0,
    deterministic: bool = True,
    kept: KeptBlocks | None = None,
    on_progress: Callable[[int], None] | None = None,
) -> Iterator[list[RecordedSession]]:
    """Plays sessions and yields them in blocks, in their order.

    Args:
        make_agent: Makes the agent for a vector environment.
        env_id: A registered environment with slots as actions.
        settings: Arguments of the environment.
        sessions: How many.
        epsilon: Probability of playing any available candidate instead, see `EpsilonGreedy`.
        seed: Seed of sessions and exploration.
        deterministic: False lets the agent draw from its own probabilities.
        kept: Where blocks are read from and kept.
        on_progress: Called with the number of sessions that are over.

    Raises:
        UserError: The environment takes points as actions, or the agent draws and does not say with which
            probabilities.
    """
    seeds = session_seeds(seed, sessions)
    at_once = _rows_at_once(env_id, settings)

    def report(over: int) -> None:
        if on_progress is not None:
            on_progress(over)

    for first in range(0, sessions, at_once):
        own = seeds[first : first + at_once]

        def report_block(over: int, before: int = first) -> None:
            report(before + over)

        block = None if kept is None else kept.read(own, first)
        if block is None:
            with _slot_environment(env_id, settings, len(own)) as env:
                policy = EpsilonGreedy(make_agent(env), epsilon, seed)
                steps = _play(policy, env, own, deterministic, report_block, not first)
            block = _divide(steps, range(first, first + len(own)), own)
            if kept is not None:
                kept.keep(block)
        report(first + len(own))
        yield block


@contextmanager
def _slot_environment(env_id: str, settings: dict[str, Any], sessions: int) -> Iterator[Any]:
    """Makes the environment of a recording, and closes it after the block.

    Raises:
        UserError: It takes points as actions.
    """
    form = {"observation": "dict", "mask_in_info": True, "autoreset_mode": "NEXT_STEP"}
    env = make_batch(env_id, {**settings, **form}, sessions)
    try:
        if env.unwrapped.action_mode != "discrete":
            raise UserError(
                f"Environment {env_id} takes points as actions, which have no probabilities; record one "
                "that takes slots, with action='discrete'."
            )
        yield env
    finally:
        env.close()


def _rows_at_once(env_id: str, settings: dict[str, Any]) -> int:
    """Returns how many sessions are played at once, so that their observations fit into memory."""
    env = make_batch(env_id, {**settings, "observation": "flat"}, 1)
    size = 4 * int(np.prod(env.single_observation_space.shape)) * (env.unwrapped.sessions.length + 1)
    env.close()
    return int(np.clip(MOST_BYTES // size, 1, MOST_ROWS))


def _play(
    policy: EpsilonGreedy,
    env: Any,
    seeds: Sequence[int],
    deterministic: bool,
    on_progress: Callable[[int], None],
    probe: bool,
) -> list[_Step]:
    """Plays the first session of each row of a vector environment; returns its steps, the reset first."""
    batch, slots = len(seeds), env.single_action_space.n
    observation, infos = env.reset(seed=list(seeds))
    nothing, never = np.zeros(batch), np.zeros(batch, bool)
    playing, starts, state = np.ones(batch, bool), np.ones(batch, bool), None
    steps: list[_Step] = []
    actions, rewards, terminated, truncated = np.zeros(batch, np.int64), nothing, never, never
    if probe and deterministic:
        _require_repeatable(policy.agent, observation)
    while True:
        mask = infos["action_mask"].astype(bool) & playing[:, None]
        if playing.any():
            probabilities, state = policy.action_probabilities(
                observation, state, starts, deterministic, action_masks=mask
            )
        else:
            probabilities = np.zeros((batch, slots))
        kept = {key: values for key, values in infos.items() if not key.startswith("_")}
        steps.append(_Step(observation, kept, probabilities, actions, rewards, terminated, truncated))
        if not playing.any():
            return steps
        actions = policy.draw(observation, state, probabilities)
        state = policy.record_played(observation, state, actions)
        observation, rewards, terminated, truncated, infos = env.step(actions)
        starts = ~playing
        playing = playing & ~(terminated | truncated)
        on_progress(int((~playing).sum()))


def _require_repeatable(agent: Any, observation: dict[str, AnyArray]) -> None:
    """Refuses an agent that draws although it is asked not to, and does not say with which probabilities.

    Raises:
        UserError: Asked twice for the first track of some sessions, it gives different answers.
    """
    # Planners need no time for sessions in which nothing is allowed.
    asked = np.zeros(observation["available"].shape, bool)
    asked[:PROBED] = True
    starts = np.ones(len(asked), bool)
    first, second = (
        agent.action_probabilities(observation, None, starts, True, action_masks=asked)[0][:PROBED]
        for _ in range(2)
    )
    if not np.array_equal(first, second):
        raise UserError(
            f"{agent!r} draws its actions even when it is asked to be deterministic, and does not say with "
            "which probabilities; give it a method probabilities (see Agent), or record another agent."
        )


def _divide(steps: list[_Step], numbers: Sequence[int], seeds: Sequence[int]) -> list[RecordedSession]:
    """Divides the steps of a batch into its sessions."""
    observations = {key: np.stack([step.observation[key] for step in steps]) for key in steps[0].observation}
    infos = {key: np.stack([step.infos[key] for step in steps]) for key in steps[0].infos}
    propensities = np.stack([step.probabilities for step in steps])
    actions, rewards, terminations, truncations = (
        np.stack([getattr(step, name) for step in steps[1:]])
        for name in ("actions", "rewards", "terminated", "truncated")
    )
    # A row whose session is over plays another one.
    lengths = (terminations | truncations).argmax(axis=0) + 1
    found = []
    for row, (number, seed, length) in enumerate(zip(numbers, seeds, lengths.tolist(), strict=True)):
        until, played = slice(0, length + 1), slice(0, length)
        all_propensities = propensities[until, row].copy()
        all_propensities[length] = 0.0
        taken = np.append(all_propensities[np.arange(length), actions[played, row]], 0.0)
        found.append(
            RecordedSession(
                number,
                seed,
                {key: values[until, row] for key, values in observations.items()},
                actions[played, row],
                rewards[played, row],
                terminations[played, row],
                truncations[played, row],
                {
                    **{key: values[until, row] for key, values in infos.items()},
                    PROPENSITIES: all_propensities,
                    PROPENSITY: taken,
                },
            )
        )
    return found
