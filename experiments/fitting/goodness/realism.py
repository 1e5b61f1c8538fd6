"""Simulated against real: how a fitted listener behaves under the logged tracks, beside the log itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segue.envs.core.session import Sessions
from segue.envs.core.setting import Setting, build_setting
from segue.experiments.fitting.likelihood.departures import LEAST, cut_off
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.features import Catalog
from segue.features.arrays import BoolArray, FloatArray, Int64Array, IntArray

MOST_SESSIONS = 20_000
"""Sessions that are simulated at most."""
MOST_PLAYS = 200
"""Plays of a session that are simulated at most."""
BATCH = 2_000
COPIES = 32
"""Listeners that are simulated per session, of which one counts."""

FEW_SESSIONS, RESAMPLES = 5_000, 60
"""With fewer sessions, chance widens the tolerances, by as much as resamples of the sessions show."""

POSITIONS, LAGS, RUN, SECONDS = 20, (1, 2, 3, 5, 10), 10, (5.0, 30.0)
"""Positions and lags that are compared, the length of a long run, and times to a skip in s."""

FEWEST_PLAYS = 100
"""A position with fewer plays has no skip rate."""

TOLERANCES = {
    "skip rate by position (RMSE)": 0.02,
    "P(skip | skip)": 0.03,
    "P(skip | kept)": 0.03,
    "autocorrelation": 0.03,
    "runs of": 0.015,
    "skipped within": 0.03,
    "session length (KS)": 0.05,
}
"""Largest gap that is tolerated, by the beginning of the statistic's name; those of the calibration of the
preset `session`."""


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

    def take(self, rows: IntArray) -> Log:
        """Returns some sessions; one may be named several times."""
        return Log(self.skipped[rows], self.known[rows], self.seconds[rows], self.length[rows])


@dataclass(frozen=True, eq=False)
class Comparison:
    """A simulated listener beside a log.

    Attributes:
        statistics: One row per statistic: name, real, simulated, gap, tolerance, within. The gap of skip
            rates by position is a root mean square, that of session lengths the largest difference of the
            cumulative shares.
        by_position: Shares of skips: position, real, simulated.
    """

    statistics: pd.DataFrame
    by_position: pd.DataFrame


def compare_with_log(
    plays: PlayArrays,
    listener: dict[str, Any],
    catalog: str | Catalog,
    *,
    length: int,
    break_rate: float = 0.0,
    seed: int = 0,
) -> Comparison:
    """Plays the logged tracks to the fitted population and compares its responses with those of the log.

    Unknown tracks are replaced by random ones of the catalogue. Skips are compared under the logged session
    lengths: who skips much leaves early, so of several listeners the one counts that is drawn with the
    probability of leaving where the session ended (sampling importance resampling, Rubin 1988). Lengths are
    compared in sessions that continue with random tracks.

    Args:
        plays: The log.
        listener: The fitted preset.
        catalog: The catalogue of the logged tracks, or any other if none of them is known.
        length: Tracks of a session that a listener's terms know, as the environment's `length`.
        break_rate: Probability that an unmarked new session begins after a play; with one, lengths are not
            compared.
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
    begins = rng.random(tracks.shape) < break_rate
    begins[:, 0] = True
    ends = None if break_rate > 0 else (int(lengths.min()), cut_off(lengths))
    skipped, seconds, left = _simulate_ending(setting, tracks, begins, lengths[chosen], ends, rng)
    simulated = Log(skipped, real.known, seconds, np.minimum(left, longest))
    counts = real.known[:, :POSITIONS].sum(axis=0)
    rates = {"real": _by_position(real), "simulated": _by_position(simulated)}
    table = pd.DataFrame({"position": np.arange(len(counts)), **rates})
    return Comparison(_compared(real, simulated, ends, rng), table[counts > 0].reset_index(drop=True))


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


def _simulate_ending(
    setting: Setting,
    tracks: Int64Array,
    begins: BoolArray,
    lengths: Int64Array,
    ends: tuple[int, int | None] | None,
    rng: np.random.Generator,
) -> tuple[BoolArray, FloatArray, Int64Array]:
    """Plays tracks (S, L) to listeners whose sessions end where the logged ones did, as far as that is known.

    Args:
        setting: The fitted listener.
        tracks: The tracks.
        begins: Where sessions begin, (S, L).
        lengths: Logged lengths, (S,).
        ends: The shortest length, and that at which sessions were cut off; None if no end is known.
        rng: Source of listeners and noise.

    Returns:
        Skips and seconds heard, (S, L), and after how many plays a listener left who was drawn regardless of
        the logged length, (S,).
    """
    skipped, seconds, left, leaving = _simulate(setting, tracks, begins, rng)
    if ends is None:
        return skipped, seconds, left
    best = _log_chance_of_end(leaving, lengths, *ends) + rng.gumbel(size=len(lengths))
    for _ in range(COPIES - 1):
        other_skipped, other_seconds, _, leaving = _simulate(setting, tracks, begins, rng)
        # The largest sum with a Gumbel variable is a draw in proportion to the probabilities.
        score = _log_chance_of_end(leaving, lengths, *ends) + rng.gumbel(size=len(lengths))
        better = score > best
        best[better] = score[better]
        skipped[better], seconds[better] = other_skipped[better], other_seconds[better]
    return skipped, seconds, left


def _log_chance_of_end(
    leaving: FloatArray, lengths: Int64Array, shortest: int, cut: int | None
) -> FloatArray:
    """Returns the log probability that sessions end where they did, from that of leaving after each play.

    Where the log shows no ends, before the shortest length and at the cut, they say nothing, as in the fit.
    """
    played = 1 + np.arange(leaving.shape[1])
    known = (played >= shortest) & (played < (cut or np.inf))
    leaving = np.clip(leaving, LEAST, 1.0 - LEAST)
    log = np.where(played == lengths[:, None], np.log(leaving), np.log1p(-leaving))
    return np.asarray((log * (known & (played <= lengths[:, None]))).sum(axis=1))


def _simulate(
    setting: Setting, tracks: Int64Array, begins: BoolArray, rng: np.random.Generator
) -> tuple[BoolArray, FloatArray, Int64Array, FloatArray]:
    """Plays tracks (S, L), with a new session where one begins.

    Returns:
        Skips and seconds heard, (S, L), after how many plays the listener of the last session left, (S,), and
        the probability of leaving after each play, (S, L).
    """
    skipped, seconds = np.zeros(tracks.shape, np.bool_), np.zeros(tracks.shape)
    leaving = np.zeros(tracks.shape)
    left = np.full(len(tracks), np.iinfo(np.int64).max)
    rows, starts = np.nonzero(begins)
    sizes = np.append(np.where(rows[1:] == rows[:-1], starts[1:], tracks.shape[1]), tracks.shape[1]) - starts
    for first in range(0, len(rows), BATCH):
        part = slice(first, first + BATCH)
        pieces = rows[part], starts[part], sizes[part]
        _play_pieces(setting, tracks, pieces, (skipped, seconds, left, leaving), rng)
    return skipped, seconds, left, leaving


def _play_pieces(
    setting: Setting,
    tracks: Int64Array,
    pieces: tuple[IntArray, IntArray, IntArray],
    out: tuple[BoolArray, FloatArray, Int64Array, FloatArray],
    rng: np.random.Generator,
) -> None:
    """Plays some sessions, each a piece of a row of `tracks` from a start on, and writes the responses."""
    (rows, starts, sizes), (skipped, seconds, left, leaving) = pieces, out
    place = np.arange(tracks.shape[1])
    inside = place < sizes[:, None]
    pool = np.where(inside, tracks[rows[:, None], np.where(inside, starts[:, None] + place, 0)], -1)
    sessions = Sessions(setting, [rng] * len(rows))
    sessions.stays = True
    sessions.state.next_key[:] = rng.integers(2**64, size=len(rows), dtype=np.uint64)
    sessions.start_with(pool.astype(np.int32), rng.permutation(pool[:, 0]))
    departure, state = setting.listener.departure, sessions.state
    for k in range(int(sizes.max())):
        result = sessions.step(np.full(len(rows), k))
        live = np.flatnonzero(k < sizes)
        skipped[rows[live], starts[live] + k] = result.skipped[live]
        heard = result.listened * setting.durations[result.track]
        seconds[rows[live], starts[live] + k] = heard[live]
        chance = departure.probability(state.position, state.skips, state.ema)
        leaving[rows[live], starts[live] + k] = chance[live]
        gone = live[(rng.random(len(rows)) < chance)[live]]
        left[rows[gone]] = np.minimum(left[rows[gone]], k + 1)


def _compared(
    real: Log, simulated: Log, ends: tuple[int, int | None] | None, rng: np.random.Generator
) -> pd.DataFrame:
    """Compares two logs statistic by statistic.

    Where the log is so small that chance alone gives larger gaps, the tolerance is that of chance: the 95 %
    quantile of the gap between two resamples of its sessions, since the simulated log is as small.
    """
    found, others = _statistics(real, ends), _statistics(simulated, ends)
    found = {name: values for name, values in found.items() if np.isfinite(values - others[name]).any()}
    chance: dict[str, list[float]] = {name: [] for name in found}
    for _ in range(RESAMPLES if len(real.length) <= FEW_SESSIONS else 0):
        one, other = (
            _statistics(real.take(rng.integers(len(real.length), size=len(real.length))), ends)
            for _ in range(2)
        )
        for name in found:
            if np.isfinite(one[name] - other[name]).any():
                chance[name].append(_gap(name, one[name], other[name]))
    rows = []
    for name, values in found.items():
        gap = _gap(name, values, others[name])
        tolerance = next(most for start, most in TOLERANCES.items() if name.startswith(start))
        if chance[name]:
            tolerance = max(tolerance, float(np.quantile(chance[name], 0.95)))
        rows.append((name, _shown(name, values), _shown(name, others[name]), gap, tolerance))
    table = pd.DataFrame(rows, columns=["name", "real", "simulated", "gap", "tolerance"])
    table = table[np.isfinite(table["gap"])].reset_index(drop=True)
    return table.assign(within=table["gap"] <= table["tolerance"])


def _gap(name: str, a: FloatArray, b: FloatArray) -> float:
    if name.endswith("(RMSE)"):
        return float(np.sqrt(np.nanmean(np.square(a - b))))
    return float(np.abs(a - b).max())


def _shown(name: str, values: FloatArray) -> float:
    """Returns the number that is shown of a statistic: of session lengths their mean."""
    return float((1.0 - values).sum()) if name.endswith("(KS)") else float(np.nanmean(values))


def _statistics(log: Log, ends: tuple[int, int | None] | None) -> dict[str, FloatArray]:
    """Returns what is compared, each an array."""
    found = {"skip rate by position (RMSE)": _by_position(log)}
    for state, name in ((True, "P(skip | skip)"), (False, "P(skip | kept)")):
        found[name] = np.array([_after(log, state)])
    for lag in LAGS:
        if lag < log.skipped.shape[1]:
            found[f"autocorrelation at lag {lag}"] = np.array([_autocorrelation(log, lag)])
    for state, name in ((True, "skips"), (False, "kept tracks")):
        if log.skipped.shape[1] >= RUN:
            found[f"runs of {RUN} or more {name}"] = np.array([_long_runs(log, state)])
    for limit in SECONDS:
        found[f"skipped within {limit:g} s"] = np.array([_within(log, limit)])
    if ends is not None:
        # The shares of sessions that have ended after 0, 1, 2, … plays.
        length, top = _observed(log.length, *ends), log.skipped.shape[1]
        found["session length (KS)"] = np.cumsum(np.bincount(length, minlength=top + 1)) / max(len(length), 1)
    return found


def _by_position(log: Log) -> FloatArray:
    count = log.known[:, :POSITIONS].sum(axis=0)
    rate = (log.skipped & log.known)[:, :POSITIONS].sum(axis=0) / np.maximum(count, 1)
    return np.where(count >= FEWEST_PLAYS, rate, np.nan)


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
    timed = log.skipped & np.isfinite(log.seconds)
    if not timed[log.known].any():
        return float("nan")
    known = log.known & (timed | ~log.skipped)
    return float((timed & (log.seconds <= limit))[known].mean())


def _observed(length: Int64Array, shortest: int, cut: int | None) -> Int64Array:
    """Returns the lengths that the log would contain."""
    kept = length[length >= shortest]
    return kept if cut is None else np.minimum(kept, cut)
