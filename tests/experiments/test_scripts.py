"""Scripts end at an error that the user can fix with one sentence, as the command line does."""

import subprocess
import sys
from pathlib import Path

import pytest

import segue.experiments
from segue.experiments.console import errors_in_one_sentence
from segue.features.errors import UserError

EXPERIMENTS = Path(segue.experiments.__file__).parent


def test_a_mistake_ends_a_script_with_one_sentence(tmp_path):
    command = [sys.executable, str(EXPERIMENTS / "publish.py"), str(tmp_path / "nowhere")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith("publish: ")
    assert "give the folder of a finished study" in line


@pytest.mark.parametrize(
    ("error", "said"),
    [(UserError("No such study."), "No such study."), (PermissionError(13, "", "a"), "(a)")],
)
def test_what_the_user_can_fix_is_said(error, said, capsys):
    with pytest.raises(SystemExit) as ended, errors_in_one_sentence("script"):
        raise error
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_bug_keeps_its_traceback():
    with pytest.raises(ZeroDivisionError), errors_in_one_sentence("script"):
        raise ZeroDivisionError


def test_every_script_does_so():
    scripts = [path for path in EXPERIMENTS.rglob("*.py") if "\nif __name__ ==" in path.read_text("utf-8")]
    others = {path.name for path in scripts if "errors_in_one_sentence(" not in path.read_text("utf-8")}
    assert others == {"cli.py", "compare.py"}  # which do it for all commands
