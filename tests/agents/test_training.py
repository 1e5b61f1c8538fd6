import numpy as np
import pytest
import torch as th
from stable_baselines3 import PPO

from segue.agents import load_agent, make_agent, register_agent, train_agent
from segue.features.errors import UserError

ENV = "segue/Playlist-v0"
SMALL = {"catalog": "synthetic:400", "pool_size": 10, "length": 6}
_ON_POLICY = {"num_envs": 8, "n_steps": 16, "batch_size": 64, "n_epochs": 2, "hidden": [16]}
_OFF_POLICY = {"num_envs": 8, "learning_starts": 64, "batch_size": 32, "buffer_size": 1000, "hidden": [16]}
QUICK = {
    "maskable-ppo": _ON_POLICY,
    "ppo": _ON_POLICY,
    "recurrent-ppo": {**_ON_POLICY, "memory": 8},
    "a2c": {"num_envs": 8, "n_steps": 4, "hidden": [16]},
    "dagger": {"num_envs": 16, "batch_size": 64, "hidden": [16]},
    "dqn": {**_OFF_POLICY, "gradient_steps": 2},
    "qrdqn": {**_OFF_POLICY, "gradient_steps": 2, "outputs": 5},
}


def quick(name, seed=0, steps=512, env_settings=SMALL, **settings):
    return train_agent(name, ENV, env_settings, seed=seed, steps=steps, settings={**QUICK[name], **settings})


@pytest.fixture(params=QUICK)
def name(request):
    return request.param


def test_the_same_seed_trains_the_same_agent(name):
    threads = th.get_num_threads()
    first, again, other = quick(name, 3), quick(name, 3), quick(name, 4)
    weights = [agent.scorer.state_dict() for agent in (first, again, other)]
    assert all(th.equal(weights[0][key], weights[1][key]) for key in weights[0])
    assert not all(th.equal(weights[0][key], weights[2][key]) for key in weights[0])
    columns = [column for column in first.curve if column != "seconds"]
    assert first.curve[columns].equals(again.curve[columns])
    assert th.get_num_threads() == threads


@pytest.mark.parametrize("name", ["maskable-ppo", "dqn"])
def test_the_curve_tells_what_training_sessions_were_like(name):
    progress = []
    agent = train_agent(
        name, ENV, SMALL, seed=0, steps=1024, settings=QUICK[name], on_progress=progress.append
    )
    curve = agent.curve
    assert {"steps", "seconds", "return_mean", "completed_mean", "skip_rate", "length_mean"} <= set(curve)
    assert {"utility_taste", "utility_transition", "utility_energy_arc"} <= set(curve)
    assert curve["steps"].is_monotonic_increasing
    assert 980 < curve["steps"].iloc[-1] <= 1024  # the last stretch in which a session ended
    assert progress[-1] == 1024
    assert (curve["length_mean"] <= 6).all()
    # Tracks that were not heard to their end were skipped.
    share = 1.0 - curve["completed_mean"] / curve["length_mean"]
    np.testing.assert_allclose(curve["skip_rate"], share)


def test_a_saved_agent_plays_other_pools_of_another_catalogue(name, tmp_path, vector_env):
    agent = quick(name)
    agent.save(tmp_path / "agent.pt")
    other = vector_env(6, catalog="synthetic:300:5", pool_size=17, length=9)
    loaded = load_agent(tmp_path / "agent.pt", other)
    observation, _ = other.reset(seed=0)
    for _ in range(5):
        slots, _ = loaded.predict(observation)
        assert np.array_equal(slots, agent.predict(observation)[0])
        assert observation["available"][np.arange(6), slots].all()
        observation, *_ = other.step(slots)
    assert loaded.name == name


def test_a_recurrent_agent_remembers_its_session_only(vector_env):
    env = vector_env(2)
    agent = quick("recurrent-ppo", steps=256)
    first, _ = env.reset(seed=0)
    _, state = agent.predict(first)
    observation, *_ = env.step(np.array([3, 3]))
    _, session_estimates = agent.predict(observation, state, np.array([False, True]))
    _, afresh = agent.predict(observation)
    assert not th.equal(session_estimates[0][0, 0], afresh[0][0, 0])
    assert th.equal(session_estimates[0][0, 1], afresh[0][0, 1])


def test_other_features_are_named(tmp_path, vector_env):
    quick("dqn").save(tmp_path / "agent.pt")
    env = vector_env(2)
    names = env.layout.feature_names
    env.layout.feature_names = (*names[1:], "warmth")
    with pytest.raises(UserError, match=rf"lacks {names[0]} and it never saw warmth"):
        load_agent(tmp_path / "agent.pt", env)


def test_what_is_no_agent_is_refused(tmp_path, vector_env):
    with pytest.raises(UserError, match="no trained agent"):
        load_agent(tmp_path / "none.pt", vector_env(2))
    (tmp_path / "text.pt").write_text("not an agent")
    with pytest.raises(UserError, match=r"text\.pt"):
        load_agent(tmp_path / "text.pt", vector_env(2))
    th.save({"weights": th.zeros(2)}, tmp_path / "other.pt")
    with pytest.raises(UserError, match=r"other\.pt"):
        load_agent(tmp_path / "other.pt", vector_env(2))


def test_sampling_follows_the_logits_of_an_actor_only(vector_env):
    env = vector_env(1)
    observation, _ = env.reset(seed=0)
    many = {key: np.repeat(value, 2000, axis=0) for key, value in observation.items()}
    actor = quick("maskable-ppo")
    logits = actor.explain(observation)["score"].to_numpy()
    share = np.bincount(actor.predict(many, deterministic=False)[0], minlength=10) / 2000
    softmax = np.exp(logits - logits.max())
    np.testing.assert_allclose(share, softmax / softmax.sum(), atol=0.05)
    assert len(set(quick("dqn").predict(many, deterministic=False)[0])) == 1


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"learning_rat": 1}, "did you mean 'learning_rate'"),
        ({"hiden": [3]}, "did you mean 'hidden'"),
        ({"interactions": ["liked_men"]}, "liked_men"),
    ],
)
def test_a_wrong_setting_is_named(name, settings, message):
    with pytest.raises(UserError, match=message):
        quick(name, **settings)


def test_a_rate_as_yaml_reads_it_is_a_number():
    rates = ({"learning_rate": "1e-3"}, {"learning_rate": 0.001})
    written, number = (quick("dqn", steps=160, **rate).scorer.state_dict() for rate in rates)
    assert all(th.equal(written[key], number[key]) for key in number)


def test_a_value_that_the_algorithm_refuses_is_the_users():
    with pytest.raises(UserError, match="cannot be built"):
        quick("dqn", train_freq="often")


@pytest.mark.parametrize("name", ["maskable-ppo", "dqn", "qrdqn"])
def test_it_learns_to_follow_the_arc(name, vector_env, returns):
    """A listener who only minds the energy of the moment is served far better than by chance."""
    listener = {
        "terms": {"energy_arc": {"weight": 12.0, "curve": "warm-up", "spread": 0.0}},
        "bias": 1.0,
        "departure": {"never": True},
    }
    settings = {"listener": listener, "pool_size": 10, "length": 6, "catalog": "synthetic:400"}
    steps = 3_000 if name.endswith("dqn") else 10_000
    rate = {"learning_rate": 5e-3, "final_learning_rate": 1e-3}
    agent = quick(name, 1, steps, {**settings, "split": "train"}, **rate)
    env = vector_env(300, **{**settings, "split": "test"})
    scores = {
        "learned": returns(agent, env, range(300)),
        "random": returns(make_agent("random", env), env, range(300)),
        "oracle": returns(make_agent("greedy-oracle", env), env, range(300)),
    }
    means = {key: value.mean() for key, value in scores.items()}
    assert means["learned"] > means["random"] + 0.4 * (means["oracle"] - means["random"]), means


def plain_ppo(env, seed, n_steps=16):
    """An algorithm and a policy that know nothing of segue."""
    return PPO("MultiInputPolicy", env, n_steps=n_steps, batch_size=32, seed=seed, device="cpu")


def test_an_own_algorithm_trains_saves_and_loads(tmp_path, vector_env):
    register_agent("plain-ppo", plain_ppo, learned=True)
    agent = train_agent("plain-ppo", ENV, SMALL, seed=0, steps=256, settings={"num_envs": 4, "n_steps": 8})
    assert agent.model.num_timesteps == 256
    assert 0 < agent.curve["steps"].iloc[-1] <= 256
    agent.save(tmp_path / "agent.pt")
    env = vector_env(5)
    loaded = load_agent(tmp_path / "agent.pt", env)
    observation, _ = env.reset(seed=0)
    assert np.array_equal(loaded.predict(observation)[0], agent.predict(observation)[0])
    with pytest.raises(UserError, match="did you mean 'n_steps'"):
        train_agent("plain-ppo", ENV, SMALL, seed=0, steps=256, settings={"n_stps": 8})
    with pytest.raises(UserError, match="same pool_size"):
        load_agent(tmp_path / "agent.pt", vector_env(5, pool_size=12))


def test_an_unknown_environment_is_named():
    with pytest.raises(UserError, match="did you mean 'segue/Playlist-v0'"):
        train_agent("dqn", "segue/Playlst-v0", seed=0, steps=10)
