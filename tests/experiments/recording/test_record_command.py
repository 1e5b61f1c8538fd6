"""`segue record`: datasets that Minari opens, the same plays as a table, and what is refused."""

import signal
import subprocess
import sys
from contextlib import suppress

import numpy as np
import pytest

from segue.agents import make_agent, train_agent
from segue.experiments.cli import main
from segue.experiments.logs.plays import read_notes, read_plays
from segue.experiments.off_policy import estimate_value, named_target, read_log
from segue.experiments.recording import Recording, record
from segue.experiments.recording.minari_dataset import dataset_id
from segue.experiments.recording.sessions import record_sessions
from segue.experiments.study.registered import find_environment
from segue.features.errors import UserError

minari = pytest.importorskip("minari", reason="needs the extra offline")

ENVIRONMENT = """\
id: recorded/Short-v0
catalog: synthetic:60
pool_size: 6
length: 4
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("record")
    (folder / "short.yaml").write_text(ENVIRONMENT)
    return folder


def command(folder, out, *more, agent="smooth"):
    names = ["--env", str(folder / "short.yaml"), "--agent", agent, "--out", str(folder / out)]
    return ["record", *names, "--episodes", "12", "--epsilon", "0.4", "--seed", "3", *more]


@pytest.fixture(scope="module")
def made(folder):
    """A dataset with dictionaries and the same one with arrays."""
    main(command(folder, "dict-v0"))
    main(command(folder, "flat-v0", "--flat"))
    return folder


def opened(made, name="dict-v0"):
    return minari.MinariDataset(made / name / "data")


def test_minari_opens_what_was_played(made):
    dataset = opened(made)
    blocks = record_sessions(
        lambda env: make_agent("smooth", env), "recorded/Short-v0", {}, 12, epsilon=0.4, seed=3
    )
    sessions = [session for block in blocks for session in block]
    seeds = [facts["seed"] for facts in dataset.storage.get_episode_metadata(range(12))]
    assert seeds == [session.seed for session in sessions]
    assert dataset.total_steps == sum(len(session.actions) for session in sessions)
    for episode, session in zip(dataset.iterate_episodes(), sessions, strict=True):
        for name in ("actions", "rewards", "terminations", "truncations"):
            assert np.array_equal(getattr(episode, name), getattr(session, name))
        for mine, theirs in ((session.infos, episode.infos), (session.observations, episode.observations)):
            assert set(mine) == set(theirs)
            assert all(np.array_equal(mine[key], theirs[key]) for key in mine)
        assert all(
            dataset.observation_space.contains(
                {key: values[place] for key, values in episode.observations.items()}
            )
            for place in range(len(episode.actions) + 1)
        )


def test_minari_finds_it_by_its_name_and_recovers_the_environment(made, monkeypatch):
    monkeypatch.setenv("MINARI_DATASETS_PATH", str(made))
    dataset = minari.load_dataset("dict-v0")
    env = dataset.recover_environment()
    (facts, *_), (episode, *_) = dataset.storage.get_episode_metadata([0]), dataset.iterate_episodes([0])
    observation, _ = env.reset(seed=facts["seed"])
    assert np.array_equal(observation["candidates"], episode.observations["candidates"][0])
    for action, reward in zip(episode.actions, episode.rewards, strict=True):
        assert env.step(action)[1] == reward
    assert {"dict-v0", "flat-v0"} <= set(minari.list_local_datasets())


def test_the_flat_variant_holds_the_same(made):
    flat = opened(made, "flat-v0")
    layout = flat.recover_environment().unwrapped.layout
    assert flat.observation_space == layout.space_of("flat")
    for one, other in zip(flat.iterate_episodes(), opened(made).iterate_episodes(), strict=True):
        tables = layout.unflatten(one.observations)
        assert all(np.array_equal(tables[key], other.observations[key]) for key in tables)
        assert np.array_equal(one.actions, other.actions)


def test_the_table_of_plays_holds_the_same(made):
    plays = read_plays(made / "dict-v0" / "plays.parquet")
    episodes = list(opened(made).iterate_episodes())
    by_session = [part for _, part in plays.groupby("session")]
    for episode, part in zip(episodes, by_session, strict=True):
        assert part["listened"].tolist() == episode.infos["listened"][1:].tolist()
        assert part["skipped"].tolist() == episode.infos["skipped"][1:].tolist()
        ended = ["left" if left else "skipped" if skip else "completed" for left, skip in
                 zip(episode.infos["left"][1:], episode.infos["skipped"][1:], strict=True)]  # fmt: skip
        assert part["end_reason"].tolist() == ended
    assert (plays["listened_s"] == plays["listened"] * plays["duration_s"]).all()
    assert plays["listener"].nunique() == 12
    assert read_notes(made / "dict-v0" / "plays.parquet")["recording"]["agent"] == "smooth"


def test_a_dataset_is_read_as_a_log_and_values_a_target(made):
    log, flat = read_log(made / "dict-v0"), read_log(made / "flat-v0")
    assert all(np.array_equal(log.observations[key], flat.observations[key]) for key in log.observations)
    assert np.array_equal(log.propensities, flat.propensities)
    assert len(read_log(opened(made).filter_episodes(lambda episode: len(episode.actions) > 1)).lengths) <= 12
    values = estimate_value(log, named_target(log, "smooth"))
    assert values["value"].notna().all()
    with pytest.raises(UserError, match="reads the environment"):
        named_target(log, "oracle")


def test_the_same_command_changes_nothing_and_another_one_is_refused(made, capsys):
    before = {path: path.stat().st_mtime_ns for path in made.rglob("*") if path.is_file()}
    main(command(made, "dict-v0"))
    assert "Already recorded" in capsys.readouterr().out
    for more in (["--flat"], ["--seed", "4"], ["--set", "length=3"]):
        with pytest.raises(SystemExit) as stopped:
            main(command(made, "dict-v0", *more))
        assert stopped.value.code == 2
        assert "holds another recording; choose another --out" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        main(command(made, ""))
    assert "already exists and is not a recording" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in made.rglob("*") if path.is_file()} == before


def test_an_interrupted_recording_leaves_nothing(folder, tmp_path):
    def interrupt(over):
        raise KeyboardInterrupt

    out = tmp_path / "interrupted-v0"
    with pytest.raises(KeyboardInterrupt):
        record(
            Recording("segue/Playlist-v0", "smooth", 3, settings={"length": 3}), out, on_progress=interrupt
        )
    assert not list(tmp_path.iterdir())


def test_a_trained_actor_draws_from_its_own_probabilities(tmp_path):
    settings = {"length": 3, "pool_size": 6}
    batch = {"num_envs": 8, "n_steps": 8, "batch_size": 64, "n_epochs": 1}
    actor = train_agent("maskable-ppo", "segue/Playlist-v0", settings, seed=0, steps=64, settings=batch)
    actor.save(tmp_path / "actor.zip")
    path = str(tmp_path / "actor.zip")
    model = Recording("segue/Playlist-v0", path, 10, epsilon=0.0, sample=True, settings=settings)
    log = read_log(record(model, tmp_path / "sampled"))
    assert ((log.propensities > 0) & (log.propensities < 1)).all()
    assert minari.MinariDataset(tmp_path / "sampled" / "data").id == "sampled-v0"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--epsilon", "1.5"], "epsilon is a probability, from 0 to 1, but is 1.5"),
        (["--episodes", "0"], "episodes must be 1 or more"),
        (["--agent", "dqn"], "has to be trained"),
        (["--agent", "oracle-shuffled"], "draws its actions even when it is asked to be deterministic"),
        (["--agent", "linear-bandit", "--sample"], "does not state the probabilities of its actions"),
        (["--set", "action=continuous"], "takes points as actions"),
        (["--agent-set", "noise=0"], "unknown|Unknown"),
    ],
)
def test_what_cannot_be_recorded_is_refused_in_a_sentence(more, message, folder, capsys):
    import re

    with pytest.raises(SystemExit) as stopped:
        main(command(folder, "refused-v0", *more))
    assert stopped.value.code == 2
    printed = capsys.readouterr().err
    assert re.search(message, printed)
    assert "Traceback" not in printed
    assert not (folder / "refused-v0").exists()


def test_without_minari_the_sentence_says_what_to_install(folder, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "minari", None)
    with pytest.raises(SystemExit):
        main(command(folder, "missing-v0"))
    assert "pip install 'segue[offline]'" in capsys.readouterr().err


def test_a_folder_without_a_dataset_is_not_a_log(tmp_path):
    with pytest.raises(UserError, match="There is no Minari dataset"):
        read_log(tmp_path)


@pytest.mark.parametrize(
    ("name", "expected"), [("smooth-v2", "smooth-v2"), ("smooth", "smooth-v0"), ("my log.1", "my-log-1-v0")]
)
def test_every_folder_has_an_id_that_minari_accepts(name, expected, tmp_path):
    from minari.dataset.minari_dataset import parse_dataset_id

    assert dataset_id(tmp_path / name) == expected
    assert parse_dataset_id(expected)[2] is not None


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs signals of POSIX")
def test_a_killed_recording_resumes_and_ends_like_an_uninterrupted_one(folder, tmp_path, monkeypatch):
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    out, blocks = tmp_path / "killed-v0", tmp_path / ".killed-v0.unfinished"
    arguments = [*command(folder, out)[:-4], "--episodes", "270", "--epsilon", "0.4"]
    code = "import sys; from segue.experiments.cli import main; main(sys.argv[1:])"
    process = subprocess.Popen([sys.executable, "-c", code, *arguments], stderr=subprocess.DEVNULL)
    while not list(blocks.glob("*.npz")):
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.05)
            pytest.fail("it ended before it was killed")
    process.send_signal(signal.SIGKILL)
    process.wait()
    first, second = blocks / "000000000.npz", blocks / "000000256.npz"
    kept = first.stat().st_mtime_ns
    assert not out.exists()
    # A block that was cut, as by a full disk, is recorded again.
    second.write_bytes(b"PK\x03\x04")
    seen = []

    def remember(over):
        seen.append(over)
        assert first.stat().st_mtime_ns == kept

    short = find_environment(str(folder / "short.yaml")).id
    record(Recording(short, "smooth", 270, 0.4), out, on_progress=remember)
    assert seen[0] == 256
    assert [path.name for path in tmp_path.iterdir()] == ["killed-v0"]
    whole = record_sessions(lambda env: make_agent("smooth", env), short, {}, 270, epsilon=0.4)
    sessions = [session for block in whole for session in block]
    for mine, theirs in zip(opened(tmp_path, "killed-v0").iterate_episodes(), sessions, strict=True):
        for group in ("infos", "observations"):
            one, other = getattr(mine, group), getattr(theirs, group)
            assert set(one) == set(other)
            assert all(np.array_equal(one[key], other[key]) for key in one)
    assert read_plays(out / "plays.parquet")["session"].nunique() == 270


def test_blocks_of_another_recording_are_not_used(tmp_path):
    with pytest.raises(KeyboardInterrupt):
        record(
            Recording("segue/Playlist-v0", "smooth", 300, settings={"length": 3}),
            tmp_path / "mine-v0",
            on_progress=lambda over: interrupt_after(over, 256),
        )
    assert [path.name for path in tmp_path.iterdir()] == [".mine-v0.unfinished"]
    seen = []
    record(
        Recording("segue/Playlist-v0", "smooth", 2, settings={"length": 4}),
        tmp_path / "mine-v0",
        on_progress=seen.append,
    )
    assert seen[0] < 2
    assert set(opened(tmp_path, "mine-v0").spec.env_spec.kwargs) >= {"length"}
    assert [path.name for path in tmp_path.iterdir()] == ["mine-v0"]


def interrupt_after(over, sessions):
    if over > sessions:
        raise KeyboardInterrupt
