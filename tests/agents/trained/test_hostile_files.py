"""Files of strangers and damaged files: one sentence, nothing of theirs runs, and no memory is taken."""

import io
import json
import os
import pickle
import zipfile
from dataclasses import replace

import pytest
import torch as th
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from segue.agents import load_agent
from segue.agents.trained.file import SavedAgent, read_saved_agent, write_saved_agent
from segue.features.errors import UserError


class Payload:
    """Creates a file when it is unpickled."""

    def __init__(self, mark):
        self.mark = str(mark)

    def __reduce__(self):
        return os.mkdir, (self.mark,)


@pytest.fixture
def saved(train, tmp_path):
    """The path of a good file."""
    path = tmp_path / "agent.zip"
    train("dqn", steps=64).save(path)
    return path


def refused(path, env):
    with pytest.raises(UserError) as error:
        load_agent(path, env)
    message = str(error.value)
    assert path.name in message or "Agent" in message
    assert len(message) < 600
    return message


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_flipped_bits_anywhere_are_noticed(data, saved, vector_env):
    content = bytearray(saved.read_bytes())
    for bit in data.draw(st.sets(st.integers(0, 8 * len(content) - 1), min_size=1, max_size=3)):
        content[bit // 8] ^= 1 << bit % 8
    damaged = saved.with_name("damaged.zip")
    damaged.write_bytes(content)
    assert "damaged" in refused(damaged, vector_env(2))


@pytest.mark.parametrize("keep", [0, 1, 63, 64, 500, 5000, -1])
def test_cut_files_are_refused(keep, saved, vector_env):
    saved.write_bytes(saved.read_bytes()[:keep])
    refused(saved, vector_env(2))


def changed(saved, **record):
    """Writes a file with a right checksum and other settings."""
    good = read_saved_agent(saved)
    write_saved_agent(saved, replace(good, record={**good.record, **record}))


HUGE = 2_000_000_000


@pytest.mark.parametrize(
    "record",
    [
        {"scorer": {"hidden": [HUGE, HUGE]}},
        {"scorer": {"embedding": HUGE}},
        {"scorer": {"hidden": "wide"}},
        {"scorer": None},
        {"observation_spec": {}},
        {"format": "segue agent, version 99"},
        {"format": 7},
        {"name": None},
        {"format": "segue model agent, version 3"},
        {"format": "segue sac agent, version 4"},
        {"format": "segue model agent, version 3", "name": "random", "factory": "os:system"},
        {"format": "segue model agent, version 3", "name": "dqn", "factory": "os:system"},
        {"format": "segue model agent, version 3", "name": "unknown"},
        {
            "format": "segue model agent, version 3",
            "name": "ppo",
            "settings": {"hidden": [HUGE], "num_envs": HUGE},
        },
        {"format": "segue model agent, version 3", "name": "x" * 10_000, "factory": "os:system"},
    ],
)
def test_other_settings_are_refused_before_anything_is_built(record, saved, vector_env):
    changed(saved, **record)
    refused(saved, vector_env(2))


def test_weights_that_repeat_a_storage_are_refused(saved, vector_env):
    good = read_saved_agent(saved)
    repeated = {name: th.zeros(1).expand(10_000, 10_000) for name in good.weights}
    write_saved_agent(saved, SavedAgent(good.record, repeated))
    assert "not a trained agent" in refused(saved, vector_env(2))


def sealed(path, members, compression=zipfile.ZIP_STORED):
    """Writes any archive with a right checksum."""
    from hashlib import sha256

    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compression) as file:
        for name, data in members.items():
            file.writestr(name, data)
        file.comment = bytes(64)
    body = archive.getvalue()[:-64]
    path.write_bytes(body + sha256(body).hexdigest().encode())


def test_no_pickle_of_a_stranger_is_loaded(saved, tmp_path, vector_env):
    mark = tmp_path / "ran"
    good = read_saved_agent(saved)
    by_torch = io.BytesIO()
    th.save({"weight": Payload(mark)}, by_torch)
    record = json.dumps(good.record)
    sealed(saved, {"agent.json": record, "weights.pt": by_torch.getvalue()})
    refused(saved, vector_env(2))
    sealed(saved, {"agent.json": record, "weights.pt": pickle.dumps(Payload(mark))})
    refused(saved, vector_env(2))
    for name in ("dqn", "unknown", "os:system"):
        record = {
            **good.record,
            "format": "segue model agent, version 3",
            "name": name,
            "factory": "os:system",
        }
        write_saved_agent(saved, SavedAgent(record, good.weights, pickle.dumps(Payload(mark))))
        assert "trust=True" in refused(saved, vector_env(2))
    assert not mark.exists()
    for data in (pickle.dumps(Payload(mark)), by_torch.getvalue()):
        saved.write_bytes(data)
        refused(saved, vector_env(2))
    assert not mark.exists()


@pytest.mark.parametrize("record", ["[" * 100_000, "{}", "[]", "not JSON", '{"format": NaN}', b"\xff"])
def test_records_that_are_none_are_refused(record, saved, vector_env):
    weights = io.BytesIO()
    th.save({}, weights)
    sealed(saved, {"agent.json": record, "weights.pt": weights.getvalue()})
    assert "not a trained agent" in refused(saved, vector_env(2))


def test_compressed_members_are_never_expanded(saved, vector_env):
    members = {"agent.json": "{}", "weights.pt": b"", "settings.pickle": bytes(10_000_000)}
    sealed(saved, members, zipfile.ZIP_DEFLATED)
    assert "not a trained agent" in refused(saved, vector_env(2))
