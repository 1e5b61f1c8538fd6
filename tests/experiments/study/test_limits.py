"""A study that asks for too much is refused before anything is built, and a costly one says so."""

from pathlib import Path

import pytest

from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import parse_study
from segue.experiments.study.plan import plan_runs
from segue.experiments.study.planning.cost import cost_warning
from segue.features.errors import UserError

STUDY = """\
name: n
environments:
  - id: segue/Playlist-v0
    settings: {catalog: "synthetic:60", pool_size: 6, length: 4}
agents: [{name: random}, {name: maskable-ppo}, {name: greedy-oracle}]
training: {seeds: 1, steps: 1000}
evaluation: {episodes: 20}
resamples: 100
"""


def refused(old: str, new: str) -> str:
    assert old in STUDY
    with pytest.raises(UserError) as caught:
        plan_runs(parse_study(STUDY.replace(old, new), Path("s.yaml")))
    assert len(str(caught.value)) < 400
    return str(caught.value)


AXES = ", ".join(f"settings.k{i}: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]" for i in range(8))


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("seeds: 1", "seeds: 2000000000", "line 6, training.seeds: a number of seeds must be at most 1,000"),
        ("seeds: 1", f"seeds: {list(range(1001))}", "may have at most 1,000 entries"),
        ("episodes: 20", "episodes: 2000000000", "line 7, evaluation.episodes: must be at most 100,000"),
        ("steps: 1000", "steps: 1e300", "training.steps: must be a whole number"),
        ("steps: 1000", f"steps: {10**40}", "training.steps: must be at most 1,000,000,000"),
        ("resamples: 100", "resamples: 100000000", "resamples: must be at most 100,000"),
        ("synthetic:60", "synthetic:1000000000", "line 4, environments[0].settings: The catalogue"),
        ("synthetic:60", f"synthetic:{'9' * 5000}", "environments[0].settings: "),
        ("pool_size: 6", "pool_size: 2000000000", "pool_size must be 10,000 or less"),
        ("length: 4", "length: 2000000000", "length must be 10,000 or less"),
        ("    settings:", f"    vary: {{{AXES}}}\n    settings:", "these are 100,000,000 combinations"),
        ("{name: random}", "{name: random}, " * 300 + "{name: random}", "at most 200 entries"),
        ("name: n", f"name: {'n' * 100_000}", "name: may have at most 200 characters"),
    ],
)
def test_too_much_is_refused_with_its_line(old, new, expected):
    assert expected in refused(old, new)


def test_runs_and_pairs_are_counted_before_they_are_listed():
    many = "    vary: {settings.split_seed: [" + ", ".join(map(str, range(100))) + "]}\n    settings:"
    text = STUDY.replace("    settings:", many).replace("seeds: 1", "seeds: 1000")
    with pytest.raises(UserError, match=r"these are 300,000 runs; a study has at most 20,000"):
        plan_runs(parse_study(text, Path("s.yaml")))
    agents = ", ".join(f"{{name: random, label: r{i}}}" for i in range(100))
    text = STUDY.replace("    settings:", many).replace("{name: random}", f"{{name: random}}, {agents}")
    with pytest.raises(UserError, match=r"100 environments times 103 agents are 10,300 pairs"):
        parse_study(text, Path("s.yaml"))


def test_a_listener_that_starts_from_itself_is_refused(tmp_path):
    (tmp_path / "mine.yaml").write_text(f"preset: {tmp_path / 'mine.yaml'}\n")
    message = refused("length: 4", f"length: 4, listener: {tmp_path / 'mine.yaml'}")
    assert "starts from itself" in message


def test_a_costly_study_says_so(tmp_path):
    folder = StudyFolder(tmp_path)

    def warning(text: str, processes: int = 1) -> str:
        return cost_warning(plan_runs(parse_study(text, Path("s.yaml"))).specs, folder, processes)

    assert warning(STUDY) == ""
    # A pool of 6 costs 6/50 of one of 50: 0.27 ms × 0.12 × 10⁹ steps = 9 h.
    assert "about 9 h 0 min on 1 core" in warning(STUDY.replace("steps: 1000", "steps: 1000000000"))
    # Plays: 100,000 sessions × 4 tracks × 99 runs × 300 bytes = 12 GB.
    seeds = STUDY.replace("seeds: 1,", "seeds: 33,").replace("episodes: 20", "episodes: 100000")
    assert "about 12 GB of memory" in warning(seeds, 2)
