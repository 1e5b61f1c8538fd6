"""Logs of simulated listeners that hear random tracks, whose truth is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segue.envs.core.session import Sessions
from segue.envs.core.setting import Setting, build_setting
from segue.envs.listener.terms.engagement import Engagement
from segue.features import Catalog
from segue.features.arrays import FloatArray, IntArray

BATCH = 2_000
"""Sessions simulated at a time."""


@dataclass(frozen=True)
class SimulatedLog:
    """Plays and the listeners behind them.

    Attributes:
        plays: The table of plays, with the column `track_id`.
        hidden: Hidden parameters of every listener, (n_listeners, n_hidden), in the order of first
            appearance in `plays`; the level of the engagement is that of the last session.
        utility: Utility of every play, (N,).
        setting: The setting of the sessions.
    """

    plays: pd.DataFrame
    hidden: FloatArray
    utility: FloatArray
    setting: Setting


def simulate_log(
    listener: str | dict[str, Any],
    catalog: str | Catalog = "demo",
    *,
    listeners: int,
    sessions_each: int = 1,
    length: int = 30,
    seed: int = 0,
) -> SimulatedLog:
    """Plays random tracks to listeners until they leave.

    Args:
        listener: A preset, as for environments.
        catalog: A catalogue.
        listeners: Number of listeners.
        sessions_each: Sessions per listener, who keeps all hidden parameters but the level of engagement,
            which belongs to a session.
        length: Longest session.
        seed: Seed of everything random.
    """
    setting = build_setting(catalog=catalog, listener=listener, pool_size=length, length=length)
    total = listeners * sessions_each
    rng = np.random.default_rng(seed)
    people = rng.random((listeners, setting.listener.n_draws))
    hidden = np.zeros((listeners, setting.listener.n_hidden))
    parts = []
    for first in range(0, total, BATCH):
        numbers = np.arange(first, min(first + BATCH, total))
        owners = numbers // sessions_each
        sessions = Sessions(setting, list(rng.spawn(len(numbers))))
        sessions.begin(np.arange(len(numbers)))
        sessions.set_listeners(_draws(setting, people[owners], rng))
        hidden[owners] = sessions.state.hidden
        parts.append(_play(sessions, numbers, owners))
    plays = pd.concat(parts).sort_values(["session", "position"], ignore_index=True)
    return SimulatedLog(_table(plays, setting.catalog), hidden, plays["utility"].to_numpy(), setting)


def _draws(setting: Setting, people: FloatArray, rng: np.random.Generator) -> FloatArray:
    """Returns the uniform numbers of the listeners, with new ones for what belongs to a session."""
    draws = people.copy()
    for name, term in setting.listener.terms.items():
        if isinstance(term, Engagement):
            columns = setting.listener.draw_columns[name]
            draws[:, columns] = rng.random(draws[:, columns].shape)
    return draws


def _play(sessions: Sessions, numbers: IntArray, owners: IntArray) -> pd.DataFrame:
    """Plays the pools slot by slot; the candidates of a pool are in random order."""
    steps = []
    for k in range(sessions.length):
        live = ~sessions.state.ended
        if not live.any():
            break
        result = sessions.step(np.full(sessions.batch, k))
        steps.append(
            pd.DataFrame(
                {
                    "session": numbers[live],
                    "listener": owners[live],
                    "position": np.full(live.sum(), k, np.int32),
                    "track": result.track[live],
                    "listened": result.listened[live],
                    "skipped": result.skipped[live],
                    "utility": result.utility[live],
                }
            )
        )
    return pd.concat(steps, ignore_index=True)


def _table(plays: pd.DataFrame, catalog: Catalog) -> pd.DataFrame:
    """Returns the table of plays in its documented form."""
    rows = plays["track"].to_numpy()
    duration = catalog.raw("duration")[rows] if catalog.has("duration") else np.full(len(rows), np.nan)
    ids = catalog.ids[rows]
    began = pd.Timestamp("2024-01-01", tz="UTC") + pd.to_timedelta(plays["session"], unit="h")
    return pd.DataFrame(
        {
            "session": plays["session"].astype(str),
            "listener": plays["listener"].astype(str),
            "position": plays["position"],
            "time": began + pd.to_timedelta(plays["position"], unit="min"),
            "track": ids,
            "listened_s": plays["listened"] * duration,
            "listened": plays["listened"],
            "skipped": plays["skipped"].astype("boolean"),
            "start_reason": pd.Series(pd.NA, index=plays.index, dtype="string"),
            "end_reason": pd.Series(pd.NA, index=plays.index, dtype="string"),
            "shuffle": pd.Series(pd.NA, index=plays.index, dtype="boolean"),
            "duration_s": duration,
            "track_id": ids,
        }
    )
