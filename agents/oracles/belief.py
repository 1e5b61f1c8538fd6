"""The posterior of a hidden listener: the population conditioned on the responses of one session.

An iterated batch importance sampler (Chopin 2002): particles are drawn from the population, weighted by the
likelihood of each response, and, when few of them carry most of the weight, resampled and moved by
preconditioned Crank-Nicolson steps (Cotter et al. 2013), which leave the posterior unchanged. To weight a
particle the session is replayed with its parameters, so that it has the listener's state too.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from segue.envs import Sessions
from segue.envs.listener.response import SkipHazard
from segue.features.arrays import FloatArray, IntArray, UInt64Array
from segue.features.errors import UserError

LISTENER_PARTS = ("hidden", "term_state", "ema")
"""Parts of the state in which the particles of a session differ; the rest follows from its responses."""


@dataclass(frozen=True)
class Response:
    """One response of the listener.

    Attributes:
        slot: Pool slot that was played.
        listened: Heard fraction; exactly 1.0 for a track heard to its end.
        hazard: Cumulative base hazard up to the skip (or to the end of the track).
    """

    slot: int
    listened: float
    hazard: float


@dataclass
class Belief:
    """Particles over the listener of one session.

    Attributes:
        start: The session before its first track, as a batch of one. Its listener is never read.
        rng: Source of all draws.
        particles: Number P.
        moves: Crank-Nicolson moves at a resampling.
        step_size: Size of a move, 0 to 1; 1 draws independently from the population.
        responses: The responses so far.
    """

    start: Sessions
    rng: np.random.Generator
    particles: int
    moves: int
    step_size: float = 0.4
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        listener = self.start.setting.listener
        self._draws = self.rng.standard_normal((self.particles, listener.n_draws))
        self._keys = self.rng.integers(2**64, size=self.particles, dtype=np.uint64)
        self._offset = np.zeros(self.particles)
        self.sessions, self._log_likelihood = self._replay(self._draws, self._keys)

    def observe(self, slot: int, listened: float) -> None:
        """Conditions on the response to a play after which the listener stayed.

        Args:
            slot: The slot that was played.
            listened: Heard fraction; exactly 1.0 for a track heard to its end.
        """
        response = Response(slot, listened, self._hazard(slot, listened))
        self.responses.append(response)
        self._log_likelihood += _advance(self.sessions, response)
        if 1.0 / np.square(self.weights).sum() < self.particles / 2:
            self._resample()

    def _hazard(self, slot: int, listened: float) -> float:
        """Finds the cumulative base hazard at a heard fraction by bisecting the response at utility 0."""
        response = self.start.setting.listener.response
        duration = self.start.setting.durations[self.start.pool[:, slot]]
        low, high = np.zeros(1), np.ones(1)
        for _ in range(50):
            middle = (low + high) / 2
            if response.listened(middle, np.zeros(1), duration)[0] < listened:
                low = middle
            else:
                high = middle
        return float(-np.log1p(-high[0]))

    def _replay(self, draws: FloatArray, keys: UInt64Array) -> tuple[Sessions, FloatArray]:
        """Replays the session to listeners given by standard normal draws (P, D), with noise from keys (P,).

        Returns:
            The sessions after the responses so far, and the log likelihoods of these, (P,).
        """
        sessions = self.start.repeat(np.zeros(self.particles, np.intp), stays=True)
        sessions.state.key[:] = keys
        sessions.set_listeners(ndtr(draws))
        log_likelihood = np.zeros(self.particles)
        for response in self.responses:
            log_likelihood += _advance(sessions, response)
        return sessions, log_likelihood

    @property
    def weights(self) -> FloatArray:
        """Weights of the particles, (P,); they sum to 1."""
        logs = self._log_likelihood - self._offset
        weights: FloatArray = np.exp(logs - logs.max())
        return weights / weights.sum()

    def mean(self, part: str) -> FloatArray:
        """Returns the posterior mean of one of `LISTENER_PARTS`."""
        mean: FloatArray = self.weights @ getattr(self.sessions.state, part)
        return mean

    def mean_expected_reward(self) -> FloatArray:
        """Returns the expected reward of each candidate, averaged over the particles, (K,)."""
        mean: FloatArray = self.weights @ self.sessions.expected_reward()
        return mean

    def _resample(self) -> None:
        kept = self.rng.choice(self.particles, self.particles, p=self.weights)
        self._draws, self._keys = self._draws[kept], self._keys[kept]
        likelihood = self._log_likelihood[kept]
        for _ in range(self.moves):
            fresh = self.rng.standard_normal(self._draws.shape)
            moved = np.sqrt(1.0 - self.step_size**2) * self._draws + self.step_size * fresh
            _, proposed = self._replay(moved, self._keys)
            accepted = np.log(self.rng.random(self.particles)) < proposed - likelihood
            self._draws[accepted], likelihood[accepted] = moved[accepted], proposed[accepted]
        self.sessions, self._log_likelihood = self._replay(self._draws, self._keys)
        self._offset = self._log_likelihood.copy()


def mean_listeners(sessions: Sessions, rows: IntArray, beliefs: Sequence[Belief]) -> Sessions:
    """Copies some sessions as they are, with the posterior means in place of their listeners.

    Args:
        sessions: The sessions; their listeners are not read.
        rows: The sessions to copy, (R,).
        beliefs: The belief of each of these.
    """
    # Without noise, as plans are made, the copies read no draw of the sessions either.
    means = sessions.repeat(rows, noiseless=True)
    for part in LISTENER_PARTS:
        getattr(means.state, part)[:] = [belief.mean(part) for belief in beliefs]
    return means


def _advance(sessions: Sessions, response: Response) -> FloatArray:
    """Makes every particle respond as the listener did; returns the log likelihoods of the response, (P,)."""
    listener, state = sessions.setting.listener, sessions.state
    slots = np.full(sessions.batch, response.slot, np.intp)
    utility = sessions.utility(slots[:, None])[:, 0]
    if not isinstance(listener.response, SkipHazard):
        raise UserError(
            "Agent 'belief-planner' supports only the built-in response; leave `model` out of the listener's "
            "response."
        )
    beta = listener.response.beta
    passed = response.hazard * np.exp(-beta * utility)
    sessions.replay(slots, response.listened)
    leaving = listener.departure.probability(state.position, state.skips, state.ema)
    # The density of a skip is h0 exp(-beta U) times the probability of no earlier one; h0 is common to all.
    skip = 0.0 if response.listened >= 1.0 else -beta * utility
    return skip - passed + np.log1p(-np.minimum(leaving, 1.0 - 1e-12))
