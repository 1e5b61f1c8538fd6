"""Measures how well the taste of a listener can be known from a number of plays, whatever the estimator.

usage: python experiments/calibration/taste_bound.py --out taste_bound.csv

The kept table, which the documentation shows, is measured/taste_bound.csv.

Listeners of a preset hear random tracks. The bound is the mean of the exact posterior of their tastes given
the plays, the weights and, for every play, the utility apart from the taste that the listener began with: no
estimator of a log, where bias, engagement and what the terms remember are not known, has a smaller expected
error. It is computed by elliptical slice sampling (Murray, Adams and MacKay 2010). Beside it stands what the
filter of `segue fit` finds with the true weights.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import tyro
from scipy.special import ndtr

from segue.envs import load_preset
from segue.envs.listener.terms.taste import taste_scale
from segue.experiments.calibration.recover_listeners import CATALOG, explained, taste_estimates
from segue.experiments.console import errors_in_one_sentence
from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.play_arrays import play_arrays
from segue.experiments.fitting.regressors import term_regressors
from segue.experiments.fitting.simulated_logs import SimulatedLog, simulate_log
from segue.features.arrays import FloatArray
from segue.features.errors import UserError

SWEEPS = 4_000
"""Sweeps of the sampler, of which a quarter is discarded."""


def taste_bound(
    presets: Sequence[str] = ("session", "full", "djset", "rebound"),
    plays: Sequence[int] = (200, 500, 1_000, 2_000),
    listeners: int = 100,
    seed: int = 0,
    out: Path = Path("taste_bound.csv"),
) -> pd.DataFrame:
    """Measures the bound.

    Args:
        presets: The presets; they need the term `taste`.
        plays: Numbers of plays of a listener.
        listeners: Listeners per preset and number of plays.
        seed: Seed of everything random.
        out: The table to write, or to continue.

    Returns:
        The table: preset, plays, listeners, and R² as bound_tracks, filter_tracks, bound_features and
        filter_features.

    Raises:
        UserError: The folder of `out` does not exist.
    """
    if not out.parent.is_dir():
        raise UserError(f"There is no folder {out.parent} to write the table to; create it first.")
    table = pd.read_csv(out) if out.exists() else pd.DataFrame({"preset": [], "plays": []})
    for preset in presets:
        missing = sorted(set(plays) - set(table["plays"][table["preset"] == preset]))
        if not missing:
            continue
        log = simulate_log(
            preset, CATALOG, listeners=listeners, sessions_each=_sessions(preset, max(plays)), seed=seed
        )
        for count in missing:
            row = {"preset": preset, "plays": count, **_measure(preset, _beginning(log, count), seed)}
            table = pd.concat([table, pd.DataFrame([row])], ignore_index=True)
            table.to_csv(out, index=False, float_format="%.4g")
    return table


def _sessions(preset: str, plays: int) -> int:
    """Returns a number of sessions in which hardly any listener has fewer plays."""
    sample = simulate_log(preset, CATALOG, listeners=500, seed=0)
    return int(np.ceil(1.3 * plays * 500 / len(sample.plays)))


def _beginning(log: SimulatedLog, count: int) -> SimulatedLog:
    """Returns the first plays of every listener who has that many."""
    listener = log.plays["listener"]
    enough = listener.map(listener.value_counts()).to_numpy() >= count
    chosen = enough & (log.plays.groupby("listener", sort=False).cumcount().to_numpy() < count)
    people = listener[chosen].drop_duplicates().astype(int).to_numpy()
    return SimulatedLog(
        log.plays[chosen].reset_index(drop=True), log.hidden[people], log.utility[chosen], log.setting
    )


def _measure(preset: str, log: SimulatedLog, seed: int) -> dict[str, float]:
    """Returns the bound and what the filter reaches, for listeners of equally many plays."""
    catalog, listener = log.setting.catalog, log.setting.listener
    truth = log.hidden[:, listener.hidden_columns["taste"]]
    arrays = play_arrays(log.plays, catalog)
    model = ListenerModel(load_preset(preset), arrays, term_regressors(arrays, catalog, load_preset(preset)))
    found = taste_estimates(model, model.start)

    people = len(truth)
    effects = (2.0 * catalog.matrix[arrays.track] - 1.0).reshape(people, -1, truth.shape[1])
    effects = effects * (listener.terms["taste"].weight * taste_scale(catalog))
    offset = log.utility.reshape(people, -1) - np.einsum("lnf,lf->ln", effects, truth)
    response, skipped = model.response, arrays.skipped.reshape(people, -1) == 1
    seconds = np.where(arrays.skipped == 1, arrays.listened * arrays.duration, 0.5 * arrays.duration)
    _, hazard = response.base_hazard(seconds, arrays.duration)
    hazard = np.where(skipped, hazard.reshape(people, -1), response.constants.until_end)

    def log_likelihood(tastes: FloatArray) -> FloatArray:
        exponent = -response.beta * (offset + np.einsum("lnf,lf->ln", effects, tastes))
        return np.asarray((skipped * exponent - hazard * np.exp(exponent)).sum(axis=1))

    best = posterior_mean(log_likelihood, truth.shape, seed)
    bound, reached = explained(truth, best, catalog), explained(truth, found, catalog)
    return {
        "listeners": people,
        "bound_tracks": bound[0],
        "filter_tracks": reached[0],
        "bound_features": bound[1],
        "filter_features": reached[1],
    }


def posterior_mean(
    log_likelihood: Callable[[FloatArray], FloatArray],
    shape: tuple[int, ...],
    seed: int,
    sweeps: int = SWEEPS,
) -> FloatArray:
    """Returns the posterior means of tastes that are uniform in [−1, 1] before, (listeners, F).

    Elliptical slice sampling of all listeners at once, on the scale on which the tastes are normal.

    Args:
        log_likelihood: From the tastes (listeners, F) to the log likelihood of each listener, (listeners,).
        shape: (listeners, F).
        seed: Seed of the sampler.
        sweeps: Sweeps of the sampler, of which a quarter is discarded.
    """
    rng = np.random.default_rng(seed)
    place, total, kept = np.zeros(shape), np.zeros(shape), 0
    height = log_likelihood(2.0 * ndtr(place) - 1.0)
    for sweep in range(sweeps):
        other, level = rng.standard_normal(shape), height + np.log(rng.random(shape[0]))
        angle = rng.uniform(0.0, 2.0 * np.pi, shape[0])
        low, high, moving = angle - 2.0 * np.pi, angle.copy(), np.ones(shape[0], np.bool_)
        moved = place
        while moving.any():
            turned = place * np.cos(angle)[:, None] + other * np.sin(angle)[:, None]
            moved = np.where(moving[:, None], turned, moved)
            height = log_likelihood(2.0 * ndtr(moved) - 1.0)
            moving = height <= level
            low = np.where(moving & (angle < 0), angle, low)
            high = np.where(moving & (angle >= 0), angle, high)
            angle = np.where(moving, rng.uniform(low, high), angle)
        place = moved
        if sweep >= sweeps // 4:
            total, kept = total + 2.0 * ndtr(place) - 1.0, kept + 1
    return total / kept


if __name__ == "__main__":
    with errors_in_one_sentence("taste_bound"):
        print(tyro.cli(taste_bound).round(3).to_string(index=False))
