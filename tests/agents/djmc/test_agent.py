import numpy as np

from segue.agents import make_agent


def test_a_new_session_resets_its_own_state_alone(vector_env):
    env = vector_env(3)
    agent = make_agent("djmc", env, rollouts=50)
    observation, _ = env.reset(seed=0)
    slots, first = agent.predict(observation, None, np.ones(3, bool))
    observation, *_ = env.step(slots)
    observation["context"][:, env.layout.context_slice("progress")] = 0.2
    observation["context"][:, env.layout.context_slice("last_listened")] = [[1.0], [0.3], [0.6]]
    _, second = agent.predict(observation, first, np.array([False, True, False]))
    assert second.count.tolist() == [1.0, 0.0, 1.0]
    assert second.history_mask[:, 1].tolist() == [True, False, True]
    assert first.count.tolist() == [0.0, 0.0, 0.0]  # the state that was passed in is not changed


def test_it_learns_within_a_session(vector_env, returns):
    """A listener of taste alone, who never leaves: it earns more than chance."""
    listener = {"terms": {"taste": {"weight": 2.0}}, "departure": {"never": True}}
    env = vector_env(60, listener=listener, pool_size=60, length=30)
    random = returns(make_agent("random", env), env, range(60))
    for name, settings in (("djmc", {"rollouts": 300}), ("djmc-myopic", {})):
        learned = returns(make_agent(name, env, seed=1, **settings), env, range(60))
        assert (learned - random).mean() > 3 * (learned - random).std() / 60**0.5


def test_sessions_plan_by_rollouts_of_their_own(vector_env):
    """Before the first response all songs are worth the same: one rollout for all would win everywhere."""
    env = vector_env(40, pool_size=60)
    agent = make_agent("djmc", env, rollouts=50)
    observation, _ = env.reset(seed=0)
    slots, _ = agent.predict(observation, None, np.ones(40, bool))
    assert len(set(slots.tolist())) > 10
    alone = {key: part[7:8] for key, part in observation.items()}
    assert agent.predict(alone, None, np.ones(1, bool))[0].tolist() == [slots[7]]
