"""The names that users import from `segue.experiments`."""

import subprocess
import sys

import pytest

import segue.experiments


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_name_can_be_imported():
    assert dir(segue.experiments) == segue.experiments.__all__
    assert {"compare", "evaluate", "report", "load_study", "Results"} <= set(segue.experiments.__all__)
    for name in segue.experiments.__all__:
        value = getattr(segue.experiments, name)
        assert value.__name__ == name
        assert value.__doc__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="'nothing'"):
        segue.experiments.nothing  # noqa: B018


def test_importing_the_package_loads_nothing_heavy():
    heavy = "{'torch', 'pandas', 'scipy', 'matplotlib', 'numba', 'gymnasium'} & set(sys.modules)"
    assert run(f"import sys, segue.experiments; print({heavy})") == "set()\n"


def test_compare_is_always_the_function():
    code = """
from types import FunctionType
try:
    import segue.experiments.compare
except ImportError as error:
    print(error)
from segue.experiments import compare, report
import segue.experiments
import segue.experiments.pipeline
print(isinstance(compare, FunctionType), segue.experiments.compare is compare)
"""
    refusal, result = run(code).splitlines()
    assert "is a script; use `from segue.experiments import compare`" in refusal
    assert result == "True True"
