"""The models that come with segue: what their cards say is so, and a damaged one is refused."""

import dataclasses
import shutil

import gymnasium as gym
import numpy as np
import pytest
import yaml

import segue.agents.models as shipped
from segue.agents import agent_info, load_agent
from segue.agents.models import LARGEST, model_card, model_file, model_names, model_size
from segue.envs import environment
from segue.experiments.runs.evaluate import evaluate
from segue.features.errors import UserError

NAMES = model_names()


def test_there_is_a_model():
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_model_reaches_the_score_of_its_card(name):
    card = model_card(name)
    sessions, _ = evaluate(name, card.environment, card.test_settings, card.test_seeds)
    mean = sessions["return"].mean()
    low, high = card.return_interval
    assert low <= mean <= high
    # Another build of torch may break a tie the other way, but no more than that.
    assert mean == pytest.approx(card.mean_return, rel=0.02)
    score = (mean - card.lower_return) / (card.upper_return - card.lower_return)
    assert score == pytest.approx(card.score, abs=0.02)


@pytest.mark.parametrize("name", NAMES)
def test_a_card_is_complete_and_plausible(name):
    card = model_card(name)
    assert card.name == name
    assert environment(card.environment).id == card.environment
    assert agent_info(card.agent).learned
    assert model_size(name) <= LARGEST
    assert card.training_settings["split"] == "train"
    assert card.test_settings["split"] == "test"
    assert card.lower_return < card.mean_return < card.upper_return
    assert card.score_interval[0] < card.score < card.score_interval[1]
    assert card.sessions >= 100
    assert all(value not in ("", None) for value in dataclasses.asdict(card).values())


def test_a_model_plays_at_once_by_its_name_and_an_id():
    card = model_card(NAMES[0])
    agent = load_agent(card.name, card.environment)
    assert agent.name == card.agent
    env = gym.make(card.environment, disable_env_checker=True)
    observation, _ = env.reset(seed=0)
    slot, _ = agent.predict(observation)
    assert observation["available"][int(slot)] == 1


def test_a_name_that_no_model_has_is_refused():
    with pytest.raises(UserError, match=NAMES[0]):
        load_agent(NAMES[0][:-1], "segue/Playlist-v0")
    with pytest.raises(UserError, match="environment"):
        load_agent(NAMES[0], "segue/Playlists-v0")
    with pytest.raises(UserError, match=NAMES[0]):
        model_card("nothing")


@pytest.fixture
def copied(tmp_path, monkeypatch):
    """A copy of the folder of models, which segue uses instead."""
    folder = tmp_path / "models"
    shutil.copytree(shipped._folder(), folder)
    monkeypatch.setattr(shipped, "_folder", lambda: folder)
    return folder


def test_an_altered_or_missing_model_is_refused(copied):
    name = NAMES[0]
    file = copied / f"{name}.zip"
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    for _ in range(2):
        with pytest.raises(UserError, match="is damaged; install segue again"):
            model_file(name)
        with pytest.raises(UserError, match="is damaged"):
            load_agent(name, "segue/Playlist-v0")
        file.unlink(missing_ok=True)


def test_a_model_of_others_with_a_right_checksum_of_its_own_is_refused(copied, train):
    name = NAMES[0]
    train("dqn", steps=64).save(copied / f"{name}.zip")
    with pytest.raises(UserError, match="is damaged"):
        model_file(name)
    card = yaml.safe_load((copied / f"{name}.yaml").read_text("utf-8"))
    assert card["sha256"] == model_card(name).sha256
    assert np.isfinite(card["score"])
