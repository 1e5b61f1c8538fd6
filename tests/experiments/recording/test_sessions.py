"""Recorded sessions: what the environment gave, with the exact probability of every action."""

import numpy as np
import pytest

from segue.agents import Agent, make_agent
from segue.experiments.recording import sessions as module
from segue.experiments.recording.sessions import record_sessions, session_seeds
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.evaluate import evaluate
from segue.features.errors import UserError

ID = "segue/Playlist-v0"
SETTINGS = {"catalog": "synthetic:80", "pool_size": 8, "length": 5}


def recorded(agent, sessions=30, *, settings=SETTINGS, **options):
    made = agent if callable(agent) else lambda env: make_agent(agent, env)
    options = {"epsilon": 0.3, "seed": 1, **options}
    return [s for block in record_sessions(made, ID, settings, sessions, **options) for s in block]


def test_playing_the_actions_again_gives_the_recorded_session():
    for session in recorded("smooth", 12):
        env = make_batch(ID, SETTINGS, 1)
        observation, infos = env.reset(seed=[session.seed])
        for place, action in enumerate(session.actions):
            assert all((observation[key][0] == session.observations[key][place]).all() for key in observation)
            assert (env.action_masks()[0] == session.infos["action_mask"][place]).all()
            assert infos["track"][0] == session.infos["track"][place]
            observation, reward, terminated, _, infos = env.step(np.array([action]))
            assert reward[0] == session.rewards[place]
            assert terminated[0] == session.terminations[place]
            infos = infos.get("final_info", infos)
        assert session.terminations[-1]
        assert not session.truncations.any()
        last = {key: values[-1] for key, values in session.observations.items()}
        assert last["available"].sum() == 8 - len(session.actions)


def test_propensities_are_those_of_exploration_around_the_choice():
    for session in recorded("smooth"):
        free = session.infos["action_mask"][:-1].sum(axis=1)
        greedy = session.infos["propensities"][:-1].max(axis=1)
        assert greedy == pytest.approx(0.7 + 0.3 / free)
        assert session.infos["propensities"][:-1].sum(axis=1) == pytest.approx(1.0)
        others = np.sort(session.infos["propensities"][:-1], axis=1)[:, :-1]
        assert others[others > 0] == pytest.approx(0.3 / np.repeat(free, free - 1))
        taken = session.infos["propensities"][np.arange(len(free)), session.actions]
        assert (taken == session.infos["propensity"][:-1]).all()
        assert session.infos["propensities"][-1].max() == session.infos["propensity"][-1] == 0


def test_without_exploration_the_sessions_are_those_of_evaluate():
    found = recorded("content", 20, epsilon=0.0)
    _, plays = evaluate("content", ID, SETTINGS, session_seeds(1, 20))
    by_seed = dict(iter(plays.groupby("episode")))
    for session in found:
        assert session.infos["track"][1:].tolist() == by_seed[session.seed]["index"].tolist()
        assert session.rewards.tolist() == by_seed[session.seed]["reward"].tolist()
        assert (session.infos["propensity"][:-1] == 1.0).all()


def test_a_session_does_not_depend_on_the_others_nor_on_the_blocks(monkeypatch):
    whole = recorded("linear-bandit", 10)
    monkeypatch.setattr(module, "MOST_ROWS", 4)
    parts = recorded("linear-bandit", 7)
    assert [session.number for session in parts] == list(range(7))
    for one, other in zip(whole, parts, strict=False):
        assert one.actions.tolist() == other.actions.tolist()
        assert (one.infos["propensities"] == other.infos["propensities"]).all()
    assert [s.actions.tolist() for s in recorded("linear-bandit", 10, seed=2)] != [
        s.actions.tolist() for s in whole
    ]


def test_a_session_that_a_limit_of_steps_ends_is_truncated():
    settings = {
        **SETTINGS,
        "max_episode_steps": 2,
        "listener": {"preset": "full", "departure": {"never": True}},
    }
    for session in recorded("random", 5, settings=settings):
        assert session.truncations.tolist() == [False, True]
        assert session.terminations.tolist() == [False, False]
        assert len(session.infos["propensity"]) == len(session.observations["context"]) == 3


def test_random_play_has_equal_propensities_whatever_epsilon():
    for session in recorded("random", 5):
        free = session.infos["action_mask"][:-1].sum(axis=1)
        assert session.infos["propensity"][:-1] == pytest.approx(1 / free)


class Coin(Agent):
    """Draws without saying so."""

    def __init__(self, rng):
        self.rng = rng

    def choose(self, observation, mask, state, starts, deterministic):
        return self.rng.integers(mask.shape[1], size=len(mask)), None


def test_an_agent_that_draws_in_secret_is_refused():
    with pytest.raises(UserError, match="draws its actions even when it is asked to be deterministic"):
        recorded(lambda env: Coin(np.random.default_rng(0)))
    with pytest.raises(UserError, match="draws its actions"):
        recorded("oracle-shuffled", 9)


def test_points_have_no_propensities():
    with pytest.raises(UserError, match="takes points as actions"):
        recorded("random", settings={**SETTINGS, "action": "continuous"})
