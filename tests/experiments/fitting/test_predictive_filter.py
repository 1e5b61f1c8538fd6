"""The forward filter against cases that can be computed by hand or by numerical integration."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from segue.experiments.fitting.likelihood.filter_input import (
    TABLE_SIZE,
    FilterPlays,
    FilterSettings,
    quadrature,
)
from segue.experiments.fitting.likelihood.predictive_filter import filter_plays

END = 0.8
"""Base hazard until the end of a track."""


def plays(skipped, starts=None, first=None, **changes):
    count = len(skipped)
    fields = {
        "starts": np.array([0, count]) if starts is None else np.array(starts),
        "first": np.arange(count) == 0 if first is None else np.array(first),
        "skipped": np.array(skipped, np.int64),
        "hazard": np.full(count, END),
        "end_hazard": np.full(count, END),
        "exact": np.zeros(count, bool),
        "offset": np.zeros(count),
        "around": np.zeros(count),
        "loadings": np.zeros((count, 0)),
        "untimed": np.zeros(count, bool),
        "heard": np.where(np.array(skipped) == 1, 0.2, 1.0),
        "heard_variance": np.zeros(count),
        "end": np.full(count, -1, np.int64),
        "end_logit": np.zeros(count),
    }
    return FilterPlays(**{**fields, **changes})


def settings(**changes):
    nodes, weights = quadrature()
    fields = {
        "beta": 1.0,
        "bias_spread": 0.0,
        "level_spread": 0.0,
        "persistence": 0.0,
        "push": 0.0,
        "gain": 0.0,
        "noise": 0.0,
        "opening": 0.0,
        "break_rate": 0.0,
        "decay": 0.7,
        "end_effect": 0.0,
        "skip_table": np.zeros((2, TABLE_SIZE)),
        "scale": np.zeros(0),
        "of_session": np.zeros(0, bool),
        "nodes": nodes,
        "node_weights": weights,
    }
    return FilterSettings(**{**fields, **changes})


def test_a_known_listener_skips_by_the_hazard():
    found = filter_plays(plays([1, 0], offset=np.array([0.5, -1.0])), settings())
    kept = np.exp(-END * np.exp([-0.5, 1.0]))
    assert found.skip == pytest.approx(1 - kept)
    assert found.log_likelihood == pytest.approx(np.log([1 - kept[0], kept[1]]))


def test_times_are_exact_or_censored():
    # A skip at an exact time, one before a time, none until a time, and a response of which nothing is known.
    seen = plays(
        [1, 1, -1, -1], hazard=np.array([0.3, 0.02, 0.3, 0.0]), exact=np.array([True, False, False, False])
    )
    known = filter_plays(seen, settings())
    assert known.log_likelihood == pytest.approx([-0.3, np.log(1 - np.exp(-0.02)), -0.3, 0.0])
    assert known.skip == pytest.approx(1 - np.exp(-END))
    # An early skip lowers the utility, a play that lasted raises it, and no response leaves it as it is.
    one_each = {"starts": np.arange(5), "first": np.full(4, True)}
    exact, early, lasted, nothing = filter_plays(
        seen._replace(**one_each), settings(level_spread=0.8)
    ).utility
    assert early < exact < nothing == 0 < lasted


def test_the_momentum_follows_the_responses():
    # m is 0.7 before the first play, then 0.5 * 0.7 + 0.9 * (2 * 1 - 1).
    momentum = settings(persistence=0.5, push=-0.9, gain=1.8, opening=0.7)
    found = filter_plays(plays([0, 0]), momentum)
    assert found.utility == pytest.approx([0.7, 1.25])


@pytest.mark.parametrize("spread", ["level_spread", "bias_spread"])
def test_a_skip_makes_the_next_one_likelier_as_the_integral_says(spread):
    found = filter_plays(plays([1, 1, 0]), settings(**{spread: 0.8}))

    def kept(level):
        return np.exp(-END * np.exp(-level))

    def moment(skips, keeps):
        return quad(lambda x: norm.pdf(x, scale=0.8) * (1 - kept(x)) ** skips * kept(x) ** keeps, -8, 8)[0]

    exact = [moment(1, 0), moment(2, 0) / moment(1, 0), moment(3, 0) / moment(2, 0)]
    assert found.skip == pytest.approx(exact, abs=2e-3)
    assert found.log_likelihood.sum() == pytest.approx(np.log(moment(2, 1)), abs=5e-3)
    assert exact[2] > exact[0] + 0.05


def test_the_level_belongs_to_the_session_and_the_bias_to_the_listener():
    sessions = {"first": [True, False, True], "starts": [0, 3]}
    level = filter_plays(plays([1, 1, 1], **sessions), settings(level_spread=0.8)).skip
    bias = filter_plays(plays([1, 1, 1], **sessions), settings(bias_spread=0.8)).skip
    assert level[2] == pytest.approx(level[0])
    assert bias[2] > bias[1] > bias[0]


def test_a_listener_parameter_is_learnt_from_tracks_that_load_on_it():
    loadings = np.array([[1.0], [1.0], [-1.0], [-1.0]] * 40)
    answers = [0, 0, 1, 1] * 40
    found = filter_plays(
        plays(answers, loadings=loadings), settings(scale=np.ones(1), of_session=np.array([False]))
    )
    assert found.listeners[0, 1] > 1.0
    assert found.skip[-1] > 0.8 > 0.2 > found.skip[-3]


def test_an_early_end_lowers_the_utility_that_leads_to_it():
    ends = np.array([0, 0, 1])
    stays = filter_plays(
        plays([0, 0, 0], end=np.zeros(3, np.int64)), settings(level_spread=1.0, end_effect=2.0)
    )
    leaves = filter_plays(plays([0, 0, 0], end=ends), settings(level_spread=1.0, end_effect=2.0))
    assert leaves.log_likelihood[:2] == pytest.approx(stays.log_likelihood[:2])
    # Who stays is likely to enjoy it, which the forecast of the next skip uses.
    unseen = filter_plays(plays([0, 0, 0]), settings(level_spread=1.0))
    assert stays.skip[2] < unseen.skip[2]


def test_unmarked_breaks_let_the_filter_forget():
    answers = [1] * 8
    kept = filter_plays(plays(answers), settings(level_spread=1.0)).skip
    broken = filter_plays(plays(answers), settings(level_spread=1.0, break_rate=0.5)).skip
    assert broken[0] == pytest.approx(kept[0])
    assert kept[0] < broken[-1] < kept[-1]


def test_listeners_can_be_divided_among_threads():
    rng = np.random.default_rng(0)
    skipped = rng.integers(0, 2, 300)
    many = plays(skipped, starts=np.arange(0, 301, 10), first=np.arange(300) % 10 == 0)
    one, three = (filter_plays(many, settings(level_spread=1.0), threads) for threads in (1, 3))
    assert np.array_equal(one.skip, three.skip)
