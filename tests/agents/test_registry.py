import subprocess
import sys

import pytest

from segue.agents import agent_info, agent_names, make_agent, register_agent, train_agent
from segue.agents.baselines.heuristics import RandomAgent
from segue.features.errors import UserError


def first_free(env, seed, offset=0):
    return RandomAgent(seed + offset)


def second_free(env, seed):
    return RandomAgent(seed)


def test_an_own_agent_is_made_by_its_name(scalar_env):
    register_agent("first-free", first_free, description="mine")
    register_agent("first-free", first_free, description="mine")  # as a notebook cell that runs twice
    assert "first-free" in agent_names()
    assert isinstance(make_agent("first-free", scalar_env(), seed=1, offset=2), RandomAgent)


def test_an_own_agent_needs_no_registration(scalar_env):
    assert isinstance(
        make_agent("segue.agents.baselines.heuristics:random", scalar_env(), seed=1), RandomAgent
    )


def test_a_name_belongs_to_one_agent():
    with pytest.raises(UserError, match="already an agent 'random'"):
        register_agent("random", second_free)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("randm", "did you mean 'random'"),
        ("no_such_module:make", "no_such_module"),
        ("segue.agents.baselines.heuristics:smoth", "smoth"),
        ("dqn", "train_agent"),
    ],
)
def test_what_cannot_be_made_says_why(name, message, scalar_env):
    with pytest.raises(UserError, match=message):
        make_agent(name, scalar_env())


def test_an_unknown_setting_is_refused(scalar_env):
    register_agent("first-free", first_free, description="mine")
    with pytest.raises(UserError, match="did you mean 'offset'"):
        make_agent("first-free", scalar_env(), ofset=1)


def test_a_factory_is_module_and_callable():
    with pytest.raises(UserError, match="module:callable"):
        register_agent("half", "segue.agents")


def test_what_does_not_learn_is_not_trained():
    with pytest.raises(UserError, match="does not learn"):
        train_agent("smooth", "segue/Playlist-v0", seed=0, steps=10)


def test_oracles_are_marked():
    assert agent_info("greedy-oracle").sees_listener
    assert not agent_info("content").sees_listener


def test_listing_agents_needs_no_torch():
    code = "import sys, segue.agents as a; a.agent_info('dqn'); sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
