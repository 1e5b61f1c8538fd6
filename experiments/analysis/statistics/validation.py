"""Scores in validation: what chooses the agents that a verdict is about.

The sessions of validation have the tracks of training, and listeners that neither the training nor the test
meets, so that the test cannot favour the agents that they choose.
"""

from __future__ import annotations

import pandas as pd

COLUMNS = ["environment", "agent", "runs", "return", "score"]


def validation_scores(validation: pd.DataFrame, lower: str, upper: str) -> pd.DataFrame:
    """Scores the agents in validation, after the last step of their training.

    Args:
        validation: Rows of (environment, agent, seed, steps, episode, return).
        lower: Label of the agent that scores 0.
        upper: Label of the agent that scores 1.

    Returns:
        One row per environment and agent: environment, agent, runs, return (mean), and score, the mean over
        runs of (R - L) / (U - L) with the mean returns of the run; NaN where an anchor was not validated. No
        rows without validation.
    """
    if validation.empty:
        return pd.DataFrame(columns=COLUMNS)
    keys = ["environment", "agent", "seed"]
    last = validation["steps"] == validation.groupby(keys)["steps"].transform("max")
    means = validation[last].groupby(keys, sort=False)["return"].mean().reset_index()
    for name, anchor in (("low", lower), ("up", upper)):
        own = means.loc[means["agent"] == anchor, ["environment", "seed", "return"]]
        means = means.merge(own.rename(columns={"return": name}), on=["environment", "seed"], how="left")
    scale = (means["up"] - means["low"]).where(lambda apart: apart != 0)
    means["score"] = (means["return"] - means["low"]) / scale
    groups = means.groupby(["environment", "agent"], sort=False)
    return groups.agg(
        runs=("seed", "size"), **{"return": ("return", "mean"), "score": ("score", "mean")}
    ).reset_index()
