"""Explanations: agents are asked about their choices while they play, and nothing that they play changes."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from segue.agents import make_agent, train_agent
from segue.agents.base import Agent, masked_argmax
from segue.agents.djmc.session_state import DJMCState
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.runs.observers.explanations import (
    EXPLAINED_SESSIONS,
    NAMED_CANDIDATES,
    Explanations,
    state_of_session,
)

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 8, "length": 5}
SEEDS = range(300, 320)


def explained(make, observe=True):
    """Returns the explanations of an agent, and its plays."""
    explanations = Explanations(make, ID, SETTINGS, SEEDS)
    _, plays = evaluate(make, ID, SETTINGS, SEEDS, observers=[explanations] if observe else [])
    explanations.close()
    return explanations.table(), plays


def named(agent, **settings):
    return lambda env: make_agent(agent, env, seed=0, **settings)


@pytest.fixture(scope="module")
def recurrent():
    settings = {"num_envs": 8, "n_steps": 16, "batch_size": 64, "n_epochs": 1, "hidden": [16], "memory": 8}
    trained = train_agent("recurrent-ppo", ID, SETTINGS, seed=0, steps=256, settings=settings)
    return lambda env: trained


def test_the_first_sessions_are_explained_play_by_play():
    table, plays = explained(named("content"))
    first = plays[plays["episode"].isin(SEEDS[:EXPLAINED_SESSIONS])]
    keys = ["episode", "position"]
    assert table[keys].drop_duplicates().values.tolist() == first[keys].values.tolist()
    for _, rows in table.groupby(keys):
        assert rows["rank"].tolist() == list(range(len(rows)))
        assert rows["score"].is_monotonic_decreasing
        assert rows["index"].is_unique
        assert len(rows) <= NAMED_CANDIDATES


@pytest.mark.parametrize("agent", ["content", "linear-bandit", "djmc-myopic", "greedy-oracle"])
def test_what_is_played_has_the_highest_score_if_the_agent_plays_by_score(agent):
    table, plays = explained(named(agent))
    best = table[table["rank"] == 0].set_index(["episode", "position"])["index"]
    played = plays.set_index(["episode", "position"])["index"]
    assert len(best) > EXPLAINED_SESSIONS
    assert (best == played.loc[best.index]).all()


def test_a_candidate_that_is_played_in_spite_of_its_score_is_named_with_its_rank():
    table, plays = explained(named("djmc", horizon=3, rollouts=50))
    both = table.merge(plays[["episode", "position", "index"]], on=["episode", "position", "index"])
    assert len(both) == len(table[["episode", "position"]].drop_duplicates())
    assert both["rank"].max() >= NAMED_CANDIDATES


def test_a_memory_is_that_of_the_session_alone(recurrent):
    for make in (recurrent, named("linear-bandit"), named("djmc-myopic")):
        table, _ = explained(make)
        # These agents draw no random numbers, so each plays the same in a session alone.
        env = make_batch(ID, SETTINGS, 1)
        agent, seed = make(env), int(table["episode"].value_counts().idxmax())
        observation, _ = env.reset(seed=[seed])
        state, start = None, np.ones(1, bool)
        for position in range(SETTINGS["length"]):
            slots, state = agent.predict(observation, state, start)
            scores = agent.explain(observation, state)["score"].dropna().sort_values(ascending=False)
            rows = table[(table["episode"] == seed) & (table["position"] == position)]
            np.testing.assert_allclose(rows["score"], scores.head(NAMED_CANDIDATES), rtol=1e-5)
            observation, *_ = env.step(slots)
            start = np.zeros(1, bool)


@pytest.mark.parametrize("agent", ["random", "djmc", "belief-planner", "oracle"])
def test_asking_changes_nothing_that_is_played(agent):
    few = {"djmc": {"rollouts": 50}, "belief-planner": {"particles": 16}}.get(agent, {})
    _, asked = explained(named(agent, **few))
    _, alone = explained(named(agent, **few), observe=False)
    pd.testing.assert_frame_equal(asked, alone, check_exact=True)


def test_an_agent_to_whom_all_candidates_are_alike_explains_nothing():
    assert explained(named("random"))[0].empty


def test_an_agent_that_cannot_explain_or_keeps_a_memory_of_its_own_kind_still_plays():
    class Silent:
        def predict(self, observation, state, starts, deterministic, action_masks):
            return action_masks.argmax(axis=1), None

    class Secretive(Agent):
        def choose(self, observation, mask, state, starts, deterministic):
            return masked_argmax(np.zeros(mask.shape), mask), SimpleNamespace(plays=1)

        def reasons(self, observation, mask, state):
            return {"score": np.arange(mask.shape[1], dtype=float)}

    for agent in (Silent, Secretive):
        table, plays = explained(lambda env, agent=agent: agent())
        assert table.empty
        assert set(plays["episode"]) == set(SEEDS)


def test_one_session_is_taken_out_of_a_memory():
    assert state_of_session(None, 1, 3) is None
    assert state_of_session(["a", "b", "c"], 1, 3) == ["b"]
    assert state_of_session({"seen": np.arange(3)}, 1, 3)["seen"].tolist() == [1]
    lstm = torch.arange(12.0).reshape(1, 3, 4)
    hidden, cell = state_of_session((lstm, -lstm), 2, 3)
    assert hidden.tolist() == [[[8, 9, 10, 11]]]
    assert cell.tolist() == [[[-8, -9, -10, -11]]]
    memory = DJMCState.initial(3, features=2, bins=5)
    memory.count[:] = [4, 5, 6]
    alone = state_of_session(memory, 2, 3)
    assert alone.count.tolist() == [6]
    assert alone.preferences.song.shape == (1, 2, 5)
    for strange in (object(), np.zeros(4), [1, 2], (np.zeros((3, 2)),)):
        with pytest.raises(TypeError):
            state_of_session(strange, 0, 3)
