"""Simulated against real: how a fitted listener behaves under the logged tracks, beside the log itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.experiments.fitting.departures import cut_off
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, Int64Array, IntArray

MOST_SESSIONS = 20_000
"""Sessions that are simulated at most."""
MOST_PLAYS = 200
"""Plays of a session that are simulated at most."""
BATCH = 2_000

POSITIONS, LAGS, RUN, SECONDS = 20, (1, 2, 3, 5, 10), 10, (5.0, 30.0)
"""Positions and lags that are compared, the length of a long run, and times to a skip in s."""

GATES = {
    "skip rate by position (RMSE)": 0.02,
    "P(skip | skip)": 0.03,
    "P(skip | kept)": 0.03,
    "autocorrelation": 0.03,
    "long runs": 0.015,
    "skipped within": 0.03,
    "session length (KS)": 0.05,
}
"""Largest gap that passes; those of the calibration of the preset `session`."""


@dataclass(frozen=True, eq=False)
class Log:
    """Responses of S sessions of up to L plays.

    Attributes:
        skipped: Whether each play was skipped, (S, L).
        known: Whether there is such a play, and it is known if it was skipped, (S, L).
        seconds: Seconds heard, NaN where not known, (S, L).
        length: Length of each session, (S,).
    """

    skipped: BoolArray
    known: BoolArray
    seconds: FloatArray
    length: Int64Array


@dataclass(frozen=True, eq=False)
class Comparison:
    """A simulated listener beside a log.

    Attributes:
        gates: One row per number: name, real, simulated, gap, gate, passed. The gap of skip rates by position
            is a root mean square, that of session lengths the largest difference of the cumulative shares.
        by_position: Shares of skips: position, real, simulated.
    """

    gates: pd.DataFrame
    by_position: pd.DataFrame


def compare_with_log(
    plays: PlayArrays, listener: dict[str, Any], catalog: str | Catalog, *, length: int, seed: int
) -> Comparison:
    """Plays the logged tracks to the fitted population and compares its responses with those of the log.

    Unknown tracks are replaced by random ones of the catalogue. Skips are compared under the logged session
    lengths; lengths are compared in sessions that continue with other logged tracks.

    Args:
        plays: The log.
        listener: The fitted preset.
        catalog: The catalogue of the logged tracks, or any other if none of them is known.
        length: Tracks of a session that a listener's terms know, as the environment's `length`.
        seed: Seed of the listeners, their noise and the replaced tracks.

    """
    rng = np.random.default_rng(seed)
    lengths = np.diff(plays.session_starts)
    chosen = np.arange(plays.n_sessions)
    if len(chosen) > MOST_SESSIONS:
        chosen = np.sort(rng.choice(chosen, MOST_SESSIONS, replace=False))
    longest = int(min(lengths[chosen].max(), MOST_PLAYS))
    real, tracks = _real(plays, chosen, longest)
    setting = build_setting(
        catalog=catalog, listener=listener, pool_size=longest, length=max(longest, min(length, MOST_PLAYS))
    )
    tracks = np.where(tracks >= 0, tracks, rng.integers(len(setting.catalog), size=tracks.shape))
    parts = [_simulate(setting, tracks[at : at + BATCH], rng) for at in range(0, len(tracks), BATCH)]
    skipped, seconds, ended = (np.concatenate(part) for part in zip(*parts, strict=True))
    inside = np.arange(longest) < real.length[:, None]
    simulated = Log(skipped, real.known & inside, seconds, np.minimum(ended, longest))
    gates = _table(real, simulated, shortest=int(lengths.min()), cut=cut_off(lengths))
    counts = real.known[:, :POSITIONS].sum(axis=0)
    rates = {"real": _by_position(real), "simulated": _by_position(simulated)}
    table = pd.DataFrame({"position": np.arange(len(counts)), **rates})
    return Comparison(gates, table[counts > 0].reset_index(drop=True))


def _real(plays: PlayArrays, chosen: IntArray, longest: int) -> tuple[Log, Int64Array]:
    """Returns the log of some sessions, and their tracks with −1 where not known, (S, L)."""
    starts = plays.session_starts[:-1][chosen]
    lengths = np.minimum(np.diff(plays.session_starts)[chosen], longest)
    place = np.arange(longest)
    inside = place < lengths[:, None]
    rows = np.where(inside, starts[:, None] + place, 0)
    seconds = np.where(inside, (plays.listened * plays.duration)[rows], np.nan)
    log = Log(inside & (plays.skipped[rows] == 1), inside & (plays.skipped[rows] >= 0), seconds, lengths)
    return log, np.where(inside, plays.track[rows], -1)


def _simulate(
    setting: Any, tracks: Int64Array, rng: np.random.Generator
) -> tuple[BoolArray, FloatArray, Int64Array]:
    """Plays tracks (S, L); returns skips, seconds heard, and after how many plays the listener left."""
    sessions = Sessions(setting, [rng] * len(tracks))
    sessions.stays = True
    sessions.state.next_key[:] = rng.integers(2**64, size=len(tracks), dtype=np.uint64)
    sessions.start_with(tracks.astype(np.int32), rng.permutation(tracks[:, 0]))
    departure, state = setting.listener.departure, sessions.state
    skipped, seconds = np.zeros(tracks.shape, np.bool_), np.zeros(tracks.shape)
    left = np.full(len(tracks), np.iinfo(np.int64).max)
    for k in range(tracks.shape[1]):
        result = sessions.step(np.full(len(tracks), k))
        skipped[:, k] = result.skipped
        seconds[:, k] = result.listened * setting.durations[result.track]
        leaves = rng.random(len(tracks)) < departure.probability(state.position, state.skips, state.ema)
        left = np.where(leaves, np.minimum(left, k + 1), left)
    return skipped, seconds, left


def _table(real: Log, simulated: Log, shortest: int, cut: int | None) -> pd.DataFrame:
    """Compares two logs number by number."""
    rows: list[tuple[str, float, float, float, float]] = []

    def add(name: str, numbers: tuple[float, float], gate: str, gap: float | None = None) -> None:
        rows.append((name, *numbers, abs(numbers[0] - numbers[1]) if gap is None else gap, GATES[gate]))

    by_position = [_by_position(log) for log in (real, simulated)]
    enough = real.known[:, :POSITIONS].sum(axis=0) >= 100
    if enough.any():
        error = float(np.sqrt(np.square(np.subtract(*by_position)[enough]).mean()))
        means = tuple(float(rates[enough].mean()) for rates in by_position)
        name = "skip rate by position (RMSE)"
        add(name, (means[0], means[1]), name, error)
    for state, name in ((True, "P(skip | skip)"), (False, "P(skip | kept)")):
        add(name, (_after(real, state), _after(simulated, state)), name)
    for lag in LAGS:
        if lag < real.skipped.shape[1]:
            pair = (_autocorrelation(real, lag), _autocorrelation(simulated, lag))
            add(f"autocorrelation at lag {lag}", pair, "autocorrelation")
    for state, name in ((True, "skips"), (False, "kept tracks")):
        if real.skipped.shape[1] >= RUN:
            add(
                f"runs of {RUN} or more {name}",
                (_long_runs(real, state), _long_runs(simulated, state)),
                "long runs",
            )
    if np.isfinite(real.seconds[real.skipped]).any():
        for limit in SECONDS:
            pair = (_within(real, limit), _within(simulated, limit))
            add(f"skipped within {limit:g} s", pair, "skipped within")
    lengths = [_observed(log.length, shortest, cut) for log in (real, simulated)]
    if len(lengths[1]) and real.length.max() > shortest:
        top = int(real.length.max())
        shares = [np.cumsum(np.bincount(np.minimum(x, top), minlength=top + 1)) / len(x) for x in lengths]
        gap = float(np.abs(np.subtract(*shares)).max())
        name = "session length (KS)"
        add(name, (float(lengths[0].mean()), float(np.minimum(lengths[1], top).mean())), name, gap)
    table = pd.DataFrame(rows, columns=["name", "real", "simulated", "gap", "gate"]).dropna()
    return table.assign(passed=table["gap"] <= table["gate"]).reset_index(drop=True)


def _by_position(log: Log) -> FloatArray:
    count = log.known[:, :POSITIONS].sum(axis=0)
    return np.asarray((log.skipped & log.known)[:, :POSITIONS].sum(axis=0) / np.maximum(count, 1))


def _after(log: Log, state: bool) -> float:
    pairs = log.known[:, 1:] & log.known[:, :-1] & (log.skipped[:, :-1] == state)
    return float(log.skipped[:, 1:][pairs].mean()) if pairs.any() else float("nan")


def _autocorrelation(log: Log, lag: int) -> float:
    pairs = log.known[:, lag:] & log.known[:, :-lag]
    before, after = log.skipped[:, :-lag][pairs], log.skipped[:, lag:][pairs]
    if len(before) < 100 or before.std() == 0 or after.std() == 0:
        return float("nan")
    return float(np.corrcoef(before, after)[0, 1])


def _long_runs(log: Log, state: bool) -> float:
    """Returns the share of runs, within sessions, that are long; a run may end with its session."""
    same = log.known & (log.skipped == state)
    padded = np.pad(same, ((0, 0), (1, 1)))
    begins = np.flatnonzero((padded[:, 1:] & ~padded[:, :-1]).ravel())
    ends = np.flatnonzero((~padded[:, 1:] & padded[:, :-1]).ravel())
    return float((ends - begins >= RUN).mean()) if len(begins) else float("nan")


def _within(log: Log, limit: float) -> float:
    known = log.known & (np.isfinite(log.seconds) | ~log.skipped)
    return float((log.skipped & (log.seconds <= limit))[known].mean())


def _observed(length: Int64Array, shortest: int, cut: int | None) -> Int64Array:
    """Returns the lengths that the log would contain."""
    kept = length[length >= shortest]
    return kept if cut is None else np.minimum(kept, cut)
