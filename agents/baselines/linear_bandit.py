"""A linear bandit that learns the listener within the session."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, masked_argmax
from segue.agents.session_draws import session_uniforms
from segue.features.arrays import AnyArray, BoolArray, FloatArray
from segue.features.catalog.transitions import transition_distance
from segue.features.errors import UserError


@dataclass
class BanditState:
    """Posteriors of B sessions over D weights, and their history.

    With regressors z and responses r the sums are Λ = Λ_0 + Σ z zᵀ / σ² and Λ m = Λ_0 m_0 + Σ z r / σ².

    Attributes:
        precision: Precision matrix Λ, (B, D, D).
        information: Information vector Λ m, (B, D).
        history: Features of the tracks played, the last one first, (B, H, F).
        history_mask: True where `history` holds a track of the session, (B, H).
        last_regressors: Regressors of the last play, whose response is still to come, (B, D).
    """

    precision: FloatArray
    information: FloatArray
    history: FloatArray
    history_mask: BoolArray
    last_regressors: FloatArray


class LinearBandit(Agent):
    """Bayesian linear Thompson sampling with novelty recovery.

    The heard fraction is modelled as linear, with normal noise, in [n, n (2x - 1), d]: x are a candidate's
    features, d the distances of the transition to it and n = 1 - max_j exp(-|x - x_j|² / w) exp(-Δ_j / s) its
    novelty after the tracks x_j played Δ_j plays ago. Weights are drawn from their posterior, or are its mean
    when `predict` is deterministic, and the candidate with the highest prediction is played. After Wang et
    al. 2014 (novelty recovers with time, Bayesian exploration), where a candidate's novelty depended on its
    own plays only.

    Args:
        env: The environment in which it plays; only the layout of its observations is used.
        seed: Seed of the draws.
        noise: Standard deviation of a heard fraction around the linear prediction.
        prior: Prior standard deviation of a weight.
        recovery: Plays s after which the novelty lost to a track has recovered to 1 - 1/e.
        width: Squared distance w in feature space at which the similarity of two tracks has fallen to 1/e.
    """

    def __init__(
        self,
        env: Any,
        seed: int,
        *,
        noise: float = 0.4,
        prior: float = 0.2,
        recovery: float = 3.0,
        width: float = 0.2,
    ) -> None:
        if min(noise, prior, recovery, width) <= 0:
            raise UserError("Agent 'linear-bandit': noise, prior, recovery and width must be above 0.")
        layout = env.unwrapped.layout
        self._context_slice, self._features = layout.context_slice, len(layout.feature_names)
        self._size = 1 + self._features + len(layout.transition_names)
        self._noise, self._prior, self._recovery, self._width = noise, prior, recovery, width
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Changes the seed of the draws, which belong to each session."""
        self._seed = seed

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Learns from the last response and plays the best candidate under its weights."""
        context = observation["context"]
        new = context[:, self._context_slice("progress")][:, 0] <= 0.0
        new = new if starts is None else new | starts
        state = self._initial(len(mask)) if state is None else self._reset_sessions(state, new)
        listened = context[:, self._context_slice("last_listened")][:, 0]
        answered = ~new & state.last_regressors.any(axis=1)
        scaled = state.last_regressors * answered[:, None] / self._noise
        current = context[:, None, self._context_slice("current")].astype(np.float64)
        state = replace(
            state,
            precision=state.precision + scaled[:, :, None] * scaled[:, None, :],
            information=state.information + scaled * (listened / self._noise)[:, None],
            history=np.concatenate([current, state.history], axis=1),
            history_mask=np.concatenate([np.ones((len(mask), 1), np.bool_), state.history_mask], axis=1),
        )
        regressors = self._regressors(observation, state)
        draws = None
        if not deterministic:
            from scipy.special import ndtri

            draws = ndtri(session_uniforms(observation, self._seed, self._size))
        weights = self._weights(state, draws)
        slots = masked_argmax((regressors @ weights[:, :, None])[:, :, 0], mask)
        return slots, replace(state, last_regressors=regressors[np.arange(len(mask)), slots])

    def record_played(self, observation: Batch, state: Any, slots: AnyArray) -> BanditState:
        """Replaces the regressors of the last choice by those of what is played."""
        played = self._regressors(observation, state)[np.arange(len(slots)), slots]
        return replace(state, last_regressors=played)

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the expected heard fraction of each candidate, and its `novelty`."""
        state = self.choose(observation, mask, None, None, True)[1] if state is None else state
        regressors = self._regressors(observation, state)[0]
        return {"score": regressors @ self._weights(state)[0], "novelty": regressors[:, 0]}

    def _initial(self, sessions: int) -> BanditState:
        """Returns the prior, for sessions that have not begun."""
        information = np.zeros((sessions, self._size))
        information[:, 0] = 0.5 / self._prior**2  # the prior mean of a new track's heard fraction is 0.5
        no_tracks = np.zeros((sessions, 0, self._features))
        return BanditState(
            np.broadcast_to(np.eye(self._size) / self._prior**2, (sessions, self._size, self._size)),
            information,
            no_tracks,
            np.zeros((sessions, 0), np.bool_),
            np.zeros((sessions, self._size)),
        )

    def _reset_sessions(self, state: BanditState, rows: BoolArray) -> BanditState:
        initial = self._initial(len(rows))
        return replace(
            state,
            precision=np.where(rows[:, None, None], initial.precision, state.precision),
            information=np.where(rows[:, None], initial.information, state.information),
            history_mask=state.history_mask & ~rows[:, None],
        )

    def _regressors(self, observation: Batch, state: BanditState) -> FloatArray:
        """Computes the regressors of every candidate, (B, K, D)."""
        candidates = observation["candidates"].astype(np.float64)
        age = np.arange(state.history.shape[1])
        distance = ((candidates[:, :, None] - state.history[:, None]) ** 2).sum(axis=-1)
        similarity = np.exp(-distance / self._width - age / self._recovery) * state.history_mask[:, None]
        novelty = 1.0 - similarity.max(axis=2, keepdims=True)
        distances = transition_distance(observation["transitions"])
        return np.concatenate([novelty, novelty * (2.0 * candidates - 1.0), distances], axis=-1)

    def _weights(self, state: BanditState, draws: FloatArray | None = None) -> FloatArray:
        """Returns the means of the posteriors, or draws from them given standard normal ones, (B, D)."""
        weights = np.linalg.solve(state.precision, state.information[:, :, None]).astype(np.float64)
        if draws is not None:
            # With Λ = L Lᵀ, L⁻ᵀ ξ has covariance Λ⁻¹.
            lower = np.linalg.cholesky(state.precision)
            weights = weights + np.linalg.solve(lower.transpose(0, 2, 1), draws[:, :, None])
        flat: FloatArray = weights[:, :, 0]
        return flat
