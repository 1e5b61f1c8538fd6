"""Which terms and parts of a listener the plays support, and how strongly weights are drawn to 0."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
from scipy.stats import chi2

from segue.experiments.fitting.likelihood.estimate import STEP, Estimate, estimate, log_likelihood_by_unit
from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.likelihood.parameters import WEIGHT, from_free
from segue.experiments.fitting.splits import FEWEST_LISTENERS, Split
from segue.features.arrays import FloatArray

PENALTIES = (0.0, 3.0, 10.0, 30.0, 100.0, 300.0)
"""Penalties that are tried on the validation plays."""

CHANCE = 0.025
"""Probability that some term which the plays do not depend on is kept."""

NEEDED_BY_SPREAD = 1.0
"""Log likelihood that a spread over sessions or listeners must add, by Akaike's criterion: that sessions
differ is likely beforehand, and forecasts of small logs get worse where it is left out."""

CLEAR = 6.0
"""An estimate of this many standard errors is supported without a further test."""

SEARCHED, REFINING = 60_000, 3
"""Plays with which the search begins at most, and the steps that follow with all: from so near the maximum,
the first of them reaches it but for a small part of the standard error."""

UNSUPPORTED = "the plays are as likely without it"
OPPOSITE = "its effect in the log has the opposite sign, which a fit does not allow"
"""Reasons for which terms are left out."""

PARTS = {
    "momentum of the engagement": ("persistence", "gain", "noise", "opening"),
    "level of the engagement": ("level_spread",),
    "spread of the bias": ("bias_spread",),
}
"""Parts of a listener that are left out together, beside the terms that depend on tracks."""

Progress = Callable[[str, float], object]
"""Called with what is being done and the share of the whole that is done."""


def choose_terms(
    model: ListenerModel, split: Split, progress: Progress
) -> tuple[Estimate, ListenerModel, dict[str, str]]:
    """Fits the training plays, leaves out what they do not support, and chooses the penalty.

    In a long log a part of the plays decides, but for terms that only all of them can show.

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
    left_out: dict[str, str] = {}
    while set(model.regressors.names) - set(left_out):
        progress("choosing terms", 0.45)
        weakest, smaller, reason = _weakest(_without(training, left_out), found, needed)
        if smaller is None:
            break
        found = smaller
        left_out[weakest] = reason
    if len(whole.plays) > len(training.plays):
        progress("fitting all training plays", 0.5)
        found = estimate(_without(whole, left_out), found.values, found.names, most_steps=REFINING)
        progress("choosing terms", 0.55)
        found, again, opposite = _with_what_all_plays_show(whole, found, left_out, parts, needed)
        left_out |= dict.fromkeys(opposite, OPPOSITE)
        left_out = {name: why for name, why in left_out.items() if name not in again}
        parts = {what: why for what, why in parts.items() if what not in again}
    model, whole = _without(model, left_out), _without(whole, left_out)
    penalty = _choose_penalty(model.take(split.validation), found)
    if penalty:
        progress("fitting all training plays", 0.6)
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


def _without(model: ListenerModel, terms: Mapping[str, str]) -> ListenerModel:
    """Returns the model without some terms, which are given with the reasons for that."""
    regressors = model.regressors
    for term, reason in terms.items():
        regressors = regressors.without(term, reason)
    return model.with_regressors(regressors)


def _with_what_all_plays_show(
    whole: ListenerModel, found: Estimate, left_out: Mapping[str, str], parts: Iterable[str], needed: float
) -> tuple[Estimate, list[str], list[str]]:
    """Takes in again what a part of the plays did not support, but all of them do.

    Args:
        whole: All plays, with all terms.
        found: The estimate from all plays without what was left out.
        left_out: Why terms were left out, by their name.
        parts: The parts that were left out, of `PARTS`; those of several parameters stay out.
        needed: Log likelihood that a term must add.

    Returns:
        The estimate, which terms and parts it has again, and which terms are left out since all plays show
        an effect of the opposite sign.
    """
    starts: dict[str, float] = {}
    again, opposite = [], []
    at_0 = log_likelihood_by_unit(_without(whole, left_out), found.values)
    for term in left_out:
        model = _without(whole, {name: why for name, why in left_out.items() if name != term})
        signed = whole.regressors.has_mean(term)
        gain, value = _gain_of_adding(model, found, at_0, f"{WEIGHT}{term}", signed)
        if gain >= needed and value < 0:
            opposite.append(term)
        elif gain >= needed:
            again.append(term)
            starts[f"{WEIGHT}{term}"] = value
    for what in parts:
        name, *others = PARTS[what]
        if others:
            continue
        gain, value = _gain_of_adding(_without(whole, left_out), found, at_0, name, False)
        if gain >= NEEDED_BY_SPREAD:
            again.append(what)
            starts[name] = value
    if not again:
        return found, again, opposite
    model = _without(whole, {name: why for name, why in left_out.items() if name not in again})
    names = (*found.names, *starts)
    return estimate(model, {**found.values, **starts}, names, most_steps=REFINING), again, opposite


def _gain_of_adding(
    model: ListenerModel, found: Estimate, at_0: FloatArray, name: str, signed: bool
) -> tuple[float, float]:
    """Returns about what log likelihood a parameter that is 0 would add, and about its value then.

    Half of Rao's score statistic and one step of scoring, which need no other estimate; 0 for both if a
    parameter whose sign does not matter would be negative.

    Args:
        model: All plays, and the parameter.
        found: The estimate without it.
        at_0: Log likelihood of each unit there, (units,).
        name: The parameter.
        signed: Whether its sign matters; if not, its square is what the likelihood depends on.
    """
    near_0 = log_likelihood_by_unit(model, {**found.values, name: STEP if signed else STEP**0.5})
    score = (near_0 - at_0) / STEP
    score = score - found.scores @ np.linalg.solve(found.information, found.scores.T @ score)
    total, information = float(score.sum()), max(float(score @ score), 1e-9)
    if not signed:
        total = max(total, 0.0)
    value = total / information
    return 0.5 * total**2 / information, value if signed else value**0.5


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


def _needed_gain(tested: int) -> float:
    """Returns the log likelihood that a term must add if `tested` terms are tested (Bonferroni).

    Half a quantile of χ² with one degree of freedom; since a weight cannot be negative, chance exceeds it
    half as often (Self and Liang 1987).
    """
    return float(0.5 * chi2.ppf(1.0 - 2.0 * CHANCE / max(tested, 1), 1))


def _weakest(training: ListenerModel, found: Estimate, needed: float) -> tuple[str, Estimate | None, str]:
    """Finds a term that is to be left out, the estimate without it, and why; None if all are supported.

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
        smaller = estimate(_without(training, {name: UNSUPPORTED}), values, names)
        if found.log_likelihood - smaller.log_likelihood < needed:
            return name, smaller, UNSUPPORTED
        if strength < 0 and training.regressors.has_mean(name):
            return name, smaller, OPPOSITE
    return "", None, ""


def _strength(found: Estimate, name: str) -> float:
    """Returns an estimate over its standard error."""
    errors = np.sqrt(np.diag(found.covariance()))
    return float(found.values[name] / max(errors[found.names.index(name)], 1e-9))


def _choose_penalty(validation: ListenerModel, found: Estimate) -> float:
    """Returns the penalty under which the validation plays are most likely, or 0 if that is not clear.

    A gain in validation counts only if it exceeds its standard error over listeners, since few plays would
    draw weights toward 0 by chance. Estimates under a penalty are taken from the quadratic approximation of
    the likelihood.
    """
    if not validation.regressors.names:
        return 0.0
    shrunk = np.array([name.startswith(WEIGHT) for name in found.names], dtype=float)
    likelihoods = []
    for penalty in PENALTIES:
        system = found.information + penalty * np.diag(shrunk)
        numbers = found.numbers - np.linalg.solve(system, penalty * shrunk * found.numbers)
        values = from_free(numbers, found.names, found.values)
        likelihoods.append(log_likelihood_by_unit(validation, values))
    best = int(np.argmax([by_unit.sum() for by_unit in likelihoods]))
    gain = likelihoods[best] - likelihoods[0]
    clear = len(gain) > 1 and gain.sum() > np.sqrt(len(gain)) * gain.std(ddof=1)
    return PENALTIES[best] if clear else 0.0
