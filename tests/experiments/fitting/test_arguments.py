"""Arguments that are not valid are refused in a sentence, before any work."""

import pytest

from segue.experiments.cli import main
from segue.experiments.fitting.fit import fit_listener
from segue.experiments.fitting.simulated_logs import simulate_log
from segue.features.errors import UserError


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"length": 0}, "length must be at least 1, but is 0"),
        ({"threads": -1}, "threads must be at least 1, but is -1"),
        ({"seed": -1}, "seed must be at least 0, but is -1"),
    ],
)
def test_arguments_of_a_fit_are_checked(arguments, message):
    log = simulate_log("session", "synthetic:50", listeners=5, seed=0).plays
    with pytest.raises(UserError, match=message):
        fit_listener(log, None, "session", **arguments)


@pytest.mark.parametrize("jobs", ["-1", "0"])
def test_the_command_checks_its_jobs(jobs, tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["fit", "plays.parquet", "--out", str(tmp_path / "mine.yaml"), "--jobs", jobs])
    assert stopped.value.code == 2
    assert f"--jobs must be at least 1, but is {jobs}." in capsys.readouterr().err
