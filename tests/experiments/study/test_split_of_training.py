"""An agent that is trained in another environment is not tested on tracks that it has trained on."""

import pytest

from segue.experiments.study.loader import parse_study
from segue.experiments.study.plan import plan_runs
from segue.features.errors import UserError

STUDY = """\
name: splits
environments:
  - {id: segue/Playlist-v0, label: here, settings: {catalog: "synthetic:60", pool_size: 5, length: 4}}
  - {id: segue/Playlist-v0, label: there, settings: {catalog: "synthetic:60", pool_size: 5, length: 4}}
agents:
  - name: random
  - {name: dqn, environments: [here], train_on: there, seeds: 1}
  - name: oracle
training: {split: train, steps: 32, seeds: 1}
evaluation: {episodes: 4, split: test}
resamples: 100
"""


def plan(tmp_path, there):
    changed = STUDY.replace('there, settings: {catalog: "synthetic:60"', f"there, settings: {{{there}")
    return plan_runs(parse_study(changed, tmp_path / "study.yaml"))


@pytest.mark.parametrize("split_seed", [1, 7])
def test_training_under_another_split_is_refused_with_the_line(tmp_path, split_seed):
    with pytest.raises(UserError) as refused:
        plan(tmp_path, f'split_seed: {split_seed}, catalog: "synthetic:60"')
    assert "line 7, agents[1].train_on: 'dqn' would train on" in str(refused.value)
    assert f"(split_seed {split_seed} there and 0 here)" in str(refused.value)


@pytest.mark.parametrize(
    "there",
    [
        'split_seed: 0, catalog: "synthetic:60"',
        'split_seed: 1, catalog: "synthetic:70"',  # the same ids, but of other tracks
    ],
)
def test_training_that_shares_no_track_with_the_test_is_planned(tmp_path, there):
    assert len(plan(tmp_path, there).specs) == 5
