"""Mutates study files and checks that each is planned or refused with sentences.

Run `python tests/fuzz/studies.py`. No study may end in a traceback or take longer than `SECONDS`, and
planning writes nothing. The small version of this is tests/experiments/study/test_fuzz.py.
"""

from __future__ import annotations

import argparse
import copy
import random
import resource
import signal
import tempfile
import traceback
from pathlib import Path
from typing import Any

import yaml

from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import parse_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.planning.trainings import check_trainings
from segue.features.errors import UserError

SECONDS = 60
LONGEST_MESSAGE = 4000

BASES = (
    """\
name: small
description: A study.
environments:
  - id: segue/Playlist-v0
    label: short
    settings: {catalog: "synthetic:60", pool_size: 6, length: 4, listener: {preset: full, bias: 0.1}}
agents:
  - name: random
  - {name: smooth, environments: [short]}
  - {name: maskable-ppo, settings: {num_envs: 4, n_steps: 8, batch_size: 16, n_epochs: 1}, seeds: [3]}
  - name: greedy-oracle
training: {seeds: 2, steps: 32, split: train}
evaluation: {episodes: 5, split: test, order_sessions: 2, deterministic: true, first_seed: 7}
tables: [{title: T, value: difference, against: random, rows: agent, columns: environment}]
resamples: 100
""",
    """\
x-sizes: &sizes {catalog: "synthetic:60", pool_size: 6, length: 4}
name: variants
environments:
  - id: segue/Playlist-v0
    settings: {<<: *sizes}
    vary: {settings.pool_size: [4, 6], settings.listener.terms.taste.weight: [0, 1]}
  - id: segue/Session-v0
    settings: *sizes
agents:
  - name: random
  - {name: dqn, settings: {num_envs: 4, learning_starts: 20}, vary: {steps: [30, 40]}, train_on: Session}
  - {name: djmc, settings: {}}
  - name: oracle
evaluation: {episodes: 4}
tables: [{title: Steps, columns: steps, agents: [dqn]}]
resamples: 100
""",
    """\
name: continuous
environments:
  - id: segue/PlaylistContinuous-v0
    settings:
      catalog: synthetic:60
      pool: {kind: neighbours, reach: 2}
      pool_size: 5
      length: 4
      reward: completed
      listener: {preset: full, terms: {energy_arc: {curve: steady}}, response: {}, departure: {never: true}}
agents: [{name: random}, {name: sac, settings: {num_envs: 2, learning_starts: 10}}, {name: oracle}]
training: {seeds: [0], steps: 20}
evaluation: {episodes: 3, lower: random, upper: oracle}
resamples: 100
""",
)

HOSTILE: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 2, 7, 10**9, 2_000_000_000, 10**18, 10**40, 1.5, -0.5, 1e300),
    *(
        float("nan"),
        float("inf"),
        -float("inf"),
        "",
        " ",
        "x",
        "x" * 5000,
        "é–−☃",
        "\ud800",
        "a\x00b",
        "a\nb",
    ),
    *("020", "1:20", "no", "1e5", "null", "2024-01-01", "$_{", "<script>", "../../x.yaml", "/dev/zero"),
    *("demo", "synthetic:0", "synthetic:60", "synthetic:99999999999999", "nowhere.parquet", "full", "train"),
    *("json:loads", "no_such_module:x", "math:nothing", "..a:b", ":", "a:", ":b", "random", "oracle", "dqn"),
    *([], {}, [1], [[]], {"a": 1}, {"preset": "full"}, {"kind": "uniform"}, [None], ["random"], {"": 0}),
    *([[[[[[0]]]]]], {"terms": {"taste": 3}}, list(range(300)), "segue/Playlist-v0", "segue/DJMC-v0"),
)


def mutated(rng: random.Random) -> str:
    """Returns the text of a study with a few mutations of its values, its keys or its text."""
    base = rng.choice(BASES)
    if rng.random() < 0.7:
        data = yaml.safe_load(base)
        for _ in range(rng.randint(1, 3)):
            _mutate(data, rng)
        base = yaml.safe_dump(data, sort_keys=False, allow_unicode=rng.random() < 0.5)
    if rng.random() < 0.4:
        base = _mutated_text(base, rng)
    return base


def _mutate(data: Any, rng: random.Random) -> None:
    """Changes one place of a tree."""
    places = list(_places(data))
    holder, key = rng.choice(places)
    # The tree has aliases, which must not make it endless.
    value = copy.deepcopy(holder[key])
    match rng.randrange(7):
        case 0 | 1 | 2:
            holder[key] = copy.deepcopy(rng.choice(HOSTILE))
        case 3:
            del holder[key]
        case 4 if isinstance(holder, dict):
            holder[str(rng.choice(HOSTILE))[:50]] = value
        case 5:
            holder[key] = [value] * rng.randint(1, 3)
        case _:
            other, there = rng.choice(places)
            if there in (other if isinstance(other, dict) else range(len(other))):
                other[there] = value


def _places(data: Any) -> Any:
    """Yields the container and the key of every value."""
    for key, value in list(data.items() if isinstance(data, dict) else enumerate(data)):
        yield data, key
        if isinstance(value, dict | list):
            yield from _places(value)


def _mutated_text(text: str, rng: random.Random) -> str:
    """Changes a few characters or lines."""
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(text) + 1)
        lines = text.splitlines(keepends=True)
        match rng.randrange(5):
            case 0:
                text = text[:at] + text[at + rng.randint(1, 4) :]
            case 1:
                text = text[:at] + rng.choice("{}[]:,&*!|>'\"#%@`-?\t\x00é☃ \n0~<") + text[at:]
            case 2 if lines:
                line = rng.randrange(len(lines))
                lines.insert(rng.randrange(len(lines) + 1), lines[line])
                text = "".join(lines)
            case 3 if lines:
                line = rng.randrange(len(lines))
                lines[line] = "  " + lines[line]
                text = "".join(lines)
            case _:
                text = text[:at] + rng.choice(("&a ", "*a ", "<<: *sizes", "!!binary ", "[" * 60)) + text[at:]
    return text


def attempt(text: str, folder: Path) -> str:
    """Plans a study in an empty folder.

    Returns:
        `planned`, or the sentences with which it is refused.

    Raises:
        AssertionError: A sentence is too long or empty.
    """
    try:
        study = parse_study(text, folder / "study.yaml")
        check_trainings(study, plan_runs(study), StudyFolder(folder / "out"))
    except UserError as error:
        message = str(error)
        assert message, "an empty message"
        assert all(len(line) < LONGEST_MESSAGE for line in message.splitlines()), "a long message"
        return message
    return "planned"


class TooLongError(Exception):
    """A study that is neither planned nor refused in time."""


def _too_long(number: int, frame: Any) -> None:
    raise TooLongError


def main() -> None:
    """Tries many studies and prints those that fail."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (12 * 2**30, 12 * 2**30))
    signal.signal(signal.SIGALRM, _too_long)
    planned = failed = 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(options.seed, options.seed + options.count):
            text = mutated(random.Random(number))
            signal.alarm(SECONDS)
            try:
                planned += attempt(text, folder) == "planned"
                assert not list(folder.iterdir()), "something was written"
            except Exception:
                failed += 1
                print(f"--- seed {number}\n{text}\n{traceback.format_exc(limit=-6)}", flush=True)
            finally:
                signal.alarm(0)
    print(f"{options.count} studies: {planned} planned, {failed} failed, the others refused with a sentence.")
    raise SystemExit(failed > 0)


if __name__ == "__main__":
    main()
