"""The listener as a statistical model: its free parameters, and the likelihood of the plays under them."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from segue.envs.listener.departure import AbandonHazard
from segue.envs.listener.listener import Listener
from segue.envs.listener.preset import Preset
from segue.envs.listener.response import QUANTILES, USUAL_DURATION, SkipHazard
from segue.envs.listener.terms.engagement import Engagement
from segue.experiments.fitting.likelihood.departures import (
    Departures,
    departures_of,
    leaving_logits,
    simple_departure,
)
from segue.experiments.fitting.likelihood.filter_input import (
    FilterPlays,
    FilterSettings,
    quadrature,
    table_utilities,
)
from segue.experiments.fitting.likelihood.momentum import momentum_of
from segue.experiments.fitting.likelihood.parameters import DEPARTURE, ENGAGEMENT, LEAVING, WEIGHT, Values
from segue.experiments.fitting.likelihood.predictive_filter import Filtered, filter_plays
from segue.experiments.fitting.likelihood.responses import response_hazards
from segue.experiments.fitting.play_arrays import PlayArrays
from segue.experiments.fitting.regressors import Regressors
from segue.features.arrays import BoolArray, FloatArray
from segue.features.errors import UserError

UNMARKED = 50
"""If half of all plays are in sessions longer than this, they may hold sessions whose ends are not marked."""

FEWEST_FOR_SPREAD = 10
"""With fewer listeners, the spread of their bias is not estimated."""


@dataclass(frozen=True, eq=False)
class ListenerModel:
    """The likelihood of some plays.

    Attributes:
        preset: Where the values begin, and what stays as it is.
        plays: The plays.
        regressors: What the terms say of each play.
        threads: Threads of the filter.
    """

    preset: Preset
    plays: PlayArrays
    regressors: Regressors
    threads: int = 1

    @cached_property
    def listener(self) -> Listener:
        """The population that the preset describes."""
        return Listener.from_config(self.preset.listener)

    @cached_property
    def departures(self) -> Departures:
        """When sessions end."""
        return departures_of(self.plays, not self.unmarked)

    @cached_property
    def unmarked(self) -> bool:
        """Whether the sessions of the log may hold several whose ends are not marked."""
        lengths = np.diff(self.plays.session_starts)
        return bool(lengths[lengths > UNMARKED].sum() > 0.5 * lengths.sum())

    @cached_property
    def engagement(self) -> str | None:
        """Name of the term that is the engagement, if the preset has it."""
        for name, term in self.listener.terms.items():
            if isinstance(term, Engagement):
                return name
        return None

    @cached_property
    def response(self) -> SkipHazard:
        """The response of the preset.

        Raises:
            UserError: It is a custom one.
        """
        if type(self.listener.response) is not SkipHazard:
            raise UserError("Only the built-in response can be fitted; leave `model` out of the response.")
        return self.listener.response

    def take(self, chosen: BoolArray) -> ListenerModel:
        """Returns the model of some of the plays, whole sessions."""
        part = dataclasses.replace(
            self, plays=self.plays.take(chosen), regressors=self.regressors.take(chosen)
        )
        # What a log contains shows in the whole of it.
        part.__dict__.update(departures=self.departures.take(chosen), unmarked=self.unmarked)
        return part

    def with_regressors(self, regressors: Regressors) -> ListenerModel:
        """Returns the model of the same plays with other regressors."""
        changed = dataclasses.replace(self, regressors=regressors)
        changed.__dict__.update(departures=self.departures, unmarked=self.unmarked)
        return changed

    # ------------------------------------------------------------------ parameters
    @cached_property
    def start(self) -> Values:
        """All parameters, with the values of the preset."""
        base = self.response
        hazards = -np.log1p(-np.array([base.skipped_5s, base.skipped_30s, base.skipped]))
        values = {
            "bias": self.listener.bias,
            "bias_spread": self.listener.bias_spread,
            **dict.fromkeys(ENGAGEMENT, 0.0),
            "until_5s": float(hazards[0] / hazards[1]),
            "until_30s": float(hazards[1] / hazards[2]),
            "break_rate": 0.0,
        }
        if self.engagement is not None:
            term = self.listener.terms[self.engagement]
            values |= {name: float(getattr(term, name)) for name in ENGAGEMENT}
        for name in DEPARTURE:
            values[f"{LEAVING}{name}"] = float(getattr(self.listener.departure, name))
        for name in self.regressors.names:
            values[f"{WEIGHT}{name}"] = float(self.listener.terms[name].weight)
        return values

    @property
    def several_sessions(self) -> bool:
        """Whether listeners have enough sessions to separate spread of the bias and spread of the level."""
        return self.plays.n_sessions > 1.5 * self.plays.n_listeners

    @cached_property
    def free(self) -> tuple[str, ...]:
        """Names of the parameters that these plays say anything about."""
        plays, names = self.plays, ["bias"]
        if plays.n_listeners >= FEWEST_FOR_SPREAD and (self.several_sessions or self.engagement is None):
            names.append("bias_spread")
        if self.engagement is not None:
            names += ENGAGEMENT
        if plays.timed.sum() >= 0.01 * (plays.skipped == 1).sum():
            names += ["until_5s", "until_30s"]
        if self.unmarked:
            names.append("break_rate")
        elif self.departures.observed:
            names += [f"{LEAVING}{name}" for name in DEPARTURE]
        return (*names, *(f"{WEIGHT}{name}" for name in self.regressors.names))

    def initial(self) -> Values:
        """Returns values to begin with, away from bounds at which the likelihood is flat."""
        values = dict(self.start)
        least = {"bias_spread": 0.3, "level_spread": 0.3, "noise": 0.3, "persistence": 0.3}
        for name in set(self.free) & set(least):
            values[name] = max(values[name], least[name])
        if "break_rate" in self.free:
            values["break_rate"] = 0.05
        for name in self.free:
            if name.startswith(WEIGHT):
                values[name] = values[name] or 0.1
        if f"{LEAVING}a" in self.free:
            found = simple_departure(self.departures, self.listener.departure)
            values |= {f"{LEAVING}{name}": value for name, value in found.items()}
        if "bias_spread" not in self.free:
            values["bias_spread"] = 0.0
        return values

    # ------------------------------------------------------------------ likelihood
    def response_of(self, values: Mapping[str, float]) -> SkipHazard:
        """Returns the response with given values."""
        end = -np.log1p(-self.response.skipped)
        late = values["until_30s"] * end
        early = values["until_5s"] * late
        return dataclasses.replace(
            self.response, skipped_5s=float(-np.expm1(-early)), skipped_30s=float(-np.expm1(-late))
        )

    def departure_of(self, values: Mapping[str, float]) -> AbandonHazard:
        """Returns the departure with given values; listeners whose departures are estimated do leave."""
        a, b, c, shape = (values[f"{LEAVING}{name}"] for name in DEPARTURE)
        never = self.listener.departure.never and f"{LEAVING}a" not in self.free
        return dataclasses.replace(self.listener.departure, never=never, a=a, b=b, c=c, shape=shape)

    def filter_input(self, values: Mapping[str, float]) -> tuple[FilterPlays, FilterSettings, FloatArray]:
        """Returns what the filter reads under given values, and the log base hazard of exact skips, (N,)."""
        plays, regressors, response = self.plays, self.regressors, self.response_of(values)
        weights, used = self._weights(values), self._used(values)
        seen = response_hazards(plays, response)
        heard, heard_variance = self._listened
        leaving = (values[f"{LEAVING}{name}"] for name in ("a", "b", "shape"))
        read = FilterPlays(
            starts=plays.listener_starts,
            first=plays.first,
            skipped=plays.skipped,
            hazard=seen.hazard,
            end_hazard=np.full(len(plays), response.constants.until_end),
            exact=seen.exact,
            offset=values["bias"] + regressors.mean @ weights,
            around=regressors.noise @ weights**2,
            loadings=regressors.loadings
            if used.all()
            else np.ascontiguousarray(regressors.loadings[:, used]),
            untimed=(plays.skipped == 1) & ~plays.timed,
            heard=heard,
            heard_variance=heard_variance,
            end=np.where(self.departures.at_risk, self.departures.ends, -1).astype(np.int64),
            end_logit=leaving_logits(self.departures, self.listener.departure, *leaving),
        )
        return read, self._filter_settings(values, response.beta), seen.log_rate

    def _filter_settings(self, values: Mapping[str, float], beta: float) -> FilterSettings:
        """Returns the numbers of the filter under given values."""
        used, step = self._used(values), momentum_of(self._engagement(values))
        nodes, node_weights = quadrature()
        return FilterSettings(
            beta=beta,
            bias_spread=values["bias_spread"],
            level_spread=values["level_spread"],
            persistence=step.persistence,
            push=step.constant,
            gain=step.slope,
            noise=step.noise,
            opening=values["opening"],
            break_rate=values["break_rate"],
            decay=self.listener.departure.decay,
            end_effect=values[f"{LEAVING}c"],
            skip_table=self._skip_table,
            scale=self._weights(values)[self.regressors.term_of_loading][used],
            of_session=self.regressors.of_session[used],
            nodes=nodes,
            node_weights=node_weights,
        )

    def filtered(self, values: Mapping[str, float]) -> Filtered:
        """Filters the plays under given values."""
        read, settings, log_rate = self.filter_input(values)
        found = filter_plays(read, settings, self.threads)
        listeners = np.zeros((len(found.listeners), 1 + len(self.regressors.term_of_loading)))
        listeners[:, np.append(True, self._used(values))] = found.listeners
        return found._replace(log_likelihood=found.log_likelihood + log_rate, listeners=listeners)

    def _weights(self, values: Mapping[str, float]) -> FloatArray:
        """Returns the weight of each term, (T,)."""
        return np.array([values[f"{WEIGHT}{name}"] for name in self.regressors.names])

    def _used(self, values: Mapping[str, float]) -> BoolArray:
        """Returns whether the term of each loading has a weight, (P,)."""
        return np.asarray(self._weights(values)[self.regressors.term_of_loading] != 0)

    @cached_property
    def _listened(self) -> tuple[FloatArray, FloatArray]:
        """Mean and variance of the heard fraction of each play, 0 variance where it is known, (N,) each.

        Where it is not even known if the play was skipped, they are those of a play at utility 0.
        """
        drawn = self._drawn(self.response.centre)
        mean, variance = self.plays.listened.copy(), np.zeros(len(self.plays))
        mean[np.isnan(mean) & (self.plays.skipped >= 0)] = 1.0
        rows = np.isnan(mean)
        mean[rows], variance[rows] = drawn.mean(), drawn.var()
        return mean, variance

    @cached_property
    def _skip_table(self) -> FloatArray:
        """Mean and variance of the heard fraction of a skipped play at `table_utilities`, (2, U)."""
        columns: list[tuple[float, float]] = []
        for utility in table_utilities():
            drawn = self._drawn(utility)
            drawn = drawn[drawn < 1.0]
            # At a high utility hardly anything is skipped, and if so, at any time.
            columns.append((drawn.mean(), drawn.var()) if len(drawn) > 2 else columns[-1])
        return np.array(columns).T.copy()

    def _drawn(self, utility: float) -> FloatArray:
        """Returns heard fractions at a utility for equally spaced draws."""
        usual = np.full(QUANTILES.size, USUAL_DURATION)
        return self.response.listened(QUANTILES, np.full(QUANTILES.size, utility), usual)

    def _engagement(self, values: Mapping[str, float]) -> Engagement | None:
        if self.engagement is None:
            return None
        return Engagement(**{name: values[name] for name in ENGAGEMENT})
