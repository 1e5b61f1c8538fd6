"""DJ-MC's model of a listener: preferences over percentile bins of songs and of transitions.

Liebman, Saar-Tsechansky and Stone 2015, "DJ-MC: a reinforcement-learning agent for music playlist
recommendation". Features are percentiles in [0, 1], so each of ten bins holds a tenth of the catalogue.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segue.features.arrays import BoolArray, FloatArray, Int64Array, IntArray

Bins = Int64Array

SONG_PRIOR, TRANSITION_PRIOR = 10, 100
"""Pseudo-counts of the uniform prior: one for each bin, and one for each pair of bins."""
LEAST_REWARD = 0.01
"""Smallest reward in the update: a track skipped at once would have log 0."""


def bin_of_percentile(percentiles: npt.ArrayLike, bins: int = 10) -> Bins:
    """Returns the bin 0..bins-1 of each percentile in [0, 1]."""
    return np.minimum((np.asarray(percentiles, np.float64) * bins).astype(np.int64), bins - 1)


@dataclass(frozen=True)
class Rewards:
    """The rewards of R listeners up to now.

    Attributes:
        last: Reward of the last song, (R,).
        mean: Mean reward of all songs up to it, (R,).
        count: Number k of songs up to it, (R,).
    """

    last: FloatArray
    mean: FloatArray
    count: FloatArray


@dataclass
class Preferences:
    """Estimated preferences of S listeners, over F features and n bins.

    Attributes:
        song: Weight of each bin of each feature, (S, F, n); sums to 1 over bins.
        transition: Weight of each pair of bins, from and to, of each feature, (S, F, n, n); sums to 1 over
            pairs.
    """

    song: FloatArray
    transition: FloatArray

    @classmethod
    def uniform(cls, listeners: int, features: int, bins: int = 10) -> "Preferences":
        """Returns uniform preferences: nothing is known yet."""
        song = np.full((listeners, features, bins), 1.0 / bins)
        return cls(song, np.full((listeners, features, bins, bins), 1.0 / bins**2))

    @classmethod
    def from_queries(
        cls, songs: Bins, transitions_from: Bins, transitions_to: Bins, bins: int = 10
    ) -> "Preferences":
        """Estimates the preferences of one listener from the answers before the first song.

        Each answer adds 1 / (answers + prior) to its bins, and every bin starts with one such increment.

        Args:
            songs: Bins of the songs the listener likes, (z_s, F).
            transitions_from: Bins of the first songs of the transitions the listener likes, (z_t, F).
            transitions_to: Bins of the second songs, (z_t, F).
            bins: Bins per feature.

        Returns:
            The preferences of this one listener.
        """
        preferences = cls.uniform(1, songs.shape[1], bins)
        preferences.song[:] = 1.0 / (len(songs) + SONG_PRIOR)
        preferences.transition[:] = 1.0 / (len(transitions_from) + TRANSITION_PRIOR)
        feature = np.arange(songs.shape[1])
        for song in songs:
            preferences.song[0, feature, song] += 1.0 / (len(songs) + SONG_PRIOR)
        for first, second in zip(transitions_from, transitions_to, strict=True):
            preferences.transition[0, feature, first, second] += 1.0 / (
                len(transitions_from) + TRANSITION_PRIOR
            )
        preferences._normalise(np.arange(1))
        return preferences

    def reset(self, rows: BoolArray) -> None:
        """Resets some listeners, bool (S,), to uniform preferences."""
        self.song[rows] = 1.0 / self.song.shape[2]
        self.transition[rows] = 1.0 / self.transition.shape[2] ** 2

    def song_reward(self, songs: Bins) -> FloatArray:
        """Returns R_s of songs: (S, M) from bins (S, M, F)."""
        row, feature = np.ogrid[: songs.shape[0], : songs.shape[2]]
        return self.song[row[:, None], feature[:, None], songs].sum(axis=-1)

    def pair_reward(self, first: Bins, second: Bins) -> FloatArray:
        """Returns r_t of pairs of songs: (S, M) from bins broadcastable to (S, M, F)."""
        first, second = np.broadcast_arrays(first, second)
        row, feature = np.ogrid[: first.shape[0], : first.shape[2]]
        return self.transition[row[:, None], feature[:, None], first, second].sum(axis=-1)

    def transition_reward(self, history: Bins, history_mask: BoolArray, songs: Bins) -> FloatArray:
        """Returns R_t of playing a song next, the sum of r_t / i² over the songs played i places before it.

        Args:
            history: Bins of the songs played, the last one first, (S, H, F).
            history_mask: True where `history` holds a song of the session, (S, H).
            songs: Bins of candidates, (S, M, F).

        Returns:
            R_t, (S, M).
        """
        total = np.zeros(songs.shape[:2])
        for back in range(history.shape[1]):
            reward = self.pair_reward(history[:, back, None], songs)
            total += history_mask[:, back, None] * reward / (back + 1) ** 2
        return total

    def update(self, rows: IntArray, played: Bins, before: Bins, rewards: Rewards) -> None:
        """Learns from one response per listener.

        With r the reward and v = log(r / mean r), the credit is shared between song and transition in
        proportion to their predictions, and φ ← k/(k+1) φ + 1/(k+1) θ w v. Weights that a bad song turns
        negative are set to 0 before the weights are normalised, which the paper leaves open.

        Args:
            rows: Indices of the listeners, (R,).
            played: Bins of the song, (R, F).
            before: Bins of the song before it, (R, F).
            rewards: Their rewards.
        """
        feature = np.arange(played.shape[1])
        at_song = (rows[:, None], feature, played)
        at_pair = (rows[:, None], feature, before, played)
        song, pair = self.song[at_song].sum(axis=1), self.transition[at_pair].sum(axis=1)
        share = np.divide(song, song + pair, out=np.full(len(rows), 0.5), where=song + pair > 0)
        surprise = np.log(np.maximum(rewards.last, LEAST_REWARD) / np.maximum(rewards.mean, LEAST_REWARD))
        keep = rewards.count / (rewards.count + 1.0)
        self.song[rows] *= keep[:, None, None]
        self.transition[rows] *= keep[:, None, None, None]
        self.song[at_song] += ((1.0 - keep) * share * surprise)[:, None]
        self.transition[at_pair] += ((1.0 - keep) * (1.0 - share) * surprise)[:, None]
        self._normalise(rows)

    def _normalise(self, rows: IntArray) -> None:
        for weights, axes in ((self.song, (2,)), (self.transition, (2, 3))):
            positive = np.maximum(weights[rows], 0.0)
            total = positive.sum(axis=axes, keepdims=True)
            uniform = 1.0 / np.prod([weights.shape[axis] for axis in axes])
            weights[rows] = np.divide(positive, total, out=np.full_like(positive, uniform), where=total > 0)
