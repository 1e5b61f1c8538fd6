"""DJ-MC's simulation with listeners counted in playlists, by planning horizon and share of songs.

Each listener hears playlists of 10, 30 and 50 songs from a corpus of 1,000 songs of the catalogue. DJ-MC
plans once with what it learns and once with the listener's own weights, which shows what its planner loses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from segue.agents.djmc.agent import DJMC
from segue.agents.djmc.preferences import Bins, Preferences, bin_of_percentile
from segue.agents.djmc.session_state import DJMCState
from segue.experiments.analysis.bootstrap import mean_interval
from segue.experiments.djmc.playlist_listeners import PlaylistListeners
from segue.experiments.djmc.simulation import CORPUS, LENGTHS
from segue.features.arrays import BoolArray, Float32Array, FloatArray, IntArray

GREEDY, RANDOM, ONE_STEP = "greedy by song", "random", "DJ-MC, one step"
LEARNED, TRUE_MODEL = "DJ-MC", "DJ-MC, true model"


@dataclass
class PlaylistSessions:
    """Sessions of listeners with known preferences; what DJ-MC asks of `Sessions` to put its questions.

    Attributes:
        preferences: Weights of the listeners, B of them.
        songs: Bins of the candidates, (B, K, F).
        recalled: Candidates among which a listener names favourites, bool (B, K).
        history: Bins of the songs played, the last one first, (B, H, F).
    """

    preferences: Preferences
    songs: Bins
    recalled: BoolArray
    history: Bins

    @property
    def batch(self) -> int:
        """Number of sessions B."""
        return len(self.songs)

    def repeat(self, rows: IntArray) -> PlaylistSessions:
        """Returns copies of some sessions."""
        preferences = Preferences(self.preferences.song[rows], self.preferences.transition[rows])
        return PlaylistSessions(preferences, self.songs[rows], self.recalled[rows], self.history[rows])

    def step(self, slots: IntArray) -> FloatArray:
        """Plays one slot per session, (B,), and returns the rewards R_s + R_t, (B,)."""
        rewards = self.utility(slots[:, None])[:, 0]
        played = self.songs[np.arange(self.batch), slots]
        self.history = np.concatenate([played[:, None], self.history], axis=1)
        return rewards

    def utility(self, slots: IntArray | None = None) -> FloatArray:
        """Returns R_s + R_t of slots (B, M); of all slots, −∞ for songs that the listener does not recall."""
        songs = self.songs if slots is None else self.songs[np.arange(self.batch)[:, None], slots]
        heard = np.ones(self.history.shape[:2], np.bool_)
        reward = self.preferences.song_reward(songs)
        reward += self.preferences.transition_reward(self.history, heard, songs)
        return reward if slots is not None else np.where(self.recalled, reward, -np.inf)


def simulate_grid(
    listeners: PlaylistListeners,
    horizons: Sequence[int],
    shares: Sequence[float],
    favourites_of: Sequence[int],
    report_progress: Callable[[], None],
    rollouts: int = 10_000,
    corpus: int = CORPUS,
) -> pd.DataFrame:
    """Lets every agent play to all listeners of a file.

    Args:
        listeners: The listeners and the songs.
        horizons: Songs per rollout of DJ-MC, each at least 2.
        shares: Shares of the songs over which DJ-MC plans.
        favourites_of: Numbers of songs, drawn at random, among which a listener names ten favourites; a
            number of at least `corpus` − 1 stands for all of them, as published.
        report_progress: Called after every agent.
        rollouts: Rollouts of DJ-MC per decision.
        corpus: Songs per listener; one of them is the silent start.

    Returns:
        One row per number of songs for favourites, agent, horizon, share, listener and length: reward. The
        agent with the true model, which asks nothing, plays with the first number of songs for favourites.
    """
    parts = []
    for place, recalled in enumerate(favourites_of):
        for agent, horizon, share in _cells(horizons, shares):
            if place and agent == TRUE_MODEL:
                continue
            totals = _play(listeners, agent, horizon, share, recalled, rollouts, corpus)
            parts += [
                pd.DataFrame({"listener": range(len(listeners)), "songs": n, "reward": totals[n - 1]}).assign(
                    favourites_of=min(recalled, corpus - 1), agent=agent, horizon=horizon, share=share
                )
                for n in LENGTHS
            ]
            report_progress()
    return pd.concat(parts, ignore_index=True)


def _cells(horizons: Sequence[int], shares: Sequence[float]) -> Iterator[tuple[str, int, float]]:
    yield from ((RANDOM, 0, 1.0), (GREEDY, 0, 1.0), (ONE_STEP, 1, 1.0))
    yield from product((LEARNED, TRUE_MODEL), horizons, shares)


def count_plays(horizons: Sequence[int], shares: Sequence[float], favourites_of: Sequence[int]) -> int:
    """Returns how many times an agent plays to all listeners."""
    planners = len(horizons) * len(shares)
    return len(favourites_of) * (3 + planners) + planners


def _play(
    listeners: PlaylistListeners,
    agent: str,
    horizon: int,
    share: float,
    recalled: int,
    rollouts: int,
    corpus: int,
) -> FloatArray:
    """Returns the cumulative rewards of one agent, (L, listeners)."""
    candidates, start, sessions = _begin(listeners, recalled, corpus)
    batch = np.arange(len(listeners))
    features = candidates.shape[2]
    slices = {"progress": slice(0, 1), "last_listened": slice(1, 2), "current": slice(2, 2 + features)}
    layout = SimpleNamespace(context_slice=slices.__getitem__, feature_names=range(features))
    env = SimpleNamespace(layout=layout, sessions=sessions)
    env.unwrapped = env
    player, state = _player(agent, env, horizon, share, rollouts)
    context = np.zeros((len(batch), 2 + features), np.float32)
    context[:, slices["current"]] = start
    # With the true weights there is nothing to ask, nor to reset: the sessions count as begun.
    context[:, 0] = state is not None
    observation = {
        "candidates": candidates,
        "available": np.ones(candidates.shape[:2], np.float32),
        "context": context,
    }
    rng, rewards = np.random.default_rng(0), []
    for _ in range(max(LENGTHS)):
        if agent == RANDOM:
            slots = (rng.random(candidates.shape[:2]) * observation["available"]).argmax(axis=1)
        else:
            slots, state = player.predict(observation, state)
        rewards.append(sessions.step(slots))
        observation["available"][batch, slots] = 0.0
        context[:, 0], context[:, 1] = 1.0, rewards[-1]
        context[:, slices["current"]] = candidates[batch, slots]
    return np.cumsum(rewards, axis=0)


def _begin(
    listeners: PlaylistListeners, recalled: int, corpus: int
) -> tuple[Float32Array, Float32Array, PlaylistSessions]:
    """Draws each listener's songs: the candidates (B, K, F), the silent start (B, F), and the sessions."""
    drawn, in_mind = [], []
    for listener in range(len(listeners)):
        rng = np.random.default_rng([listener, corpus])
        drawn.append(rng.choice(len(listeners.songs), corpus, replace=False))
        in_mind.append(rng.permutation(corpus - 1) < recalled)
    percentiles = listeners.songs[np.array(drawn)]
    candidates = np.ascontiguousarray(percentiles[:, 1:])
    nothing = np.zeros((len(listeners), 0, candidates.shape[2]), np.int64)
    sessions = PlaylistSessions(
        listeners.preferences, bin_of_percentile(candidates), np.array(in_mind), nothing
    )
    return candidates, percentiles[:, 0], sessions


def _player(agent: str, env: Any, horizon: int, share: float, rollouts: int) -> tuple[DJMC, DJMCState | None]:
    """Makes an agent, with its first state if it knows the listeners."""
    settings: dict[str, Any] = {"horizon": horizon, "share": share, "rollouts": rollouts}
    if agent == GREEDY:
        return DJMC(env, 0, horizon=0, update_online=False, query_songs=10), None
    if agent != TRUE_MODEL:
        return DJMC(env, 0, **settings, query_songs=10, query_transitions=10), None
    truth = env.sessions.preferences
    state = DJMCState.initial(*truth.song.shape)
    state.preferences = Preferences(truth.song.copy(), truth.transition.copy())
    return DJMC(env, 0, **settings, update_online=False), state


def grid_summary(played: pd.DataFrame) -> pd.DataFrame:
    """Averages over listeners.

    Returns:
        One row per number of songs for favourites, agent, horizon, share and length: mean with low and high
        (95 % bootstrap interval), over_greedy with over_low and over_high (difference from greedy on the same
        listeners), and listeners.
    """
    keys = ["favourites_of", "agent", "horizon", "share", "songs"]
    same = ["favourites_of", "songs", "listener"]
    greedy = played.loc[played["agent"] == GREEDY, [*same, "reward"]].rename(columns={"reward": "greedy"})
    rows = []
    for values, group in played.merge(greedy, on=same, how="left").groupby(keys, sort=False):
        own = dict(zip(keys, values, strict=True))
        reward = group["reward"].to_numpy()
        mean, over = mean_interval(reward), mean_interval(reward - group["greedy"].to_numpy())
        rows.append(
            {
                **own,
                "mean": mean.estimate,
                "low": mean.low,
                "high": mean.high,
                "over_greedy": over.estimate,
                "over_low": over.low,
                "over_high": over.high,
                "listeners": len(group),
            }
        )
    return pd.DataFrame(rows)
