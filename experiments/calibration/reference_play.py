"""Reference play: known policies played to the same listeners under the same noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from segue.agents.oracles.planning_oracle import PlanningOracle
from segue.envs import environment
from segue.envs.core.session import Sessions
from segue.envs.core.setting import setting_from
from segue.envs.registration.from_yaml import ENVIRONMENT_ARGUMENTS
from segue.features.arrays import BoolArray, FloatArray, IntArray
from segue.features.catalog.transitions import transition_distance

Choice = Callable[[Sessions, int], IntArray]
"""Returns the slots (B,) to play for a batch at position k."""

FIRST_SEED = 2_000_000
"""Seeds of the listeners count up from here."""


def begin_sessions(
    env_id: str, count: int, catalog: str = "demo", without: Sequence[str] = (), **changes: object
) -> Sessions:
    """Starts `count` sessions of an environment, each with a test listener of a different seed.

    Args:
        env_id: A registered environment.
        count: Number of sessions.
        catalog: Catalogue, if the environment names none.
        without: Terms of the listener to switch off.
        **changes: Settings that replace those of the environment.
    """
    settings = {"catalog": catalog, "split": "test", **environment(env_id).settings, **changes}
    settings = {name: value for name, value in settings.items() if name not in ENVIRONMENT_ARGUMENTS}
    if without:
        off = {name: {"weight": 0} for name in without}
        settings["listener"] = {"preset": settings.get("listener", "full"), "terms": off}
    sessions = Sessions(setting_from(settings), [np.random.default_rng(FIRST_SEED + i) for i in range(count)])
    sessions.begin(np.arange(count))
    return sessions


@dataclass(frozen=True)
class Playthrough:
    """What happened when B listeners were each played to under N draws of noise.

    Attributes:
        reward: Reward of every play, (B, N, L); 0 after the end of a session.
        live: Whether the session still went on, bool (B, N, L).
        skipped: Whether the play ended early, bool (B, N, L).
        seconds: Seconds heard, (B, N, L).
    """

    reward: FloatArray
    live: BoolArray
    skipped: BoolArray
    seconds: FloatArray

    @property
    def returns(self) -> FloatArray:
        """Mean return of each listener, (B,)."""
        total: FloatArray = self.reward.sum(axis=2).mean(axis=1)
        return total

    @property
    def tracks(self) -> FloatArray:
        """Mean number of tracks of each listener, (B,)."""
        count: FloatArray = self.live.sum(axis=2).mean(axis=1)
        return count

    @property
    def skip_share(self) -> float:
        """Share of all plays that were skipped."""
        return float(self.skipped[self.live].mean())


def play(sessions: Sessions, choose: Choice, draws: int) -> Playthrough:
    """Plays every session to its end under several draws of noise, the same for every choice.

    Args:
        sessions: B sessions that have begun; they stay as they are.
        choose: The policy. It is asked for all rows, those whose session is over included.
        draws: Draws of noise N.
    """
    rows = np.repeat(np.arange(sessions.batch), draws)
    batch = sessions.repeat(rows, rng=np.random.default_rng(0))
    shape = (len(rows), sessions.length)
    reward, seconds = np.zeros(shape), np.zeros(shape)
    live, skipped = np.zeros(shape, np.bool_), np.zeros(shape, np.bool_)
    for k in range(sessions.length):
        live[:, k] = ~batch.state.ended
        if not live[:, k].any():
            break
        step = batch.step(choose(batch, k))
        reward[:, k] = np.where(live[:, k], step.reward, 0.0)
        skipped[:, k] = step.skipped & live[:, k]
        seconds[:, k] = step.listened * batch.setting.durations[step.track]
    split = (sessions.batch, draws, sessions.length)
    return Playthrough(
        reward.reshape(split), live.reshape(split), skipped.reshape(split), seconds.reshape(split)
    )


def best_available(batch: Sessions, values: FloatArray) -> IntArray:
    """Returns the free slot with the highest value, (B,), for values (B, K)."""
    return np.where(batch.available, values, -np.inf).argmax(axis=1)


def random_choice() -> Choice:
    """Returns random play; a fresh one plays the same tracks again."""
    rng = np.random.default_rng(1)
    return lambda batch, k: best_available(batch, rng.random(batch.available.shape))


def smoothest(batch: Sessions, k: int) -> IntArray:
    """Plays the candidate with the smallest mean transition distance."""
    steps = batch.catalog.transitions(batch.current[:, None], batch.pool)
    return best_available(batch, -transition_distance(steps).mean(axis=-1))


def greedy(batch: Sessions, k: int) -> IntArray:
    """Plays the candidate with the highest expected reward, as `greedy-oracle` does."""
    return best_available(batch, batch.expected_reward())


def follow(plans: IntArray, draws: int) -> Choice:
    """Follows plans (B, M), each for `draws` consecutive rows."""
    return lambda batch, k: np.repeat(plans[:, min(k, plans.shape[1] - 1)], draws)


def planned(**settings: Any) -> Choice:
    """Plays as the agent `oracle` does, which plans again every few tracks.

    Args:
        **settings: Settings of `PlanningOracle`.
    """
    # The agent reads nothing of an environment but its sessions.
    env = SimpleNamespace(sessions=None)
    agent = PlanningOracle(SimpleNamespace(unwrapped=env), 0, **settings)
    plans: Any = None

    def choose(batch: Sessions, k: int) -> IntArray:
        nonlocal plans
        env.sessions = batch
        free = batch.available & ~batch.state.ended[:, None]
        slots, plans = agent.choose({}, free, plans if k else None, None, True)
        return np.asarray(slots, np.intp)

    return choose
