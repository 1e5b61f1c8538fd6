"""A linear bandit that learns one listener within the session."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, best_available
from segue.envs.core.observation import ObservationLayout
from segue.features.arrays import AnyArray, BoolArray, FloatArray
from segue.features.catalog.transitions import transition_distance
from segue.features.errors import UserError


@dataclass
class Memory:
    """Posteriors of B sessions, as sums: precision Λ = Λ_0 + Σ z zᵀ / σ² and Λ m = Λ_0 m_0 + Σ z r / σ².

    Attributes:
        precision: (B, D, D).
        pull: Λ m, (B, D).
        heard: Features of the tracks played, the last one first, (B, H, F).
        known: Whether a session is that old, (B, H).
        played: What was known of the candidate that was played last, (B, D).
    """

    precision: FloatArray
    pull: FloatArray
    heard: FloatArray
    known: BoolArray
    played: FloatArray


class LinearBandit(Agent):
    """Bayesian linear Thompson sampling with novelty recovery.

    The heard fraction is taken to be linear, with normal noise, in [n, n (2x - 1), roughness]: x are a
    candidate's features and n = 1 - max_j exp(-|x - x_j|² / w) exp(-Δ_j / s) its novelty after the tracks
    x_j played Δ_j plays ago. Weights are drawn from their posterior, or are its mean when the agent is to
    be deterministic, and the candidate that is best under them is played. After Wang et al. 2014 (novelty
    recovers with time, Bayesian exploration), where a candidate's novelty depended on its own plays only.

    Args:
        layout: Says where the context holds the response and the track heard last.
        seed: Seed of the draws.
        noise: Standard deviation of a heard fraction around the linear prediction.
        prior: Standard deviation of a weight before anything is heard.
        recovery: Plays s after which a track's shadow has faded to 1/e.
        width: Squared distance w in the space of features within which tracks are alike.
    """

    def __init__(
        self,
        layout: ObservationLayout,
        seed: int,
        *,
        noise: float = 0.4,
        prior: float = 0.2,
        recovery: float = 3.0,
        width: float = 0.2,
    ) -> None:
        if min(noise, prior, recovery, width) <= 0:
            raise UserError("Agent 'linear-bandit': noise, prior, recovery and width must be above 0.")
        self._at, self._features = layout.context_slice, len(layout.feature_names)
        self._size = 1 + self._features + len(layout.transition_names)
        self._noise, self._prior, self._recovery, self._width = noise, prior, recovery, width
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Starts the draws anew."""
        self._rng = np.random.default_rng(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Learns from the last response and plays the best candidate under its weights."""
        context = observation["context"]
        new = context[:, self._at("progress")][:, 0] <= 0.0
        new = new if starts is None else new | starts
        memory = self._empty(len(mask)) if state is None else self._forget(state, new)
        listened = context[:, self._at("last_listened")][:, 0]
        old = ~new & memory.played.any(axis=1)
        played = memory.played * old[:, None] / self._noise
        current = context[:, None, self._at("current")].astype(np.float64)
        memory = replace(
            memory,
            precision=memory.precision + played[:, :, None] * played[:, None, :],
            pull=memory.pull + played * (listened / self._noise)[:, None],
            heard=np.concatenate([current, memory.heard], axis=1),
            known=np.concatenate([np.ones((len(mask), 1), np.bool_), memory.known], axis=1),
        )
        inputs = self._inputs(observation, memory)
        weights = self._weights(memory, deterministic)
        slots = best_available((inputs @ weights[:, :, None])[:, :, 0], mask)
        return slots, replace(memory, played=inputs[np.arange(len(mask)), slots])

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """The heard fraction that is expected of each candidate, and its `novelty`."""
        memory = self.choose(observation, mask, None, None, True)[1] if state is None else state
        inputs = self._inputs(observation, memory)[0]
        return {"score": inputs @ self._weights(memory, True)[0], "novelty": inputs[:, 0]}

    def _empty(self, sessions: int) -> Memory:
        precision = np.broadcast_to(np.eye(self._size) / self._prior**2, (sessions, self._size, self._size))
        nothing = np.zeros((sessions, 0, self._features))
        return Memory(
            precision,
            self._prior_pull(sessions),
            nothing,
            nothing[:, :, 0] > 0,
            np.zeros((sessions, self._size)),
        )

    def _prior_pull(self, sessions: int) -> FloatArray:
        pull = np.zeros((sessions, self._size))
        pull[:, 0] = 0.5 / self._prior**2  # half of a track is heard, for want of knowing better
        return pull

    def _forget(self, memory: Memory, rows: BoolArray) -> Memory:
        empty = self._empty(len(rows))
        return replace(
            memory,
            precision=np.where(rows[:, None, None], empty.precision, memory.precision),
            pull=np.where(rows[:, None], empty.pull, memory.pull),
            known=memory.known & ~rows[:, None],
        )

    def _inputs(self, observation: Batch, memory: Memory) -> FloatArray:
        """What the prediction is linear in, (B, K, D)."""
        candidates = observation["candidates"].astype(np.float64)
        age = np.arange(memory.heard.shape[1])
        distance = ((candidates[:, :, None] - memory.heard[:, None]) ** 2).sum(axis=-1)
        shadow = np.exp(-distance / self._width - age / self._recovery) * memory.known[:, None]
        novelty = 1.0 - shadow.max(axis=2, keepdims=True)
        rough = transition_distance(observation["transitions"])
        return np.concatenate([novelty, novelty * (2.0 * candidates - 1.0), rough], axis=-1)

    def _weights(self, memory: Memory, deterministic: bool) -> FloatArray:
        """Means of the posteriors or draws from them, (B, D)."""
        weights = np.linalg.solve(memory.precision, memory.pull[:, :, None]).astype(np.float64)
        if not deterministic:
            # With Λ = L Lᵀ, L⁻ᵀ ξ has covariance Λ⁻¹.
            lower = np.linalg.cholesky(memory.precision)
            weights = weights + np.linalg.solve(
                lower.transpose(0, 2, 1), self._rng.standard_normal(weights.shape)
            )
        flat: FloatArray = weights[:, :, 0]
        return flat


def linear_bandit(env: Any, seed: int, **settings: float) -> LinearBandit:
    """Makes a `LinearBandit`; settings are its keyword arguments."""
    return LinearBandit(env.unwrapped.layout, seed, **settings)
