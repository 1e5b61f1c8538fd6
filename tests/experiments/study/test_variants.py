"""Variants of the entries of a study."""

from pathlib import Path

import pytest

from segue.experiments.study.loader import parse_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.variants import expand
from segue.features.errors import UserError

STUDY = """\
name: small
environments:
  - id: segue/Playlist-v0
    settings: {listener: {preset: full}}
    vary:
      settings.pool_size: [20, 50]
      settings.listener:
        all terms: {}
        no arc: {terms: {energy_arc: {weight: 0}}}
agents:
  - name: random
  - name: dqn
    vary: {steps: [100, 200]}
  - name: greedy-oracle
"""


def config(text):
    return parse_study(text, Path("small.yaml")).config


def test_every_combination_becomes_a_labelled_entry():
    study = config(STUDY)
    assert [each.label for each in study.environments] == [
        "Playlist, pool_size=20, all terms",
        "Playlist, pool_size=20, no arc",
        "Playlist, pool_size=50, all terms",
        "Playlist, pool_size=50, no arc",
    ]
    first, last = study.environments[0], study.environments[-1]
    assert first.settings == {"listener": {"preset": "full"}, "pool_size": 20}
    assert last.settings == {
        "listener": {"preset": "full", "terms": {"energy_arc": {"weight": 0}}},
        "pool_size": 50,
    }
    assert last.variant_of == "Playlist"
    assert last.variant == {"pool_size": 50, "listener": "no arc"}
    assert [(agent.label, agent.steps) for agent in study.agents] == [
        ("random", None),
        ("dqn, steps=100", 100),
        ("dqn, steps=200", 200),
        ("greedy-oracle", None),
    ]


def test_paths_with_one_ending_are_named_by_more_of_it():
    start, end = STUDY.index("      settings.pool_size"), STUDY.index("agents:")
    paths = """\
      settings.listener.terms.taste.weight: [1, 2]
      settings.listener.terms.transition.weight: [0, 3]
"""
    last = config(STUDY[:start] + paths + STUDY[end:]).environments[-1]
    assert last.label == "Playlist, taste.weight=2, transition.weight=3"
    assert last.variant == {"taste.weight": 2, "transition.weight": 3}


def test_seeds_of_the_split_can_be_varied():
    text = STUDY.replace("settings.pool_size: [20, 50]", "settings.split_seed: [0, 1]").replace(
        "agents:", "training: {split: train, seeds: 1}\nevaluation: {split: test, episodes: 2}\nagents:"
    )
    plan = plan_runs(parse_study(text, Path("small.yaml")))
    seeds = [
        (each["split"], each["split_seed"])
        for spec in plan.specs
        for each in (spec.environment_settings, spec.model and spec.model.environment_settings)
        if each
    ]
    assert set(seeds) == {("test", 0), ("test", 1), ("train", 0), ("train", 1)}
    for spec in plan.specs:
        if spec.model:
            model = spec.model.environment_settings
            assert model["split_seed"] == spec.environment_settings["split_seed"]


def test_an_entry_without_variants_is_unchanged():
    study = {"name": "x", "agents": [{"name": "random"}, 3]}
    assert expand(study) == (study, {"agents": [0, 1]})


@pytest.mark.parametrize(
    ("old", "new", "line", "expected"),
    [
        ("vary: {steps: [100, 200]}", "vary: [100, 200]", 13, "give paths"),
        ("[100, 200]", "100", 13, "as a list"),
        ("[100, 200]", "[]", 13, "as a list"),
        ("steps: [100, 200]", "name.x: [100, 200]", 13, "`name` is not a mapping"),
        ("[100, 200]", "[100, many]", 12, "agents[1].steps"),
        ("[100, 200]", "[100, 100]", 12, "give each a different `label`"),
        ("vary: {steps", "vry: {steps", 13, "did you mean `vary`?"),
        ("- name: greedy", "- name: smooth\n    train_on: nowhere\n  - name: greedy", 15, "label 'nowhere'"),
        ("  - name: random", "  - {name: random, environments: [Playlist]}", 11, "must play in every"),
        ("vary: {steps", "environments: [Playlst]\n    vary: {steps", 13, "environment label 'Playlst'"),
    ],
)
def test_an_error_names_the_line_in_the_file(old, new, line, expected):
    assert old in STUDY
    with pytest.raises(UserError) as caught:
        config(STUDY.replace(old, new))
    assert f"small.yaml, line {line}," in str(caught.value)
    assert expected in str(caught.value)


def test_an_agent_can_be_restricted_to_some_environments():
    study = config(
        STUDY.replace("vary: {steps", "environments: ['Playlist, pool_size=20, all terms']\n    vary: {steps")
    )
    dqn = study.agents[1]
    assert [dqn.plays_in(environment) for environment in study.environments] == [True, False, False, False]
    study = config(STUDY.replace("vary: {steps", "environments: [Playlist]\n    vary: {steps"))
    assert all(study.agents[1].plays_in(environment) for environment in study.environments)
