"""Fits a listener to a log: parameters, the terms that the data support, and forecasts of held-out plays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.stats import chi2

from segue.envs.listener.preset import Preset, load_preset
from segue.experiments.fitting.estimate import MOST_STEPS, Estimate, estimate
from segue.experiments.fitting.goodness.forecasts import (
    FITTED,
    auc_gap,
    baseline_forecasts,
    calibration,
    past_of,
    quality,
)
from segue.experiments.fitting.model import LEAVING, WEIGHT, ListenerModel, from_free
from segue.experiments.fitting.play_arrays import PlayArrays, play_arrays
from segue.experiments.fitting.regressors import term_regressors
from segue.experiments.fitting.splits import FEWEST_LISTENERS, Split, split_plays
from segue.features import Catalog
from segue.features.arrays import FloatArray, Int64Array
from segue.features.errors import UserError

PENALTIES = (0.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Penalties that are tried on the validation plays."""

CHANCE = 0.025
"""Probability that some term which the plays do not depend on is kept."""

NEEDED_BY_SPREAD = 1.0
"""Log likelihood that a spread over sessions or listeners must add, by Akaike's criterion: that sessions
differ is likely beforehand, and forecasts of small logs get worse where it is left out."""

FEWEST_PLAYS = 10
"""Training plays that were skipped, and that were not, at least."""

CLEAR = 6.0
"""An estimate of so many standard errors is supported without a further test."""

SEARCHED, REFINING = 60_000, 3
"""Plays with which the search begins at most, and the steps that follow with all: from so near the maximum,
the first of them reaches it but for a small part of the standard error."""

UNSUPPORTED = "the plays are as likely without it"

PARTS = {
    "momentum of the engagement": ("persistence", "gain", "noise", "opening"),
    "level of the engagement": ("level_spread",),
    "spread of the bias": ("bias_spread",),
}
"""Parts of a listener that are left out together, beside the terms that depend on tracks."""

NOT_NEGATIVE = (f"{LEAVING}b", f"{LEAVING}c")
"""Parameters that a preset does not allow below 0."""

Progress = Callable[[str, float], object]
"""Called with what is being done and the share of the whole that is done."""


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
        catalog: The catalogue of its tracks; without one, only bias, engagement and response are fitted.
        preset: The preset whose terms are fitted.
        length: Tracks of a session that a listener's terms remember, as the environment's `length`.
        seed: Seed of the division of the log and of everything drawn.
        threads: Threads to use.
        progress: Called as the fit proceeds.

    Raises:
        UserError: The log is too small or tells nothing of skips, or the preset cannot be fitted.
    """
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
    trained, model, unsupported = _choose_terms(model, split, progress)
    forecasts, gaps, curves = _check(model, trained, split, seed, progress)
    progress("fitting the whole log", 0.8)
    steps = MOST_STEPS if len(data) <= SEARCHED else REFINING
    whole = estimate(model, trained.values, trained.names, penalty=trained.penalty, most_steps=steps)
    whole = _within_bounds(model, whole)
    filtered = model.filtered(whole.values)
    progress("done", 1.0)
    return Fit(
        preset=start,
        plays=data,
        model=model,
        estimate=whole,
        unsupported=unsupported,
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


def _choose_terms(
    model: ListenerModel, split: Split, progress: Progress
) -> tuple[Estimate, ListenerModel, dict[str, str]]:
    """Fits the training plays, leaves out what they do not support, and chooses the penalty.

    Returns:
        The estimate, the model of all plays without what is not supported, and why that is left out.
    """
    whole = model.take(split.train)
    training = _part(whole)
    progress("fitting", 0.25)
    found = estimate(
        training,
        model.initial(),
        training.free,
        report=lambda step, gap: progress("fitting", 0.25 + 0.2 * (1 - 0.9**step)),
    )
    found, parts = _without_unsupported_parts(training, found)
    needed = _needed_gain(len(model.regressors.names))
    while model.regressors.names:
        progress("choosing terms", 0.45)
        weakest, smaller = _weakest(training, found, needed)
        if smaller is None:
            break
        found = smaller
        model, whole, training = (_without(each, weakest) for each in (model, whole, training))
    penalty = _choose_penalty(model.take(split.validation), found)
    if penalty or len(whole.plays) > len(training.plays):
        progress("fitting all training plays", 0.5)
        found = estimate(whole, found.values, found.names, penalty=penalty, most_steps=REFINING)
    return found, model, {**model.regressors.unsupported, **parts}


def _part(model: ListenerModel) -> ListenerModel:
    """Returns the plays of some listeners, or of some sessions if there are few, for the first search."""
    plays = model.plays
    if len(plays) <= SEARCHED:
        return model
    codes = plays.listener if plays.n_listeners >= FEWEST_LISTENERS else plays.session
    names, code = np.unique(codes, return_inverse=True)
    drawn = np.random.default_rng(0).random(len(names)) < SEARCHED / len(plays)
    return model.take(drawn[code])


def _without(model: ListenerModel, term: str) -> ListenerModel:
    """Returns the model without a term."""
    return model.with_regressors(model.regressors.without(term, UNSUPPORTED))


def _without_unsupported_parts(training: ListenerModel, found: Estimate) -> tuple[Estimate, dict[str, str]]:
    """Leaves out the momentum, the level and the spread of the bias where the plays are as likely without."""
    unsupported = {}
    for what, names in PARTS.items():
        if not set(names) <= set(found.names):
            continue
        if max(_strength(found, name) for name in names if name != "persistence") > CLEAR:
            continue
        others = tuple(name for name in found.names if name not in names)
        smaller = estimate(training, {**found.values, **dict.fromkeys(names, 0.0)}, others)
        needed = 0.5 * chi2.ppf(0.95, len(names)) if len(names) > 1 else NEEDED_BY_SPREAD
        if found.log_likelihood - smaller.log_likelihood < needed:
            unsupported[what], found = UNSUPPORTED, smaller
    return found, unsupported


def _within_bounds(model: ListenerModel, found: Estimate) -> Estimate:
    """Estimates again without effects on leaving whose sign a preset does not allow."""
    while wrong := [name for name in NOT_NEGATIVE if found.values[name] < 0]:
        names = tuple(name for name in found.names if name not in wrong)
        values = {**found.values, **dict.fromkeys(wrong, 0.0)}
        steps = MOST_STEPS if len(model.plays) <= SEARCHED else REFINING
        found = estimate(model, values, names, penalty=found.penalty, most_steps=steps)
    return found


def _needed_gain(tested: int) -> float:
    """Returns the log likelihood that a term must add if so many are tested (Bonferroni).

    Half a quantile of χ² with one degree of freedom; since a weight cannot be negative, chance exceeds it
    half as often (Self and Liang 1987).
    """
    return float(0.5 * chi2.ppf(1.0 - 2.0 * CHANCE / max(tested, 1), 1))


def _weakest(training: ListenerModel, found: Estimate, needed: float) -> tuple[str, Estimate | None]:
    """Finds a term that can be left out, and the estimate without it; None if all are supported.

    Args:
        training: The plays.
        found: The estimate with all terms.
        needed: Log likelihood that a term must add.
    """
    strengths = {name: _strength(found, f"{WEIGHT}{name}") for name in training.regressors.names}
    for name, strength in sorted(strengths.items(), key=lambda item: item[1]):
        if strength > CLEAR:
            break
        values = {key: value for key, value in found.values.items() if key != f"{WEIGHT}{name}"}
        names = tuple(key for key in found.names if key != f"{WEIGHT}{name}")
        smaller = estimate(_without(training, name), values, names)
        opposite = strength < -1 and training.regressors.has_mean(name)
        if opposite or found.log_likelihood - smaller.log_likelihood < needed:
            return name, smaller
    return "", None


def _strength(found: Estimate, name: str) -> float:
    """Returns an estimate over its standard error."""
    errors = np.sqrt(np.diag(found.covariance()))
    return float(found.values[name] / max(errors[found.names.index(name)], 1e-9))


def _choose_penalty(validation: ListenerModel, found: Estimate) -> float:
    """Returns the penalty under which the validation plays are most likely.

    Estimates under a penalty are taken from the quadratic approximation of the likelihood.
    """
    if not validation.regressors.names:
        return 0.0
    shrunk = np.array([name.startswith(WEIGHT) for name in found.names], dtype=float)
    likelihoods = []
    for penalty in PENALTIES:
        system = found.information + penalty * np.diag(shrunk)
        numbers = found.numbers - np.linalg.solve(system, penalty * shrunk * found.numbers)
        values = from_free(numbers, found.names, found.values)
        likelihoods.append(validation.filtered(values).log_likelihood.sum())
    return PENALTIES[int(np.argmax(likelihoods))]


def _check(
    model: ListenerModel, trained: Estimate, split: Split, seed: int, progress: Progress
) -> tuple[pd.DataFrame, dict[str, tuple[float, float, float]], pd.DataFrame]:
    """Forecasts held-out plays with the values of the training plays, beside the baselines."""
    plays = model.plays
    progress("training the baselines", 0.65)
    inputs = past_of(plays, model.regressors)
    forecasts = {FITTED: model.filtered(trained.values).skip}
    forecasts |= baseline_forecasts(inputs, plays.skipped, split.train, seed)
    tables, gaps, curves = [], {}, []
    for name, chosen in (("held-out listeners", split.held_out), ("later sessions", split.later)):
        rows = np.flatnonzero(chosen & (plays.skipped >= 0))
        if not len(rows):
            continue
        units = plays.listener if plays.n_listeners >= 10 else plays.session
        tables.append(quality(forecasts, plays.skipped, rows).assign(set=name))
        gaps[name] = auc_gap(forecasts, plays.skipped, rows, units)
        curves.append(calibration(forecasts, plays.skipped, rows).assign(set=name))
    return pd.concat(tables, ignore_index=True), gaps, pd.concat(curves, ignore_index=True)
