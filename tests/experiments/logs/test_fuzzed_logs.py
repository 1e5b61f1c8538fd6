"""Damaged and forged logs; `tests/fuzz/logs.py` draws many more."""

import runpy
from pathlib import Path

FUZZ = runpy.run_path(str(Path(__file__).parents[2] / "fuzz" / "logs.py"))


def test_a_damaged_log_gives_a_table_that_adds_up_or_a_sentence(tmp_path):
    told = [FUZZ["try_log"](seed, tmp_path) for seed in range(30)]
    assert 5 < told.count("converted") < 28
