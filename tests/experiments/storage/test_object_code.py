"""Fingerprints of the code of scripts and notebooks change with what the code does."""

import functools
import subprocess
import sys

import numpy as np
import pytest

from segue.agents.baselines.heuristics import RandomAgent
from segue.experiments.storage.object_code import object_fingerprints

SCRIPT = """
import functools, json
import numpy as np
from segue.agents import ScoringAgent

FACTOR = 1.0
NAMES = {"energy", "tempo", "key"}

def helper(values):
    return FACTOR * values

class Loudest(ScoringAgent):
    sign = 1

    def scores(self, observation, mask):
        return [helper(value) for value in observation] if "energy" in {"energy", "tempo"} else np.ones(3)

def unused():
    return 1

made = functools.partial(Loudest, sign=2)
"""


def fingerprint(text, name="Loudest"):
    namespace = {"__name__": "__main__"}
    exec(compile(text, "<cell>", "exec"), namespace)
    return object_fingerprints(namespace[name])


def test_the_same_code_is_the_same_in_every_process():
    code = f"import sys; sys.path[:] = {list(map(str, sys.path))!r}\n{SCRIPT}\n" + (
        "from segue.experiments.storage.object_code import object_fingerprints\n"
        "print(object_fingerprints(Loudest), object_fingerprints(made))"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1
    assert "__main__:Loudest" in outputs.pop()


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("sign = 1", "sign = -1", True),
        ("FACTOR = 1.0", "FACTOR = -1.0", True),
        ("FACTOR * values", "FACTOR - values", True),
        ("np.ones(3)", "np.zeros(3)", True),
        ("np.ones(3)", "np.ones(4)", True),
        ("return 1", "return 2", False),
        ("NAMES =", "OTHERS =", False),
        ("class Loudest", "# a comment\nclass Loudest", False),
    ],
)
def test_what_an_agent_does_decides(old, new, changes):
    assert old in SCRIPT
    assert (fingerprint(SCRIPT.replace(old, new)) != fingerprint(SCRIPT)) is changes


def test_the_arguments_of_a_partial_function_count():
    assert fingerprint(SCRIPT.replace("sign=2", "sign=3"), "made") != fingerprint(SCRIPT, "made")
    halves = [functools.partial(RandomAgent, seed=seed) for seed in (1, 1, 2)]
    one, same, other = map(object_fingerprints, halves)
    assert one == same != other


def test_what_a_closure_holds_counts():
    def make(weights):
        return lambda env, seed: weights

    one, same, other = (object_fingerprints(make(np.full(3, value))) for value in (1.0, 1.0, 2.0))
    assert one == same != other


def test_code_of_segue_has_no_fingerprint():
    assert object_fingerprints(RandomAgent) == {}


def test_functions_that_call_each_other_end():
    text = "def one(n):\n    return other(n - 1)\n\ndef other(n):\n    return one(n)\n"
    assert fingerprint(text, "one") != fingerprint(text.replace("n - 1", "n - 2"), "other")
