"""Questions that DJ-MC asks before the first song (algorithms 1 and 2 of Liebman et al. 2015)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist

from segue.agents.djmc.medoids import delta_medoids
from segue.agents.djmc.preferences import Preferences, bin_of_percentile
from segue.envs.core.session import Sessions
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError

DELTA_PERCENTILE = 10.0
"""δ is this percentile of the distances between songs."""


@dataclass(frozen=True)
class PreferenceElicitation:
    """Asks the listener of a session for favourite songs and for favourite transitions.

    First the listener names favourites among all candidates. Then δ-medoids of the better half of the
    candidates, by the preferences estimated so far, are shown: one is drawn as the first, and repeatedly the
    listener chooses which of the others should follow the last one. Answers are truthful: the song with the
    highest utility is chosen. No song is played meanwhile.

    Attributes:
        songs: Number of favourites to ask for; the paper's query size is 10.
        transitions: Number of transitions to ask for; the paper's is 10.
    """

    songs: int
    transitions: int

    def __post_init__(self) -> None:
        """Refuses negative numbers."""
        if min(self.songs, self.transitions) < 0:
            raise UserError("Agent 'djmc': query_songs and query_transitions must be 0 or more.")

    def query(
        self, sessions: Sessions, row: int, features: npt.ArrayLike, bins: int, rng: np.random.Generator
    ) -> Preferences:
        """Asks one listener at the start of the session.

        Args:
            sessions: The sessions, which are left unchanged.
            row: Index of the session.
            features: Features of the candidates as percentiles, (K, F).
            bins: Bins per feature.
            rng: Draws the first song of the transitions.

        Returns:
            The estimated preferences of this one listener.
        """
        percentiles = np.asarray(features, np.float64)
        songs = bin_of_percentile(percentiles, bins)
        utility = sessions.repeat(np.array([row])).utility()[0]
        favourites = songs[np.argsort(-utility, kind="stable")[: self.songs]]
        none = songs[:0]
        reward = Preferences.from_queries(favourites, none, none, bins).song_reward(songs[None])[0]
        better_half = np.flatnonzero(reward >= np.median(reward))
        shown = better_half[_medoids(percentiles[better_half])]
        sequence = self._preferred_sequence(sessions, row, shown, rng)
        return Preferences.from_queries(favourites, songs[sequence[:-1]], songs[sequence[1:]], bins)

    def _preferred_sequence(
        self, sessions: Sessions, row: int, shown: IntArray, rng: np.random.Generator
    ) -> IntArray:
        """Lets the listener choose repeatedly which song should follow the last one, each at most once."""
        sequence = [int(rng.choice(shown))]
        left = np.setdiff1d(shown, sequence)
        while len(left) and len(sequence) <= self.transitions:
            copy = sessions.repeat(np.array([row]))
            copy.step(np.array([sequence[-1]]))
            sequence.append(int(left[copy.utility(left[None])[0].argmax()]))
            left = np.setdiff1d(left, sequence)
        return np.array(sequence, np.intp)


def _medoids(features: FloatArray) -> IntArray:
    """Selects songs such that each of the given ones is close to one of them."""
    if len(features) < 2:
        return np.arange(len(features))
    return delta_medoids(features, float(np.percentile(pdist(features), DELTA_PERCENTILE)))
