"""Every run has its own split, training and sessions, the same for all agents."""

from pathlib import Path

import pytest

from segue.experiments.study.loader import parse_study
from segue.experiments.study.plan import plan_runs
from segue.features.errors import UserError

STUDY = """\
name: runs
environments:
  - {id: segue/Playlist-v0, settings: {catalog: "synthetic:60", pool_size: 5, length: 4, split_seed: 7}}
agents: [{name: random}, {name: dqn, seeds: [0, 2]}, {name: oracle}]
training: {split: train, steps: 32, seeds: 2}
evaluation: {episodes: 4, split: test}
"""


def planned(text=STUDY):
    return plan_runs(parse_study(text, Path("study.yaml"))).specs


def test_agents_that_do_not_learn_have_the_runs_of_all_that_do():
    runs = [(spec.agent, spec.seed) for spec in planned()]
    assert runs == [
        *(("random", seed) for seed in (0, 1, 2)),
        *(("dqn", seed) for seed in (0, 2)),
        *(("oracle", seed) for seed in (0, 1, 2)),
    ]


def test_a_run_has_its_own_split_and_sessions_for_all_agents():
    by_run = {}
    for spec in planned():
        settings = [spec.environment_settings, spec.validation_settings]
        settings += [spec.model.environment_settings] if spec.model else []
        splits = {each["split_seed"] for each in settings if each}
        by_run.setdefault(spec.seed, set()).add((*splits, tuple(spec.episode_seeds)))
    assert {seed: len(found) for seed, found in by_run.items()} == {0: 1, 1: 1, 2: 1}
    ((_, first),), ((split, last),) = by_run[0], by_run[2]
    assert split == 7 + 2
    assert not set(first) & set(last)


def test_one_split_for_all_runs_can_be_asked_for():
    specs = planned(STUDY.replace("split: test}", "split: test, split_per_run: false}"))
    assert {spec.environment_settings["split_seed"] for spec in specs} == {7}
    assert len({spec.first_episode for spec in specs}) == 3


def test_a_split_that_is_too_small_for_a_pool_is_refused_before_anything_runs():
    with pytest.raises(UserError, match=r"split_seed \d+ has only \d+ tracks for pools of 17"):
        planned(STUDY.replace("pool_size: 5", "pool_size: 17").replace("seeds: 2}", "seeds: 300}"))


def test_anchors_must_have_the_seeds_of_all_runs():
    with pytest.raises(UserError, match="'random' anchors the normalised score, so it must have the seeds"):
        planned(STUDY.replace("{name: random}", "{name: random, seeds: [0]}"))
