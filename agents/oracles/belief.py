"""What can be known of a hidden listener: the population conditioned on the responses of one session.

An iterated batch importance sampler (Chopin 2002): particles are drawn from the population, weighed by how
likely they make each response, and, when few of them carry the weight, resampled and moved by
preconditioned Crank-Nicolson steps (Cotter et al. 2013), which leave the posterior unchanged. To weigh a
particle the session is replayed with its parameters, so that it has the listener's state too.
"""

from dataclasses import dataclass, field

import numpy as np
from scipy.special import ndtr

from segue.envs import Sessions
from segue.envs.listener.response import SkipHazard
from segue.features.arrays import FloatArray
from segue.features.errors import UserError


@dataclass(frozen=True)
class Response:
    """One response, as far as it tells of the listener.

    Attributes:
        slot: Pool slot that was played.
        complete: Whether the track was heard to its end.
        hazard: Cumulative base hazard that had passed when the listener skipped (or at the end).
    """

    slot: int
    complete: bool
    hazard: float


@dataclass
class Belief:
    """Particles over the listener of one session.

    Attributes:
        start: The session before its first track, as a batch of one. Its listener is never looked at.
        rng: Source of all draws.
        particles: Number P.
        moves: Crank-Nicolson moves at a resampling.
        step: Size of a move, 0 to 1; 1 draws from the population anew.
        responses: What has been heard so far.
    """

    start: Sessions
    rng: np.random.Generator
    particles: int
    moves: int
    step: float = 0.4
    responses: list[Response] = field(default_factory=list)

    def __post_init__(self) -> None:
        listener = self.start.setting.listener
        self._who = self.rng.standard_normal((self.particles, listener.n_draws))
        self._noise = self.rng.random((self.particles, self.start.length, 2 + listener.n_noise))
        for name, term in listener.terms.items():
            if term.normal_noise:
                part = self._noise[:, :, 2:][:, :, listener.noise_columns[name]]
                part[:] = self.rng.standard_normal(part.shape)
        self._noise[:, :, 1] = 1.0  # above every probability of leaving: the listener is still there
        self._offset = np.zeros(self.particles)
        self.sessions, self._likelihood = self._replay(self._who, self._noise)

    def observe(self, slot: int, listened: float) -> None:
        """Takes in the response to a play after which the listener stayed.

        Args:
            slot: What was played.
            listened: Heard fraction; exactly 1.0 for a track heard to its end.
        """
        response = Response(slot, listened >= 1.0, self._hazard(slot, listened))
        self.responses.append(response)
        self._likelihood += _advance(self.sessions, response)
        if 1.0 / np.square(self.weights).sum() < self.particles / 2:
            self._renew()

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
        # A hair more, so that what was heard to its end is so in every replay despite rounding.
        return float(-np.log1p(-high[0])) * (1.0 + 1e-9)

    def _replay(self, who: FloatArray, noise: FloatArray) -> tuple[Sessions, FloatArray]:
        """Plays the session again to listeners of given parameters; also gives their log likelihoods."""
        setting = self.start.setting
        sessions = self.start.repeat(np.zeros(self.particles, np.intp))
        state = sessions.state
        state.hidden[:] = setting.listener.draw(setting.population(ndtr(who)))
        state.term_state[:] = setting.listener.begin(state.hidden)
        state.noise[:] = noise
        likelihood = np.zeros(self.particles)
        for response in self.responses:
            likelihood += _advance(sessions, response)
        return sessions, likelihood

    @property
    def weights(self) -> FloatArray:
        """Weights of the particles, (P,), summing to 1."""
        logs = self._likelihood - self._offset
        weights: FloatArray = np.exp(logs - logs.max())
        return weights / weights.sum()

    def mean_listener(self) -> Sessions:
        """The session as it is, as a batch of one, with the mean of the particles for its listener."""
        mean = self.sessions.repeat(np.zeros(1, np.intp))
        for part in ("hidden", "term_state", "ema"):
            getattr(mean.state, part)[:] = self.weights @ getattr(self.sessions.state, part)
        return mean

    def _renew(self) -> None:
        kept = self.rng.choice(self.particles, self.particles, p=self.weights)
        self._who, self._noise, likelihood = self._who[kept], self._noise[kept], self._likelihood[kept]
        for _ in range(self.moves):
            fresh = self.rng.standard_normal(self._who.shape)
            moved = np.sqrt(1.0 - self.step**2) * self._who + self.step * fresh
            _, proposed = self._replay(moved, self._noise)
            accepted = np.log(self.rng.random(self.particles)) < proposed - likelihood
            self._who[accepted], likelihood[accepted] = moved[accepted], proposed[accepted]
        self.sessions, self._likelihood = self._replay(self._who, self._noise)
        self._offset = self._likelihood.copy()


def _advance(sessions: Sessions, response: Response) -> FloatArray:
    """Makes every particle respond as the listener did; gives the log likelihoods of that, (P,)."""
    listener, state = sessions.setting.listener, sessions.state
    slots = np.full(sessions.batch, response.slot, np.intp)
    utility = sessions.utility(slots[:, None])[:, 0]
    if not isinstance(listener.response, SkipHazard):
        raise UserError(
            "Agent posterior knows only the built-in response: leave the model out of the listener."
        )
    beta = listener.response.beta
    passed = response.hazard * np.exp(-beta * utility)
    state.noise[np.arange(sessions.batch), state.position, 0] = -np.expm1(-passed)
    sessions.step(slots)
    leaving = listener.departure.probability(state.position, state.skips, state.ema)
    # The density of a skip is h0 exp(-beta U) times the chance of getting there; h0 is the same for all.
    skip = 0.0 if response.complete else -beta * utility
    return skip - passed + np.log1p(-np.minimum(leaving, 1.0 - 1e-12))
