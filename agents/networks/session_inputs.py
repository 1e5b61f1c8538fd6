"""Inputs of a scorer that an observation does not show, and that depend on the session so far."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from gymnasium import spaces

from segue.agents.base import Batch
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.play_history import DECAYS, PlayHistory
from segue.agents.networks.scorer import ScorerSettings
from segue.agents.networks.session_estimator import SessionEstimator
from segue.features.arrays import AnyArray


@dataclass(frozen=True)
class SessionInputs:
    """The inputs of B sessions, as far as a scorer's settings ask for them.

    Attributes:
        observation_spec: What the observations hold.
        estimator: Of `use_session_estimates`.
        history: Of `play_history`.
    """

    observation_spec: ObservationSpec
    estimator: SessionEstimator | None
    history: PlayHistory | None

    @classmethod
    def initial(
        cls, batch: int, pool: int, observation_spec: ObservationSpec, settings: ScorerSettings
    ) -> SessionInputs:
        """Returns the inputs of sessions that have not begun.

        Args:
            batch: Sessions B.
            pool: Candidates K.
            observation_spec: What the observations hold.
            settings: Those of the scorer.
        """
        estimates, plays = settings.use_session_estimates, settings.play_history
        return cls(
            observation_spec,
            SessionEstimator.initial(batch, pool, observation_spec) if estimates else None,
            PlayHistory.initial(batch, pool) if plays else None,
        )

    def update(self, observation: Batch, starts: AnyArray | None = None) -> SessionInputs:
        """Takes in an observation; see `SessionEstimator.update` and `PlayHistory.update`."""
        spec = self.observation_spec
        return SessionInputs(
            spec,
            self.estimator and self.estimator.update(observation, spec, starts),
            self.history and self.history.update(observation, spec, starts),
        )

    def record_action(self, observation: Batch, slots: AnyArray) -> SessionInputs:
        """Records which candidates are played next; see `SessionEstimator.record_action`."""
        return SessionInputs(
            self.observation_spec,
            self.estimator and self.estimator.record_action(observation, slots),
            self.history and self.history.record_action(slots),
        )

    def extend(self, observation: Batch) -> dict[str, AnyArray]:
        """Adds the inputs to the observation of the last `update`."""
        extended = dict(observation)
        if self.estimator is not None:
            extended["session_estimates"] = self.estimator.session_estimates(observation)
        if self.history is not None:
            extended["plays"] = self.history.heard
        return extended

    def rows(self, rows: AnyArray) -> SessionInputs:
        """Returns the inputs of some of the sessions."""
        return SessionInputs(
            self.observation_spec,
            self.estimator and self.estimator.rows(rows),
            self.history and self.history.rows(rows),
        )


def extended_space(
    space: spaces.Dict, observation_spec: ObservationSpec, settings: ScorerSettings
) -> spaces.Dict:
    """Returns the space of one session's observations with the inputs that the settings ask for."""
    extended = dict(space.spaces)
    (pool,) = space["available"].shape or (0,)
    if settings.use_session_estimates:
        features, transitions = len(observation_spec.feature_names), len(observation_spec.transition_names)
        shape = (pool, features + 2 * transitions + 1)
        extended["session_estimates"] = spaces.Box(-np.inf, np.inf, shape, np.float32)
    if settings.play_history:
        extended["plays"] = spaces.Box(0.0, np.inf, (pool, len(DECAYS)), np.float32)
    return spaces.Dict(extended)
