"""Listening behaviour: simulated sessions of shuffled play, censored and aggregated like real logs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import yaml

from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.features.arrays import BoolArray, FloatArray, Int64Array

SHORTEST, LONGEST = 10, 20
"""The logs contain only sessions of at least `SHORTEST` tracks, and at most `LONGEST` tracks of each."""
WINDOW = 10
"""Plays in a row over which the skip rate is averaged."""


@dataclass(frozen=True)
class SessionLog:
    """The plays of N sessions, truncated after `LONGEST` tracks.

    Attributes:
        skipped: Whether each play ended early, bool (N, LONGEST); False after the end of a session.
        seconds: Seconds that each track was heard, float (N, LONGEST).
        length: Number of tracks played, at most `LONGEST`, (N,).
    """

    skipped: BoolArray
    seconds: FloatArray
    length: Int64Array

    def censored(self) -> SessionLog:
        """Returns the sessions that the real logs would contain."""
        kept = self.length >= SHORTEST
        return SessionLog(self.skipped[kept], self.seconds[kept], self.length[kept])


def simulate(listener: str | dict[str, Any], catalog: str, sessions: int, seed: int) -> SessionLog:
    """Plays the pool of every session in random order.

    Args:
        listener: A preset, as for environments.
        catalog: A large catalogue.
        sessions: Number of sessions N.
        seed: Seed of listeners, pools and orders.

    Returns:
        The log of the sessions.
    """
    setting = build_setting(catalog=catalog, listener=listener, pool_size=LONGEST, length=LONGEST)
    shuffle, *streams = np.random.SeedSequence(seed).spawn(sessions + 1)
    batch = Sessions(setting, [np.random.Generator(np.random.PCG64(stream)) for stream in streams])
    batch.begin(np.arange(sessions))
    order = np.random.default_rng(shuffle).permuted(np.tile(np.arange(LONGEST), (sessions, 1)), axis=1)
    skipped = np.zeros((sessions, LONGEST), np.bool_)
    seconds = np.zeros((sessions, LONGEST))
    length = np.zeros(sessions, np.int64)
    for k in range(LONGEST):
        result = batch.step(order[:, k])
        skipped[:, k] = result.skipped & result.heard
        seconds[:, k] = result.listened * setting.durations[result.track]
        length += result.heard
    return SessionLog(skipped, seconds, length)


def _lagged(log: SessionLog, lag: int) -> tuple[FloatArray, FloatArray]:
    inside = np.arange(lag, LONGEST) < log.length[:, None]
    return log.skipped[:, :-lag][inside].astype(float), log.skipped[:, lag:][inside].astype(float)


def _runs(series: BoolArray) -> tuple[BoolArray, Int64Array]:
    """Returns the value and the length of every run of equal values in a series."""
    starts = np.flatnonzero(np.r_[True, series[1:] != series[:-1]])
    return series[starts], np.diff(np.r_[starts, series.size])


def aggregates(log: SessionLog, lags: list[int], within: list[float]) -> dict[str, FloatArray]:
    """Aggregates censored sessions.

    Args:
        log: Censored sessions.
        lags: Lags of the autocorrelation.
        within: Seconds; the share of plays skipped by then is computed for each.

    Returns:
        The entries of `behaviour_targets.yaml`, each an array; a single number has shape (1,).
    """
    played = np.arange(LONGEST) < log.length[:, None]
    series = log.skipped[played]
    before, after = _lagged(log, 1)
    windows = series[: series.size // WINDOW * WINDOW].reshape(-1, WINDOW).mean(axis=1)
    value, run = _runs(series)
    seconds = log.seconds[played]
    return {
        "by_position": (log.skipped & played).sum(axis=0) / played.sum(axis=0),
        "length": np.bincount(log.length, minlength=LONGEST + 1)[SHORTEST:] / len(log.length),
        "skip_after_skip": np.array([after[before == 1].mean()]),
        "skip_after_keep": np.array([after[before == 0].mean()]),
        "autocorrelation": np.array([np.corrcoef(*_lagged(log, lag))[0, 1] for lag in lags]),
        "window_spread": np.array([windows.std()]),
        "long_skip_runs": np.array([(run[value] >= WINDOW).mean()]),
        "long_keep_runs": np.array([(run[~value] >= WINDOW).mean()]),
        "skipped_within": np.array([(series & (seconds <= limit)).mean() for limit in within]),
    }


def load_targets() -> dict[str, dict[str, Any]]:
    """Reads the aggregates of the real logs and their tolerances."""
    text = (files("segue.experiments.calibration") / "behaviour_targets.yaml").read_text("utf-8")
    targets: dict[str, dict[str, Any]] = yaml.safe_load(text)
    return targets


def compare_with_logs(log: SessionLog) -> pd.DataFrame:
    """Compares simulated sessions with the real logs.

    Args:
        log: Simulated sessions, not yet censored.

    Returns:
        One row per number: name, target, simulated, gap, gate (the tolerance), passed. The gap of
        `by_position` is a root mean square error, that of `length` the largest difference of the cumulative
        shares.
    """
    targets = load_targets()
    found = aggregates(
        log.censored(), targets["autocorrelation"]["lags"], targets["skipped_within"]["seconds"]
    )
    rows: list[tuple[Any, ...]] = []
    for name, entry in targets.items():
        wanted, got, gate = np.atleast_1d(entry["target"]), found[name], entry["gate"]
        if name == "by_position":
            error = float(np.sqrt(((got - wanted) ** 2).mean()))
            rows.append(("skip rate by position (RMSE)", wanted.mean(), got.mean(), error, gate))
        elif name == "length":
            error = float(np.abs(np.cumsum(got - wanted)).max())
            mean = np.arange(SHORTEST, LONGEST + 1)
            rows.append(("session length (KS)", wanted @ mean, got @ mean, error, gate))
        else:
            labels = entry.get("lags") or entry.get("seconds") or [""]
            for label, w, g in zip(labels, wanted, got, strict=True):
                rows.append((f"{name} {label}".strip(), w, g, abs(g - w), gate))
    table = pd.DataFrame(rows, columns=["name", "target", "simulated", "gap", "gate"])
    return table.assign(passed=table["gap"] <= table["gate"])
