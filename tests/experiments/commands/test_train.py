"""`segue train`: its folder, what it prints, and what it refuses."""

import json

import pytest

from segue.agents import load_agent
from segue.experiments.cli import main
from segue.experiments.runs.batches import make_batch

ENVIRONMENT = """\
id: trained/Short-v0
catalog: synthetic:60
pool_size: 5
length: 4
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("train")


@pytest.fixture(scope="module")
def command(folder):
    (folder / "short.yaml").write_text(ENVIRONMENT)
    settings = ["--agent-set", "num_envs=4", "--agent-set", "learning_starts=50"]
    weights = ["--set", "listener.terms.transition.weight=0.5", "--set", "length=3"]
    names = ["--env", str(folder / "short.yaml"), "--agent", "dqn", "--out", str(folder / "run")]
    return ["train", *names, "--steps", "200", "--episodes", "60", *settings, *weights]


@pytest.fixture(scope="module")
def printed(command):
    """What the command prints; other tests read the folder that it leaves."""
    import contextlib
    import io

    with contextlib.redirect_stdout(io.StringIO()) as text:
        main(command)
    return text.getvalue()


def test_the_agent_stands_beside_random_and_the_oracle(printed, folder):
    returns = {}
    for line in printed.splitlines():
        match line.split():
            case [("random" | "dqn" | "oracle") as agent, mean]:
                returns[agent] = float(mean)
    assert list(returns) == ["random", "dqn", "oracle"]
    assert returns["random"] < returns["oracle"]
    sessions = {
        tuple(json.loads(path.read_text())["spec"][key] for key in ("first_episode", "episodes"))
        for path in (folder / "run" / "runs").glob("*/config.json")
    }
    assert sessions == {(2**32, 60)}


def test_a_path_into_the_listener_keeps_the_rest_of_it(printed, folder):
    settings = json.loads((folder / "run" / "config.json").read_text())["spec"]["environment_settings"]
    assert settings["listener"] == {"preset": "full", "terms": {"transition": {"weight": 0.5}}}
    assert (settings["length"], settings["pool_size"]) == (3, 5)


def test_the_model_plays(printed, folder):
    env = make_batch("trained/Short-v0", {}, 2)
    agent = load_agent(folder / "run" / "model", env)
    assert agent.predict(env.reset(seed=0)[0])[0].shape == (2,)


def test_the_folder_is_that_of_a_study(printed, folder, capsys):
    main(["runs", "list", str(folder / "run")])
    listed = capsys.readouterr().out
    assert [name in listed for name in ("random", "dqn", "oracle")] == [True] * 3
    main(["report", str(folder / "run")])
    assert "Report: " in capsys.readouterr().out
    assert (folder / "run" / "report.html").is_file()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (["--steps", "300"], "`training.steps` is 200 there and 300 here"),
        (["--seed", "1"], "`training.seeds.0` is 0 there and 1 here"),
        (["--set", "length=4"], "`environments.0.settings.length` is 3 there and 4 here"),
        (["--agent-set", "gamma=0.5"], "`agents.1.settings.gamma` is not given there and 0.5 here"),
        (
            ["--domain-randomization", "synthetic:50"],
            "`agents.1.settings.domain_randomization` is not given there and synthetic:50 here",
        ),
    ],
)
def test_another_run_is_refused_with_what_differs(printed, command, change, expected, capsys):
    with pytest.raises(SystemExit):
        main([*command, *change])
    assert expected in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--agent", "loudest"], "as in `my_module:Loudest`"),
        (["--agent", "sac"], "action='continuous'"),
        (["--env", "nowhere.yaml"], "no such file"),
        (["--env", "me/Mine-v0"], "as in `my_module:me/Name-v0`"),
        (["--set", "listener.terms.tast.weight=1"], "did you mean 'taste'?"),
        (["--set", ".x=1"], "KEY=VALUE"),
        (["--set", "length=[1"], "not YAML"),
        (["--agent-set", "learning_rate=fast"], "learning_rate must be a number"),
        (["--agent-set", "num_envs=0"], "num_envs must be a whole number from 1"),
        (["--domain-randomization", "syntetic:50"], "did you mean 'synthetic:1000'?"),
    ],
)
def test_wrong_arguments_are_refused(arguments, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    usual = ["--env", "segue/Playlist-v0", "--agent", "dqn", "--out", "x"]
    with pytest.raises(SystemExit) as ended:
        main(["train", *usual, *arguments])
    assert ended.value.code == 2
    message = capsys.readouterr().err
    assert expected in message
    assert "Traceback" not in message
    assert not list(tmp_path.iterdir())
