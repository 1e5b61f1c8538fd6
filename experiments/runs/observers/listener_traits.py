"""Traits of the listeners of an evaluation: how they rate their pool before anything is played.

The hidden parameters of different listeners mean different things. How a listener rates the candidates of the
session can be compared between all of them, and does not depend on the agent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.runs.observers.observer import Choice
from segue.features.arrays import FloatArray


class ListenerTraits:
    """Measures the listeners of an evaluation as their sessions begin; a `SessionObserver`.

    Attributes:
        catalog_share: Share of the catalogue's tracks with which the sessions are played.
    """

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []
        self._offered: set[int] = set()
        self.catalog_share = 1.0

    def on_begin(self, env: Any, seeds: Sequence[int]) -> None:
        """Measures the listeners of a batch."""
        sessions = env.unwrapped.sessions
        self.catalog_share = catalog_share(sessions.setting)
        self._parts.append(pd.DataFrame({"episode": list(seeds), **listener_traits(sessions)}))
        self._offered.update(np.unique(sessions.pool).tolist())

    def on_choice(self, choice: Choice) -> None:
        """Ignores the choices: traits do not depend on the agent."""

    @property
    def offered_tracks(self) -> int:
        """Number of different tracks in all pools."""
        return len(self._offered - {-1})

    def table(self) -> pd.DataFrame:
        """One row per session: `episode` (its seed) and the columns of `listener_traits`."""
        return pd.concat(self._parts, ignore_index=True)


def catalog_share(setting: Any) -> float:
    """Returns the share of the tracks of its catalogue that the split of an environment plays with."""
    catalog, split = setting.catalog, setting.split
    return len(catalog.split(split, seed=setting.split_seed)) / len(catalog) if split is not None else 1.0


def listener_traits(sessions: Any) -> dict[str, FloatArray]:
    """Measures how listeners rate their pools; slots without a track do not count.

    Args:
        sessions: B sessions in which nothing has been played.

    Returns:
        By name, (B,) each:

        - ease: mean over the pool of the expected heard fraction of a candidate that is played first.
        - choosiness: standard deviation over the pool of the utility of playing a candidate first.
        - transition_share: standard deviation of the transition terms relative to that of the utility; only
          where the listener has transition terms.
    """
    there = sessions.available
    utilities = sessions.utilities()
    total = sum(utilities.values())
    setting = sessions.setting
    heard = setting.listener.response.expected(total, setting.durations[sessions.pool])
    traits = {
        "ease": np.mean(heard, axis=1, where=there),
        "choosiness": np.std(total, axis=1, where=there),
    }
    transitions = [values for name, values in utilities.items() if name.startswith("transition")]
    if transitions:
        spread = np.std(sum(transitions), axis=1, where=there)
        traits["transition_share"] = spread / np.maximum(traits["choosiness"], 1e-12)
    return traits
