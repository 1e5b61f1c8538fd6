"""A run is made again once the user's code that it depends on has changed, and says so."""

import json
import subprocess
import sys

import pytest

from segue.experiments.study.results import Results

STUDY = """\
name: code
environments:
  - id: segue/Playlist-v0
    settings:
      catalog: "synthetic:80"
      pool_size: 6
      length: 3
      reward: "rewards:double"
      pool: {kind: "pools:First"}
      listener: {preset: full, terms: {noise: {term: "terms:Noise"}}, response: {model: "responses:Half"}}
agents: [{name: random}, {name: "mine.agents:Loudest", label: loudest}, {name: greedy-oracle}]
training: {seeds: 1}
evaluation: {episodes: 40, order_sessions: 0, upper: greedy-oracle}
resamples: 100
figures: false
"""
FILES = {
    "study.yaml": STUDY,
    "mine/__init__.py": "",
    "mine/sign.py": "SIGN = 1.0\n",
    "mine/agents.py": """\
from segue.agents import ScoringAgent
from mine.sign import SIGN

class Loudest(ScoringAgent):
    def __init__(self, env, seed):
        self.column = env.unwrapped.layout.feature_names.index("loudness")

    def scores(self, observation, mask):
        return SIGN * observation["candidates"][:, :, self.column]
""",
    "rewards.py": """\
def double(sessions, step):
    return 2.0 * step.listened

double.expected = lambda sessions, plays: 2.0 * plays.response.expected(plays.utility, plays.duration)
""",
    "pools.py": """\
import numpy as np

class First:
    def __init__(self, catalog, tracks, size):
        self.tracks, self.size, self.n_draws = tracks, size, 1

    def draw(self, uniforms):
        rows = len(uniforms)
        return np.tile(self.tracks[: self.size], (rows, 1)), np.full(rows, self.tracks[-1])
""",
    "terms.py": """\
from dataclasses import dataclass
import numpy as np
from segue.envs import Term

@dataclass
class Noise(Term):
    def utility(self, sessions, slots, hidden, state):
        return np.zeros(slots.shape) + 0.1
""",
    "responses.py": """\
from dataclasses import dataclass
import numpy as np
from segue.envs import ResponseModel

@dataclass
class Half(ResponseModel):
    def listened(self, uniform, utility, duration):
        return np.clip(uniform + 0.1 * utility, 0.0, 1.0)
""",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a study and all the code that it names; run once."""
    folder = tmp_path_factory.mktemp("code")
    for name, text in FILES.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    compare(folder)
    return folder


def compare(folder, *arguments):
    command = [sys.executable, "-m", "segue.experiments.cli", "compare", "study.yaml", "--out", "out"]
    done = subprocess.run(
        [*command, "--jobs", "1", *arguments], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def codes(folder):
    records = [json.loads(path.read_text("utf-8")) for path in folder.glob("out/runs/*/config.json")]
    return {record["spec"]["agent_label"]: record["spec"]["code"] for record in records}


def change(path, old, new):
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), encoding="utf-8")


def test_the_code_that_a_study_names_belongs_to_its_runs(folder):
    assert set(codes(folder)["random"]) == {"rewards", "pools", "terms", "responses"}
    assert set(codes(folder)["loudest"]) == {"rewards", "pools", "terms", "responses", "mine"}


def test_an_edited_agent_is_run_again_and_the_others_are_kept(folder):
    before = dict(codes(folder)["loudest"])
    change(folder / "mine" / "sign.py", "SIGN = 1.0", "SIGN = -1.0")
    messages = compare(folder)
    assert "loudest: 1 to make, since the code of mine has changed." in messages
    assert "random: 1 of 1 runs kept." in messages
    runs = Results.load(folder / "out" / "results").runs.set_index("agent")
    record = json.loads((folder / "out" / "runs" / runs.loc["loudest", "folder"] / "config.json").read_text())
    changed = record["spec"]["code"]
    assert {name for name in before if before[name] != changed[name]} == {"mine"}


def test_everything_is_made_again_on_request(folder):
    assert "runs kept" not in compare(folder, "--fresh")
    assert len(list((folder / "out" / "replaced").iterdir())) == 3


def test_a_report_imports_nothing_that_a_study_names(folder):
    for name in ("rewards", "pools", "terms", "responses", "mine/agents", "bottleneck"):
        (folder / f"{name}.py").write_text("raise SystemExit('imported')\n")
    # With -P, as for the installed command, modules beside the study are not found.
    command = [sys.executable, "-P", "-m", "segue.experiments.cli", "report", "out"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "Writing tables, figures and the report.\n")
