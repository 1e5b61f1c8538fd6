"""Fits listeners to logs that were simulated from presets, and compares the estimates with the truth.

usage: python experiments/calibration/recover_listeners.py --preset session --out recovery.csv

The kept table, which the documentation shows, is measured/recovery.csv.

One row per preset, repeat and parameter, added as soon as it is known; repeats that the file holds are not
made again. Prints coverage and error by parameter. The fit begins away from the truth.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import tyro

from segue.envs import load_preset
from segue.experiments.console import errors_in_one_sentence
from segue.experiments.fitting.likelihood.estimate import estimate
from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.likelihood.parameters import WEIGHT, Values
from segue.experiments.fitting.play_arrays import play_arrays
from segue.experiments.fitting.regressors import term_regressors
from segue.experiments.fitting.simulated_logs import SimulatedLog, simulate_log
from segue.features import Catalog
from segue.features.arrays import FloatArray
from segue.features.errors import UserError

CATALOG = "synthetic:5000"

LEAST_PLAYS = 200
"""Plays of a listener whose taste is compared with the truth."""

START = {
    "bias": 0.0,
    "level_spread": 0.5,
    "persistence": 0.5,
    "gain": 0.3,
    "noise": 0.5,
    "opening": 0.3,
    "until_5s": 0.5,
    "until_30s": 0.5,
}
"""Values that a fit begins with, whatever the preset; weights begin at half of the truth plus 0.1."""


def recover(
    preset: str = "session",
    repeats: int = 20,
    sessions: int = 20_000,
    sessions_each: int = 1,
    skips_only: bool = False,
    out: Path = Path("recovery.csv"),
) -> pd.DataFrame:
    """Fits simulated logs.

    Args:
        preset: The preset that the logs are simulated from, and whose terms are fitted.
        repeats: Logs.
        sessions: Sessions of a log.
        sessions_each: Sessions of each listener.
        skips_only: Whether the log only says which tracks were skipped, not when.
        out: The table to write, or to continue.

    Returns:
        The table: preset, sessions, sessions_each, skips_only, repeat, parameter, truth, estimate, low, high.

    Raises:
        UserError: The folder of `out` does not exist.
    """
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent} to write the table to; create it first.")
    table = pd.read_csv(out) if out.exists() else pd.DataFrame()
    setting = {
        "preset": preset,
        "sessions": sessions,
        "sessions_each": sessions_each,
        "skips_only": skips_only,
    }
    for repeat in range(repeats):
        case = {**setting, "repeat": repeat}
        if len(table) and (table[list(case)] == pd.Series(case)).all(axis=1).any():
            continue
        log = simulate_log(
            preset,
            CATALOG,
            listeners=sessions // sessions_each,
            sessions_each=sessions_each,
            seed=repeat,
        )
        rows = pd.DataFrame([{**case, **row} for row in _fit(preset, log, skips_only)])
        table = pd.concat([table, rows], ignore_index=True)
        table.to_csv(out, index=False, float_format="%.5g")
    return table


def _fit(preset: str, log: SimulatedLog, skips_only: bool) -> list[dict[str, float | str]]:
    """Returns truth, estimate and interval of every parameter, and how well tastes are recovered."""
    plays = log.plays.drop(columns=["listened", "listened_s"]) if skips_only else log.plays
    catalog = log.setting.catalog
    arrays = play_arrays(plays, catalog)
    regressors = term_regressors(arrays, catalog, load_preset(preset))
    model = ListenerModel(load_preset(preset), arrays, regressors)
    found = estimate(model, _start(model), model.free)
    rows: list[dict[str, float | str]] = []
    for name, (low, high) in found.intervals().items():
        truth, value = model.start[name], found.values[name]
        if name == "level_spread" and "bias_spread" not in model.free:
            # With one session of each listener the two are one.
            truth = float(np.hypot(truth, model.start["bias_spread"]))
        rows.append({"parameter": name, "truth": truth, "estimate": value, "low": low, "high": high})
    if "taste" in regressors.bases and arrays.n_sessions > 2 * arrays.n_listeners:
        names = ("taste for tracks, R²", "taste for features, R²")
        for name, match in zip(names, taste_match(model, found.values, log), strict=True):
            if np.isfinite(match):
                rows.append(
                    {"parameter": name, "truth": 1.0, "estimate": match, "low": np.nan, "high": np.nan}
                )
    return rows


def _start(model: ListenerModel) -> Values:
    values = model.initial()
    values |= {name: value for name, value in START.items() if name in model.free}
    for name in model.free:
        if name.startswith(WEIGHT):
            values[name] = 0.5 * model.start[name] + 0.1
    return values


def taste_match(model: ListenerModel, values: Values, log: SimulatedLog) -> tuple[float, float]:
    """Returns how well the tastes of listeners of 200 plays or more are recovered; NaN if there are none."""
    estimated = taste_estimates(model, values)
    truth = log.hidden[:, log.setting.listener.hidden_columns["taste"]]
    enough = np.diff(model.plays.listener_starts) >= LEAST_PLAYS
    if not enough.any():
        return float("nan"), float("nan")
    return explained(truth[enough], estimated[enough], log.setting.catalog)


def taste_estimates(model: ListenerModel, values: Values) -> FloatArray:
    """Returns the estimated preferences of every listener for the features, (listeners, F)."""
    regressors = model.regressors
    centre, matrix = regressors.bases["taste"]
    used = (regressors.term_of_loading == regressors.names.index("taste")) & ~regressors.of_session
    return np.asarray(centre + model.filtered(values).listeners[:, 1:][:, used] @ matrix.T)


def explained(truth: FloatArray, estimated: FloatArray, catalog: Catalog) -> tuple[float, float]:
    """Returns the share of the variance of tastes over listeners that estimates explain, R².

    Args:
        truth: Preferences of listeners for the features, (listeners, F).
        estimated: Their estimates.
        catalog: The catalogue.

    Returns:
        That of the tastes for the tracks of the catalogue, and that of the preferences themselves, which
        counts directions in which tracks hardly differ as much as all others.
    """
    centred = 2.0 * catalog.matrix - 1.0
    pairs = ((truth @ centred.T, estimated @ centred.T), (truth, estimated))
    of_tracks, of_features = (
        float(1.0 - np.square(found - true).sum() / np.square(true - true.mean(axis=0)).sum())
        for true, found in pairs
    )
    return of_tracks, of_features


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """Returns truth, mean estimate, root mean square error and coverage of the intervals by parameter."""
    covered = (table["low"] <= table["truth"]) & (table["truth"] <= table["high"])
    table = table.assign(
        covered=covered.where(table["low"].notna()), error=np.square(table["estimate"] - table["truth"])
    )
    by = ["preset", "sessions", "sessions_each", "skips_only", "parameter"]
    found = table.groupby(by, sort=False).agg(
        repeats=("repeat", "size"),
        truth=("truth", "first"),
        mean=("estimate", "mean"),
        rmse=("error", lambda squares: float(np.sqrt(squares.mean()))),
        coverage=("covered", "mean"),
    )
    return found.reset_index()


if __name__ == "__main__":
    with errors_in_one_sentence("recover_listeners"):
        print(summary(tyro.cli(recover)).round(3).to_string(index=False))
