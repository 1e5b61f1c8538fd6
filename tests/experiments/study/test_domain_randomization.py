"""`training.domain_randomization` of a study: for every learned agent, unless its settings say otherwise."""

from pathlib import Path

import pytest

from segue.agents.training import untrained_model
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import load_study, parse_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.planning.trainings import check_trainings
from segue.features.errors import UserError

STUDY = """\
name: small
environments:
  - {id: segue/Playlist-v0, settings: {catalog: "synthetic:60", pool_size: 5, length: 4}}
agents:
  - name: random
  - name: a2c
  - {name: a2c, label: alone, settings: {domain_randomization: null}}
  - {name: a2c, label: own choice, settings: {domain_randomization: "synthetic:90"}}
  - name: dagger
  - name: greedy-oracle
training: {seeds: 1, domain_randomization: "synthetic:80"}
"""


def planned(text):
    return plan_runs(parse_study(text, Path("small.yaml")))


def models(text):
    return {spec.agent_label: spec.model for spec in planned(text).specs if spec.model}


def test_every_learned_agent_has_it_unless_its_settings_say_otherwise():
    found = models(STUDY)
    chosen = {label: model.agent_settings.get("domain_randomization") for label, model in found.items()}
    assert chosen == {
        "a2c": "synthetic:80",
        "alone": None,
        "own choice": "synthetic:90",
        "dagger": "synthetic:80",
    }
    without = models(STUDY.replace(', domain_randomization: "synthetic:80"', ""))
    assert without["dagger"].agent_settings["domain_randomization"] == "synthetic:10000"
    assert "domain_randomization" not in without["a2c"].agent_settings


def test_it_is_part_of_the_key():
    before, after = models(STUDY), models(STUDY.replace("synthetic:80", "synthetic:70"))
    changed = {label for label, model in before.items() if after[label].key != model.key}
    assert changed == {"a2c", "dagger"}
    assert len({model.key for model in before.values()}) == 4


def test_a_catalogue_that_cannot_be_used_is_refused_before_anything_is_trained(tmp_path):
    study = parse_study(STUDY.replace("synthetic:80", "synthetic:4"), Path("small.yaml"))
    with pytest.raises(UserError, match=r"small\.yaml, line 6.*'synthetic:4' here.*4 tracks to form them"):
        check_trainings(study, plan_runs(study), StudyFolder(tmp_path / "out"))


def test_the_study_of_tracks_is_labelled_by_the_tracks_of_its_trainings():
    """Its axis is the number of different tracks that can be drawn in training."""
    agents = [agent for agent in load_study("tracks").config.agents if agent.name == "maskable-ppo"]
    catalogs = {agent.variant["domain_randomization"]: agent.settings for agent in agents}
    assert list(catalogs) == ["288", "992", "7292", "70293"]
    for tracks, settings in list(catalogs.items())[:3]:
        env_settings = {"catalog": "demo", "split": "train"}
        settings = {"num_envs": 2, **settings}
        _, env, _ = untrained_model(
            "maskable-ppo", "segue/Playlist-v0", env_settings, seed=0, settings=settings
        )
        pools = [sessions.setting.pool for sessions in env.get_attr("sessions")]
        if settings["domain_randomization"] is None:
            pools = pools[:1]
        assert sum(len(pool.tracks) for pool in pools) == int(tracks)
