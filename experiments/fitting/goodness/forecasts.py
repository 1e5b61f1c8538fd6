"""Forecasts of the next skip given the past: baselines, and how good each forecast is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import brier_score_loss, log_loss, roc_auc_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from segue.experiments.fitting.play_arrays import PlayArrays
from segue.experiments.fitting.regressors import Regressors
from segue.features.arrays import BoolArray, FloatArray, Int64Array, IntArray

LAGS = 10
"""Earlier plays of the session that the baselines see one by one."""

MOST_TRAINED = 400_000
"""Plays that logistic regression and trees are trained on at most."""

FITTED, TREES = "fitted listener", "boosted trees"
BASELINES = ("base rate", "previous skip", "logistic regression", TREES)

BINS = 10
"""Points of a calibration curve."""


@dataclass(frozen=True, eq=False)
class Inputs:
    """What the baselines know before each play.

    Attributes:
        table: One row per play, NaN where there is no such past, (N, D).
        names: Names of the columns.
    """

    table: FloatArray
    names: tuple[str, ...]


def past_of(plays: PlayArrays, regressors: Regressors) -> Inputs:
    """Describes what is known before each play, to forecast it without a model of the listener.

    Columns: whether each of the last ten plays of the session was skipped; the last heard fraction; the
    position; the share of skips in the session so far, and in all plays of the listener so far, with their
    number; and what each term says of the track on average over listeners. The fitted listener conditions on
    the same plays, one by one.

    Args:
        plays: The plays.
        regressors: What the terms say; of all terms of the preset, so that the baselines also see those that
            the fitted listener leaves out.
    """
    skipped = np.where(plays.skipped >= 0, plays.skipped, np.nan).astype(float)
    columns: dict[str, FloatArray] = {}
    for lag in range(1, LAGS + 1):
        columns[f"skipped {lag} before"] = _earlier(skipped, plays.position, lag)
    columns["heard before"] = _earlier(plays.listened, plays.position, 1)
    columns["position"] = plays.position.astype(float)
    for what, starts in (("session", plays.session_starts), ("listener", plays.listener_starts)):
        count, total = _so_far(plays.skipped, starts)
        columns[f"plays of the {what}"] = np.log1p(count)
        columns[f"skips of the {what}"] = (total + 1.0) / (count + 2.0)
    for t, name in enumerate(regressors.names):
        columns[name] = regressors.mean[:, t]
    columns = {name: column for name, column in columns.items() if np.isfinite(column).any()}
    return Inputs(np.column_stack(list(columns.values())), tuple(columns))


def _earlier(values: FloatArray, position: Int64Array, lag: int) -> FloatArray:
    before = np.full(len(values), np.nan)
    before[lag:] = values[:-lag] if lag else values
    return np.where(position >= lag, before, np.nan)


def _so_far(skipped: Int64Array, starts: IntArray) -> tuple[FloatArray, FloatArray]:
    """Returns known plays and skips before each play, since the last start, (N,) each."""
    counts = []
    for values in (skipped >= 0, skipped == 1):
        before = np.cumsum(values) - values
        counts.append((before - np.repeat(before[starts[:-1]], np.diff(starts))).astype(float))
    return counts[0], counts[1]


def baseline_forecasts(inputs: Inputs, skipped: Int64Array, train: BoolArray, seed: int) -> dict[str, Any]:
    """Trains the baselines.

    Args:
        inputs: What is known before each play.
        skipped: 1 skipped, 0 not, −1 not known, (N,).
        train: The plays to train with, (N,).
        seed: Seed of the plays that are drawn if there are more than `MOST_TRAINED`, and of the trees.

    Returns:
        Forecasts of all plays by the name of the baseline, (N,).
    """
    rows = np.flatnonzero(train & (skipped >= 0))
    previous = inputs.table[:, 0]
    rate = skipped[rows].mean()
    after = np.full(len(skipped), rate)
    for state in (previous == 1, previous == 0, np.isnan(previous)):
        known = rows[state[rows]]
        after[state] = (skipped[known].sum() + rate) / (len(known) + 1.0)
    rng = np.random.default_rng(seed)
    rows = np.sort(rng.permutation(rows)[:MOST_TRAINED])
    seen = np.isfinite(inputs.table)
    filled = np.where(seen, inputs.table, 0.5)
    wide = np.concatenate([filled, (~seen)[:, (~seen).any(axis=0)].astype(float)], axis=1)
    linear = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    linear.fit(wide[rows], skipped[rows])
    trees = HistGradientBoostingClassifier(
        learning_rate=0.06, max_iter=300, max_leaf_nodes=15, early_stopping=True, random_state=seed
    )
    trees.fit(inputs.table[rows], skipped[rows])
    forecasts = (
        np.full(len(skipped), rate),
        after,
        linear.predict_proba(wide)[:, 1],
        trees.predict_proba(inputs.table)[:, 1],
    )
    return dict(zip(BASELINES, forecasts, strict=True))


def quality(forecasts: dict[str, FloatArray], skipped: Int64Array, rows: IntArray) -> pd.DataFrame:
    """Measures forecasts on some plays.

    Returns:
        One row per forecast: forecast, plays, auc, brier, log_loss.
    """
    rows = rows[skipped[rows] >= 0]
    truth = skipped[rows]
    found = []
    for name, forecast in forecasts.items():
        p = np.clip(forecast[rows], 1e-6, 1 - 1e-6)
        both = 0 < truth.sum() < len(truth)
        found.append(
            {
                "forecast": name,
                "plays": len(rows),
                "auc": roc_auc_score(truth, p) if both else np.nan,
                "brier": brier_score_loss(truth, p) if len(truth) else np.nan,
                "log_loss": log_loss(truth, p, labels=[0, 1]) if len(truth) else np.nan,
            }
        )
    return pd.DataFrame(found)


def auc_gap(
    forecasts: dict[str, FloatArray],
    skipped: Int64Array,
    rows: IntArray,
    units: Int64Array,
    resamples: int = 100,
) -> tuple[float, float, float]:
    """Compares the fitted listener with the trees.

    Args:
        forecasts: Forecasts by name.
        skipped: 1 skipped, 0 not, −1 not known, (N,).
        rows: The plays to compare on.
        units: Listener or session of each play, (N,).
        resamples: Resamples of the units.

    Returns:
        Difference of the AUC, and its 95 % interval by a bootstrap over units.
    """
    rows = rows[skipped[rows] >= 0]
    truth, codes = skipped[rows], pd.factorize(units[rows])[0]
    if not 0 < truth.sum() < len(truth):
        return (float("nan"),) * 3
    pair = [forecasts[name][rows] for name in (FITTED, TREES)]
    rng, count = np.random.default_rng(0), codes.max() + 1

    def gap(weights: FloatArray | None) -> float:
        return float(np.subtract(*(roc_auc_score(truth, p, sample_weight=weights) for p in pair)))

    drawn = []
    for _ in range(resamples):
        weights = np.bincount(rng.integers(count, size=count), minlength=count)[codes].astype(float)
        if weights[truth == 1].any() and weights[truth == 0].any():
            drawn.append(gap(weights))
    low, high = np.quantile(drawn, [0.025, 0.975])
    return gap(None), float(low), float(high)


def calibration(forecasts: dict[str, FloatArray], skipped: Int64Array, rows: IntArray) -> pd.DataFrame:
    """Groups the plays by forecast into bins of equal size.

    Returns:
        forecast, predicted (mean forecast of the bin), observed (share skipped), plays.
    """
    rows = rows[skipped[rows] >= 0]
    parts = []
    for name, forecast in forecasts.items():
        p, truth = forecast[rows], skipped[rows]
        bins = pd.qcut(pd.Series(p).rank(method="first"), min(BINS, len(p)), labels=False)
        table = pd.DataFrame({"predicted": p, "observed": truth, "bin": bins})
        grouped = table.groupby("bin").agg(
            predicted=("predicted", "mean"), observed=("observed", "mean"), plays=("observed", "size")
        )
        parts.append(grouped.reset_index(drop=True).assign(forecast=name))
    return pd.concat(parts, ignore_index=True)[["forecast", "predicted", "observed", "plays"]]
