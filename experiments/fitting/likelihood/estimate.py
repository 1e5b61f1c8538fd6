"""Maximum marginal likelihood: values of the parameters, and their intervals by a bootstrap."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.optimize import minimize

from segue.experiments.fitting.likelihood.model import ListenerModel
from segue.experiments.fitting.likelihood.parameters import SPREADS, WEIGHT, Values, from_free, to_free
from segue.features.arrays import BoolArray, FloatArray
from segue.features.errors import UserError

STEP = 1e-4
"""Step of the finite differences by which the scores are computed."""

CONVERGED = 0.01
"""The search ends when a Newton step would raise the log likelihood by less than this."""

RIDGE = 1e-6
"""Added to the diagonal of the information while the search is on, so that it has an inverse."""

MOST_STEPS = 80

WIDE, WIDE_WEIGHT = 3.0, 20.0
"""Standard deviations of a prior around 0, of all numbers on the scale on which they are estimated, and of
weights of terms: beyond any listener, so that it only keeps the search from running off in logs that say
nothing about some parameters."""

NO_SPREAD = 0.05
"""Below this a standard deviation counts as 0 when it is checked if the search has ended."""


@dataclass(frozen=True, eq=False)
class Estimate:
    """An estimate of the parameters.

    Attributes:
        names: The parameters that were estimated.
        values: All parameters.
        numbers: The estimated ones on the scale on which they are estimated, (p,).
        scores: Derivative of the log likelihood of each unit, listeners or sessions, (units, p).
        information: Sum of the products of scores, plus penalty and prior, (p, p).
        log_likelihood: Of all plays.
        penalty: Factor of half the sum of squares of the terms' weights.
    """

    names: tuple[str, ...]
    values: Values
    numbers: FloatArray
    scores: FloatArray
    information: FloatArray
    log_likelihood: float
    penalty: float

    def covariance(self) -> FloatArray:
        """Returns the covariance of the estimated numbers."""
        return _inverse(self.information)

    def draws(self, resamples: int, seed: int) -> dict[str, FloatArray]:
        """Draws estimates by a one-step bootstrap over units.

        Each resample changes the weights of the units, and the estimate moves by one Newton step under them
        (the estimating-function bootstrap of Hu and Kalbfleisch 2000); a full fit per resample would take
        hours and differ little. The step is one without the penalty, which would draw intervals toward 0.

        Returns:
            Values by the name of the parameter, (resamples,).
        """
        rng = np.random.default_rng(seed)
        weights = np.array([name.startswith(WEIGHT) for name in self.names])
        units, inverse = len(self.scores), _inverse(self.information - np.diag(self.penalty * weights))
        prior = _prior(weights) * self.numbers
        found = np.empty((resamples, len(self.names)))
        for number in range(resamples):
            counts = np.bincount(rng.integers(units, size=units), minlength=units)
            found[number] = self.numbers + inverse @ (counts @ self.scores - prior)
        values = {name: found[:, place] for place, name in enumerate(self.names)}
        return {
            name: _drawn_spreads(float(self.numbers[self.names.index(name)]), drawn)
            if name in SPREADS
            else np.array([from_free(np.array([number]), (name,), {})[name] for number in drawn])
            for name, drawn in values.items()
        }

    def intervals(self, resamples: int = 1_000, seed: int = 0) -> dict[str, tuple[float, float]]:
        """Returns 95 % intervals by name, of the bootstrap over units."""
        return {
            name: (float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975)))
            for name, drawn in self.draws(resamples, seed).items()
        }


def estimate(
    model: ListenerModel,
    start: Values,
    names: tuple[str, ...],
    *,
    penalty: float = 0.0,
    most_steps: int = MOST_STEPS,
    report: Callable[[int, float], object] = lambda step, gap: None,
) -> Estimate:
    """Maximises the marginal likelihood of the plays, times a wide prior.

    By SciPy's BFGS, which begins with the sum of products of the units' scores as information; it is the
    expected one where the model holds (Berndt, Hall, Hall and Hausman 1974).

    Args:
        model: The plays and their likelihood.
        start: Values to begin with, and of the parameters that are not estimated.
        names: The parameters to estimate.
        penalty: Factor of half the sum of squares of the terms' weights.
        most_steps: Steps at most.
        report: Called after each step with its number and the gain that a further step promises.

    Raises:
        UserError: The search ended where the likelihood is not a number.
    """
    try:
        with np.errstate(over="ignore", invalid="ignore"):
            found = _maximised(model, start, names, penalty, most_steps, report)
    except np.linalg.LinAlgError:
        found = None
    if found is None or not (np.isfinite(found.numbers).all() and np.isfinite(found.information).all()):
        raise UserError(
            "The likelihood of the log has no finite maximum, so that no listener can be fitted to it; look "
            "for impossible times and lengths of tracks with `segue logs info`, or give a longer log."
        )
    return found


class _Objective:
    """The penalised loss as a function of the numbers that are estimated; see `estimate`.

    Args:
        model: The plays and their likelihood.
        start: Values of the parameters that are not estimated.
        names: The parameters to estimate.
        penalty: Factor of half the sum of squares of the terms' weights.
    """

    def __init__(self, model: ListenerModel, start: Values, names: tuple[str, ...], penalty: float) -> None:
        weights = np.array([name.startswith(WEIGHT) for name in names])
        self._model, self._start, self._names = model, start, names
        self._shrunk = penalty * weights + _prior(weights)
        self._spreads = np.array([name in SPREADS for name in names])
        self._last: tuple[bytes, tuple[float, FloatArray]] | None = None

    def scores(self, numbers: FloatArray) -> tuple[float, FloatArray]:
        """Returns the log likelihood and the scores by unit; those of the last numbers are kept."""
        key = numbers.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = key, _scores(self._model, numbers, self._names, self._start)
        return self._last[1]

    def information(self, numbers: FloatArray, ridge: float) -> FloatArray:
        """Returns the sum of the products of scores, plus penalty, prior and a small number, (p, p)."""
        scores = self.scores(numbers)[1]
        return scores.T @ scores + np.diag(self._shrunk) + ridge * np.eye(len(numbers))

    def loss(self, numbers: FloatArray) -> tuple[float, FloatArray]:
        """Returns the penalised loss and its gradient, (p,)."""
        log_likelihood, scores = self.scores(numbers)
        loss = -log_likelihood + 0.5 * float((self._shrunk * numbers**2).sum())
        return loss, -scores.sum(axis=0) + self._shrunk * numbers

    def gap(self, numbers: FloatArray) -> float:
        """Returns the gain in log likelihood that a Newton step promises."""
        # At a spread of 0 the likelihood is flat, which its information does not show.
        moving = ~(self._spreads & (np.abs(numbers) < NO_SPREAD))
        rest = self.loss(numbers)[1][moving]
        information = self.information(numbers, RIDGE)[np.ix_(moving, moving)]
        return float(0.5 * rest @ np.linalg.solve(information, rest))


def _maximised(
    model: ListenerModel,
    start: Values,
    names: tuple[str, ...],
    penalty: float,
    most_steps: int,
    report: Callable[[int, float], object],
) -> Estimate:
    """Does what `estimate` does, whatever the numbers."""
    objective, steps = _Objective(model, start, names, penalty), 0

    def check(intermediate_result: Any) -> None:
        nonlocal steps
        gap = objective.gap(np.asarray(intermediate_result.x))
        steps += 1
        report(steps, gap)
        if gap < CONVERGED:
            raise StopIteration

    begin = to_free(start, names)
    information = objective.information(begin, RIDGE)
    if not np.isfinite(information).all():
        raise np.linalg.LinAlgError("the likelihood is not a number where the search begins")
    # Where the likelihood is flat, as at a spread of 0, the first step must not be endless.
    first = _inverse(information + np.eye(len(names)))
    found = minimize(
        objective.loss,
        begin,
        jac=True,
        method="BFGS",
        callback=check,
        options={"maxiter": most_steps, "gtol": 1e-3, "hess_inv0": first},
    )
    numbers = np.asarray(found.x, np.float64)
    values = _signed(model, from_free(numbers, names, start))
    # Other numbers for the same values, where only the square of one matters.
    if not np.allclose(to_free(values, names), numbers):
        numbers = to_free(values, names)
    log_likelihood, scores = objective.scores(numbers)
    information = objective.information(numbers, 1e-9)
    return Estimate(names, values, numbers, scores, information, log_likelihood, penalty)


def _prior(weights: BoolArray) -> FloatArray:
    """Returns the precision of the prior of each number, of which some are weights of terms, (p,)."""
    return np.where(weights, WIDE_WEIGHT**-2, WIDE**-2)


def _drawn_spreads(number: float, drawn: FloatArray) -> FloatArray:
    """Returns draws of a standard deviation.

    Its square is what is close to normal near 0, where the likelihood hardly depends on the deviation itself.

    Args:
        number: The estimate.
        drawn: Draws of it whose deviations come from the slope of the log likelihood.
    """
    squares = number**2 + (2.0 * abs(number) + STEP) * np.sign(number or 1.0) * (drawn - number)
    return np.asarray(np.sqrt(np.maximum(squares, 0.0)))


def _signed(model: ListenerModel, values: Values) -> Values:
    """Returns values without negative weights where only the square of a weight matters."""
    squares = [f"{WEIGHT}{name}" for name in model.regressors.names if not model.regressors.has_mean(name)]
    return {**values, **{name: abs(values[name]) for name in squares}}


def _inverse(information: FloatArray) -> FloatArray:
    """Returns the inverse of an information matrix, exactly symmetric."""
    inverse = np.linalg.pinv(information, hermitian=True)
    return np.asarray(0.5 * (inverse + inverse.T), np.float64)


def log_likelihood_by_unit(model: ListenerModel, values: Values) -> FloatArray:
    """Returns the log likelihood of every unit: listeners, or sessions if there are few listeners."""
    return np.add.reduceat(model.filtered(values).log_likelihood, model.plays.unit_starts[:-1])


def _scores(
    model: ListenerModel, numbers: FloatArray, names: tuple[str, ...], start: Values
) -> tuple[float, FloatArray]:
    """Returns the log likelihood and its derivatives by unit, (units, p)."""
    base = log_likelihood_by_unit(model, from_free(numbers, names, start))
    columns = []
    for place in range(len(names)):
        moved = numbers.copy()
        moved[place] += STEP
        columns.append((log_likelihood_by_unit(model, from_free(moved, names, start)) - base) / STEP)
    return float(base.sum()), np.column_stack(columns)
