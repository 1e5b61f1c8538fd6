"""Target policies: arrays, functions and agents, and what is refused."""

import numpy as np
import pytest

from segue.agents import make_agent
from segue.experiments.off_policy import LoggedSessions, named_target, target_probabilities
from segue.experiments.runs.batches import make_batch
from segue.features.errors import UserError

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 6, "length": 4}


def test_an_agent_a_function_and_an_array_give_the_same(recorded_log):
    log = recorded_log(50)
    env = make_batch(ID, SETTINGS, 1)
    by_agent = target_probabilities(log, make_agent("random", env))

    def equal(observations, masks):
        return masks / masks.sum(axis=1, keepdims=True)

    assert (by_agent == target_probabilities(log, equal)).all()
    assert (target_probabilities(log, by_agent) == by_agent).all()
    assert (by_agent[~log.masks] == 0).all()


def test_what_gives_no_probabilities_is_refused(two_plays):
    with pytest.raises(UserError, match=r"shape \(5, 2\), plays by actions, but gives \(5, 3\)"):
        target_probabilities(two_plays, np.full((5, 3), 1 / 3))
    for wrong in (np.full((5, 2), 0.6), np.tile([1.5, -0.5], (5, 1)), np.full((5, 2), np.nan)):
        with pytest.raises(UserError, match="0 or more, with a sum of 1"):
            target_probabilities(two_plays, wrong)


def test_an_agent_that_reads_the_environment_is_no_target(recorded_log, two_plays):
    log = recorded_log(50)
    env = make_batch(ID, SETTINGS, 1)
    with pytest.raises(UserError, match="1 sessions"):
        target_probabilities(log, make_agent("oracle", env))
    with pytest.raises(UserError, match="does not know its environment"):
        named_target(two_plays, "smooth")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"propensities": np.zeros(5)}, "Every propensity must be above 0"),
        ({"propensities": np.full(5, 1.5)}, "Every propensity must be above 0"),
        ({"rewards": np.zeros(4)}, "The sessions have 5 plays, but rewards has 4 rows"),
        ({"lengths": np.array([2, 2])}, "The sessions have 4 plays"),
        ({"lengths": np.array([5, 0])}, "each with one play or more"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changes, message, two_plays):
    parts = ("observations", "masks", "actions", "rewards", "propensities", "lengths")
    with pytest.raises(UserError, match=message):
        LoggedSessions(**{**{name: getattr(two_plays, name) for name in parts}, **changes})
