"""DJ-MC's memory of the sessions that it plays."""

from dataclasses import dataclass, replace

import numpy as np

from segue.agents.djmc.preferences import Bins, Preferences, Rewards
from segue.features.arrays import BoolArray, FloatArray, IntArray


@dataclass
class DJMCState:
    """Estimates and history of B sessions.

    Attributes:
        preferences: Estimated preferences of each listener.
        history: Bins of the tracks played, the last one first, (B, H, F).
        history_mask: True where `history` holds a track of the session, (B, H).
        reward_sum: Sum of the heard fractions so far, (B,).
        count: Number of responses so far, (B,).
    """

    preferences: Preferences
    history: Bins
    history_mask: BoolArray
    reward_sum: FloatArray
    count: FloatArray

    @classmethod
    def initial(cls, sessions: int, features: int, bins: int) -> "DJMCState":
        """Returns the state before anything has been played."""
        return cls(
            Preferences.uniform(sessions, features, bins),
            np.zeros((sessions, 0, features), np.int64),
            np.zeros((sessions, 0), np.bool_),
            np.zeros(sessions),
            np.zeros(sessions),
        )

    def copy(self) -> "DJMCState":
        """Returns a copy that can be changed; the history is never changed in place."""
        preferences = Preferences(self.preferences.song.copy(), self.preferences.transition.copy())
        return replace(
            self, preferences=preferences, reward_sum=self.reward_sum.copy(), count=self.count.copy()
        )

    def reset(self, rows: BoolArray) -> None:
        """Resets some sessions, bool (B,), to their initial state."""
        self.preferences.reset(rows)
        self.history_mask = self.history_mask & ~rows[:, None]
        self.reward_sum[rows] = self.count[rows] = 0.0

    def update_preferences(self, rows: IntArray, played: Bins, listened: FloatArray) -> None:
        """Learns from the last response of some sessions.

        Args:
            rows: Their indices, (R,).
            played: Bins of the last track of every session, (B, F).
            listened: Its heard fraction, (B,).
        """
        if not len(rows):
            return
        self.reward_sum[rows] += listened[rows]
        self.count[rows] += 1.0
        rewards = Rewards(listened[rows], self.reward_sum[rows] / self.count[rows], self.count[rows])
        self.preferences.update(rows, played[rows], self.history[rows, 0], rewards)

    def append_track(self, played: Bins) -> None:
        """Puts the last track of every session, (B, F), at the head of the history."""
        self.history = np.concatenate([played[:, None], self.history], axis=1)
        self.history_mask = np.concatenate([np.ones((len(played), 1), np.bool_), self.history_mask], axis=1)
