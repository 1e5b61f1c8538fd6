"""Entries of a study that name the file of a saved agent."""

import gymnasium as gym
import numpy as np
import pytest
from sb3_contrib import MaskablePPO
from stable_baselines3 import PPO
from torch import nn

import segue.envs  # noqa: F401 - registers the environments
from segue.agents import train_agent
from segue.agents.models import model_names
from segue.experiments.runs.evaluate import evaluate
from segue.experiments.study.loader import load_study
from segue.experiments.study.plan import plan_runs
from segue.features.errors import UserError

ENV = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}


def model(observation="dict", **settings):
    env = gym.make("segue/Playlist-v0", observation=observation, **ENV)
    policy = "MultiInputPolicy" if observation == "dict" else "MlpPolicy"
    return MaskablePPO(policy, env, n_steps=8, batch_size=8, device="cpu", seed=0, **settings)


@pytest.fixture
def plan(tmp_path):
    """Plans a study with some entries beside the anchors; its file lies in `tmp_path`."""

    def run(*entries, folder=tmp_path):
        study = f"""
name: Saved
environments: [{{id: segue/Playlist-v0, settings: {{catalog: "synthetic:400", pool_size: 10, length: 6}}}}]
agents: [{{name: random}}, {{name: greedy-oracle}}{"".join(f", {{{entry}}}" for entry in entries)}]
training: {{seeds: 1}}
evaluation: {{episodes: 4}}
"""
        (folder / "study.yaml").write_text(study)
        return plan_runs(load_study(folder / "study.yaml")).specs

    return run


def test_a_path_starts_from_the_study_and_gives_the_label(plan, tmp_path):
    model().save(tmp_path / "mine.zip")
    *_, spec, other = plan("path: mine.zip", "path: mine, label: again")
    assert (spec.agent_label, other.agent_label) == ("mine", "again")
    assert spec.plays_saved
    assert not spec.learned
    assert spec.agent_settings == {"path": str(tmp_path / "mine.zip")}
    assert spec.key == other.key


@pytest.mark.parametrize(("split", "seeds"), [("", [0, 1, 2]), (", split: test", [0])])
def test_a_file_plays_one_split_also_if_the_environment_sets_it(split, seeds, tmp_path):
    model().save(tmp_path / "mine.zip")
    (tmp_path / "study.yaml").write_text(f"""
name: Saved
environments: [{{id: segue/Playlist-v0, settings: {{catalog: "synthetic:400", pool_size: 10{split}}}}}]
agents: [{{name: random}}, {{name: greedy-oracle}}, {{path: mine.zip}}]
training: {{seeds: 3}}
evaluation: {{episodes: 4}}
""")
    study = load_study(tmp_path / "study.yaml")
    assert [spec.seed for spec in plan_runs(study).specs if spec.plays_saved] == seeds


def test_the_key_belongs_to_the_content_wherever_it_lies(plan, tmp_path):
    model().save(tmp_path / "mine.zip")
    *_, first = plan("path: mine.zip")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "named.otherwise").write_bytes((tmp_path / "mine.zip").read_bytes())
    *_, moved = plan("path: named.otherwise", folder=elsewhere)
    assert moved.key == first.key
    model(gamma=0.5).save(tmp_path / "mine.zip")
    *_, changed = plan("path: mine.zip")
    assert changed.key != first.key


def test_a_saved_agent_meets_only_the_split_that_it_may_have_been_trained_on(plan, tmp_path):
    model().save(tmp_path / "mine.zip")
    study = (
        "name: n\nenvironments: [{id: segue/Playlist-v0, "
        'settings: {catalog: "synthetic:400", pool_size: 10}}]\n'
        "agents: [{name: random}, {name: greedy-oracle}, {path: mine.zip}]\ntraining: {seeds: 3}\n"
    )
    for evaluation, runs in (
        ("{split: test}", 1),
        ("{split: test, split_per_run: false}", 3),
        ("{split: null}", 3),
    ):
        (tmp_path / "study.yaml").write_text(f"{study}evaluation: {evaluation}\n")
        specs = plan_runs(load_study(tmp_path / "study.yaml")).specs
        assert sum(spec.agent_label == "mine" for spec in specs) == runs


def test_saved_agents_of_segue_and_shipped_models_are_named_alike(plan, tmp_path):
    settings = {"num_envs": 4, "n_steps": 8, "batch_size": 16, "hidden": [8]}
    agent = train_agent("maskable-ppo", "segue/Playlist-v0", ENV, seed=0, steps=32, settings=settings)
    agent.save(tmp_path / "model")
    *_, own, shipped = plan("path: model", f"path: {model_names()[0]}")
    assert own.agent_label == "model"
    assert shipped.agent_label == model_names()[0]
    assert len({own.key, shipped.key}) == 2


def test_a_file_that_runs_code_needs_trust_in_its_entry(plan, tmp_path):
    env = gym.make("segue/Playlist-v0", **ENV)
    kwargs = {"features_extractor_class": Extractor}
    PPO("MultiInputPolicy", env, n_steps=8, batch_size=8, device="cpu", policy_kwargs=kwargs).save(
        tmp_path / "own.zip"
    )
    with pytest.raises(UserError, match=r"study\.yaml, line 4, agents\[2\]\.path: .*trust=True"):
        plan("path: own.zip")
    *_, spec = plan("path: own.zip, trust: true, algorithm: PPO")
    assert spec.agent_settings["trust"] is True


class Extractor(nn.Module):
    """The availability of the candidates."""

    features_dim = 10

    def __init__(self, observation_space):
        super().__init__()

    def forward(self, observation):
        return observation["available"]


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ("path: none.zip", r"agents\[2\]\.path: There is no trained agent at .*none\.zip"),
        ("path: mine.zip, name: smooth", "give `name` or `path`, not both"),
        ("name: smooth, trust: true", "`algorithm` and `trust` belong to a `path`"),
        ("path: mine.zip, train_on: Playlist", r"agents\[2\]\.train_on: 'mine' does not learn"),
        ("name: smooth, steps: 100", r"agents\[2\]\.steps: 'smooth' does not learn"),
        ("path: mine.zip, settings: {gamma: 1}", "'gamma'"),
        ("label: nothing", r"agents\[2\]"),
    ],
)
def test_wrong_entries_are_refused_with_their_line(entry, message, plan, tmp_path):
    model().save(tmp_path / "mine.zip")
    with pytest.raises(UserError, match=message):
        plan(entry)


def test_evaluate_takes_a_file_and_plays_a_flat_model_in_any_environment(tmp_path):
    saved = model(observation="flat")
    saved.save(tmp_path / "mine.zip")
    means = [
        evaluate(agent, "segue/Playlist-v0", settings, range(20))[0]["return"].to_numpy()
        for agent in (saved, tmp_path / "mine.zip", str(tmp_path / "mine"), lambda env: saved)
        for settings in (ENV, {**ENV, "observation": "flat"})
    ]
    for other in means[1:]:
        np.testing.assert_array_equal(other, means[0])
