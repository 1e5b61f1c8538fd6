"""How recently, and how much, each candidate of a pool was heard, as inputs of a network.

Listeners tire of what resembles the last tracks, and recover: what counts is when a similar track was heard,
and how much of it. An observation shows which candidates are no longer available, but neither of these. The
history keeps, for each candidate, Σ γ^a l over its plays: l is the heard fraction and a the number of tracks
played since, counting itself. Several decays γ together can stand for any fading memory, such as the stocks
of satiation (Leqi et al. 2021) and the activation of Ex2Vec (Sguerra, Tran and Hennequin 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from segue.agents.base import Batch
from segue.agents.networks.observation_spec import ObservationSpec
from segue.features.arrays import AnyArray, Float32Array

DECAYS = (0.5, 0.7, 0.85, 0.95)
"""The D decays γ: half is forgotten after 1, 2, 4 and 14 tracks."""


@dataclass(frozen=True)
class PlayHistory:
    """The histories of B sessions with pools of K candidates.

    Attributes:
        heard: The sums of each candidate, float32 (B, K, D), 0 and more.
        last: The candidate played last, whose response is still to come, int (B,); -1 for none.
    """

    heard: Float32Array
    last: AnyArray

    @classmethod
    def initial(cls, batch: int, pool: int) -> PlayHistory:
        """Returns empty histories, for sessions that have not begun."""
        return cls(np.zeros((batch, pool, len(DECAYS)), np.float32), np.full(batch, -1))

    def update(
        self, observation: Batch, observation_spec: ObservationSpec, starts: AnyArray | None = None
    ) -> PlayHistory:
        """Takes in an observation: how much of the last play was heard.

        Args:
            observation: Arrays with a leading axis B.
            observation_spec: What they hold.
            starts: bool (B,), True where a new session begins and nothing has been heard.

        Returns:
            A new history; this one is left unchanged.
        """
        listened = observation["context"][:, observation_spec.context_slice("last_listened")]
        heard = self.heard.copy()
        played = np.flatnonzero(self.last >= 0)
        heard[played, self.last[played]] += listened[played]
        heard *= np.asarray(DECAYS, np.float32)
        if starts is not None:
            heard[starts] = 0.0
        return PlayHistory(heard, np.full_like(self.last, -1))

    def record_action(self, slots: AnyArray) -> PlayHistory:
        """Records which candidates are played next, int (B,); returns a new history."""
        return PlayHistory(self.heard, np.asarray(slots))

    def rows(self, rows: AnyArray) -> PlayHistory:
        """Returns the histories of some of the sessions."""
        return PlayHistory(self.heard[rows], self.last[rows])
