"""The simulation published with DJ-MC, with a small corpus and few listeners."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.djmc.reproduce import reproduce
from segue.experiments.djmc.simulation import AGENTS, COMPARED, LENGTHS, ordering, summary


@pytest.fixture(scope="module")
def simulated(tmp_path_factory):
    """The folder and the table of a small simulation."""
    out = tmp_path_factory.mktemp("djmc") / "out"
    return out, reproduce(out, 12, [1.0], rollouts=50, corpus=150)


def test_every_agent_plays_to_every_listener(simulated):
    _, played = simulated
    assert len(played) == 12 * len(AGENTS) * len(LENGTHS)
    assert not played.duplicated(["agent", "listener", "songs"]).any()
    total = played.pivot_table(index=["agent", "listener"], columns="songs", values="reward")
    assert (total.diff(axis=1).iloc[:, 1:] > 0).all().all()
    # Rewards of songs and of transitions are weights that sum to 1, so that all are positive.
    assert (played["reward"] > played["song_reward"]).all()


def test_the_tables_follow_from_the_plays(simulated):
    out, played = simulated
    totals = pd.read_csv(out / "summary.csv").set_index(["agent", "songs"])
    rewards = played.pivot_table(index="listener", columns=["agent", "songs"], values="reward")
    for agent in AGENTS:
        assert totals.loc[(agent, 30), "mean"] == pytest.approx(rewards[agent, 30].mean(), rel=1e-4)
        above = (rewards[agent, 30] - rewards["random", 30]).mean()
        assert totals.loc[(agent, 30), "above_random"] == pytest.approx(above, rel=1e-4, abs=1e-9)
    order = pd.read_csv(out / "ordering.csv")
    assert len(order) == len(COMPARED) * len(LENGTHS)
    for row in order.to_dict("records"):
        apart = rewards[row["better"], row["songs"]] - rewards[row["worse"], row["songs"]]
        assert row["difference"] == pytest.approx(apart.mean(), rel=1e-4)
        assert row["won"] == pytest.approx((apart > 0).mean(), rel=1e-4)
    assert {"png", "svg", "csv"} <= {path.suffix[1:] for path in out.glob("cumulative_reward.*")}


def test_greedy_choice_beats_random_play(simulated):
    _, played = simulated
    rows = ordering(played).set_index(["better", "worse", "songs"])
    for songs in LENGTHS[:2]:
        row = rows.loc[("greedy by song", "random", songs)]
        assert row["low"] > 0
        assert row["p"] < 0.001


def test_equal_agents_do_not_differ():
    frame = pd.concat(
        [
            pd.DataFrame({"agent": agent, "listener": range(6), "reward": np.arange(6.0), "song_reward": 0.0})
            for agent in AGENTS
        ]
    ).assign(weight=1.0, songs=10, seconds=0.0)
    assert (ordering(frame)["p"] == 1.0).all()
    assert (summary(frame)["above_random"] == 0.0).all()
