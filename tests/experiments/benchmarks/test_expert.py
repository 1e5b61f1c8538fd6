"""The benchmark of dagger's expert."""

from segue.agents.imitation import expert_rollouts
from segue.experiments.benchmarks.expert import time_expert


def test_the_parts_of_a_training_are_within_its_total_and_nothing_stays_watched():
    before = expert_rollouts.first_action_values
    found = time_expert("segue/Playlist-v0", 64, {"num_envs": 8, "domain_randomization": None})
    assert set(found) == {"total", "expert", "learner", "learning"}
    assert min(found.values()) > 0
    assert found["expert"] + found["learner"] + found["learning"] <= found["total"]
    assert expert_rollouts.first_action_values is before
