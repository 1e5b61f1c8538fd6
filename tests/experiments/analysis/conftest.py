"""Sessions with known returns, from which tables can be worked out by hand."""

import pandas as pd
import pytest


@pytest.fixture
def sessions():
    """Makes the sessions of one agent from its returns, one list per seed; further columns by name."""

    def make(environment, agent, returns_by_seed, **more) -> pd.DataFrame:
        rows = [
            {"environment": environment, "agent": agent, "seed": seed, "episode": 100 + e, "return": value}
            for seed, returns in enumerate(returns_by_seed)
            for e, value in enumerate(returns)
        ]
        return pd.DataFrame(rows).assign(**more)

    return make


@pytest.fixture
def episodes(sessions):
    """Three agents in one environment; mean returns are 1, then 3 and 5 (the runs of the learner), then 5."""
    return pd.concat(
        [
            sessions("short", "random", [[0, 2, 1, 1]] * 2),
            sessions("short", "learner", [[2, 4, 2, 4], [4, 6, 4, 6]]),
            sessions("short", "oracle", [[4, 6, 5, 5]] * 2),
        ],
        ignore_index=True,
    )
