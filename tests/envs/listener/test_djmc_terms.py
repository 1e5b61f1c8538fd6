"""The listener of DJ-MC follows the paper, and bins cannot explain its misspecified counterpart."""

import gymnasium as gym
import numpy as np
import pytest

from segue.envs.core.session import Sessions
from segue.envs.core.setting import build_setting
from segue.envs.listener.percentiles import percentile_bins, percentiles
from segue.features.errors import UserError


def begin(terms, batch=1, **settings):
    listener = {"terms": terms, "departure": {"never": True}}
    defaults = {"catalog": "synthetic:600", "pool_size": 40, "length": 20, "reward": "utility"}
    setting = build_setting(**{**defaults, "listener": listener, **settings})
    sessions = Sessions(setting, [np.random.default_rng(row) for row in range(batch)])
    sessions.begin(np.arange(batch))
    return sessions


def bins_of(sessions, tracks):
    return percentile_bins(sessions.catalog.djmc_descriptors(), 10)[tracks]


def test_percentiles_use_mid_ranks_for_ties_and_one_half_for_missing_values():
    values = np.array([[10.0], [30.0], [20.0], [20.0], [np.nan]])
    assert percentiles(values)[:, 0] == pytest.approx([0.125, 0.875, 0.5, 0.5, 0.5])


def test_bins_are_equally_filled():
    values = np.random.default_rng(0).normal(size=(1000, 3)) ** 3
    counts = [np.bincount(column, minlength=10) for column in percentile_bins(values, 10).T]
    assert np.array_equal(counts, np.full((3, 10), 100))


def test_song_weights_are_ten_per_descriptor_and_sum_to_one():
    hidden = begin({"song_bins": {}}, batch=50).hidden_of("song_bins")
    assert hidden.shape == (50, 340)
    assert hidden.min() > 0
    assert np.allclose(hidden.reshape(50, 34, 10).sum(axis=2), 1.0)


def test_song_weights_count_liked_songs_of_one_cluster():
    sessions = begin({"song_bins": {"liked": 7, "clusters": 3}}, batch=30)
    counts = sessions.hidden_of("song_bins").reshape(30, 34, 10) * 17 - 1
    assert np.allclose(counts, np.rint(counts))
    assert np.allclose(counts.sum(axis=2), 7)
    groups = sessions.catalog.clusters(3, 0)
    best = np.array(
        [
            groups[pool[utility.argmax()]]
            for pool, utility in zip(sessions.pool, sessions.utility(), strict=True)
        ]
    )
    assert len(np.unique(best)) == 3


def test_the_song_reward_is_the_sum_of_the_weights_of_its_bins():
    sessions = begin({"song_bins": {}}, batch=2)
    weights = sessions.hidden_of("song_bins")[1].reshape(34, 10)
    song = bins_of(sessions, sessions.pool[1, 7])
    by_hand = sum(weights[d, song[d]] for d in range(34))
    assert sessions.utility()[1, 7] == pytest.approx(by_hand)


def test_the_transition_reward_is_the_published_sum_over_all_songs_played():
    sessions = begin({"transition_bins": {}})
    weights = sessions.hidden_of("transition_bins")[0].reshape(34, 10, 10)
    assert np.allclose(weights.sum(axis=(1, 2)), 1.0)
    played = [4, 9, 17, 30]
    for slot in played:
        sessions.step(np.array([slot]))
    upcoming = bins_of(sessions, sessions.pool[0, 2])
    by_hand = 0.0
    for i, slot in enumerate(reversed(played), start=1):
        past = bins_of(sessions, sessions.pool[0, slot])
        by_hand += sum(weights[d, past[d], upcoming[d]] for d in range(34)) / i**2
    assert sessions.utility()[0, 2] == pytest.approx(by_hand)


def test_the_first_song_has_no_transition():
    assert (begin({"transition_bins": {}, "conjunctions": {"song": 0.0}}).utility() == 0).all()


@pytest.mark.parametrize("name", ["song_bins", "transition_bins", "conjunctions"])
def test_the_utility_of_one_candidate_equals_its_utility_among_all(name):
    sessions = begin({name: {}}, batch=8)
    for slot in range(3):
        among_all = sessions.utility()[:, slot]
        assert np.array_equal(sessions.step(np.full(8, slot)).utility, among_all)


def test_peaked_weights_make_order_matter_more():
    spread = []
    for peakedness in (1.0, 3.0):
        sessions = begin({"transition_bins": {"peakedness": peakedness}}, batch=50)
        sessions.step(np.zeros(50, int))
        spread.append(sessions.utility()[:, 1:].std())
    assert spread[1] > 2 * spread[0]


def explained_by_bins(sessions):
    """Returns the share of the variance of one listener's song rewards that weights on bins explain."""
    design = np.concatenate([np.eye(10)[column] for column in bins_of(sessions, sessions.pool[0]).T], axis=1)
    rewards = sessions.utility()[0]
    fitted = design @ np.linalg.lstsq(design, rewards, rcond=1e-8)[0]
    return 1 - ((rewards - fitted) ** 2).sum() / ((rewards - rewards.mean()) ** 2).sum()


def test_bins_explain_djmc_but_not_its_misspecified_counterpart():
    large = {"catalog": "synthetic:4000", "pool_size": 3999}
    assert explained_by_bins(begin({"song_bins": {}}, **large)) == pytest.approx(1.0)
    assert explained_by_bins(begin({"conjunctions": {}}, **large)) < 0.4


def test_candidates_can_have_the_descriptors_of_djmc_as_features():
    env = gym.make("segue/DJMC-v0", catalog="synthetic:400", pool_size=12).unwrapped
    observation, _ = env.reset(seed=0)
    assert observation["candidates"].shape == (12, 34)
    assert env.layout.feature_names[0] == "tempo_p10"
    observed_bins = np.minimum((observation["candidates"] * 10).astype(int), 9)
    # The listener depends on the descriptors only through these bins.
    assert np.array_equal(observed_bins, bins_of(env.sessions, env.sessions.pool[0]))


def test_unknown_candidate_features_are_reported_with_a_suggestion():
    with pytest.raises(UserError, match="did you mean 'djmc'"):
        begin({"song_bins": {}}, features="dj-mc")


def test_a_term_that_needs_a_missing_feature_is_rejected():
    with pytest.raises(UserError, match="Term energy_arc needs the feature 'energy', but candidates"):
        begin({"energy_arc": {}}, features="djmc")


def test_conjunctions_match_a_computation_by_hand():
    sessions = begin({"conjunctions": {"pairs": 3, "song": 0.5, "step": 0.3}})
    hidden = sessions.hidden_of("conjunctions")[0]
    first, second = hidden[:3].astype(int), hidden[3:6].astype(int)
    assert (first != second).all()
    c = np.sqrt(12) * (percentiles(sessions.catalog.djmc_descriptors())[sessions.pool[0]] - 0.5)
    sessions.step(np.array([5]))
    sessions.step(np.array([8]))
    past = c[8] + c[5] / 4
    by_hand = sum(
        (0.5 * hidden[6 + p] * c[1, first[p]] + 0.3 * hidden[9 + p] * past[first[p]]) * c[1, second[p]]
        for p in range(3)
    )
    assert sessions.utility()[0, 1] == pytest.approx(by_hand / np.sqrt(3))
