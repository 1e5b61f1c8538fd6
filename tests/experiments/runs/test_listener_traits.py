"""The traits of listeners: how they rate their pool before anything is played."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.runs import evaluate as evaluation
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.observers.listener_traits import ListenerTraits

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 8, "length": 5}
SEEDS = range(500, 521)


def observed(agent="random") -> ListenerTraits:
    traits = ListenerTraits()
    evaluate(agent, ID, SETTINGS, SEEDS, observers=[traits])
    return traits


def test_traits_are_those_of_the_first_choice():
    table = observed().table().set_index("episode")
    assert table.index.tolist() == list(SEEDS)
    env = make_batch(ID, SETTINGS, 1)
    env.reset(seed=[510])
    sessions = env.unwrapped.sessions
    utility, transition = sessions.utility()[0], sessions.utilities()["transition"][0]
    assert table.loc[510, "choosiness"] == pytest.approx(utility.std())
    assert table.loc[510, "ease"] == pytest.approx(sessions.expected_reward()[0].mean())
    assert table.loc[510, "transition_share"] == pytest.approx(transition.std() / utility.std())


def test_traits_depend_neither_on_the_agent_nor_on_the_batch(monkeypatch):
    first = observed("random")
    monkeypatch.setattr(evaluation, "ROWS", 4)
    second = observed("greedy-oracle")
    pd.testing.assert_frame_equal(first.table(), second.table(), check_exact=True)
    assert first.offered_tracks == second.offered_tracks


def test_offered_tracks_are_those_of_all_pools():
    env = make_batch(ID, SETTINGS, len(SEEDS))
    env.reset(seed=list(SEEDS))
    assert observed().offered_tracks == len(np.unique(env.unwrapped.sessions.pool)) > SETTINGS["pool_size"]
