"""What is registered in a script is known in the processes that make the runs of a study."""

import subprocess
import sys

import cloudpickle

from segue.agents import agent_info, registry
from segue.envs import environment, register_playlist_env
from segue.envs.registration import registry as env_registry
from segue.experiments.execution.registry_snapshot import Registrations

MODULE = """
from segue.agents.baselines.heuristics import RandomAgent

def make(env, seed):
    return RandomAgent(seed + 1)
"""
SCRIPT = """
from segue.agents import register_agent
from segue.envs import register_playlist_env
from segue.experiments.execution.jobs import ExecutionConfig
from segue.experiments.pipeline import compare

register_agent("mine", "their_agents:make", description="by module")
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
evaluation: {episodes: 10}
resamples: 100
"""


def test_own_agents_and_environments_go_by_name_in_a_study(tmp_path):
    for name, text in (("their_agents.py", MODULE), ("script.py", SCRIPT), ("study.yaml", STUDY)):
        (tmp_path / name).write_text(text, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "script.py"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "['greedy-oracle', 'mine', 'random']"


def test_all_that_is_registered_is_repeated_elsewhere(monkeypatch):
    monkeypatch.setattr(registry, "_AGENTS", dict(registry._AGENTS))
    monkeypatch.setattr(env_registry, "_TABLE", dict(env_registry._TABLE))
    registry.register_agent("trained", "their_agents:plain", description="d", learned=True)
    registry.register_agent("seeing", lambda env, seed: None, sees_listener=True)
    register_playlist_env("me/Long-v0", description="long", length=40)
    carried = cloudpickle.loads(cloudpickle.dumps(Registrations.here()))
    assert {info.name for info in carried.agents} >= {"trained", "seeing"}
    assert not {"random", "dqn"} & {info.name for info in carried.agents}
    before = agent_info("trained"), environment("me/Long-v0")
    for name in ("trained", "seeing"):
        del registry._AGENTS[name]
    del env_registry._TABLE["me/Long-v0"]
    carried.repeat()
    carried.repeat()
    assert (agent_info("trained"), environment("me/Long-v0")) == before
    assert agent_info("seeing").sees_listener
