"""Fits a listener to a log: parameters, the terms that the data support, and forecasts of held-out plays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from segue.envs.listener.preset import Preset, load_preset
from segue.experiments.fitting.goodness.forecasts import (
    FITTED,
    Inputs,
    auc_gap,
    baseline_forecasts,
    calibration,
    past_of,
    quality,
)
from segue.experiments.fitting.likelihood.estimate import MOST_STEPS, Estimate, estimate
from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.likelihood.parameters import LEAVING, WEIGHT
from segue.experiments.fitting.play_arrays import PlayArrays, play_arrays
from segue.experiments.fitting.regressors import term_regressors
from segue.experiments.fitting.selection import OPPOSITE, REFINING, SEARCHED, Progress, choose_terms
from segue.experiments.fitting.splits import Split, split_plays
from segue.features import Catalog
from segue.features.arrays import FloatArray, Int64Array
from segue.features.errors import UserError

FEWEST_PLAYS = 10
"""Training plays that were skipped, and that were not, at least."""

NOT_NEGATIVE = (f"{LEAVING}b", f"{LEAVING}c")
"""Parameters that a preset does not allow below 0."""


@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted listener and how well it forecasts.

    Attributes:
        preset: The preset that the fit began with.
        plays: The log.
        model: The model of the whole log, with the supported terms.
        estimate: The estimate from the whole log.
        unsupported: Why terms of the preset are left out, by their name.
        penalty: The penalty chosen on validation plays.
        forecasts: Quality of every forecast on held-out plays: set, forecast, plays, auc, brier, log_loss.
        gaps: AUC of the fitted listener minus that of the trees, with its interval, by set.
        calibration: Calibration curves: set, forecast, predicted, observed, plays.
        listeners: Posterior means of every listener: see `Filtered.listeners`.
        feature_names: Features of the catalogue.
    """

    preset: Preset
    plays: PlayArrays
    model: ListenerModel
    estimate: Estimate
    unsupported: dict[str, str]
    penalty: float
    forecasts: pd.DataFrame
    gaps: dict[str, tuple[float, float, float]]
    calibration: pd.DataFrame
    listeners: FloatArray
    feature_names: tuple[str, ...]


def fit_listener(
    plays: pd.DataFrame,
    catalog: Catalog | None = None,
    preset: str | dict[str, Any] = "session",
    *,
    length: int = 30,
    seed: int = 0,
    threads: int = 1,
    progress: Progress = lambda what, share: None,
) -> Fit:
    """Fits a listener to a log of plays.

    Args:
        plays: The table of plays.
        catalog: The catalogue of its tracks; without one, only bias, engagement, response and departure are
            fitted.
        preset: The preset whose terms are fitted.
        length: Tracks of a session that a listener's terms remember, as the environment's `length`.
        seed: Seed of the division of the log and of everything drawn.
        threads: Threads to use.
        progress: Called as the fit proceeds.

    Raises:
        UserError: The log is too small or says nothing about skips, the preset cannot be fitted, or an
            argument is not valid.
    """
    for name, value, least in (("length", length, 1), ("seed", seed, 0), ("threads", threads, 1)):
        if value < least:
            raise UserError(f"{name} must be at least {least}, but is {value}.")
    start = load_preset(preset)
    data = play_arrays(plays, catalog)
    split = split_plays(data, seed)
    _require_both(data.skipped[split.train])
    regressors = term_regressors(
        data,
        catalog,
        start,
        length=length,
        seed=seed,
        threads=threads,
        progress=lambda share: progress("replaying the log", 0.25 * share),
    )
    model = ListenerModel(start, data, regressors, threads)
    trained, model, unsupported = choose_terms(model, split, progress)
    # The baselines see all terms of the preset, whatever the listener keeps.
    forecasts, gaps, curves = _check(model, trained, past_of(data, regressors), split, seed, progress)
    progress("fitting the whole log", 0.8)
    steps = MOST_STEPS if len(data) <= SEARCHED else REFINING
    whole = estimate(model, trained.values, trained.names, penalty=trained.penalty, most_steps=steps)
    whole, model = _within_bounds(whole, model)
    filtered = model.filtered(whole.values)
    progress("done", 1.0)
    return Fit(
        preset=start,
        plays=data,
        model=model,
        estimate=whole,
        unsupported={**unsupported, **model.regressors.unsupported},
        penalty=trained.penalty,
        forecasts=forecasts,
        gaps=gaps,
        calibration=curves,
        listeners=filtered.listeners,
        feature_names=() if catalog is None else catalog.feature_names,
    )


def _require_both(skipped: Int64Array) -> None:
    """Refuses training plays of which hardly any, or hardly any other, was skipped."""
    for what, count in (("skipped", int((skipped == 1).sum())), ("kept", int((skipped == 0).sum()))):
        if count < FEWEST_PLAYS:
            raise UserError(
                f"Only {count} of {len(skipped):,} training plays are known to be {what}, too few to fit a "
                f"listener to; give a log with at least {FEWEST_PLAYS}."
            )


def _within_bounds(found: Estimate, model: ListenerModel) -> tuple[Estimate, ListenerModel]:
    """Estimates again without effects on leaving, and without terms, whose sign is not allowed."""
    steps = MOST_STEPS if len(model.plays) <= SEARCHED else REFINING
    while wrong := [
        name
        for name in found.names
        if (name in NOT_NEGATIVE or name.startswith(WEIGHT)) and found.values[name] < 0
    ]:
        terms = [name.removeprefix(WEIGHT) for name in wrong if name.startswith(WEIGHT)]
        for term in terms:
            model = model.with_regressors(model.regressors.without(term, OPPOSITE))
        names = tuple(name for name in found.names if name not in wrong)
        values = {**found.values, **dict.fromkeys(wrong, 0.0)}
        found = estimate(model, values, names, penalty=found.penalty, most_steps=steps)
    return found, model


def _check(
    model: ListenerModel, trained: Estimate, inputs: Inputs, split: Split, seed: int, progress: Progress
) -> tuple[pd.DataFrame, dict[str, tuple[float, float, float]], pd.DataFrame]:
    """Forecasts held-out plays with the values of the training plays, beside baselines that see `inputs`."""
    plays = model.plays
    progress("training the baselines", 0.65)
    forecasts = {FITTED: model.filtered(trained.values).skip}
    forecasts |= baseline_forecasts(inputs, plays.skipped, split.train, seed)
    tables, gaps, curves = [], {}, []
    for name, chosen in (("held-out listeners", split.held_out), ("later sessions", split.later)):
        rows = np.flatnonzero(chosen & (plays.skipped >= 0))
        if not len(rows):
            continue
        tables.append(quality(forecasts, plays.skipped, rows).assign(set=name))
        gaps[name] = auc_gap(forecasts, plays.skipped, rows, plays.units)
        curves.append(calibration(forecasts, plays.skipped, rows).assign(set=name))
    return pd.concat(tables, ignore_index=True), gaps, pd.concat(curves, ignore_index=True)
