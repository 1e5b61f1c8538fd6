"""Logged sessions as plain arrays."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from segue.features.arrays import AnyArray, BoolArray, FloatArray, Int64Array, IntArray
from segue.features.errors import UserError

if TYPE_CHECKING:
    from segue.experiments.recording.recorded_session import RecordedSession


@dataclass(frozen=True)
class LoggedSessions:
    """N plays in S sessions, one session after the other, with K candidates each.

    Attributes:
        observations: What was seen before each play, arrays (N, …) by name.
        masks: What could be played, bool (N, K).
        actions: The slot that was played, (N,).
        rewards: (N,).
        propensities: Probability with which the logging policy played it, above 0 and up to 1, (N,).
        lengths: Plays of each session, 1 or more, (S,).
        env_spec: Gymnasium's specification of the environment, if it is known.

    Raises:
        UserError: The arrays do not fit together, or a propensity is not a probability above 0.
    """

    observations: dict[str, AnyArray]
    masks: BoolArray
    actions: Int64Array
    rewards: FloatArray
    propensities: FloatArray
    lengths: Int64Array
    env_spec: Any = field(default=None, repr=False, compare=False)

    def __post_init__(self) -> None:
        plays = int(np.sum(self.lengths))
        arrays = {
            **{f"observations[{key!r}]": values for key, values in self.observations.items()},
            **{name: getattr(self, name) for name in ("masks", "actions", "rewards", "propensities")},
        }
        for name, values in arrays.items():
            if len(values) != plays:
                raise UserError(f"The sessions have {plays} plays, but {name} has {len(values)} rows.")
        if not len(self.lengths) or np.min(self.lengths) < 1:
            raise UserError("Logged sessions need one session or more, each with one play or more.")
        if not ((self.propensities > 0) & (self.propensities <= 1)).all():
            raise UserError(
                "Every propensity must be above 0 and at most 1: the probability with which the logged "
                "action was taken."
            )

    @property
    def sessions(self) -> int:
        """Number of sessions S."""
        return len(self.lengths)

    @cached_property
    def first(self) -> IntArray:
        """Row of the first play of each session, (S,)."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def session_of(self) -> IntArray:
        """Session of each play, (N,)."""
        return np.repeat(np.arange(self.sessions), self.lengths)

    @cached_property
    def positions(self) -> IntArray:
        """Position of each play in its session, from 0, (N,)."""
        return np.arange(len(self.actions)) - self.first[self.session_of]

    def by_session(self, values: AnyArray, after: float) -> FloatArray:
        """Lays out one number per play as a table of sessions.

        Args:
            values: (N,).
            after: What stands after the end of a session.

        Returns:
            (S, longest session).
        """
        table = np.full((self.sessions, int(self.lengths.max())), after, np.float64)
        table[self.session_of, self.positions] = values
        return table

    @classmethod
    def from_recorded(cls, recorded: Iterable[RecordedSession], env_spec: Any = None) -> LoggedSessions:
        """Joins recorded sessions, or episodes of a Minari dataset with dictionaries as observations."""
        sessions = list(recorded)

        def joined(values: Iterable[AnyArray]) -> AnyArray:
            return np.concatenate(list(values))

        return cls(
            {
                key: joined(session.observations[key][:-1] for session in sessions)
                for key in sessions[0].observations
            },
            joined(session.infos["action_mask"][:-1] for session in sessions).astype(bool),
            joined(session.actions for session in sessions).astype(np.int64),
            joined(session.rewards for session in sessions).astype(np.float64),
            joined(session.infos["propensity"][:-1] for session in sessions).astype(np.float64),
            np.array([len(session.actions) for session in sessions], np.int64),
            env_spec,
        )


def read_log(dataset: Any) -> LoggedSessions:
    """Reads a dataset that `segue record` made.

    Args:
        dataset: Its folder, or the opened `minari.MinariDataset`, all of it or a part.

    Raises:
        UserError: There is no such dataset, or it holds no masks and propensities.
    """
    from segue.experiments.recording.minari_dataset import open_dataset

    opened = open_dataset(Path(dataset)) if isinstance(dataset, str | Path) else dataset
    episodes = list(opened.iterate_episodes())
    if not episodes or not {"action_mask", "propensity"} <= set(episodes[0].infos or ()):
        raise UserError(
            f"Dataset {opened.id!r} holds no action_mask and propensity in its infos; make one with "
            "`segue record`."
        )
    if not isinstance(episodes[0].observations, dict):
        layout = opened.recover_environment().unwrapped.layout
        episodes = [_unflattened(episode, layout) for episode in episodes]
    return LoggedSessions.from_recorded(episodes, opened.env_spec)


def _unflattened(episode: Any, layout: Any) -> Any:
    """Returns an episode with dictionaries as observations."""
    from dataclasses import replace

    return replace(episode, observations=layout.unflatten(episode.observations))
