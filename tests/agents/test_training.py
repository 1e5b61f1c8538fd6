"""Training every learned agent: reproducible, recorded, and better than chance."""

import tempfile

import numpy as np
import pytest
import torch as th

from segue.agents import TrainedAgent, make_agent, train_agent
from segue.agents.continuous import has_continuous_actions
from segue.features.errors import UserError

LEARNED = ("maskable-ppo", "ppo", "recurrent-ppo", "a2c", "dagger", "dqn", "qrdqn", "sac")


@pytest.fixture(params=LEARNED)
def name(request):
    return request.param


def weights_of(agent):
    return (agent.actor if agent.name == "sac" else agent.scorer).state_dict()


def test_the_same_seed_trains_the_same_agent(name, train):
    threads = th.get_num_threads()
    first, same, other = (train(name, seed=seed, steps=256) for seed in (3, 3, 4))
    assert isinstance(first, TrainedAgent)
    assert first.name == name
    weights = [weights_of(agent) for agent in (first, same, other)]
    assert all(th.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert not all(th.equal(weights[0][key], weights[2][key]) for key in weights[0])
    columns = [column for column in first.curve if column != "seconds"]
    assert first.curve[columns].equals(same.curve[columns])
    assert th.get_num_threads() == threads


def test_training_leaves_no_empty_folder_of_its_logger_behind(name, train, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    train(name, seed=5, steps=128)
    assert not list(tmp_path.glob("SB3-*"))


def test_a_recurrent_agent_resets_its_memory_where_a_session_begins(train, vector_env):
    env = vector_env(2)
    agent = train("recurrent-ppo", steps=256)
    first, _ = env.reset(seed=0)
    _, state = agent.predict(first)
    observation, *_ = env.step(np.array([3, 3]))
    _, continued = agent.predict(observation, state, np.array([False, True]))
    _, initial = agent.predict(observation)
    assert not th.equal(continued[0][0, 0], initial[0][0, 0])
    assert th.equal(continued[0][0, 1], initial[0][0, 1])


def test_an_actor_samples_from_its_logits_and_a_q_function_does_not_sample(train, vector_env):
    env = vector_env(1)
    observation, _ = env.reset(seed=0)
    actor, other = train("maskable-ppo"), train("dqn")
    logits = actor.explain(observation)["score"].to_numpy()
    played = {actor: [], other: []}
    for agent, draws in ((actor, 2000), (other, 200)):
        for seed in range(draws):
            agent.reset(seed)
            played[agent].append(int(agent.predict(observation, deterministic=False)[0][0]))
    softmax = np.exp(logits - logits.max())
    share = np.bincount(played[actor], minlength=10) / 2000
    np.testing.assert_allclose(share, softmax / softmax.sum(), atol=0.05)
    assert len(set(played[other])) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rat": 1}, "did you mean 'learning_rate'"),
        ({"hiden": [3]}, "did you mean 'hidden'"),
    ],
)
def test_an_unknown_setting_is_refused(name, settings, message, train):
    with pytest.raises(UserError, match=message):
        train(name, **settings)


@pytest.mark.parametrize("device", ["nvidia", "meta", "cuda:99", 3.5])
def test_a_device_that_cannot_be_used_is_refused(device, train):
    with pytest.raises(UserError, match=r"cannot use the device .* trains on the CPU"):
        train("maskable-ppo", device=device)


@pytest.mark.skipif(not th.cuda.is_available(), reason="this machine has no GPU")
def test_an_agent_trained_on_a_gpu_plays_on_the_cpu(name, train):
    assert all(weight.device.type == "cpu" for weight in weights_of(train(name, device="cuda")).values())


@pytest.mark.parametrize("name", [name for name in LEARNED if name != "sac"])
def test_an_unknown_context_block_is_refused(name, train):
    with pytest.raises(UserError, match="liked_men"):
        train(name, interactions=["liked_men"])


def test_a_rate_that_yaml_reads_as_text_is_a_number(train):
    rates = ({"learning_rate": "1e-3"}, {"learning_rate": 0.001})
    text, number = (weights_of(train("dqn", steps=160, **rate)) for rate in rates)
    assert all(th.equal(text[key], number[key]) for key in number)


def test_a_value_that_the_algorithm_refuses_is_a_user_error(train):
    with pytest.raises(UserError, match="cannot be built"):
        train("dqn", train_freq="often")


@pytest.mark.parametrize(
    ("name", "steps", "least", "settings"),
    [
        ("maskable-ppo", 10_000, 0.4, {"learning_rate": 5e-3, "final_learning_rate": 1e-3}),
        ("dqn", 3_000, 0.4, {"learning_rate": 5e-3, "final_learning_rate": 1e-3}),
        ("qrdqn", 3_000, 0.4, {"learning_rate": 5e-3, "final_learning_rate": 1e-3}),
        (
            "sac",
            4_000,
            0.4,
            {"learning_rate": 1e-3, "gradient_steps": 2, "ent_coef": 0.05, "gamma": 0.8},
        ),
    ],
)
def test_it_learns_to_follow_the_energy_arc(name, steps, least, settings, train, vector_env, returns):
    """A listener who reacts to the energy arc alone is served far better than by chance."""
    listener = {
        "terms": {"energy_arc": {"weight": 12.0, "curve": "warm-up", "spread": 0.0}},
        "bias": 1.0,
        "departure": {"never": True},
    }
    agent = train(
        name, seed=1, steps=steps, env_settings={"listener": listener, "split": "train"}, **settings
    )
    env_id = "segue/PlaylistContinuous-v0" if name == "sac" else "segue/Playlist-v0"
    env = vector_env(300, env_id, listener=listener, split="test")
    assert has_continuous_actions(env) == (name == "sac")
    learned, random, oracle = (
        returns(each, env, range(300)).mean()
        for each in (agent, make_agent("random", env), make_agent("greedy-oracle", env))
    )
    assert learned > random + least * (oracle - random), (learned, random, oracle)


def test_what_cannot_be_trained_is_refused():
    with pytest.raises(UserError, match="did you mean 'segue/Playlist-v0'"):
        train_agent("dqn", "segue/Playlst-v0", seed=0, steps=10)
    with pytest.raises(UserError, match="does not learn"):
        train_agent("smooth", "segue/Playlist-v0", seed=0, steps=10)
    with pytest.raises(UserError, match="1 training step or more"):
        train_agent("dqn", "segue/Playlist-v0", seed=0, steps=0)


def test_agents_and_actions_that_do_not_match_are_refused(train):
    with pytest.raises(UserError, match="action='continuous'"):
        train("sac", "segue/Playlist-v0", steps=10)
    for name in ("maskable-ppo", "dagger"):
        with pytest.raises(UserError, match=f"Agent '{name}' cannot be built"):
            train(name, "segue/PlaylistContinuous-v0", steps=10)
