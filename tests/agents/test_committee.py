"""Networks that vote: what they say together, and that each learns by itself."""

import dataclasses

import numpy as np
import pytest
import torch as th

from segue.agents import load_agent, train_agent
from segue.agents.networks.ensemble import Ensemble, new_scorer
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.features.errors import UserError

ENV = "segue/Playlist-v0"
SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}
QUICK = {
    "num_envs": 32,
    "batch_size": 64,
    "hidden": [16],
    "time_basis": 0,
    "soft_clusters": 0,
    "n_members": 3,
}


@pytest.fixture
def seen(vector_env):
    env = vector_env(5)
    observation, _ = env.reset(seed=0)
    tensors = {key: th.from_numpy(part) for key, part in observation.items()}
    return ObservationSpec.from_layout(env.unwrapped.layout), tensors


def test_a_committee_says_the_mean_of_its_members(seen):
    observation_spec, tensors = seen
    th.manual_seed(0)
    committee = new_scorer(observation_spec, ScorerSettings(hidden=(16,), n_members=3))
    assert isinstance(committee, Ensemble)
    scores, values = committee(tensors)
    each = [member(tensors) for member in committee.members]
    assert not th.allclose(each[0][0], each[1][0])
    th.testing.assert_close(scores, sum(score for score, _ in each) / 3)
    th.testing.assert_close(values, sum(value for _, value in each) / 3)
    th.testing.assert_close(committee.scores(tensors), scores)
    th.testing.assert_close(committee.values(tensors), values)


def test_one_member_is_a_plain_network(seen):
    observation_spec, tensors = seen
    alone = new_scorer(observation_spec, ScorerSettings(hidden=(16,)))
    assert isinstance(alone, CandidateScorer)
    th.testing.assert_close(alone.member_logits(tensors)[0], alone.scores(tensors))


def test_no_member_learns_from_what_another_says(seen):
    observation_spec, tensors = seen
    committee = new_scorer(observation_spec, ScorerSettings(hidden=(16,), n_members=2))
    committee.member_logits(tensors)[0].sum().backward()
    first, second = committee.members
    assert first.from_candidate.weight.grad.abs().sum() > 0
    assert second.from_candidate.weight.grad is None or not second.from_candidate.weight.grad.any()


def test_a_saved_committee_chooses_alike_in_another_pool(tmp_path, vector_env):
    agent = train_agent("dagger", ENV, SMALL, seed=0, steps=256, settings=QUICK)
    agent.save(tmp_path / "agent.pt")
    env = vector_env(4, pool_size=15, length=9)
    loaded = load_agent(tmp_path / "agent.pt", env)
    assert len(loaded.scorer.members) == 3
    observation, _ = env.reset(seed=1)
    assert np.array_equal(agent.predict(observation)[0], loaded.predict(observation)[0])
    assert loaded.explain({key: part[:1] for key, part in observation.items()})["score"].notna().all()


def test_committees_that_cannot_be_are_refused(seen):
    observation_spec, _ = seen
    with pytest.raises(UserError, match="n_members"):
        new_scorer(observation_spec, ScorerSettings(n_members=0))
    with pytest.raises(UserError, match="memory"):
        new_scorer(observation_spec, dataclasses.replace(ScorerSettings(), n_members=2, memory=8))
    with pytest.raises(UserError, match="n_members"):
        train_agent("ppo", ENV, SMALL, seed=0, steps=256, settings={"n_members": 2})
