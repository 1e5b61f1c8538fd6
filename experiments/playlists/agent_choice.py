"""Playlists that an agent chooses, track by track, playing to a simulated listener."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import gymnasium as gym
import numpy as np

import segue.envs  # noqa: F401 — registers the environments
from segue.agents import load_agent, make_agent
from segue.agents.sequencing.constraints import violations
from segue.experiments.playlists.check import broken_rule
from segue.experiments.playlists.contradictions import check_contradictions
from segue.experiments.playlists.make_playlist import playlist_of
from segue.experiments.playlists.playlist import Playlist
from segue.experiments.playlists.resolve import Resolved
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, IntArray
from segue.features.errors import UserError

MOST_CANDIDATES = 1000
"""Largest pool that an agent chooses from; of more eligible tracks a random part."""
PARTIAL = ("versions", "artist_gap", "album_gap", "max_tempo_change", "keys", "repeats", "eligible")
"""Constraints that the beginning of a list can break."""


class WholePool:
    """All of the given tracks as candidates, in random order; the start track is another one if possible.

    Pools of other kinds keep one of their tracks for the start, which can then not be played.

    Args:
        catalog: The catalogue.
        tracks: Rows that may be the start track, (n,).
        size: Number of candidates, that of `rows`.
        rows: The candidates.

    Attributes:
        n_draws: Uniform numbers needed per session.
    """

    def __init__(self, catalog: Catalog, tracks: IntArray, size: int, rows: list[int]) -> None:
        self._rows = np.array(rows, dtype=np.intp)
        works = catalog.work_codes
        others = tracks[~np.isin(works[tracks], works[self._rows])]
        self._starts = others if len(others) else self._rows
        self.n_draws = size + 1

    def draw(self, uniforms: FloatArray) -> tuple[IntArray, IntArray]:
        """Draws pools (R, K) and start tracks (R,)."""
        starts = self._starts[(uniforms[:, -1] * len(self._starts)).astype(np.intp)]
        return self._rows[np.argsort(uniforms[:, :-1], axis=1)], starts


def agent_playlist(resolved: Resolved, name: str | None, model: Path | None) -> Playlist:
    """Lets an agent choose a playlist.

    The agent sees only candidates that break no constraint after the tracks before. Its session is that of
    the seed, with a listener who stays to the end.

    Args:
        resolved: The request; its number of tracks must be given.
        name: The agent, or None with a model that names its own.
        model: A saved model.

    Raises:
        UserError: The agent cannot play here, or its list breaks a constraint.
    """
    check_contradictions(resolved)
    if resolved.length is None:
        raise UserError("An agent needs the number of tracks; give --tracks.")
    pool = _pool(resolved)
    env = _environment(resolved, pool)
    try:
        agent = make_agent(name, env) if model is None and name is not None else load_agent(str(model), env)
        rows = _played(resolved, env, agent)
    finally:
        env.close()
    broken = violations(resolved.facts, resolved.constraints, rows)
    if broken or len(rows) < resolved.length:
        what = broken_rule(resolved, rows, broken[0]).rule if broken else f"--tracks {resolved.length}"
        raise UserError(
            f"Agent {name or model} found no playlist that keeps {what}; relax it, or leave out --agent, "
            "since the search plans ahead."
        )
    return playlist_of(resolved, rows)


def _pool(resolved: Resolved) -> IntArray:
    """Returns the rows that the agent chooses from."""
    rows = resolved.constraints.eligible
    if not resolved.constraints.versions:
        rows = rows[np.unique(resolved.facts.works[rows], return_index=True)[1]]
    if len(rows) > MOST_CANDIDATES:
        rng = np.random.default_rng(resolved.request.seed)
        rows = rng.choice(rows, MOST_CANDIDATES, replace=False)
    return np.unique(np.concatenate([rows, np.array(resolved.constraints.required(), np.intp)])).astype(
        np.intp
    )


def _environment(resolved: Resolved, pool: IntArray) -> Any:
    """Makes the environment of the session, in which every track of the pool can be played."""
    config = {**resolved.listener_config, "departure": {"never": True}}
    return gym.make(
        "segue/Playlist-v0",
        catalog=resolved.catalog,
        listener=config,
        pool={"kind": f"{__name__}:WholePool", "rows": pool.tolist()},
        pool_size=len(pool),
        length=resolved.length,
        disable_env_checker=True,
    )


def _played(resolved: Resolved, env: Any, agent: Any) -> IntArray:
    """Plays the session; returns the rows that were played."""
    observation, _ = env.reset(seed=resolved.request.seed)
    sessions, slots = env.unwrapped.sessions, resolved.constraints.slots
    n, rows = resolved.length or 0, np.zeros(0, np.intp)
    memory, start = None, True
    for k in range(n):
        wanted = slots.get(k, slots.get(k - n))
        allowed = _allowed(resolved, rows, sessions.pool[0], sessions.available[0], wanted)
        if not allowed.any():
            break
        played = sessions.state.available.copy()
        sessions.state.available[0] = allowed
        observation = {**observation, "available": allowed.astype(np.float32)}
        action, memory = agent.predict(observation, memory, episode_start=start, action_masks=allowed)
        sessions.state.available[:] = played
        start = False
        rows = np.append(rows, sessions.pool[0, int(action)])
        observation, *_ = env.step(int(action))
    return rows


def _allowed(
    resolved: Resolved, rows: IntArray, pool: IntArray, available: BoolArray, wanted: int | None
) -> BoolArray:
    """Returns the candidates that break no constraint as the next track, (K,)."""
    allowed = available & ((pool == wanted) if wanted is not None else ~np.isin(pool, _later(resolved, rows)))
    for slot in np.flatnonzero(allowed):
        broken = violations(resolved.facts, resolved.constraints, np.append(rows, pool[slot]))
        last = [v for v in broken if v.constraint in PARTIAL]
        allowed[slot] = not last
    return allowed


def _later(resolved: Resolved, rows: IntArray) -> list[int]:
    """Returns the rows that must stand at places of their own, which must not be used up before."""
    return [row for row in resolved.constraints.slots.values() if row not in rows]
