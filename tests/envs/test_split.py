"""Splits: artists, listeners and everything that is fitted to tracks."""

import json

import gymnasium as gym
import numpy as np
import pytest
from gymnasium.envs.registration import EnvSpec

import segue.envs
from segue.envs.listener.percentiles import percentile_bins, percentiles
from segue.features import LISTENING_FEATURES, Catalog, open_catalog

SIZES = {"pool_size": 12, "length": 8}


def play(env_id, steps=6, **settings):
    """Observations and rewards of 20 sessions that play the first candidates of their pools."""
    vector = gym.make_vec(env_id, num_envs=20, **{**SIZES, **settings})
    discrete = vector.single_action_space.shape == ()
    seen = [vector.reset(seed=0)[0]]
    for slot in range(steps):
        action = slot if discrete else np.linspace(-1, 1, vector.single_action_space.shape[0]) ** (slot + 1)
        observation, reward, *_ = vector.step(np.array([action] * 20))
        seen.append({**observation, "reward": reward})
    return seen


def same(one, two):
    return all(np.array_equal(a[key], b[key]) for a, b in zip(one, two, strict=True) for key in a)


def tracks_of(vector):
    state = vector.unwrapped.sessions.state
    return {*state.pool.ravel(), *state.history[:, 0]}


def begun(env_id="segue/Playlist-v0", **settings):
    vector = gym.make_vec(env_id, num_envs=200, **{**SIZES, "catalog": "demo", **settings})
    vector.reset(seed=0)
    return vector


@pytest.mark.parametrize("split_seed", [0, 1, 12])
def test_training_and_test_sessions_share_no_artist_and_one_scale(split_seed):
    train, test = (begun(split=split, split_seed=split_seed) for split in ("train", "test"))
    catalog = train.unwrapped.sessions.catalog
    assert catalog is test.unwrapped.sessions.catalog
    artists = [{*catalog.artist_codes[list(tracks_of(vector))]} - {-1} for vector in (train, test)]
    assert not artists[0] & artists[1]
    assert min(map(len, artists)) > 10


def test_an_artist_with_most_of_the_tracks_is_in_both_parts_but_no_recording_is():
    frame = Catalog.synthetic(200).tracks.copy()
    frame.loc[:119, "artist"] = "The Prolific"
    catalog = Catalog.from_frame(frame, "prolific")
    train, test = (tracks_of(begun(split=split, catalog=catalog)) for split in ("train", "test"))
    artists = [{*catalog.artist_codes[list(part)]} for part in (train, test)]
    assert artists[0] & artists[1] == {catalog.artist_codes[0]}
    assert not {*catalog.recording_codes[list(train)]} & {*catalog.recording_codes[list(test)]}


def test_a_given_start_may_be_of_the_other_part():
    env = gym.make("segue/Playlist-v0", catalog="demo", split="train", **SIZES)
    held_out = int(open_catalog("demo").split("test")[0])
    _, info = env.reset(seed=0, options={"start": str(open_catalog("demo").ids[held_out])})
    assert info["track"] == held_out
    assert held_out not in env.unwrapped.sessions.pool


def test_another_seed_is_another_split_for_the_same_listeners():
    first, second = (begun(split="train", split_seed=seed) for seed in (0, 1))
    # The weights of transitions are on the scale of the training tracks, which are others.
    for term in ("taste", "satiation", "exposure", "energy_arc"):
        hidden = [env.unwrapped.sessions.hidden_of(term) for env in (first, second)]
        assert np.array_equal(*hidden), term
    assert tracks_of(first) != tracks_of(second)
    held_out = {*open_catalog("demo").split("test", seed=1)}
    assert tracks_of(first) & held_out
    assert not tracks_of(second) & held_out


def test_without_a_split_the_seed_changes_nothing():
    assert same(*(play("segue/Playlist-v0", catalog="demo", split_seed=seed) for seed in (0, 5)))
    assert begun(split_seed=5).unwrapped.sessions.catalog is open_catalog("demo")


def with_other_test_tracks(split_seed):
    """The demo catalogue, and the same in which the test tracks sound different."""
    catalog = open_catalog("demo")
    frame, test = catalog.tracks.copy(), catalog.split("test", seed=split_seed)
    columns = [c for c in frame if c in LISTENING_FEATURES or c.startswith(("tempo_", "loudness_", "mfcc_"))]
    other = frame[columns].iloc[test[::-1]].to_numpy()
    frame.loc[test, columns] = (other + frame[columns].max().to_numpy()) / 2
    frame["mode"] = frame["mode"].round()
    return catalog, Catalog.from_frame(frame, "demo")


def test_training_does_not_depend_on_the_sound_of_test_tracks(env_id):
    one, two = with_other_test_tracks(3)
    settings = {"split": "train", "split_seed": 3}
    assert same(play(env_id, catalog=one, **settings), play(env_id, catalog=two, **settings))
    settings["split"] = "test"
    assert not same(play(env_id, catalog=one, **settings), play(env_id, catalog=two, **settings))


def test_training_on_descriptors_does_not_depend_on_the_sound_of_test_tracks():
    one, two = with_other_test_tracks(3)
    names = ("taste", "exposure", "satiation", "conjunctions", "song_bins", "transition_bins")
    settings = {"features": "djmc", "pool": "clusters", "listener": {"terms": {name: {} for name in names}}}
    train = {**settings, "split": "train", "split_seed": 3}
    assert same(*(play("segue/Playlist-v0", catalog=catalog, **train) for catalog in (one, two)))
    assert not same(*(play("segue/Playlist-v0", catalog=catalog, **settings) for catalog in (one, two)))


def test_percentiles_among_a_corpus():
    corpus = np.array([[10.0], [20.0], [20.0], [30.0], [np.nan]])
    values = np.array([[5.0], [10.0], [20.0], [25.0], [40.0], [np.nan]])
    assert percentiles(values, corpus)[:, 0] == pytest.approx([0.0, 0.125, 0.5, 0.75, 1.0, 0.5])
    assert percentile_bins(values, 4, corpus)[:, 0].tolist() == [0, 0, 2, 3, 3, 2]


def test_the_seed_of_the_split_round_trips_through_json():
    env = gym.make("segue/Playlist-v0", catalog="demo", split="train", split_seed=7, **SIZES)
    again = gym.make(EnvSpec.from_json(env.spec.to_json()))
    assert json.loads(again.spec.to_json())["kwargs"]["split_seed"] == 7
    assert again.unwrapped.sessions.setting.split_seed == 7
    assert same([env.reset(seed=2)[0]], [again.reset(seed=2)[0]])


def test_yaml_sets_the_seed_of_the_split(tmp_path):
    path = tmp_path / "seeded.yaml"
    path.write_text("{id: me/Seeded-v0, catalog: demo, pool_size: 12, split: test, split_seed: 4}")
    segue.envs.register_from_yaml(path)
    setting = gym.make("me/Seeded-v0").unwrapped.sessions.setting
    assert setting.split_seed == 4
    assert np.array_equal(setting.catalog.fit_rows, open_catalog("demo").split("train", seed=4))


def test_a_seed_of_numpy_is_a_seed():
    first, second = (begun(split="test", split_seed=seed) for seed in (3, np.int64(3)))
    assert tracks_of(first) == tracks_of(second)
