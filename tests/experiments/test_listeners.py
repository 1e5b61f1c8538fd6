"""Listeners are told apart by what they would say to their pool, whoever plays for them."""

import numpy as np
import pytest

from segue.experiments.analysis.listener_traits import SPLITS, listener_table
from segue.experiments.runs.evaluate import make_batch
from segue.experiments.runs.spec import RunSpec

SETTINGS = {"catalog": "synthetic:80", "pool_size": 8, "length": 5}
SPEC = RunSpec("segue/Playlist-v0", "random", 0, 21, 500, "here", environment_settings=SETTINGS)


def test_quarters_follow_the_values():
    table, offered = listener_table(SPEC)
    assert table["episode"].tolist() == SPEC.episode_seeds
    assert 8 < offered <= 80
    for split, names in SPLITS.items():
        groups = table.groupby(f"{split}_group")[split]
        assert groups.size().loc[list(names)].tolist() == [6, 5, 5, 5]
        assert (groups.max().loc[list(names[:-1])].to_numpy() <= groups.min().loc[list(names[1:])]).all()


def test_values_are_those_of_the_first_choice(monkeypatch):
    table, _ = listener_table(SPEC)
    monkeypatch.setattr(
        "segue.experiments.analysis.listener_traits.ROWS", 4
    )  # whatever the size of the batches
    assert listener_table(SPEC)[0].equals(table)
    env = make_batch(SPEC.environment, SETTINGS, 1)
    env.reset(seed=[510])
    row = table[table["episode"] == 510].iloc[0]
    sessions = env.unwrapped.sessions
    assert row["choosiness"] == pytest.approx(sessions.utility()[0].std())
    assert row["ease"] == pytest.approx(sessions.expected_reward()[0].mean())
    assert row["transition_share"] == pytest.approx(
        sessions.utilities()["transition"][0].std() / sessions.utility()[0].std()
    )
    assert np.isfinite(table["ease"]).all()
