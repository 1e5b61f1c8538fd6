"""Saved models of Stable-Baselines3: what is loaded chooses as what was saved, and runs none of its code."""

import base64
import io
import json
import zipfile

import numpy as np
import pytest
import torch as th
from sb3_contrib import QRDQN, TRPO, MaskablePPO, RecurrentPPO
from stable_baselines3 import A2C, DQN, PPO, SAC
from stable_baselines3.common.policies import MultiInputActorCriticPolicy
from torch import nn

from segue.agents import load_agent
from segue.features.errors import UserError

ON_POLICY = {"n_steps": 8, "batch_size": 8}
OFF_POLICY = {"buffer_size": 50}
LSTM = {"policy_kwargs": {"lstm_hidden_size": 6}}
WIDTHS = {"policy_kwargs": {"net_arch": {"pi": [12], "vf": [7, 5]}, "activation_fn": nn.ELU}}


class OwnPolicy(MultiInputActorCriticPolicy):
    """A policy class that no library has."""


@pytest.fixture
def save(scalar_env, tmp_path):
    """Saves an untrained model, and returns it with its path."""

    def run(algorithm, policy="MultiInputPolicy", *, observation="dict", action="discrete", **settings):
        env = scalar_env(observation=observation, action=action)
        model = algorithm(policy, env, seed=3, device="cpu", **settings)
        model.save(tmp_path / "model")
        return model, tmp_path / "model.zip"

    return run


def payload(mark):
    """A pickle that makes a folder when it is read."""
    return f"cos\nmkdir\n(S'{mark}'\ntR.".encode()


def rewritten(path, **members):
    """Replaces members of an archive."""
    with zipfile.ZipFile(path) as file:
        content = {name: file.read(name) for name in file.namelist()}
    with zipfile.ZipFile(path, "w") as file:
        for name, data in {**content, **members}.items():
            file.writestr(name, data)


def choices(agent, env):
    observation, _ = env.reset(seed=2)
    return agent.predict(observation, deterministic=True)[0]


@pytest.mark.parametrize(
    ("algorithm", "policy", "settings", "form"),
    [
        (PPO, "MultiInputPolicy", ON_POLICY, {}),
        (PPO, "MlpPolicy", {**ON_POLICY, **WIDTHS}, {"observation": "flat"}),
        (A2C, "MultiInputPolicy", {}, {}),
        (TRPO, "MultiInputPolicy", ON_POLICY, {}),
        (MaskablePPO, "MultiInputPolicy", ON_POLICY, {}),
        (RecurrentPPO, "MultiInputLstmPolicy", {**ON_POLICY, **LSTM}, {}),
        (DQN, "MultiInputPolicy", OFF_POLICY, {}),
        (QRDQN, "MlpPolicy", {**OFF_POLICY, "policy_kwargs": {"n_quantiles": 5}}, {"observation": "flat"}),
        (SAC, "MultiInputPolicy", OFF_POLICY, {"action": "continuous"}),
    ],
)
def test_an_ordinary_model_runs_no_code(algorithm, policy, settings, form, save, vector_env, tmp_path):
    model, path = save(algorithm, policy, **form, **settings)
    with zipfile.ZipFile(path) as file:
        data = json.loads(file.read("data"))
    pickled = [value for value in data.values() if isinstance(value, dict) and ":serialized:" in value]
    assert pickled
    for value in pickled:
        value[":serialized:"] = base64.b64encode(payload(tmp_path / "ran")).decode()
    rewritten(path, data=json.dumps(data))
    env = vector_env(30, **form)
    np.testing.assert_array_equal(choices(load_agent(path.with_suffix(""), env), env), choices(model, env))
    assert not (tmp_path / "ran").exists()


def test_a_policy_of_ones_own_needs_trust_and_the_name_of_its_algorithm(save, vector_env):
    model, path = save(PPO, OwnPolicy, **ON_POLICY)
    env = vector_env(30)
    with pytest.raises(UserError, match="trust=True, which lets it run code: its policy class"):
        load_agent(path, env)
    with pytest.raises(UserError, match="algorithm='PPO'"):
        load_agent(path, env, trust=True)
    with pytest.raises(UserError, match="no attribute 'PPOO'"):
        load_agent(path, env, trust=True, algorithm="PPOO")
    loaded = load_agent(path, env, trust=True, algorithm="PPO")
    np.testing.assert_array_equal(choices(loaded, env), choices(model, env))


def test_trust_runs_what_is_pickled(save, vector_env, tmp_path):
    _, path = save(PPO, OwnPolicy, **ON_POLICY)
    with zipfile.ZipFile(path) as file:
        data = json.loads(file.read("data"))
    data["policy_class"][":serialized:"] = base64.b64encode(payload(tmp_path / "ran")).decode()
    rewritten(path, data=json.dumps(data))
    with pytest.raises(UserError, match="trust=True"):
        load_agent(path, vector_env(2), algorithm="PPO")
    assert not (tmp_path / "ran").exists()
    with pytest.raises(UserError, match="cannot be loaded as a model of PPO"):
        load_agent(path, vector_env(2), algorithm="PPO", trust=True)
    assert (tmp_path / "ran").is_dir()


def test_pickled_settings_of_a_policy_need_trust_alone(save, vector_env):
    extractor = {"features_extractor_class": OwnExtractor}
    model, path = save(MaskablePPO, **ON_POLICY, policy_kwargs=extractor)
    env = vector_env(30)
    with pytest.raises(UserError, match="'features_extractor_class' of its policy is pickled"):
        load_agent(path, env)
    np.testing.assert_array_equal(choices(load_agent(path, env, trust=True), env), choices(model, env))


class OwnExtractor(th.nn.Module):
    """The availability of the candidates, and nothing else."""

    def __init__(self, observation_space):
        super().__init__()
        self.features_dim = observation_space["available"].shape[0]

    def forward(self, observation):
        return observation["available"]


def test_a_model_is_refused_where_shapes_differ(save, vector_env):
    _, path = save(PPO, **ON_POLICY)
    with pytest.raises(UserError, match=r"model\.zip' do not fit.*pool_size"):
        load_agent(path, vector_env(2, pool_size=11))
    _, path = save(SAC, action="continuous", **OFF_POLICY)
    with pytest.raises(UserError, match="action='continuous'"):
        load_agent(path, vector_env(2))


def test_hostile_files_are_refused_without_running_or_allocating(save, vector_env, tmp_path):
    _, path = save(PPO, **ON_POLICY)
    with zipfile.ZipFile(path) as file:
        good = json.loads(file.read("data"))
    env, mark = vector_env(2), tmp_path / "ran"
    rewritten(path, **{"policy.pth": payload(mark)})
    with pytest.raises(UserError, match=r"model\.zip' cannot be read"):
        load_agent(path, env)
    _, path = save(PPO, **ON_POLICY)
    for change in (
        {"policy_kwargs": {"net_arch": [2_000_000_000, 2_000_000_000]}},
        {"policy_kwargs": {"net_arch": "wide"}},
        {"policy_kwargs": {"activation_fn": "<class 'torch.nn.modules.activation.nothing'>"}},
        {"policy_kwargs": []},
        {"policy_class": {"__module__": "os", "__init__": "<function mkdir.__init__ at 0x0>"}},
        {"observation_space": None},
    ):
        rewritten(path, data=json.dumps({**good, **change}))
        with pytest.raises(UserError):
            load_agent(path, env)
    for data in (b"", b"[]", b"{", b"[" * 100_000):
        rewritten(path, data=data)
        with pytest.raises(UserError):
            load_agent(path, env)
    tensors = io.BytesIO()
    th.save({"log_std": th.zeros(1).expand(2_000_000_000)}, tensors)
    rewritten(path, data=json.dumps(good), **{"policy.pth": tensors.getvalue()})
    with pytest.raises(UserError, match="cannot be read"):
        load_agent(path, env)
    assert not mark.exists()
