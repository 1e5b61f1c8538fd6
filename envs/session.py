"""The batched core: B sessions of a listener, a pool and a playlist, stepped at once.

The dynamics are written here and nowhere else: the scalar environment is this core with B = 1. All that is
random in a session comes from one block of uniform numbers that its own generator draws at the start, so
one seed means the same listener, the same pool and the same luck whatever is played and whatever B is.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from segue.envs.listener.term import Play
from segue.envs.observation import Memory
from segue.envs.setting import Setting
from segue.features import Catalog
from segue.features.transitions import transition_features

Floats = NDArray[np.float64]
Ints = NDArray[np.intp]
Bools = NDArray[np.bool_]

#: Utility of hearing a repeat, which is what a masked action leads to: no listener draws anything near it.
REPEAT_UTILITY = -4.0


@dataclass
class SessionState:
    """Everything that differs between sessions, one row a session; B sessions, K candidates.

    Attributes:
        pool: Catalogue index of each candidate, (B, K).
        features: Features of each candidate, float32 (B, K, F).
        links: Packed transition columns of each candidate, float32 (B, K, P).
        transitions: Transition from the current track into each candidate, float32 (B, K, T).
        available: Candidates not yet played, (B, K).
        history: Catalogue indices heard, the start track first, (B, L + 1).
        position: Tracks played so far, (B,).
        hidden: Who the listener is: bias, then the columns of every term, (B, n_hidden).
        terms: Changing columns of every term, (B, n_state).
        tape: Uniform draws for every later step: response, departure, noise of terms, (B, L, 2 + n_noise).
        skips: Consecutive skips, (B,).
        ema: Moving average of the utility, (B,).
        ended: Sessions that are over, (B,).
        memory: What an agent may remember of the session.
    """

    pool: Ints
    features: NDArray[np.float32]
    links: NDArray[np.float32]
    transitions: NDArray[np.float32]
    available: Bools
    history: Ints
    position: NDArray[np.int64]
    hidden: Floats
    terms: Floats
    tape: Floats
    skips: NDArray[np.int64]
    ema: Floats
    ended: Bools
    memory: Memory

    def take(self, rows: Ints) -> SessionState:
        """Copies some rows, each as often as it is named."""
        values = {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if f.name != "memory"}
        return SessionState(**{k: v[rows] for k, v in values.items()}, memory=self.memory.take(rows))


@dataclass(frozen=True)
class StepResult:
    """What one step did in each of B sessions.

    Attributes:
        track: Catalogue index of what was heard, (B,).
        position: Place of the play in the playlist, from 0, (B,).
        heard: False where a masked slot was taken and the listener heard a repeat, (B,).
        utility: The listener's utility of the play, (B,).
        listened: Heard fraction, exactly 1.0 to the end, (B,).
        skipped: Whether the play ended early, (B,).
        left: Whether the listener ended the session, (B,).
        terminated: Whether the session is over, (B,).
        terms: Weighted contribution of every term to the utility, each (B,).
        reward: Reward of the step, (B,).
    """

    track: Ints
    position: NDArray[np.int64]
    heard: Bools
    utility: Floats
    listened: Floats
    skipped: Bools
    left: Bools
    terminated: Bools
    terms: dict[str, Floats]
    reward: Floats


@dataclass(frozen=True)
class Snapshot:
    """A copy of a batch: its state and where its generators stand."""

    state: SessionState
    generators: tuple[dict[str, Any], ...]


class Sessions:
    """B sessions of one setting.

    Args:
        setting: Catalogue, listener, pool, reward and sizes; shared, never changed.
        generators: One generator a session; `begin` draws from them.
    """

    def __init__(self, setting: Setting, generators: list[np.random.Generator]) -> None:
        self.setting = setting
        self.generators = generators
        self.state: SessionState = _empty_state(setting, len(generators))
        self._slots = np.arange(setting.pool_size)

    # ------------------------------------------------------------------ what there is
    @property
    def batch(self) -> int:
        """Number of sessions B."""
        return len(self.state.position)

    @property
    def catalog(self) -> Catalog:
        """All tracks."""
        return self.setting.catalog

    @property
    def pool_size(self) -> int:
        """Candidates K of a session."""
        return self.setting.pool_size

    @property
    def length(self) -> int:
        """Longest playlist L."""
        return self.setting.length

    @property
    def pool(self) -> Ints:
        """Catalogue index of each candidate, (B, K)."""
        return self.state.pool

    @property
    def available(self) -> Bools:
        """Candidates not yet played, (B, K)."""
        return self.state.available

    @property
    def position(self) -> NDArray[np.int64]:
        """Tracks played so far, (B,)."""
        return self.state.position

    @property
    def current(self) -> Ints:
        """Catalogue index of the track heard last (the start track at first), (B,)."""
        return self.state.history[np.arange(self.batch), self.state.position]

    # ------------------------------------------------------------------ what terms ask for
    def features(self, slots: Ints) -> NDArray[np.float32]:
        """Features of some candidates, (B, M, F) for slots (B, M)."""
        return self.state.features[np.arange(self.batch)[:, None], slots]

    def links(self, slots: Ints) -> NDArray[np.float32]:
        """Packed transition columns of some candidates, (B, M, P) for slots (B, M)."""
        return self.state.links[np.arange(self.batch)[:, None], slots]

    def earlier(self, steps_back: int) -> tuple[NDArray[np.float32], Bools]:
        """Packed transition columns (B, P) of the track heard ``steps_back`` plays ago; 1 is the current one.

        Returns:
            The columns, and whether the session is that old (where not, the columns mean nothing), (B,).
        """
        at = self.state.position - (steps_back - 1)
        track = self.state.history[np.arange(self.batch), np.maximum(at, 0)]
        return self.catalog.links[track], at >= 0

    def hidden_of(self, term: str) -> Floats:
        """A view of one term's hidden parameters, (B, n_hidden)."""
        return self.state.hidden[:, self.setting.listener.hidden_columns[term]]

    def state_of(self, term: str) -> Floats:
        """A view of one term's state, (B, n_state)."""
        return self.state.terms[:, self.setting.listener.state_columns[term]]

    # ------------------------------------------------------------------ what an oracle may know
    def utilities(self, slots: Ints | None = None) -> dict[str, Floats]:
        """Computes every term's weighted contribution if a candidate were played now.

        Args:
            slots: Candidates (B, M); all of them by default.

        Returns:
            ``"bias"`` and the name of each term to float64 (B, M).
        """
        if slots is None:
            slots = np.broadcast_to(self._slots, (self.batch, self.pool_size))
        parts = {"bias": np.repeat(self.state.hidden[:, :1], slots.shape[1], axis=1)}
        for name, term in self.setting.listener.terms.items():
            raw = term.utility(self, slots, self.hidden_of(name), self.state_of(name))
            parts[name] = term.weight * raw
        return parts

    def utility(self, slots: Ints | None = None) -> Floats:
        """Computes the hidden utility of candidates, (B, M); all K by default."""
        return _total(self.utilities(slots))

    def expected_reward(self) -> Floats:
        """Computes the expected immediate reward of every candidate, (B, K), not looking at the tape.

        For a reward function of the user's own it is the expected completion.
        """
        utility = self.utility()
        response = self.setting.listener.response
        if self.setting.reward_name == "utility":
            return utility
        if self.setting.reward_name == "completed":
            return response.completion(utility)
        return response.expected(utility, self.setting.durations[self.state.pool])

    # ------------------------------------------------------------------ life of a session
    def begin(self, rows: Ints) -> None:
        """Starts new sessions in some rows, drawing all their randomness from their generators."""
        setting, state = self.setting, self.state
        listener = setting.listener
        block = np.stack([self.generators[row].random(setting.n_draws) for row in rows])
        pool, start = setting.pool.draw(block[:, : setting.pool.n_draws])
        tape_from = setting.pool.n_draws + listener.n_draws
        who = setting.population(block[:, setting.pool.n_draws : tape_from])
        state.pool[rows] = pool
        state.features[rows] = self.catalog.matrix[pool]
        state.links[rows] = self.catalog.links[pool]
        state.available[rows] = True
        state.history[rows] = start[:, None]
        state.position[rows] = 0
        state.hidden[rows] = listener.draw(who)
        state.terms[rows] = listener.begin(state.hidden[rows])
        state.tape[rows] = block[:, tape_from:].reshape(len(rows), setting.length, -1)
        state.skips[rows] = 0
        state.ema[rows] = 0.0
        state.ended[rows] = False
        state.memory.begin(rows, self.catalog.matrix[start])
        self._refresh_transitions(rows)

    def step(self, slots: Ints) -> StepResult:
        """Plays one candidate in every session.

        A session that is over stays over: its row changes nothing that an agent could gain from.

        Args:
            slots: Pool slot of each session, (B,).

        Returns:
            The response and the reward of every session.
        """
        setting, state, every = self.setting, self.state, np.arange(self.batch)
        listener = setting.listener
        slots = np.asarray(slots, dtype=np.intp)
        now = np.minimum(state.position, self.length - 1)
        tape = state.tape[every, now]
        heard = state.available[every, slots] & ~state.ended
        terms = {
            name: np.where(heard, part[:, 0], 0.0) for name, part in self.utilities(slots[:, None]).items()
        }
        utility = np.where(heard, _total(terms), REPEAT_UTILITY)
        track = np.where(heard, state.pool[every, slots], self.current)
        listened = listener.response.listened(tape[:, 0], utility, setting.durations[track])
        listened = np.where(heard, listened, 0.0)
        skipped = listened < 1.0

        for name, term in listener.terms.items():
            noise = tape[:, 2:][:, listener.noise_columns[name]]
            play = Play(slots, heard, utility, listened, noise)
            term.update(self, play, self.hidden_of(name), self.state_of(name))
        state.memory.update(self.catalog.matrix[track], listened, skipped)
        departure = listener.departure
        state.skips[:] = np.where(skipped, state.skips + 1, 0)
        state.ema[:] = departure.decay * state.ema + (1.0 - departure.decay) * utility
        state.available[every, slots] = False
        position = now.copy()
        state.position[:] = now + 1
        state.history[every, state.position] = track
        left = tape[:, 1] < departure.probability(state.position, state.skips, state.ema)
        full = (state.position >= self.length) | ~state.available.any(axis=1)
        state.ended |= left | full
        self._refresh_transitions(every)

        result = StepResult(
            track=track,
            position=position,
            heard=heard,
            utility=utility,
            listened=listened,
            skipped=skipped,
            left=left,
            terminated=state.ended.copy(),
            terms=terms,
            reward=np.zeros(self.batch),
        )
        reward = np.asarray(setting.reward(self, result), dtype=np.float64)
        return dataclasses.replace(result, reward=np.where(heard, reward, np.minimum(reward, 0.0)))

    def _refresh_transitions(self, rows: Ints) -> None:
        state = self.state
        current = state.history[rows, state.position[rows]]
        state.transitions[rows] = transition_features(
            self.catalog.links[current][:, None, :], state.links[rows]
        )

    # ------------------------------------------------------------------ copies
    def snapshot(self) -> Snapshot:
        """Copies the state of all sessions and of their generators."""
        everything = np.arange(self.batch)
        return Snapshot(
            self.state.take(everything), tuple(dict(g.bit_generator.state) for g in self.generators)
        )

    def restore(self, snapshot: Snapshot) -> None:
        """Puts a snapshot back; the same snapshot may be restored again."""
        self.state = snapshot.state.take(np.arange(len(snapshot.state.position)))
        for generator, state in zip(self.generators, snapshot.generators, strict=True):
            generator.bit_generator.state = state

    def repeat(self, rows: Ints) -> Sessions:
        """Makes a batch of its own whose row i is a copy of row ``rows[i]``; it cannot `begin` anew."""
        twin = object.__new__(Sessions)
        twin.setting = self.setting
        twin.generators = []
        twin._slots = self._slots
        twin.state = self.state.take(np.asarray(rows, dtype=np.intp))
        return twin


def _total(parts: dict[str, Floats]) -> Floats:
    """Sums contributions one by one, so that the order of additions never depends on shapes."""
    total = parts["bias"].copy()
    for name, part in parts.items():
        if name != "bias":
            total += part
    return total


def _empty_state(setting: Setting, batch: int) -> SessionState:
    catalog, size, length = setting.catalog, setting.pool_size, setting.length
    return SessionState(
        pool=np.zeros((batch, size), np.intp),
        features=np.zeros((batch, size, catalog.matrix.shape[1]), np.float32),
        links=np.zeros((batch, size, catalog.links.shape[1]), np.float32),
        transitions=np.zeros((batch, size, len(catalog.transition_names)), np.float32),
        available=np.zeros((batch, size), np.bool_),
        history=np.zeros((batch, length + 1), np.intp),
        position=np.zeros(batch, np.int64),
        hidden=np.zeros((batch, setting.listener.n_hidden)),
        terms=np.zeros((batch, setting.listener.n_state)),
        tape=np.zeros((batch, length, 2 + setting.listener.n_noise)),
        skips=np.zeros(batch, np.int64),
        ema=np.zeros(batch),
        ended=np.ones(batch, np.bool_),
        memory=Memory.empty(batch, catalog.matrix.shape[1]),
    )
