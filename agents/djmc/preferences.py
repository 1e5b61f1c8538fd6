"""DJ-MC's model of a listener: preferences over percentile bins of songs and of transitions.

Liebman, Saar-Tsechansky and Stone 2015, "DJ-MC: a reinforcement-learning agent for music playlist
recommendation". Features come as percentiles in [0, 1], so a bin is a tenth of the catalogue.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from segue.features.arrays import BoolArray, FloatArray, Int64Array, IntArray

Bins = Int64Array

SONG_PRIOR, TRANSITION_PRIOR = 10, 100
"""Pseudo-counts of the uniform prior: one for each bin, and one for each pair of bins."""
LEAST_REWARD = 0.01
"""A track refused at once would have log 0."""


def percentile_bins(features: npt.ArrayLike, bins: int = 10) -> Bins:
    """Gives the bin 0..bins-1 of each percentile in [0, 1]."""
    return np.minimum((np.asarray(features, np.float64) * bins).astype(np.int64), bins - 1)


@dataclass(frozen=True)
class Heard:
    """A listener's responses up to now, one each.

    Attributes:
        reward: Of the last song, (R,).
        mean: Over all songs up to it, (R,).
        count: Number k of songs up to it, (R,).
    """

    reward: FloatArray
    mean: FloatArray
    count: FloatArray


@dataclass
class Preferences:
    """What is believed of S listeners, over F features and n bins.

    Attributes:
        song: Weight of each bin of each feature, (S, F, n); sums to 1 over bins.
        transition: Weight of each pair of bins, from and to, of each feature, (S, F, n, n); sums to 1 over
            pairs.
    """

    song: FloatArray
    transition: FloatArray

    @classmethod
    def uniform(cls, listeners: int, features: int, bins: int = 10) -> "Preferences":
        """Nothing is known yet."""
        song = np.full((listeners, features, bins), 1.0 / bins)
        return cls(song, np.full((listeners, features, bins, bins), 1.0 / bins**2))

    @classmethod
    def from_queries(cls, songs: Bins, steps_from: Bins, steps_to: Bins, bins: int = 10) -> "Preferences":
        """Believes what one listener has answered before the first song.

        Each answer adds one step 1 / (answers + prior) to its bins, on top of one such step for each bin.

        Args:
            songs: Bins of the songs the listener likes, (z_s, F).
            steps_from: Bins of the first songs of the transitions the listener likes, (z_t, F).
            steps_to: Bins of the second songs, (z_t, F).
            bins: Bins a feature.

        Returns:
            The preferences of this one listener.
        """
        made = cls.uniform(1, songs.shape[1], bins)
        made.song[:] = 1.0 / (len(songs) + SONG_PRIOR)
        made.transition[:] = 1.0 / (len(steps_from) + TRANSITION_PRIOR)
        feature = np.arange(songs.shape[1])
        for song in songs:
            made.song[0, feature, song] += 1.0 / (len(songs) + SONG_PRIOR)
        for one, other in zip(steps_from, steps_to, strict=True):
            made.transition[0, feature, one, other] += 1.0 / (len(steps_from) + TRANSITION_PRIOR)
        made._normalise(np.arange(1))
        return made

    def forget(self, rows: BoolArray) -> None:
        """Goes back to knowing nothing of some listeners."""
        self.song[rows] = 1.0 / self.song.shape[2]
        self.transition[rows] = 1.0 / self.transition.shape[2] ** 2

    def song_reward(self, songs: Bins) -> FloatArray:
        """R_s of songs: (S, M) from bins (S, M, F)."""
        row, feature = np.ogrid[: songs.shape[0], : songs.shape[2]]
        return self.song[row[:, None], feature[:, None], songs].sum(axis=-1)

    def step_reward(self, one: Bins, other: Bins) -> FloatArray:
        """r_t of single steps: (S, M) from bins broadcastable to (S, M, F)."""
        one, other = np.broadcast_arrays(one, other)
        row, feature = np.ogrid[: one.shape[0], : one.shape[2]]
        return self.transition[row[:, None], feature[:, None], one, other].sum(axis=-1)

    def transition_reward(self, history: Bins, known: BoolArray, songs: Bins) -> FloatArray:
        """R_t of playing a song next, the sum of r_t / i² over the songs played i places before it.

        Args:
            history: Bins of the songs played, the last one first, (S, H, F).
            known: Whether the session is that old, (S, H).
            songs: Bins of candidates, (S, M, F).

        Returns:
            R_t, (S, M).
        """
        total = np.zeros(songs.shape[:2])
        for back in range(history.shape[1]):
            reward = self.step_reward(history[:, back, None], songs)
            total += known[:, back, None] * reward / (back + 1) ** 2
        return total

    def update(self, rows: IntArray, played: Bins, before: Bins, heard: Heard) -> None:
        """Learns from one response a listener.

        With r the reward and v = log(r / mean r), the credit is shared between song and transition as their
        own predictions are, and φ ← k/(k+1) φ + 1/(k+1) θ w v. Weights that a bad song turns negative are set
        to 0 before they are made to sum to 1 again, which the paper leaves open.

        Args:
            rows: Whose response it is, (R,).
            played: Bins of the song, (R, F).
            before: Bins of the song before it, (R, F).
            heard: The rewards.
        """
        feature = np.arange(played.shape[1])
        at_song = (rows[:, None], feature, played)
        at_step = (rows[:, None], feature, before, played)
        song, step = self.song[at_song].sum(axis=1), self.transition[at_step].sum(axis=1)
        share = np.divide(song, song + step, out=np.full(len(rows), 0.5), where=song + step > 0)
        surprise = np.log(np.maximum(heard.reward, LEAST_REWARD) / np.maximum(heard.mean, LEAST_REWARD))
        keep = heard.count / (heard.count + 1.0)
        self.song[rows] *= keep[:, None, None]
        self.transition[rows] *= keep[:, None, None, None]
        self.song[at_song] += ((1.0 - keep) * share * surprise)[:, None]
        self.transition[at_step] += ((1.0 - keep) * (1.0 - share) * surprise)[:, None]
        self._normalise(rows)

    def _normalise(self, rows: IntArray) -> None:
        for weights, axes in ((self.song, (2,)), (self.transition, (2, 3))):
            kept = np.maximum(weights[rows], 0.0)
            total = kept.sum(axis=axes, keepdims=True)
            flat = 1.0 / np.prod([weights.shape[axis] for axis in axes])
            weights[rows] = np.divide(kept, total, out=np.full_like(kept, flat), where=total > 0)
