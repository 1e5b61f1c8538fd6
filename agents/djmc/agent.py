"""DJ-MC (Liebman, Saar-Tsechansky and Stone 2015): learns the listener in the session, plans by rollouts."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, best_available
from segue.agents.djmc.elicitation import PreferenceElicitation
from segue.agents.djmc.preferences import Bins, Heard, Preferences, percentile_bins
from segue.agents.djmc.rollouts import random_sequences, sequence_values
from segue.features.arrays import AnyArray, BoolArray, FloatArray, Int64Array, IntArray
from segue.features.errors import UserError


@dataclass
class Memory:
    """What DJ-MC keeps of B sessions.

    Attributes:
        preferences: What it believes of each listener.
        history: Bins of the tracks played, the last one first, (B, H, F).
        known: Whether a session is that old, (B, H).
        reward_sum: Sum of the heard fractions so far, (B,).
        count: Number of responses so far, (B,).
    """

    preferences: Preferences
    history: Bins
    known: BoolArray
    reward_sum: FloatArray
    count: FloatArray

    @classmethod
    def empty(cls, sessions: int, features: int, bins: int) -> "Memory":
        """Nothing has been played yet."""
        return cls(
            Preferences.uniform(sessions, features, bins),
            np.zeros((sessions, 0, features), np.int64),
            np.zeros((sessions, 0), np.bool_),
            np.zeros(sessions),
            np.zeros(sessions),
        )

    def copy(self) -> "Memory":
        """A copy that can be changed; the history is never changed in place."""
        preferences = Preferences(self.preferences.song.copy(), self.preferences.transition.copy())
        return replace(
            self, preferences=preferences, reward_sum=self.reward_sum.copy(), count=self.count.copy()
        )

    def forget(self, rows: BoolArray) -> None:
        """Begins some sessions anew."""
        self.preferences.forget(rows)
        self.known = self.known & ~rows[:, None]
        self.reward_sum[rows] = self.count[rows] = 0.0

    def hear(self, rows: IntArray, played: Bins, listened: FloatArray) -> None:
        """Learns from the last response in some rows: played (B, F), listened (B,)."""
        if not len(rows):
            return
        self.reward_sum[rows] += listened[rows]
        self.count[rows] += 1.0
        heard = Heard(listened[rows], self.reward_sum[rows] / self.count[rows], self.count[rows])
        self.preferences.update(rows, played[rows], self.history[rows, 0], heard)

    def append(self, current: Bins) -> None:
        """Puts the track heard last, (B, F), at the head of the history."""
        self.history = np.concatenate([current[:, None], self.history], axis=1)
        self.known = np.concatenate([np.ones((len(current), 1), np.bool_), self.known], axis=1)


class DJMC(Agent):
    """Model-based: preferences over bins of songs and of transitions, updated after every track.

    It plans with random rollouts over the better half of the free candidates by song reward, and plays the
    first track of the best one. Without an interview it begins every session with uniform preferences.

    Args:
        env: The environment it plays in. It reads only its observations, unless it is to ask.
        seed: Seed of the rollouts.
        rollouts: Rollouts a decision.
        horizon: Tracks a rollout; 1 plays the best next track by song and transition, of all candidates, and
            0 the best by song alone.
        bins: Percentile bins a feature.
        learns: Whether responses change what it believes.
        interview: What it asks every listener at the start; None asks nothing, as the agents that it is
            compared with cannot.
    """

    def __init__(
        self,
        env: Any,
        seed: int,
        *,
        rollouts: int = 10_000,
        horizon: int = 10,
        bins: int = 10,
        learns: bool = True,
        elicitation: PreferenceElicitation | None = None,
    ) -> None:
        if min(rollouts, bins) < 1 or horizon < 0:
            raise UserError("Agent 'djmc': rollouts and bins must be 1 or more, horizon 0 or more.")
        self._env, layout = env.unwrapped, env.unwrapped.layout
        self._at, self._features = layout.context_slice, len(layout.feature_names)
        self._rollouts, self._horizon, self._bins = rollouts, horizon, bins
        self._learns, self._elicitation = learns, elicitation
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Starts the random numbers of the rollouts anew."""
        self._rng = np.random.default_rng(seed)

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Learns from the last response and plans the next track."""
        memory = self._learn(observation, state, starts)
        songs = percentile_bins(observation["candidates"], self._bins)
        song = memory.preferences.song_reward(songs)
        if self._horizon == 0:
            return best_available(song, mask), memory
        if self._horizon == 1:
            step = memory.preferences.transition_reward(memory.history, memory.known, songs)
            return best_available(song + step, mask), memory
        return self._plan(memory, songs, song, mask), memory

    def _learn(self, observation: Batch, state: Any, starts: AnyArray | None) -> Memory:
        """Takes the last response and the track heard last into the memory."""
        context = observation["context"]
        sessions = len(context)
        memory = Memory.empty(sessions, self._features, self._bins) if state is None else state.copy()
        new = context[:, self._at("progress")][:, 0] <= 0.0
        new = new if starts is None else new | starts
        memory.forget(new)
        self._query(memory, observation["candidates"], np.flatnonzero(new))
        current = percentile_bins(context[:, self._at("current")], self._bins)
        learning = np.flatnonzero(~new) if memory.history.shape[1] else np.zeros(0, np.intp)
        if self._learns:
            memory.hear(learning, current, context[:, self._at("last_listened")][:, 0].astype(np.float64))
        memory.append(current)
        return memory

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """What it believes of each candidate as the next: `song` and `transition`, `score` their sum.

        With a horizon above 1 it may sacrifice some of that for what can follow.
        """
        memory = self._learn(observation, None, None) if state is None else state
        songs = percentile_bins(observation["candidates"], self._bins)
        song = memory.preferences.song_reward(songs)[0]
        step = memory.preferences.transition_reward(memory.history, memory.known, songs)[0]
        return {"score": song + step, "song": song, "transition": step}

    def _query(self, memory: Memory, candidates: AnyArray, rows: IntArray) -> None:
        if self._elicitation is None:
            return
        sessions = self._env.sessions
        if sessions.batch != len(candidates):
            raise UserError(
                f"Agent 'djmc' asks the listeners of {sessions.batch} sessions, but plays {len(candidates)}."
            )
        for row in rows:
            asked = self._elicitation.query(sessions, int(row), candidates[row], self._bins, self._rng)
            memory.preferences.song[row] = asked.song[0]
            memory.preferences.transition[row] = asked.transition[0]

    def _plan(self, memory: Memory, songs: Bins, song: FloatArray, mask: AnyArray) -> Int64Array:
        slots = np.zeros(len(songs), np.int64)
        drawn: dict[int, Int64Array] = {}
        for row in range(len(songs)):
            free = np.flatnonzero(mask[row])
            if not len(free):
                continue
            half = free[np.argsort(-song[row, free], kind="stable")[: (len(free) + 1) // 2]]
            if len(half) not in drawn:
                length = min(self._horizon, len(half))
                drawn[len(half)] = random_sequences(len(half), length, self._rollouts, self._rng)
            past = memory.history[row, memory.known[row]]
            values = plan_values(memory.preferences, row, songs[row, half], past, drawn[len(half)])
            slots[row] = half[drawn[len(half)][0, values.argmax()]]
        return slots


def plan_values(
    preferences: Preferences, row: int, songs: Bins, past: Bins, sequences: Int64Array
) -> FloatArray:
    """Values rollouts for one listener.

    Args:
        preferences: What is believed of the listeners.
        row: Which of them.
        songs: Bins of the songs the rollouts are made of, (M, F).
        past: Bins of the tracks played so far, the last one first, (H, F).
        sequences: Indices into songs, (horizon, R).

    Returns:
        R_s + R_t summed over each rollout, (R,).
    """
    feature = np.arange(songs.shape[1])
    table = preferences.transition[row]
    song = preferences.song[row][feature, songs].sum(axis=1)
    step = np.zeros((len(songs), len(songs)))
    owed = np.zeros((len(past), len(songs)))
    for f in feature:
        step += table[f][songs[:, f]][:, songs[:, f]]
        owed += table[f][past[:, f]][:, songs[:, f]]
    # The track i places back now is i + p places back when the p-th of a rollout plays.
    back = np.arange(1, len(past) + 1) + np.arange(len(sequences))[:, None]
    return sequence_values(sequences, song, step, (1.0 / back**2) @ owed)


def djmc(
    env: Any,
    seed: int,
    *,
    rollouts: int = 10_000,
    horizon: int = 10,
    bins: int = 10,
    learns: bool = True,
    asked_songs: int = 0,
    asked_steps: int = 0,
) -> DJMC:
    """Makes a `DJMC`; `asked_songs` and `asked_steps` are those of its `Interview`."""
    elicitation = PreferenceElicitation(asked_songs, asked_steps)
    asks = elicitation if asked_songs or asked_steps else None
    return DJMC(env, seed, rollouts=rollouts, horizon=horizon, bins=bins, learns=learns, elicitation=asks)


def myopic(env: Any, seed: int, *, bins: int = 10, asked_songs: int = 0, asked_steps: int = 0) -> DJMC:
    """Makes a `DJMC` that looks one track ahead."""
    return djmc(env, seed, horizon=1, bins=bins, asked_songs=asked_songs, asked_steps=asked_steps)
