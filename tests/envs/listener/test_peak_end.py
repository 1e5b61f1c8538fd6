"""The peak-end memory of a session: its peak, its end and its mean."""

import gymnasium as gym
import numpy as np
import pytest
from scipy.special import expit

from segue.features.errors import UserError

LISTENER = {
    "terms": {"taste": {"weight": 2.0}, "peak_end": {"peak": 0.5, "last": 0.3, "mean": 0.2}},
    "departure": {"never": True},
}


@pytest.fixture
def make_peak_end(small):
    def make(**settings):
        return small(listener=LISTENER, reward="peak_end", **settings).unwrapped

    return make


def _utility(info):
    return sum(part for name, part in info.items() if name.startswith("utility_"))


def play(env, slots):
    env.reset(seed=1)
    steps = [env.step(slot) for slot in slots]
    return [reward for _, reward, *_ in steps], [_utility(info) for *_, info in steps]


def test_the_reward_is_paid_once_at_the_end(make_peak_end):
    rewards, utilities = play(make_peak_end(), range(8))
    pleasure = expit(utilities)
    assert rewards[:-1] == [0.0] * 7
    assert rewards[-1] == pytest.approx(0.5 * pleasure.max() + 0.3 * pleasure[-1] + 0.2 * pleasure.mean())


def test_ending_on_the_best_track_earns_more_than_opening_with_it(make_peak_end):
    env = make_peak_end()
    env.reset(seed=1)
    rising = np.argsort(env.sessions.utility()[0])[:8]
    up, down = (play(env, order)[0][-1] for order in (rising, rising[::-1]))
    best_minus_worst = np.ptp(expit(env.sessions.utility()[0][rising]))
    assert up - down == pytest.approx(0.3 * best_minus_worst)


def test_the_peak_counts_at_any_position(make_peak_end):
    env = make_peak_end()
    env.reset(seed=1)
    rising = np.argsort(env.sessions.utility()[0])[:8]
    early, late = [*rising[[7, 1, 2, 3, 4, 5, 6, 0]]], [*rising[[1, 2, 3, 4, 5, 6, 7, 0]]]
    assert play(env, early)[0][-1] == pytest.approx(play(env, late)[0][-1])


def test_a_repeat_at_the_end_earns_nothing(make_peak_end):
    rewards, _ = play(make_peak_end(), [0, 1, 2, 3, 4, 5, 6, 6])
    assert rewards[-1] == 0.0


def test_the_term_adds_nothing_to_the_utility(small):
    with_term, without = (
        small(listener={"preset": "full", "terms": terms}).unwrapped for terms in ({"peak_end": {}}, {})
    )
    for env in (with_term, without):
        env.reset(seed=3)
    assert np.array_equal(with_term.sessions.utility(), without.sessions.utility())


def test_the_reward_without_the_term_is_rejected(small):
    with pytest.raises(UserError, match="needs a listener with the term 'peak_end'"):
        small(reward="peak_end")


def test_a_negative_weight_is_rejected():
    with pytest.raises(UserError, match="must be 0 or more"):
        gym.make(
            "segue/Playlist-v0",
            catalog="synthetic:400",
            listener={"terms": {"peak_end": {"peak": -1.0}}},
        )
