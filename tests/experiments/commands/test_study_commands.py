"""Commands around study files: the template, built-in studies, changed values and early checks."""

import errno
import os
from pathlib import Path

import pytest

from segue.experiments.cli import main
from segue.experiments.study.built_in import built_in_studies

SAC = """\
name: sac
environments: [{id: segue/Playlist-v0, settings: {catalog: "synthetic:60", pool_size: 5, length: 4}}]
agents: [{name: random}, {name: %s}, {name: oracle}]
training: {seeds: 1, steps: 20}
evaluation: {episodes: 3}
resamples: 100
figures: false
"""


def refused(arguments, capsys) -> str:
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert ended.value.code == 2
    return capsys.readouterr().err


def test_a_template_is_written_once(tmp_path, capsys):
    file = tmp_path / "mine.yaml"
    main(["init", str(file)])
    assert f"segue compare {file} --out" in capsys.readouterr().out
    text = file.read_text("utf-8")
    assert text.startswith("# A study")
    assert "already exists" in refused(["init", file], capsys)
    assert "There is no folder" in refused(["init", tmp_path / "none" / "x.yaml"], capsys)
    assert file.read_text("utf-8") == text


def test_a_template_that_does_not_fit_on_the_disk_leaves_nothing(tmp_path, capsys, monkeypatch):
    def full(path, target):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    file = tmp_path / "mine.yaml"
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        assert f"No space left on device ({file})" in refused(["init", file], capsys)
    assert not list(tmp_path.iterdir())
    main(["init", str(file)])
    assert file.exists()


def test_a_link_to_itself_is_no_run(tmp_path, capsys):
    (tmp_path / "loop").symlink_to("loop")
    assert "There is no finished run" in refused(["runs", "show", tmp_path / "loop"], capsys)


def test_built_in_studies_are_shown_as_they_are_written(capsys):
    main(["configs", "show", "budget"])
    assert capsys.readouterr().out == built_in_studies()["budget"].read_text("utf-8")
    assert "did you mean 'budget'?" in refused(["configs", "show", "bugdet"], capsys)
    assert "No study given" in refused(["configs", "show"], capsys)


@pytest.mark.parametrize(
    ("agent", "environment", "expected"),
    [
        ("sac", "segue/Playlist-v0", "Agent 'sac' chooses points in feature space"),
        ("maskable-ppo", "segue/PlaylistContinuous-v0", "Agent 'maskable-ppo' cannot be built"),
        (
            "dqn, settings: {batch_size: many}",
            "segue/Playlist-v0",
            "Agent 'dqn': batch_size must be a number",
        ),
        ("ppo, settings: {n_steps: -1}", "segue/Playlist-v0", "Agent 'ppo' cannot be built"),
    ],
)
def test_an_agent_that_cannot_be_trained_is_refused_before_the_first_run(
    agent, environment, expected, tmp_path, capsys
):
    file = tmp_path / "sac.yaml"
    file.write_text((SAC % agent).replace("segue/Playlist-v0", environment))
    message = refused(["compare", file, "--out", tmp_path / "out"], capsys)
    assert f"line 3, agents[1].settings: {expected}" in message
    assert "Traceback" not in message
    assert not (tmp_path / "out").exists()


def test_values_are_changed_from_the_command_line(tmp_path, capsys):
    file = tmp_path / "small.yaml"
    file.write_text(SAC % "smooth")
    out = tmp_path / "out"
    command = ["compare", str(file), "--out", str(out), "--jobs", "1", "--set", "evaluation.episodes=60"]
    main([*command, "--set", "environments.Playlist.settings.listener.terms.taste.weight=2"])
    kept = (out / "study.yaml").read_text("utf-8")
    assert "preset: full" in kept
    assert "episodes: 60" in kept
    capsys.readouterr()
    message = refused(["compare", file, "--out", out], capsys)
    assert "`environments.0.settings.listener` is " in message
    assert "there and not given here" in message
    main(["report", str(out)])
    assert "no entry `Playlst`" in refused(
        [*command, "--set", "environments.Playlst.settings.length=3"], capsys
    )


def test_an_oracle_that_cannot_plan_is_refused_before_the_first_run(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "half_rewards.py").write_text(
        "def half(sessions, result):\n    return 0.5 * result.listened\n"
    )
    file = tmp_path / "half.yaml"
    file.write_text((SAC % "smooth").replace("length: 4", "length: 4, reward: 'half_rewards:half'"))
    message = refused(["compare", file, "--out", tmp_path / "out"], capsys)
    assert "line 3, agents[2].settings: Reward 'half_rewards:half' states no expectation" in message
    assert not (tmp_path / "out").exists()
