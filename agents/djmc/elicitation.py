"""What DJ-MC asks a listener before the first song (algorithms 1 and 2 of Liebman et al. 2015)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.spatial.distance import pdist

from segue.agents.djmc.medoids import delta_medoids
from segue.agents.djmc.preferences import Preferences, percentile_bins
from segue.envs.core.session import Sessions
from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError

DELTA_PERCENTILE = 10.0
"""δ is this percentile of the distances between songs."""


@dataclass(frozen=True)
class PreferenceElicitation:
    """Asks the listener of a session which songs, and which songs after which, they would like to hear.

    First the listener names favourites among all candidates. Then δ-medoids of the better half of the
    candidates, by what is known so far, are shown: one is drawn as the first, and again and again the
    listener says which of the others should follow the last one. Answers are true: what has the highest
    utility is chosen. Nobody hears anything meanwhile.

    Attributes:
        songs: Favourites asked for; the paper's query size is 10.
        steps: Transitions asked for; the paper's is 10.
    """

    songs: int
    steps: int

    def __post_init__(self) -> None:
        """Refuses negative numbers."""
        if min(self.songs, self.steps) < 0:
            raise UserError("Agent 'djmc': asked_songs and asked_steps must be 0 or more.")

    def query(
        self, sessions: Sessions, row: int, features: npt.ArrayLike, bins: int, rng: np.random.Generator
    ) -> Preferences:
        """Asks one listener at the start of the session.

        Args:
            sessions: The sessions, which stay as they are.
            row: Whose session it is.
            features: Features of the candidates as percentiles, (K, F).
            bins: Bins a feature.
            rng: Draws the first song of the transitions.

        Returns:
            What is believed of this one listener.
        """
        shown = np.asarray(features, np.float64)
        codes = percentile_bins(shown, bins)
        liking = sessions.repeat(np.array([row])).utility()[0]
        liked = np.argsort(-liking, kind="stable")[: self.songs]
        nothing = codes[:0]
        by_song = Preferences.from_queries(codes[liked], nothing, nothing, bins)
        reward = by_song.song_reward(codes[None])[0]
        half = np.flatnonzero(reward >= np.median(reward))
        chain = self._chain(sessions, row, half[_medoids(shown[half])], rng)
        return Preferences.from_queries(codes[liked], codes[chain[:-1]], codes[chain[1:]], bins)

    def _chain(self, sessions: Sessions, row: int, shown: IntArray, rng: np.random.Generator) -> IntArray:
        """Lets the listener choose again and again what should follow; a song is chosen once at most."""
        chain = [int(rng.choice(shown))]
        left = np.setdiff1d(shown, chain)
        while len(left) and len(chain) <= self.steps:
            twin = sessions.repeat(np.array([row]))
            twin.step(np.array([chain[-1]]))
            chain.append(int(left[twin.utility(left[None])[0].argmax()]))
            left = np.setdiff1d(left, chain)
        return np.array(chain, np.intp)


def _medoids(features: FloatArray) -> IntArray:
    """Songs of which one is near each of the given ones."""
    if len(features) < 2:
        return np.arange(len(features))
    return delta_medoids(features, float(np.percentile(pdist(features), DELTA_PERCENTILE)))
