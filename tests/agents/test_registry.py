"""The table of agents: registering, finding and making them."""

import pytest

from segue.agents import AgentInfo, agent_info, agent_names, make_agent, register_agent
from segue.agents.baselines.heuristics import RandomAgent
from segue.agents.built_in import BUILT_IN
from segue.agents.registry import custom_agents, setting_defaults, setting_names
from segue.features.errors import UserError


def first_free(env, seed, offset=0):
    return RandomAgent(seed + offset)


def second_free(env, seed):
    return RandomAgent(seed)


def test_a_custom_agent_is_made_by_its_name(scalar_env):
    register_agent("first-free", first_free, description="mine")
    register_agent("first-free", first_free, description="mine")  # as a notebook cell that runs twice
    assert agent_names().count("first-free") == 1
    assert [info.name for info in custom_agents()].count("first-free") == 1
    assert isinstance(make_agent("first-free", scalar_env(), seed=1, offset=2), RandomAgent)


def test_a_factory_of_segue_under_another_name_is_custom():
    register_agent("my-smooth", "segue.agents.baselines.heuristics:smooth")
    assert "my-smooth" in [info.name for info in custom_agents()]
    assert not {info.name for info in BUILT_IN} & {info.name for info in custom_agents()}


def test_a_custom_agent_needs_no_registration(scalar_env):
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
        ("dqn", "train_agent or `segue train`; then give the saved file"),
    ],
)
def test_an_agent_that_cannot_be_made_is_refused(name, message, scalar_env):
    with pytest.raises(UserError, match=message):
        make_agent(name, scalar_env())


@pytest.mark.parametrize(
    ("name", "setting", "meant"),
    [("oracle", "beam_widht", "beam_width"), ("linear-bandit", "noize", "noise"), ("djmc", "bin", "bins")],
)
def test_an_unknown_setting_is_refused(name, setting, meant, scalar_env):
    with pytest.raises(UserError, match=f"did you mean '{meant}'"):
        make_agent(name, scalar_env(), **{setting: 1})


def test_a_factory_is_a_module_and_a_callable():
    with pytest.raises(UserError, match="module:callable"):
        register_agent("half", "segue.agents")


def test_the_settings_of_a_function_are_its_parameters():
    assert setting_names(first_free) == ["offset"]
    assert setting_defaults(first_free) == {"offset": 0}
    assert setting_names(lambda env, seed, **settings: None) is None


def test_roles_say_how_much_an_agent_knows():
    roles = {name: agent_info(name).role for name in ("dqn", "greedy-oracle", "belief-planner", "content")}
    assert list(roles.values()) == ["learned", "oracle", "reference", "baseline"]
    assert AgentInfo("mine", "module:callable", "").role == "baseline"


@pytest.mark.parametrize("name", [name for name in agent_names() if "-free" not in name])
def test_the_factory_of_every_built_in_agent_exists(name):
    info = agent_info(name)
    assert callable(info.load())
    assert info.description


def test_agents_show_their_class_and_settings(scalar_env, vector_env):
    env = scalar_env()
    shown = {info.name: repr(make_agent(info.name, env)) for info in BUILT_IN if not info.learned}
    assert shown["smooth"] == "<SmoothAgent>"
    assert shown["oracle"].startswith("<PlanningOracle")
    assert not [text for text in shown.values() if " object at 0x" in text or len(text) > 200]
    points = make_agent("smooth", scalar_env("segue/PlaylistContinuous-v0"))
    assert repr(points) == "<NearestCandidateAgent of <SmoothAgent>>"
