"""Whatever an agent or a user's part does wrong ends in one sentence, never in a crash or in silence."""

import sys
import types
from dataclasses import dataclass

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.error import ResetNeeded
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.envs import ResponseModel, Term
from segue.features.errors import UserError

SIZES = {"catalog": "synthetic:200", "pool_size": 12, "length": 8}


def vector(**options):
    made = gym.make_vec("segue/Playlist-v0", num_envs=4, **SIZES, **options)
    made.reset(seed=0)
    return made


def scalar(**options):
    made = gym.make("segue/Playlist-v0", **SIZES, **options).unwrapped
    made.reset(seed=0)
    return made


def refused(step, action):
    """Checks that an action ends in one sentence."""
    with pytest.raises(UserError) as caught:
        step(action)
    assert "\n" not in str(caught.value)
    assert str(caught.value).endswith(".")


NO_SLOTS = [-1, 12, 10**30, -0.5, 3.0, 49.9, True, "3", None, [3], np.array([3]), np.nan, {}, 2j, b"1"]


@pytest.mark.parametrize("action", NO_SLOTS, ids=repr)
def test_what_is_no_slot_is_refused(action):
    env = scalar()
    refused(env.step, action)
    assert env.step(np.int64(3))[4]["position"] == 0
    refused(vector().step, [action] * 4)


@pytest.mark.parametrize("action", [3, np.int32(3), np.uint8(3), np.array(3)], ids=repr)
def test_a_slot_may_be_an_integer_of_any_type(action):
    assert scalar().step(action)[4]["track"] == scalar().step(3)[4]["track"]


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 400])
def test_a_batch_needs_one_action_per_session(count):
    refused(vector().step, np.zeros(count, int))
    refused(vector().unwrapped.sessions.step, np.zeros(count, int))
    refused(vector().step, np.zeros((4, 1), int))


@pytest.mark.parametrize("slot", [-1, 12, 2**40])
def test_the_core_itself_refuses_slots_outside_the_pool(slot):
    sessions = vector().unwrapped.sessions
    refused(sessions.step, np.full(4, slot))
    refused(sessions.utility, np.full((4, 3), slot))


@pytest.mark.parametrize("point", [[np.nan] * 12, [np.inf] * 12, [0.0] * 5, 3, "here", None], ids=repr)
def test_what_is_no_point_is_refused(point):
    refused(scalar(action="continuous").step, point)
    refused(vector(action="continuous").step, [point] * 4)


def test_a_single_action_is_reported_as_one():
    for env, wanted in ((scalar(), "one integer"), (scalar(action="continuous"), "a point")):
        for action in (1.0, np.float64(1.0), "3", [[1], [1, 2]], 10**5000):
            with pytest.raises(UserError) as caught:
                env.step(action)
            assert "session" not in str(caught.value)
            assert wanted in str(caught.value) or "neither a slot nor a point" in str(caught.value)
    with pytest.raises(UserError, match=r"but is 1\.0; give a number from 0 to 11"):
        scalar().step(np.float64(1.0))


@pytest.mark.parametrize("actions", [[[1], [1, 2], [], []], 3, None, "slot"], ids=repr)
def test_actions_of_no_regular_shape_are_refused_while_sessions_wait_to_begin(actions):
    env = vector(autoreset_mode="NEXT_STEP", max_episode_steps=1)
    refused(env.step, actions)
    env.step(np.zeros(4, int))
    refused(env.step, actions)


@pytest.mark.parametrize("limit", [0, -1, 2.5, "3", True, np.nan])
def test_a_step_limit_is_a_number_of_steps(limit):
    with pytest.raises(UserError, match="max_episode_steps must be a whole number"):
        vector(max_episode_steps=limit)


@pytest.mark.parametrize(("limit", "steps"), [(np.int64(3), 3), (10**30, 8), (None, 8)])
def test_a_step_limit_of_any_size_ends_sessions(limit, steps):
    env = vector(max_episode_steps=limit, listener={"preset": "full", "departure": {"never": True}})
    ends = [(env.step(np.full(4, slot))[2:4]) for slot in range(steps)]
    over = [(terminated | truncated).all() for terminated, truncated in ends]
    assert over == [False] * (steps - 1) + [True]
    assert ends[-1][1].all() == (limit == 3)


ANYTHING = st.one_of(
    st.integers(),
    st.floats(),
    st.booleans(),
    st.text(max_size=3),
    st.none(),
    st.lists(st.integers(-20, 20), max_size=6),
    st.lists(st.floats(), max_size=6),
)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(action=ANYTHING)
def test_any_action_is_played_or_refused(action):
    env = scalar()
    if isinstance(action, int) and not isinstance(action, bool) and 0 <= action < 12:
        assert env.step(action)[4]["position"] == 0
    else:
        refused(env.step, action)
    slots = np.asarray(action) if isinstance(action, list) else np.zeros(0)
    valid = slots.shape == (4,) and slots.dtype.kind == "i" and ((slots >= 0) & (slots < 12)).all()
    if valid:
        vector().step(action)
    else:
        refused(vector().step, action)


def test_a_step_needs_a_reset():
    with pytest.raises(ResetNeeded):
        gym.make("segue/Playlist-v0", **SIZES).unwrapped.step(0)
    with pytest.raises(ResetNeeded):
        gym.make_vec("segue/Playlist-v0", num_envs=4, **SIZES).step(np.zeros(4, int))


@pytest.mark.parametrize("mask", [np.ones(3, bool), [True] * 4, np.ones(4), np.zeros(4, bool)], ids=repr)
def test_a_wrong_reset_mask_is_refused(mask):
    with pytest.raises(UserError, match="reset_mask"):
        vector().reset(options={"reset_mask": mask})


@dataclass
class Answers(Term):
    """Returns what a test wants."""

    kind: str = "nan"

    def utility(self, sessions, slots, hidden, state):
        return {
            "nan": np.full(slots.shape, np.nan),
            "short": np.zeros(len(slots)),
            "words": [["a"] * slots.shape[1]] * len(slots),
        }[self.kind]


@dataclass
class Loud(ResponseModel):
    """Hears 1.7 of every track."""

    def listened(self, uniform, utility, duration):
        return np.full(len(uniform), 1.7)


class Outside:
    """Draws a track that does not exist."""

    n_draws = 0

    def __init__(self, catalog, tracks, size, kind="outside"):
        self.size, self.kind = size, kind

    def draw(self, uniforms):
        rows = len(uniforms)
        pool = np.tile(np.arange(self.size), (rows, 1))
        start = np.full(rows, self.size)
        return {
            "outside": (pool + 10**6, start),
            "short": (pool[:, 1:], start),
            "floats": (pool * 1.0, start),
            "start": (pool, start - 99),
            "empty": (pool * 0 - 1, start),
        }[self.kind]


def not_a_number(sessions, step):
    return step.listened * np.nan


@pytest.fixture(autouse=True)
def _module(monkeypatch):
    module = types.ModuleType("careless")
    module.Answers, module.Loud, module.Outside, module.not_a_number = Answers, Loud, Outside, not_a_number
    monkeypatch.setitem(sys.modules, "careless", module)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"listener": {"terms": {"mine": {"term": "careless:Answers"}}}}, "not finite"),
        ({"listener": {"terms": {"mine": {"term": "careless:Answers", "kind": "short"}}}}, "shape"),
        ({"listener": {"terms": {"mine": {"term": "careless:Answers", "kind": "words"}}}}, "numbers"),
        ({"listener": {"response": {"model": "careless:Loud"}}}, "between 0 and 1"),
        ({"reward": "careless:not_a_number"}, "not finite"),
        ({"pool": {"kind": "careless:Outside"}}, "lacks"),
    ],
)
def test_what_a_users_part_returns_is_checked(options, message):
    def play(batch):
        made = gym.make_vec("segue/Playlist-v0", num_envs=batch, **SIZES, **options)
        made.reset(seed=0)
        made.step(np.zeros(batch, int))

    for batch in (1, 500):
        with pytest.raises(UserError, match=message) as caught:
            play(batch)
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("kind", ["short", "floats", "start", "empty"])
def test_what_a_users_pool_draws_is_checked(monkeypatch, kind):
    def pool(catalog, tracks, size):
        return Outside(catalog, tracks, size, kind)

    monkeypatch.setattr(sys.modules["careless"], "Outside", pool)
    with pytest.raises(UserError, match="pool") as caught:
        vector(pool={"kind": "careless:Outside"})
    assert "\n" not in str(caught.value)
