"""What a report, a page and the terminal say about the time of a study."""

import pandas as pd
import pytest

from segue.experiments.reporting.time_taken import time_taken


@pytest.mark.parametrize(
    ("processes", "models", "reused", "expected"),
    [
        (2, 2, 0, "The study took 1 min 30 s with up to 2 processes. On one core: 40 s to train 2 models, "
                  "20 s to evaluate 1,200 runs."),
        (1, 1, 7, "The study took 1 min 30 s with 1 process. On one core: 40 s to train 1 model, "
                  "20 s to evaluate 1,200 runs (7 of them reused from other studies)."),
        (1, 0, 0, "The study took 1 min 30 s with 1 process. On one core: 20 s to evaluate 1,200 runs."),
        (0, 2, 1200, "On one core: 40 s to train 2 models, 20 s to evaluate 1,200 runs "
                     "(all reused from other studies)."),
    ],
)  # fmt: skip
def test_the_time_of_a_study_in_words(processes, models, reused, expected):
    row = {
        "wall_seconds": 90.0 if processes else 0.0,
        "processes": processes,
        "train_seconds": 40.0 if models else 0.0,
        "evaluate_seconds": 20.0,
        "models": models,
        "runs": 1200,
        "reused": reused,
    }
    assert time_taken(pd.DataFrame([row])) == expected
