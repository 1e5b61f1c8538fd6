"""Finds the biases with which random play is skipped equally often, whatever a term of the listener weighs.

usage: python experiments/calibration/level_skips.py

A heavier term moves the utility of all tracks, and with it how often they are skipped and how long a
session lasts; a study that varies the weight alone mixes both. For every weight of the transition term in the
study `sensitivity`, this prints the bias with which random play, on test tracks, has the skip rate of the
preset as it is, and how many tracks it then hears.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
import tyro
from scipy.optimize import brentq

from segue.experiments.console import errors_in_one_sentence
from segue.experiments.runs.evaluate import evaluate
from segue.features.errors import UserError

ENV = "segue/Playlist-v0"
SETTINGS: dict[str, Any] = {"catalog": "demo", "pool_size": 50, "length": 30, "split": "test"}
WEIGHTS = (0.0, 0.15, 0.3, 0.6, 1.2, 2.4)
WIDEST = 4.0
"""Farthest bias that is tried."""


def listener(weight: float, bias: float) -> dict[str, Any]:
    """Returns the listener of the study: no energy arc, which rewards order too."""
    terms = {"energy_arc": {"weight": 0.0}, "transition": {"weight": weight}}
    return {"preset": "full", "bias": bias, "terms": terms}


def random_play(listener: Any, splits: int, sessions: int) -> tuple[float, float]:
    """Measures random play in common sessions.

    Args:
        listener: A preset's dictionary or name.
        splits: Splits of the catalogue.
        sessions: Sessions in each.

    Returns:
        Share of the plays that are skipped, and tracks per session.
    """
    plays = []
    for split in range(splits):
        settings = {**SETTINGS, "listener": listener, "split_seed": split}
        first = split * sessions
        plays.append(evaluate("random", ENV, settings, range(first, first + sessions))[1])
    heard = pd.concat(plays)
    return float(heard["skipped"].mean()), len(heard) / (splits * sessions)


def level_bias(skip_rate: Callable[[float], float], target: float, tolerance: float = 0.005) -> float:
    """Finds the bias with which random play has a skip rate.

    Args:
        skip_rate: Skip rate by bias, falling.
        target: The wanted skip rate.
        tolerance: How exact the bias has to be.

    Raises:
        UserError: No bias between -WIDEST and WIDEST has it.
    """
    if not skip_rate(-WIDEST) > target > skip_rate(WIDEST):
        raise UserError(
            f"No bias between {-WIDEST:g} and {WIDEST:g} gives random play a skip rate of {target:.3f}; "
            "choose another one."
        )
    return float(brentq(lambda bias: skip_rate(bias) - target, -WIDEST, WIDEST, xtol=tolerance))


def level_table(weights: Sequence[float] = WEIGHTS, splits: int = 10, sessions: int = 100) -> pd.DataFrame:
    """Finds the bias for each weight.

    Returns:
        One row per weight: weight, bias (two digits), skip_rate and tracks of random play with it.
    """
    target, _ = random_play("full", splits, sessions)
    rows = []
    for weight in weights:
        bias = level_bias(
            lambda bias, weight=weight: random_play(listener(weight, bias), splits, sessions)[0],  # type: ignore[misc]
            target,
        )
        bias = float(np.round(bias, 2))
        rows.append((weight, bias, *random_play(listener(weight, bias), splits, sessions)))
    return pd.DataFrame(rows, columns=["weight", "bias", "skip_rate", "tracks"])


def main(splits: int = 10, sessions: int = 100) -> None:
    """Prints the table of biases.

    Args:
        splits: Splits of the catalogue.
        sessions: Sessions in each.
    """
    print(level_table(splits=splits, sessions=sessions).round(3).to_string(index=False))


if __name__ == "__main__":
    with errors_in_one_sentence("level_skips"):
        tyro.cli(main)
