"""Agents and environments registered in a script are known in the worker processes of a study."""

import subprocess
import sys

import cloudpickle

from segue.agents import agent_info, registry
from segue.envs import environment, register_playlist_env
from segue.envs.registration import registry as env_registry
from segue.experiments.execution.registry_snapshot import RegistrySnapshot

MODULE = """
from segue.agents.baselines.heuristics import RandomAgent

def make(env, seed):
    return RandomAgent(seed + 1)
"""
SCRIPT = """
from segue.agents import register_agent
from segue.envs import register_playlist_env
from segue.experiments import ExecutionConfig, compare

register_agent("mine", "custom_agents:make", description="by module")
small = {"catalog": "synthetic:150", "pool_size": 10, "length": 6}
register_playlist_env("me/Short-v0", **small)
results = compare("study.yaml", "out", execution=ExecutionConfig(processes=2))
print(sorted(results.scores["agent"]))
"""
STUDY = """
name: own
environments: [{id: me/Short-v0}]
agents:
  - name: random
  - name: mine
  - name: greedy-oracle
training: {seeds: 2, validation_sessions: 8}
evaluation: {episodes: 40}
resamples: 100
figures: false
"""


def test_registered_agents_and_environments_can_be_named_in_a_study(tmp_path):
    for name, text in (("custom_agents.py", MODULE), ("script.py", SCRIPT), ("study.yaml", STUDY)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "['greedy-oracle', 'mine', 'random']"


def test_everything_registered_is_restored_in_another_process(monkeypatch):
    monkeypatch.setattr(registry, "_AGENTS", dict(registry._AGENTS))
    monkeypatch.setattr(env_registry, "_TABLE", dict(env_registry._TABLE))
    registry.register_agent("trained", "custom_agents:plain", description="d", learned=True)
    registry.register_agent("seeing", lambda env, seed: None, sees_listener=True)
    registry.register_agent("knowing", lambda env, seed: None, knows_population=True)
    register_playlist_env("me/Long-v0", description="long", length=40)
    snapshot = cloudpickle.loads(cloudpickle.dumps(RegistrySnapshot.take()))
    assert {info.name for info in snapshot.agents} >= {"trained", "seeing", "knowing"}
    assert not {"random", "dqn"} & {info.name for info in snapshot.agents}
    before = agent_info("trained"), environment("me/Long-v0")
    for name in ("trained", "seeing", "knowing"):
        del registry._AGENTS[name]
    del env_registry._TABLE["me/Long-v0"]
    snapshot.restore()
    snapshot.restore()
    assert (agent_info("trained"), environment("me/Long-v0")) == before
    assert agent_info("seeing").sees_listener
    assert agent_info("knowing").knows_population
