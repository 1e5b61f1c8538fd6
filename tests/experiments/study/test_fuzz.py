"""Mutated studies are planned or refused with sentences; tests/fuzz/studies.py tries many more."""

import random
import runpy
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

FUZZ = runpy.run_path(str(Path(__file__).parents[2] / "fuzz" / "studies.py"))


@pytest.mark.filterwarnings("ignore")
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.integers(0, 2**32))
def test_a_mutated_study_is_planned_or_refused(tmp_path, seed):
    FUZZ["attempt"](FUZZ["mutated"](random.Random(seed)), tmp_path)
    assert not list(tmp_path.iterdir())
