"""DJ-MC (Liebman, Saar-Tsechansky and Stone 2015): learns the listener in the session, plans by rollouts."""

from math import ceil
from typing import Any

import numpy as np

from segue.agents.base import Agent, Batch, masked_argmax
from segue.agents.djmc.elicitation import PreferenceElicitation
from segue.agents.djmc.preferences import Bins, Preferences, bin_of_percentile
from segue.agents.djmc.rollouts import random_sequences, sequence_values
from segue.agents.djmc.session_state import DJMCState
from segue.agents.session_draws import session_generator
from segue.features.arrays import AnyArray, FloatArray, Int64Array, IntArray
from segue.features.errors import UserError


class DJMC(Agent):
    """Model-based: preferences over bins of songs and of transitions, updated after every track.

    It plans by random rollouts over the better half (`share`) of the available candidates by song reward, and
    plays the first track of the best one. Unless it asks the listener, it begins every session with uniform
    preferences, as the agents that it is compared with cannot ask.

    Args:
        env: The environment in which it plays. It uses only the observations, except for its questions.
        seed: Seed of the rollouts.
        rollouts: Rollouts per decision.
        horizon: Tracks per rollout; 1 plays the best next track by song and transition, of all candidates,
            and 0 the best by song alone.
        share: Share of the available candidates over which it plans, above 0 and up to 1; 0.5 in the paper.
        bins: Percentile bins per feature.
        update_online: Whether preferences are updated by the responses.
        query_songs: Favourite songs that every listener is asked for before the first track; see
            `PreferenceElicitation`.
        query_transitions: Favourite transitions that every listener is asked for.
    """

    def __init__(
        self,
        env: Any,
        seed: int,
        *,
        rollouts: int = 10_000,
        horizon: int = 10,
        share: float = 0.5,
        bins: int = 10,
        update_online: bool = True,
        query_songs: int = 0,
        query_transitions: int = 0,
    ) -> None:
        if min(rollouts, bins) < 1 or horizon < 0:
            raise UserError("Agent 'djmc': rollouts and bins must be 1 or more, horizon 0 or more.")
        if not 0 < share <= 1:
            raise UserError(f"Agent 'djmc': share must be above 0 and up to 1, but is {share}.")
        self._env, layout = env.unwrapped, env.unwrapped.layout
        self._context_slice, self._features = layout.context_slice, len(layout.feature_names)
        self._rollouts, self._horizon, self._share, self._bins = rollouts, horizon, share, bins
        self._update_online = update_online
        self._elicitation = PreferenceElicitation(query_songs, query_transitions)
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Changes the seed of the rollouts."""
        self._seed = seed

    def choose(
        self, observation: Batch, mask: AnyArray, state: Any, starts: AnyArray | None, deterministic: bool
    ) -> tuple[AnyArray, Any]:
        """Learns from the last response and plans the next track."""
        state = self._update(observation, state, starts)
        songs = bin_of_percentile(observation["candidates"], self._bins)
        song = state.preferences.song_reward(songs)
        if self._horizon == 0:
            return masked_argmax(song, mask), state
        if self._horizon == 1:
            transition = state.preferences.transition_reward(state.history, state.history_mask, songs)
            return masked_argmax(song + transition, mask), state
        return self._plan(observation, state, songs, song, mask), state

    def _update(self, observation: Batch, state: Any, starts: AnyArray | None) -> DJMCState:
        """Returns a new state that includes the last response and the last track."""
        context = observation["context"]
        sessions = len(context)
        state = DJMCState.initial(sessions, self._features, self._bins) if state is None else state.copy()
        new = context[:, self._context_slice("progress")][:, 0] <= 0.0
        new = new if starts is None else new | starts
        state.reset(new)
        self._query(state, observation, np.flatnonzero(new))
        played = bin_of_percentile(context[:, self._context_slice("current")], self._bins)
        listened = context[:, self._context_slice("last_listened")][:, 0].astype(np.float64)
        if self._update_online and state.history.shape[1]:
            state.update_preferences(np.flatnonzero(~new), played, listened)
        state.append_track(played)
        return state

    def reasons(self, observation: Batch, mask: AnyArray, state: Any) -> dict[str, AnyArray]:
        """Returns the rewards expected of each candidate: `song`, `transition`, and `score`, their sum.

        With a horizon above 1 the agent may sacrifice some of that for later tracks.
        """
        state = self._update(observation, None, None) if state is None else state
        songs = bin_of_percentile(observation["candidates"], self._bins)
        song = state.preferences.song_reward(songs)[0]
        transition = state.preferences.transition_reward(state.history, state.history_mask, songs)[0]
        return {"score": song + transition, "song": song, "transition": transition}

    def _query(self, state: DJMCState, observation: Batch, rows: IntArray) -> None:
        """Asks the listeners of some sessions, if there is anything to ask."""
        if not (self._elicitation.songs or self._elicitation.transitions):
            return
        sessions, candidates = self._env.sessions, observation["candidates"]
        if sessions.batch != len(candidates):
            raise UserError(
                f"Agent 'djmc' asks the listeners of {sessions.batch} sessions, but plays {len(candidates)}."
            )
        for row in rows:
            rng = session_generator(observation, int(row), self._seed)
            answers = self._elicitation.query(sessions, int(row), candidates[row], self._bins, rng)
            state.preferences.song[row] = answers.song[0]
            state.preferences.transition[row] = answers.transition[0]

    def _plan(
        self, observation: Batch, state: DJMCState, songs: Bins, song: FloatArray, mask: AnyArray
    ) -> Int64Array:
        """Returns the first songs of the best rollouts, (B,).

        Sequences are drawn once for all sessions with equally many songs left, since drawing them for each
        would take half as long again. Each session numbers its songs in a random order of its own: in the
        order of rewards every session would try the same ranks, and their mean would hang on few draws.
        """
        slots = np.zeros(len(songs), np.int64)
        sequences: dict[int, Int64Array] = {}
        for row in range(len(songs)):
            free = np.flatnonzero(mask[row])
            if not len(free):
                continue
            better = free[np.argsort(-song[row, free], kind="stable")[: ceil(self._share * len(free))]]
            better = session_generator(observation, row, self._seed).spawn(1)[0].permutation(better)
            if len(better) not in sequences:
                length = min(self._horizon, len(better))
                rng = np.random.default_rng([self._seed, len(better)])
                sequences[len(better)] = random_sequences(len(better), length, self._rollouts, rng)
            past = state.history[row, state.history_mask[row]]
            values = plan_values(state.preferences, row, songs[row, better], past, sequences[len(better)])
            slots[row] = better[sequences[len(better)][0, values.argmax()]]
        return slots


def plan_values(
    preferences: Preferences, row: int, songs: Bins, past: Bins, sequences: Int64Array
) -> FloatArray:
    """Values rollouts for one listener.

    Args:
        preferences: Estimated preferences of the listeners.
        row: Index of the listener.
        songs: Bins of the songs in the rollouts, (M, F).
        past: Bins of the tracks played so far, the last one first, (H, F).
        sequences: Indices into songs, (horizon, R).

    Returns:
        R_s + R_t summed over each rollout, (R,).
    """
    feature = np.arange(songs.shape[1])
    table = preferences.transition[row]
    song = preferences.song[row][feature, songs].sum(axis=1)
    pair = np.zeros((len(songs), len(songs)))
    from_past = np.zeros((len(past), len(songs)))
    for f in feature:
        # Columns first: what is then copied n times are whole rows.
        pair += table[f].take(songs[:, f], axis=1).take(songs[:, f], axis=0)
        from_past += table[f][past[:, f]][:, songs[:, f]]
    # The track i places back now is i + p places back when the p-th of a rollout plays.
    back = np.arange(1, len(past) + 1) + np.arange(len(sequences))[:, None]
    return sequence_values(sequences, song, pair, (1.0 / back**2) @ from_past)


def myopic(env: Any, seed: int, *, bins: int = 10, query_songs: int = 0, query_transitions: int = 0) -> DJMC:
    """Makes a `DJMC` that looks one track ahead."""
    return DJMC(env, seed, horizon=1, bins=bins, query_songs=query_songs, query_transitions=query_transitions)
