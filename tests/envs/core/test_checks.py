"""Arrays that the core's methods cannot use are refused before the compiled loops read them."""

import dataclasses

import numpy as np
import pytest

from segue.features.errors import UserError


@pytest.fixture
def begin(small_vector):
    """Returns a function that begins two sessions of twelve candidates each."""

    def make(**settings):
        vector = small_vector(2, **settings)
        vector.reset(seed=0)
        return vector.unwrapped.sessions

    return make


def arrays(sessions):
    state = sessions.state
    return {field.name: getattr(state, field.name).copy() for field in dataclasses.fields(state)}


def refused(sessions, message, call):
    """Checks that a call raises one sentence and changes nothing."""
    before = arrays(sessions)
    with pytest.raises(UserError, match=message) as caught:
        call()
    assert "\n" not in str(caught.value)
    for name, values in arrays(sessions).items():
        np.testing.assert_array_equal(values, before[name], err_msg=name)


TRACKS = np.arange(24).reshape(2, 12)


@pytest.mark.parametrize(
    ("pool", "start", "message"),
    [
        (TRACKS, [10**8, 30], "lacks start track 100000000; it has tracks 0 to 399"),
        (TRACKS, [-1, 30], "lacks start track -1"),
        (TRACKS, [30], r"start tracks must have shape \(2,\)"),
        (TRACKS + 10**6, [30, 31], "lacks candidate 1000000"),
        (TRACKS - 2, [30, 31], "lacks candidate -2"),
        (TRACKS[:1], [30, 31], r"candidates must have shape \(2, 12\)"),
        (TRACKS + 0.5, [30, 31], "candidates must be an array of integers"),
        ([[1], [2, 3]], [30, 31], "candidates must be an array of integers"),
        (TRACKS * 0 - 1, [30, 31], "no candidate at all"),
    ],
)
def test_sessions_start_with_tracks_of_the_catalogue_only(begin, pool, start, message):
    sessions = begin()
    refused(sessions, message, lambda: sessions.start_with(pool, np.array(start)))


@pytest.mark.parametrize("integer", [np.int32, np.int64, np.uint16])
def test_sessions_start_with_the_given_tracks(begin, integer):
    sessions = begin()
    sessions.start_with(TRACKS.astype(integer), np.array([30, 31], integer))
    np.testing.assert_array_equal(sessions.pool, TRACKS)
    assert sessions.current.tolist() == [30, 31]
    assert sessions.step(np.array([4, 5])).track.tolist() == [4, 17]


def test_the_numbers_of_listeners_have_one_shape_and_range(begin):
    sessions = begin()
    shape = (2, sessions.setting.listener.n_draws)
    for wrong in (np.zeros((1, 1)), np.zeros(shape)[:, 1:], np.zeros(shape)[0]):
        refused(sessions, r"must have shape \(2, ", lambda wrong=wrong: sessions.set_listeners(wrong))
    for number in (np.nan, -0.1, 2.0):
        uniforms = np.full(shape, number)
        refused(sessions, "between 0 and 1", lambda uniforms=uniforms: sessions.set_listeners(uniforms))


def test_listeners_do_not_depend_on_how_their_numbers_lie_in_memory(begin):
    hidden = []
    uniforms = np.random.default_rng(0).random((2, begin().setting.listener.n_draws))
    for numbers in (uniforms, np.asfortranarray(uniforms), uniforms.tolist()):
        sessions = begin()
        sessions.set_listeners(numbers)
        hidden.append(sessions.state.hidden)
    np.testing.assert_array_equal(hidden[0], hidden[1])
    np.testing.assert_array_equal(hidden[0], hidden[2])


@pytest.mark.parametrize(
    ("slots", "message"),
    [
        ([[100], [0]], "Slot 100 is outside the pool of 12"),
        ([[-1], [0]], "Slot -1 is outside"),
        ([0, 1], r"must have shape \(2, M\)"),
        ([[0.0], [1.0]], "array of integers"),
        ([[True], [False]], "array of integers"),
    ],
)
def test_what_is_asked_of_candidates_names_slots(begin, slots, message):
    sessions = begin()
    refused(sessions, message, lambda: sessions.expected_reward(slots))
    refused(sessions, message, lambda: sessions.utility(slots))


def test_the_expected_reward_of_some_candidates_is_part_of_that_of_all(begin):
    sessions, slots = begin(), np.array([[3, 0, 11], [5, 5, 1]])
    expected = np.take_along_axis(sessions.expected_reward(), slots, axis=1)
    np.testing.assert_array_equal(sessions.expected_reward(slots), expected)
    assert sessions.expected_reward(slots[:, :0]).shape == (2, 0)


@pytest.mark.parametrize("slots", [[10**8, 0], [0, -1], [0], [0.0, 1.0], [[0], [1]]])
def test_every_way_of_playing_refuses_other_slots(begin, slots):
    sessions = begin()
    refused(sessions, "[Ss]lot", lambda: sessions.step(slots))
    refused(sessions, "[Ss]lot", lambda: sessions.step_and_observe(np.array(slots), begin_again=True))
    refused(sessions, "[Ss]lot", lambda: sessions.replay(slots, 1.0))


@pytest.mark.parametrize("listened", [np.nan, 1.5, -0.1, [0.5, 0.5, 0.5], "all"])
def test_a_known_share_is_a_fraction(begin, listened):
    sessions = begin()
    refused(sessions, "Heard fractions", lambda: sessions.replay([0, 1], listened))


@pytest.mark.parametrize("rows", [[2], [-1], [0.5], [True, False], [[0]]])
def test_rows_are_those_of_the_batch(begin, rows):
    sessions = begin()
    refused(sessions, "Row", lambda: sessions.repeat(rows))
    refused(sessions, "Row", lambda: sessions.begin(np.array(rows)))
    copies = sessions.repeat([0, 1])
    refused(copies, "Row", lambda: copies.set_back(sessions, rows))


def test_a_start_outside_the_catalogue_is_refused(begin):
    sessions = begin()
    refused(sessions, "Start track 400 ", lambda: sessions.start(np.array([0]), np.array([400])))


def test_copies_begin_no_sessions_and_are_set_back_to_their_originals_only(begin):
    sessions, other = begin(), begin()
    copies = sessions.repeat([0, 1])
    refused(copies, "begin the original ones", lambda: copies.begin(np.arange(2)))
    refused(copies, "Only copies", lambda: copies.set_back(other, [0, 1]))
    refused(copies, "Only copies", lambda: copies.set_back(sessions, [0]))


@pytest.mark.parametrize(
    "other",
    [
        {"catalog": "synthetic:2000"},
        {"catalog": "synthetic:400:1"},
        {"pool_size": 13},
        {"length": 9},
        {"listener": "rebound"},
    ],
)
def test_a_snapshot_is_not_restored_where_its_arrays_mean_something_else(begin, other):
    sessions, snapshot = begin(), begin(**other).snapshot()
    refused(sessions, "another catalogue, other sizes or other terms", lambda: sessions.restore(snapshot))


def test_a_snapshot_of_another_batch_is_refused(begin, small_vector):
    sessions, three = begin(), small_vector(3)
    three.reset(seed=0)
    for snapshot in (three.unwrapped.sessions.snapshot(), sessions.repeat([0, 1]).snapshot()):
        refused(sessions, "where it was taken", lambda snapshot=snapshot: sessions.restore(snapshot))


def test_a_snapshot_is_restored_in_another_environment_with_the_same_settings(begin):
    first, second = begin(), begin()
    first.step([1, 2])
    second.restore(first.snapshot())
    for slots in ([3, 4], [5, 5]):
        np.testing.assert_array_equal(first.step(slots).outcome, second.step(slots).outcome)
    first.begin(np.arange(2))
    second.begin(np.arange(2))
    np.testing.assert_array_equal(first.pool, second.pool)
