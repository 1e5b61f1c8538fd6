"""Value of the order of a playlist: its tracks in the agent's order, in random orders and in the best order.

Choosing good tracks and sequencing them well are different things. Here the tracks of a session are kept and
only their order changes. Every order is played to the same listener with the same noise, who stays to the
last track: a listener who could leave would hear all tracks only in the order that was actually played, which
would make that order look better than it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segue.envs import Sessions
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.metrics import TRANSITION_DISTANCE
from segue.features.arrays import Float32Array, FloatArray, IntArray
from segue.features.catalog.transitions import transition_distance

SHUFFLES = 8
"""Random orders whose mean stands for shuffling."""
ROUNDS, TRIES = 24, 24
"""Rounds of the search for the best order, and the changes tried per session and round."""
MEMORY = 2**26
"""Memory that the sessions of one round may take, in bytes."""
SHUFFLED = "shuffled_"
"""Prefix of the columns about the same tracks in random order."""


def order_table(
    plays: pd.DataFrame, env_id: str, settings: dict[str, Any], seeds: Sequence[int]
) -> pd.DataFrame:
    """Plays the tracks of sessions in other orders.

    Args:
        plays: The plays of the sessions; see `evaluate`.
        env_id: The environment.
        settings: Its settings.
        seeds: Seeds of the sessions to analyse.

    Returns:
        One row per session with at least two different tracks:

        - episode, tracks: its seed and its number of different tracks.
        - own, shuffled, best: return of those tracks in the agent's order (the return of the session itself
          unless a track was repeated), mean return of random orders, and a bound from search: return of
          the best order found for this listener without knowing the noise, or that of the agent's own order
          where it earned more. The search starts from the agent's order and a greedy one.
        - shuffled_transition_distance_<feature>: expected transition distance of a random order, to compare
          with that of the session.
    """
    rows = []
    for seed in seeds:
        session = plays[plays["episode"] == seed].sort_values("position")
        tracks = session["index"].drop_duplicates().to_numpy(np.intp)
        if len(tracks) > 1:
            rows.append((seed, int(session["previous"].iloc[0]), tracks))
    if not rows:
        return pd.DataFrame({"episode": [], "tracks": [], "own": [], "shuffled": [], "best": []})
    env = make_batch(env_id, settings, len(rows))
    try:
        env.reset(seed=[seed for seed, _, _ in rows])
        sessions = env.unwrapped.sessions
        values = _values(sessions, [tracks for _, _, tracks in rows])
        distances = [_shuffled_distance(sessions.catalog, start, tracks) for _, start, tracks in rows]
        names = [f"{SHUFFLED}{TRANSITION_DISTANCE}{name}" for name in sessions.catalog.transition_names]
    finally:
        env.close()
    about = {"episode": [seed for seed, _, _ in rows], "tracks": [len(tracks) for _, _, tracks in rows]}
    return pd.concat([pd.DataFrame({**about, **values}), pd.DataFrame(distances, columns=names)], axis=1)


def _values(sessions: Sessions, tracks: list[IntArray]) -> dict[str, FloatArray]:
    """Computes the returns of the agent's order, of random orders and of the best order of each session."""
    rng = np.random.default_rng(0)
    state = sessions.state
    room = TRIES * (state.features[0].nbytes + state.entry[0].nbytes + state.term_state[0].nbytes)
    at_once = max(1, MEMORY // room)
    parts = [
        _values_of_some(*_only(sessions, tracks, range(first, min(first + at_once, len(tracks)))), rng)
        for first in range(0, len(tracks), at_once)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}


def _values_of_some(
    sessions: Sessions, slots: IntArray, counts: IntArray, rng: np.random.Generator
) -> dict[str, FloatArray]:
    """Does the same for as many sessions as fit into memory; see `_only` for the arguments."""
    own = np.tile(np.arange(counts.max()), (len(counts), 1))
    best = _best_order(sessions, slots, counts, rng)
    random = np.stack([_shuffled(own, counts, rng) for _ in range(SHUFFLES)], axis=1)
    orders = np.concatenate([own[:, None], best[:, None], random], axis=1)
    returns = _play(sessions, slots, orders, counts)
    # The search did not know the noise, under which the agent's own order may turn out to be better.
    best = np.maximum(returns[:, 1], returns[:, 0])
    return {"own": returns[:, 0], "shuffled": returns[:, 2:].mean(axis=1), "best": best}


def _only(sessions: Sessions, tracks: list[IntArray], rows: range) -> tuple[Sessions, IntArray, IntArray]:
    """Copies sessions so that only some tracks are available and no listener leaves.

    Returns:
        B sessions; the slots of their tracks in the given order, (B, M), shorter rows padded; and the number
        of tracks of each, (B,).
    """
    twin = sessions.repeat(np.array(rows), stays=True)
    counts = np.array([len(tracks[row]) for row in rows])
    slots = np.zeros((len(counts), counts.max()), np.intp)
    twin.state.available[:] = False
    for place, row in enumerate(rows):
        found = [int(np.flatnonzero(twin.pool[place] == track)[0]) for track in tracks[row]]
        slots[place], slots[place, : len(found)] = found[0], found
        twin.state.available[place, found] = True
    return twin, slots, counts


def _play(
    sessions: Sessions, slots: IntArray, orders: IntArray, counts: IntArray, expected: bool = False
) -> FloatArray:
    """Plays orders to their ends.

    Args:
        sessions: B sessions.
        slots: Slots of their tracks, (B, M).
        orders: Positions in `slots`, (B, N, M), the padding last.
        counts: Tracks of each session, (B,).
        expected: Whether to sum the expected rewards of the plays instead of their rewards, if the reward
            states its expectation.

    Returns:
        Returns, (B, N).
    """
    batch, number, steps = orders.shape
    twin = sessions.repeat(np.repeat(np.arange(batch), number))
    chosen = np.take_along_axis(slots[:, None], orders, axis=2).reshape(batch * number, steps)
    total, left = np.zeros(batch * number), np.repeat(counts, number)
    expected = expected and twin.setting.has_expected_reward
    for k in range(steps):
        before = twin.expected_reward(chosen[:, k, None])[:, 0] if expected else None
        step = twin.step(chosen[:, k])
        total += np.where(k < left, step.reward if before is None else before, 0.0)
    return total.reshape(batch, number)


def _best_order(sessions: Sessions, slots: IntArray, counts: IntArray, rng: np.random.Generator) -> IntArray:
    """Searches for the order of the tracks with the highest expected return, without knowing the noise.

    Returns:
        Positions in `slots`, (B, M): the best order found by moving and swapping one or two tracks, starting
        from the better of the agent's order and the greedy one.
    """
    every = np.arange(sessions.batch)
    quiet = sessions.repeat(every, noiseless=True)
    tried = np.stack(
        [np.tile(np.arange(slots.shape[1]), (len(slots), 1)), _greedy(quiet, slots, counts)], axis=1
    )
    best, value = tried[:, 0], np.full(len(slots), -np.inf)
    for _ in range(1 + ROUNDS):
        values = _play(quiet, slots, tried, counts, expected=True)
        top = values.argmax(axis=1)
        better = values[every, top] > value
        best, value = best.copy(), value.copy()
        best[better], value[better] = tried[every, top][better], values[every, top][better]
        tried = _changed(best, counts, rng)
    return best


def _greedy(sessions: Sessions, slots: IntArray, counts: IntArray) -> IntArray:
    """Always plays the best remaining track next: positions in `slots`, (B, M), the padding last.

    The best one has the highest expected reward, or the highest utility if the reward states no expectation.
    """
    twin = sessions.repeat(np.arange(sessions.batch))
    every, places = np.arange(len(slots)), np.arange(slots.shape[1])
    order = np.tile(places, (len(slots), 1))
    for k in places:
        value = twin.expected_reward() if twin.setting.has_expected_reward else twin.utility()
        value = np.where(twin.available, value, -np.inf)[every[:, None], slots]
        value[places >= counts[:, None]] = -np.inf
        order[:, k] = np.where(k < counts, value.argmax(axis=1), k)
        twin.step(slots[every, order[:, k]])
    return order


def _shuffled(own: IntArray, counts: IntArray, rng: np.random.Generator) -> IntArray:
    """Draws a random order of each session's tracks, (B, M), the padding last."""
    keys = np.where(own < counts[:, None], rng.random(own.shape), 1.0 + own)
    return np.argsort(keys, axis=1)


def _changed(best: IntArray, counts: IntArray, rng: np.random.Generator) -> IntArray:
    """Changes each order once in half of `TRIES` ways and twice in the others: (B, TRIES, M).

    Second changes leave orders that no single change improves, which are common in short sessions.
    """
    once = _moved_or_swapped(np.repeat(best[:, None], TRIES, axis=1), counts, rng)
    twice = _moved_or_swapped(once[:, TRIES // 2 :], counts, rng)
    return np.concatenate([once[:, : TRIES // 2], twice], axis=1)


def _moved_or_swapped(orders: IntArray, counts: IntArray, rng: np.random.Generator) -> IntArray:
    """Moves one random track or swaps two in each of N orders per session, (B, N, M)."""
    batch, count, steps = orders.shape
    i, j = (rng.random((2, batch, count)) * counts[:, None]).astype(np.intp)
    keys = np.tile(np.arange(steps, dtype=np.float64), (batch, count, 1))
    swap = rng.random((batch, count)) < 0.5
    at_i, at_j = i[..., None], j[..., None]
    np.put_along_axis(keys, at_i, np.where(swap, j, j + 0.5 * np.sign(j - i))[..., None], axis=2)
    np.put_along_axis(keys, at_j, np.where(swap | (i == j), i, j)[..., None].astype(float), axis=2)
    return np.take_along_axis(orders, np.argsort(keys, axis=2), axis=2)


def _shuffled_distance(catalog: Any, start: int, tracks: IntArray) -> Float32Array:
    """Computes the expected mean transition distance of a random order from the start track on, (T,)."""
    n = len(tracks)
    first = transition_distance(catalog.transitions(np.full(n, start), tracks)).mean(axis=0)
    i, j = np.nonzero(~np.eye(n, dtype=bool))
    later = transition_distance(catalog.transitions(tracks[i], tracks[j])).mean(axis=0)
    mean: Float32Array = (first + (n - 1) * later) / n
    return mean
