"""Agents state with which probability they play each candidate, and learn what was played instead."""

import numpy as np
import pytest
from scipy.stats import chisquare

from segue.agents import Agent, agent_info, agent_names, make_agent
from segue.agents.epsilon_greedy import EpsilonGreedy
from segue.features.errors import UserError

DRAWING = ("random", "oracle-shuffled")
STAYS = {"preset": "full", "departure": {"never": True}}
# The search of the belief planner draws as many numbers as it has candidates.
SETTINGS = {"belief-planner": {"beam_width": 0}}
DETERMINISTIC = [name for name in agent_names() if not agent_info(name).learned and name not in DRAWING]


class Always(Agent):
    """Plays one slot, free or not."""

    def __init__(self, slot):
        self.slot = slot

    def choose(self, observation, mask, state, starts, deterministic):
        return np.full(len(mask), self.slot), None


def play(env, agent, steps, others):
    """Plays other slots than an agent chooses; returns its probabilities before every play."""
    observation, _ = env.reset(seed=[3, 4, 5])
    state, found = None, []
    for step in range(steps):
        probabilities, state = agent.action_probabilities(
            observation, state, np.full(3, step == 0), action_masks=env.action_masks()
        )
        found.append(probabilities)
        slots = others(probabilities, env.action_masks(), step)
        state = agent.record_played(observation, state, slots)
        observation, *_ = env.step(slots)
    return found


def second_choice(probabilities, masks, step):
    """A free slot that the agent did not choose, another one at each step."""
    allowed = masks & (probabilities < 0.5)
    return np.array([np.flatnonzero(row)[step % row.sum()] for row in allowed])


@pytest.mark.parametrize("name", DETERMINISTIC)
def test_an_agent_that_is_told_what_is_played_goes_on_as_if_it_had_chosen_it(name, vector_env):
    env = vector_env(3, listener=STAYS)
    agent, forced = (make_agent(name, env, **SETTINGS.get(name, {})) for _ in range(2))
    told, state = play(env, agent, 4, second_choice), None
    observation, _ = env.reset(seed=[3, 4, 5])
    for step, probabilities in enumerate(told):
        slots = second_choice(probabilities, env.action_masks(), step)
        only = np.arange(10) == slots[:, None]
        if step == len(told) - 1:
            chosen, _ = forced.predict(observation, state, np.zeros(3, bool))
            assert (probabilities[np.arange(3), chosen] == 1).all()
        else:
            chosen, state = forced.predict(observation, state, np.full(3, step == 0), action_masks=only)
            assert (chosen == slots).all()
            observation, *_ = env.step(slots)


def test_an_agent_with_a_memory_goes_wrong_without_being_told(vector_env):
    env = vector_env(3, listener=STAYS)
    agent = make_agent("linear-bandit", env)
    told = play(env, agent, 4, second_choice)
    agent.record_played = lambda observation, state, slots: state
    assert not all(
        np.array_equal(*pair) for pair in zip(told, play(env, agent, 4, second_choice), strict=True)
    )


def test_the_probabilities_of_exploration_are_those_of_a_case_computed_by_hand(vector_env):
    env = vector_env(1)
    observation, _ = env.reset(seed=0)
    mask = np.zeros((1, 10), bool)
    mask[0, [2, 5, 6, 9]] = True
    probabilities, _ = EpsilonGreedy(Always(5), 0.2).action_probabilities(observation, action_masks=mask)
    assert probabilities[0].tolist() == pytest.approx([0, 0, 0.05, 0, 0, 0.85, 0.05, 0, 0, 0.05])
    single = {key: values[0] for key, values in observation.items()}
    alone, _ = EpsilonGreedy(Always(5), 0.2).action_probabilities(single, action_masks=mask[0])
    assert (alone == probabilities[0]).all()


def test_what_is_drawn_has_the_stated_probabilities(vector_env):
    env = vector_env(3000)
    agent = EpsilonGreedy(make_agent("smooth", env), 0.5, seed=4)
    observation, _ = env.reset(seed=1)
    state = None
    for _ in range(2):
        probabilities, _ = agent.action_probabilities(observation, state)
        slots, state = agent.predict(observation, state)
        counts = np.bincount(slots, minlength=10)
        assert chisquare(counts, probabilities.sum(axis=0) * counts.sum() / probabilities.sum()).pvalue > 1e-3
        greedy = probabilities.max(axis=1)
        hit = probabilities[np.arange(3000), slots] == greedy
        assert hit.mean() == pytest.approx(greedy.mean(), abs=0.03)
        observation, *_ = env.step(slots)


def test_random_play_states_equal_probabilities(vector_env):
    env = vector_env(2)
    observation, _ = env.reset(seed=0)
    mask = env.action_masks()
    mask[0, :6] = False
    probabilities, _ = make_agent("random", env).action_probabilities(observation, action_masks=mask)
    assert probabilities[0].tolist() == [0] * 6 + [0.25] * 4
    assert probabilities[1].tolist() == pytest.approx([0.1] * 10)


@pytest.mark.parametrize("name", ["maskable-ppo", "recurrent-ppo"])
def test_an_actor_samples_with_the_probabilities_that_it_states(name, train, vector_env):
    agent = train(name)
    env = vector_env(3000)
    observation, _ = env.reset(seed=2)
    mask = env.action_masks()
    mask[:, [1, 3]] = False
    starts = np.ones(3000, bool)
    stated, _ = agent.action_probabilities(observation, None, starts, False, action_masks=mask)
    slots, _ = agent.predict(observation, None, starts, False, action_masks=mask)
    assert stated[:, [1, 3]].max() == 0
    counts, allowed = np.bincount(slots, minlength=10), mask[0]
    assert chisquare(counts[allowed], stated.sum(axis=0)[allowed]).pvalue > 1e-3
    greedy, _ = agent.action_probabilities(observation, None, starts, True, action_masks=mask)
    assert (greedy.argmax(axis=1) == stated.argmax(axis=1)).all()
    assert set(np.unique(greedy)) == {0, 1}


def test_an_agent_that_does_not_know_its_probabilities_says_so(vector_env):
    env = vector_env(2)
    observation, _ = env.reset(seed=0)
    with pytest.raises(UserError, match="LinearBandit does not state the probabilities"):
        make_agent("linear-bandit", env).action_probabilities(observation, deterministic=False)


@pytest.mark.parametrize("epsilon", [-0.1, 1.1, float("nan")])
def test_a_number_that_is_no_probability_is_refused(epsilon):
    with pytest.raises(UserError, match="epsilon is a probability"):
        EpsilonGreedy(Always(0), epsilon)
