"""A whole study, small but real: what it leaves, that it resumes, and that it gives the same numbers."""

import re
import shutil
import signal
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.storage.atomic import PARTIAL
from segue.experiments.study.results import Results

FIGURES = (
    "learning_curves",
    "normalised_score",
    "paired_differences",
    "example_playlists",
    "utility_terms",
    "skip_rate",
)
NUMBERS = (
    "scores",
    "differences",
    "episodes",
    "plays",
    "metrics",
    "order",
    "smoothness",
    "groups",
    "listeners",
    "profiles",
    "improvement",
)


def snapshot(folder: Path) -> dict[str, int]:
    return {str(path): path.stat().st_mtime_ns for path in folder.rglob("*")}


def assert_same_numbers(one: Path, other: Path) -> None:
    first, second = Results.load(one / "results"), Results.load(other / "results")
    for name in NUMBERS:
        pd.testing.assert_frame_equal(getattr(first, name), getattr(second, name), check_exact=True)


def test_it_leaves_tables_figures_and_report(finished):
    for table in (*NUMBERS, "curves", "tracks", "runs"):
        stored = pd.read_parquet(finished / "results" / f"{table}.parquet")
        assert len(pd.read_csv(finished / "results" / f"{table}.csv")) == len(stored) > 0
    for figure in FIGURES:
        for ending in ("svg", "csv"):
            assert (finished / "figures" / f"{figure}.{ending}").stat().st_size > 100
    assert (finished / "study.yaml").is_file()
    assert (finished / "report.html").is_file()


def test_every_agent_met_the_same_sessions(finished):
    episodes = Results.load(finished / "results").episodes
    seeds = episodes.groupby(["agent", "seed"])["episode"].agg(list)
    assert len(seeds) == 8  # two runs of each agent
    for (_, seed), run in seeds.items():
        assert run == list(range(2**32 + 2**20 * seed, 2**32 + 2**20 * seed + 30))


def test_scores_are_anchored_and_follow_from_the_episodes(finished):
    results = Results.load(finished / "results")
    scores = results.scores.set_index("agent")["score"]
    means = results.episodes.groupby(["agent", "seed"])["return"].mean()
    assert scores["random"] == 0
    assert scores["greedy-oracle"] == 1
    by_run = (means["smooth"] - means["random"]) / (means["greedy-oracle"] - means["random"])
    assert scores["smooth"] == pytest.approx(by_run.mean())


def test_each_run_tells_where_it_comes_from(finished):
    runs = list((finished / "runs").iterdir())
    assert len(runs) == 8
    for run in runs:
        text = (run / "config.json").read_text(encoding="utf-8")
        for key in ("command", "versions", "revision", "dirty", "seed", "train_seconds"):
            assert f'"{key}"' in text
    learned = [run for run in runs if "maskable-ppo" in run.name]
    assert all((run / "model").is_file() and (run / "curve.parquet").is_file() for run in learned)


def test_a_saved_model_plays_as_it_did(finished):
    from segue.agents import load_agent
    from segue.experiments.runs.evaluate import evaluate

    run = next(path for path in (finished / "runs").iterdir() if "maskable-ppo--seed1" in path.name)
    settings = {"catalog": "synthetic:150", "pool_size": 10, "length": 6}
    seeds = range(2**32 + 2**20, 2**32 + 2**20 + 30)
    episodes, _ = evaluate(lambda env: load_agent(run / "model", env), "segue/Playlist-v0", settings, seeds)
    stored = pd.read_parquet(run / "episodes.parquet")
    pd.testing.assert_frame_equal(episodes, stored, check_exact=True)


def test_running_it_again_changes_nothing(finished, tmp_path, capsys):
    before = snapshot(finished)
    main(["compare", str(finished / "study.yaml"), "--out", str(finished)])
    assert snapshot(finished) == before
    printed = capsys.readouterr().out
    assert "maskable-ppo" in printed
    assert re.search(
        r"The study took .+ with 1 process\. On one core: .+ to train 2 models, .+ to evaluate 8 runs\.",
        printed,
    )
    assert f"Report: {finished / 'report.html'}" in printed


def start(study_file: Path, out: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "segue.experiments.cli", "compare", str(study_file), "--out", str(out)]
    return subprocess.Popen([*command, "--jobs", "1"], stderr=subprocess.PIPE, text=True)


def test_a_killed_study_is_completed_with_the_same_numbers(finished, undrawn, tmp_path):
    out = tmp_path / "out"
    with start(undrawn, out) as process:
        first = process.stderr.readline()  # told when the first run is done, so the second is under way
        process.send_signal(signal.SIGKILL)
    assert first.startswith("1 of 4 done")  # the anchors, which have two runs each, come first
    assert not (out / "report.html").exists()
    made = [*out.glob("models/short--*"), *out.glob("runs/short--*")]
    done = {path: path.stat().st_mtime_ns for path in made}
    assert done
    main(["compare", str(undrawn), "--out", str(out), "--jobs", "1"])
    assert {path: path.stat().st_mtime_ns for path in done} == done
    assert not list(out.glob(f"*/{PARTIAL}*"))
    assert_same_numbers(finished, out)


def test_an_interruption_ends_with_one_sentence(undrawn, tmp_path):
    # Many runs, of which the first is soon done and the last is not.
    undrawn.write_text(undrawn.read_text().replace("seeds: 2", "seeds: 100"))
    with start(undrawn, tmp_path / "out") as process:
        process.stderr.readline()
        process.send_signal(signal.SIGINT)
        *_, last = process.stderr.read().splitlines()
    assert process.returncode == 130
    assert last == "segue: Interrupted. Run the same command again to resume."


def test_another_study_is_not_overwritten(finished, study_file, capsys):
    before = snapshot(finished)
    study_file.write_text(study_file.read_text().replace("episodes: 30", "episodes: 31"))
    with pytest.raises(SystemExit) as ended:
        main(["compare", str(study_file), "--out", str(finished)])
    assert ended.value.code == 2
    assert (
        "contains a different study (`evaluation.episodes` is 30 there and 31 here)"
        in capsys.readouterr().err
    )
    assert snapshot(finished) == before


class Resources(HTMLParser):
    """Collects everything that a browser would fetch, and all text."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        for name, value in attrs:
            if name in ("src", "href", "xlink:href", "srcset", "data", "action"):
                self.fetched.append(value or "")

    def handle_data(self, data):
        self.text += data


def test_report_needs_nothing_else(finished):
    text = (finished / "report.html").read_text(encoding="utf-8")
    page = Resources()
    page.feed(text)
    assert page.fetched
    assert all(link.startswith(("#", "data:")) for link in page.fetched)
    assert not re.search(r"@import|url\((?!#)|https?://", text)


def test_report_starts_with_the_answer_and_the_warning(finished):
    page = Resources()
    page.feed((finished / "report.html").read_text(encoding="utf-8"))
    body = page.text[page.text.index("small\n") :]
    assert "maskable-ppo" in body[:400]
    assert "Only 2 training seeds" in page.text
    for needed in ("segue compare", "synthetic:150", "4294967296 to 4294967325", "stable-baselines3"):
        assert needed in page.text


def test_names_in_the_drawings_of_a_report_are_unique(finished):
    text = (finished / "report.html").read_text(encoding="utf-8")
    names = re.findall(r'\bid="([^"]+)"', text)
    assert len(names) == len(set(names))


def test_report_can_be_written_from_an_unfinished_study(finished, undrawn, tmp_path, capsys):
    out = tmp_path / "unfinished"
    shutil.copytree(finished, out)
    for run in out.glob("runs/*maskable-ppo*"):
        shutil.rmtree(run)
    main(["report", str(out)])
    assert "Unfinished: 2 of 8 runs are missing." in (out / "report.html").read_text(encoding="utf-8")
    assert list(Results.load(out / "results").scores["agent"]) == ["random", "smooth", "greedy-oracle"]
    assert not (out / "figures" / "learning_curves.svg").exists()
    shutil.copy(undrawn, out / "study.yaml")
    main(["compare", str(undrawn), "--out", str(out), "--jobs", "1"])  # which is then completed
    assert_same_numbers(finished, out)
    for run in out.glob("runs/*greedy-oracle*"):
        shutil.rmtree(run)
    with pytest.raises(SystemExit):
        main(["report", str(out)])
    assert "'greedy-oracle', which anchors the scores, has not been run yet" in capsys.readouterr().err


def test_a_study_can_do_without_figures(finished, tmp_path):
    out = shutil.copytree(finished, tmp_path / "out")
    (out / "study.yaml").write_text((out / "study.yaml").read_text("utf-8") + "figures: false\n", "utf-8")
    main(["report", str(out)])
    assert list((out / "figures").iterdir()) == []
    page = Resources()
    page.feed((out / "report.html").read_text(encoding="utf-8"))
    assert "Session explorer" in page.text
    assert "Figures" not in page.text
    assert "#figures" not in page.fetched
    assert_same_numbers(finished, out)


OWN = """\
import numpy as np
from segue.agents import Agent
from segue.envs import register_playlist_env

register_playlist_env("mine/Tiny-v0", catalog="synthetic:40", pool_size=4, length=3)


class Last(Agent):
    def choose(self, observation, mask, state, starts, deterministic):
        return mask.shape[1] - 1 - mask[:, ::-1].argmax(axis=1), None


def last(env, seed):
    return Last()
"""

OWN_STUDY = """\
name: own
environments:
  - id: own_parts:mine/Tiny-v0
agents:
  - name: random
  - name: own_parts:last
    label: last
  - name: greedy-oracle
training: {seeds: 2, validation_sessions: 8}
evaluation: {episodes: 20}
resamples: 100
figure_formats: [png]
"""


def test_environments_and_agents_of_ones_own_are_compared_by_name(tmp_path):
    (tmp_path / "own_parts.py").write_text(OWN, encoding="utf-8")
    (tmp_path / "own.yaml").write_text(OWN_STUDY, encoding="utf-8")
    program = Path(sys.executable).with_name("segue")  # which has another folder first on its path
    command = [program, "compare", "own.yaml", "--out", "out", "--jobs", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    results = Results.load(tmp_path / "out" / "results")
    assert results.scores["agent"].tolist() == ["random", "last", "greedy-oracle"]
    assert set(results.scores["environment"]) == {"Tiny"}
    report = (tmp_path / "out" / "report.html").read_text(encoding="utf-8")
    answer = "The best baselines, random and last, cannot be told apart."
    assert answer in report
    drawn = {
        ending: {path.stem for path in (tmp_path / "out" / "figures").glob(f"*.{ending}")}
        for ending in ("svg", "png")
    }
    assert {*drawn["png"], *(f"{name}-narrow" for name in drawn["png"])} == drawn["svg"] != set()
