"""Small logs."""

import numpy as np
import pytest

from segue.agents import make_agent
from segue.experiments.off_policy import LoggedSessions
from segue.experiments.recording.sessions import record_sessions

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 6, "length": 4}


@pytest.fixture(scope="session")
def recorded_log():
    """Makes logs of small sessions."""

    def make(sessions=300, agent="smooth", epsilon=0.5, seed=0):
        blocks = record_sessions(
            lambda env: make_agent(agent, env), ID, SETTINGS, sessions, epsilon=epsilon, seed=seed
        )
        return LoggedSessions.from_recorded(session for block in blocks for session in block)

    return make


@pytest.fixture(scope="session")
def two_plays():
    """Three sessions of up to two plays of two actions, for cases computed by hand.

    The log chose both actions with probability ½; the target of the cases chooses action 0 with ¾.
    """
    actions = np.array([0, 0, 0, 1, 1])
    return LoggedSessions(
        observations={"x": np.zeros((5, 1), np.float32)},
        masks=np.ones((5, 2), bool),
        actions=actions,
        rewards=np.array([1.0, 2.0, 4.0, 8.0, 16.0]),
        propensities=np.full(5, 0.5),
        lengths=np.array([2, 2, 1]),
    )
