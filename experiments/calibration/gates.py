"""Gates: what the measurements of each built-in environment must show for its description to hold."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from segue.experiments.calibration.behaviour import load_targets

LEAST_LOST = 2.0
"""A term of a preset that costs less than this when ignored, in % of the gain of greed, should leave it."""

Range = tuple[float, float]

GATES: dict[str, dict[str, Range]] = {
    "segue/Playlist-v0": {
        "lost_transition": (15.0, np.inf),
        "headroom": (10.0, np.inf),
        "planned_tracks": (20.0, np.inf),
        "planned_skipped": (0.0, 0.25),
        "skipped": (0.45, 0.60),
        "within_5s": (0.0, 0.30),
    },
    "segue/DJSet-v0": {"lost_transition": (30.0, np.inf), "headroom": (10.0, np.inf)},
    "segue/Rebound-v0": {"headroom": (10.0, np.inf)},
}
"""Environment to number to the range in which it must lie; `numbers_of` names the numbers."""

AS_IN_LOGS: dict[str, tuple[str, ...]] = {"segue/Playlist-v0": ("after_skip", "after_keep")}
"""Environment to shares of skips under random play that must lie within `AROUND` of those of real logs."""

AROUND = 0.08


def gates_of(env_id: str, terms: pd.DataFrame) -> dict[str, Range]:
    """Returns the gates of an environment.

    Args:
        env_id: A built-in environment, or another one, which has only the gates of its terms.
        terms: The terms of its listener; see `term_table`.
    """
    gates = dict(GATES.get(env_id, {}))
    for name in AS_IN_LOGS.get(env_id, ()):
        target = float(load_targets()[f"skip_{name}"]["target"])
        gates[name] = (target - AROUND, target + AROUND)
    for name in terms.loc[~terms["common"], "term"]:
        gates.setdefault(f"lost_{name}", (LEAST_LOST, np.inf))
    return gates


def numbers_of(terms: pd.DataFrame, policies: pd.DataFrame, summary: Mapping[str, float]) -> dict[str, float]:
    """Names the measured numbers of one environment.

    Args:
        terms: See `term_table`.
        policies: See `policy_table`.
        summary: See `summary_of`.

    Returns:
        The summary, `lost_<term>` for every term, and `<policy>_tracks` and `<policy>_skipped`.
    """
    numbers = dict(summary) | {
        f"lost_{name}": lost for name, lost in zip(terms["term"], terms["lost"], strict=True)
    }
    for row in policies.to_dict("records"):
        numbers |= {f"{row['policy']}_{name}": row[name] for name in ("tracks", "skipped")}
    return numbers


def check_gates(
    env_id: str, terms: pd.DataFrame, policies: pd.DataFrame, summary: Mapping[str, float]
) -> pd.DataFrame:
    """Compares the measured numbers of one environment with its gates; for the arguments see `numbers_of`.

    Returns:
        One row per gate: gate, low, high, measured, passed.
    """
    numbers = numbers_of(terms, policies, summary)
    rows = [
        (name, low, high, numbers[name], low <= numbers[name] <= high)
        for name, (low, high) in gates_of(env_id, terms).items()
    ]
    return pd.DataFrame(rows, columns=["gate", "low", "high", "measured", "passed"])
