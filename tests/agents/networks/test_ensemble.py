"""An ensemble averages its members, and each member is trained independently."""

import dataclasses

import pytest
import torch as th

from segue.agents.networks.ensemble import Ensemble, new_scorer
from segue.agents.networks.observation_spec import ObservationSpec
from segue.agents.networks.scorer import CandidateScorer, ScorerSettings
from segue.features.errors import UserError


@pytest.fixture
def inputs(vector_env):
    env = vector_env(5)
    observation, _ = env.reset(seed=0)
    tensors = {key: th.from_numpy(part) for key, part in observation.items()}
    return ObservationSpec.from_layout(env.unwrapped.layout), tensors


def test_an_ensemble_averages_its_members(inputs):
    observation_spec, tensors = inputs
    th.manual_seed(0)
    ensemble = new_scorer(observation_spec, ScorerSettings(hidden=(16,), n_members=3))
    assert isinstance(ensemble, Ensemble)
    scores, values = ensemble(tensors)
    single = [member(tensors) for member in ensemble.members]
    assert not th.allclose(single[0][0], single[1][0])
    th.testing.assert_close(scores, sum(score for score, _ in single) / 3)
    th.testing.assert_close(values, sum(value for _, value in single) / 3)
    th.testing.assert_close(ensemble.scores(tensors), scores)
    th.testing.assert_close(ensemble.values(tensors), values)


def test_one_member_is_a_single_network(inputs):
    observation_spec, tensors = inputs
    scorer = new_scorer(observation_spec, ScorerSettings(hidden=(16,)))
    assert isinstance(scorer, CandidateScorer)
    th.testing.assert_close(scorer.member_logits(tensors)[0], scorer.scores(tensors))


def test_the_gradient_of_one_member_does_not_reach_another(inputs):
    observation_spec, tensors = inputs
    ensemble = new_scorer(observation_spec, ScorerSettings(hidden=(16,), n_members=2))
    ensemble.member_logits(tensors)[0].sum().backward()
    first, second = ensemble.members
    assert first.from_candidate.weight.grad.abs().sum() > 0
    assert second.from_candidate.weight.grad is None or not second.from_candidate.weight.grad.any()


def test_impossible_ensembles_are_refused(inputs, train):
    observation_spec, _ = inputs
    with pytest.raises(UserError, match="n_members"):
        new_scorer(observation_spec, ScorerSettings(n_members=0))
    with pytest.raises(UserError, match="memory"):
        new_scorer(observation_spec, dataclasses.replace(ScorerSettings(), n_members=2, memory=8))
    with pytest.raises(UserError, match="n_members"):
        train("ppo", n_members=2)
