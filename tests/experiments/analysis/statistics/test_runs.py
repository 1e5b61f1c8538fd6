"""Runs: how sessions are arranged, and how agents are compared in the runs that both have."""

import numpy as np
import pandas as pd
import pytest

from segue.experiments.analysis.statistics.runs import Runs, catalog_shares, runs_by_environment, runs_of


def test_sessions_are_arranged_by_run_whatever_their_order(episodes):
    shuffled = episodes.sample(frac=1.0, random_state=3)
    found = runs_by_environment(shuffled)["short"]["learner"]
    assert found.seeds.tolist() == [0, 1]
    assert found.values.tolist() == [[2, 4, 2, 4], [4, 6, 4, 6]]


def test_every_run_has_sessions_of_its_own():
    rows = pd.DataFrame({"seed": [0, 0, 5, 5], "episode": [1, 2, 101, 102], "return": [1, 2, 3, 4]})
    assert runs_of(rows).values.tolist() == [[1, 2], [3, 4]]


def test_agents_are_compared_in_the_runs_that_both_have():
    many = Runs(np.array([0, 1, 2, 7]), np.array([[0.0], [1], [2], [7]]))
    few = Runs(np.array([2, 7]), np.array([[5.0], [5]]))
    apart = few.minus(many)
    assert apart.seeds.tolist() == [2, 7]
    assert apart.means.tolist() == [3, -2]
    assert few.won_against(many).means.tolist() == [1, 0]


def test_scores_are_those_of_the_run_and_anchors_score_exactly_0_and_1():
    rng = np.random.default_rng(0)
    lower, upper, agent = (Runs(np.arange(3), rng.normal(mean, 1, (3, 50))) for mean in (0, 4, 2))
    scores = agent.scores(lower, upper)
    low, up, own = (each.values.mean(axis=1) for each in (lower, upper, agent))
    np.testing.assert_allclose(scores.means, (own - low) / (up - low))
    np.testing.assert_allclose(lower.scores(lower, upper).values, 0)
    np.testing.assert_allclose(upper.scores(lower, upper).means, 1)


def test_the_sessions_of_a_score_vary_as_the_score_does():
    """The standard error from one sample of sessions is the spread over many samples."""
    rng = np.random.default_rng(4)
    agent, lower, upper = rng.normal(2, 1, (3, 400, 100)) + np.array([0, -2, 3])[:, None, None]
    every = np.arange(400)
    scores = Runs(every, agent).scores(Runs(every, lower), Runs(every, upper))
    error = np.sqrt(scores.values.var(axis=1, ddof=1).mean() / 100)
    assert error == pytest.approx(scores.means.std(), rel=0.1)


def test_the_share_of_the_catalogue_is_read_from_the_table_of_runs():
    runs = pd.DataFrame({"environment": ["a", "a", "b"], "catalog_share": [0.3, 0.31, 1.0]})
    assert catalog_shares(runs) == {"a": 0.31, "b": 1.0}
    assert catalog_shares(runs[["environment"]]) == {}
