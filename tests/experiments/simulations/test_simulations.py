"""The simulations in small: what the committed tables measure with many more studies."""

import numpy as np
import pytest

from segue.experiments.simulations.equal_agents import (
    DESIGNS,
    claims_of_a_report,
    claims_of_single_intervals,
    draw_study,
)
from segue.experiments.simulations.few_runs import CONDITIONS, coverage
from segue.experiments.simulations.redrawn_catalogues import coverage_table


@pytest.mark.parametrize("design", [DESIGNS[0], DESIGNS[5]], ids=lambda design: design.name)
def test_a_verdict_on_equal_agents_rarely_claims_a_difference(design):
    rng = np.random.default_rng(5)
    found = [claims_of_a_report(draw_study(design, rng), design, 200) for _ in range(40)]
    assert np.mean(found) <= 0.1  # 5 % and two standard errors, in 40 studies


def test_a_difference_that_is_there_is_claimed():
    design = DESIGNS[0]
    study = draw_study(design, np.random.default_rng(5))
    here = study["environment 0"]
    better = here["agent 0"]
    here["agent 0"] = type(better)(better.seeds, better.values + 1.0, better.share)
    assert claims_of_a_report(study, design, 200)


def test_single_intervals_claim_differences_too_often():
    rng, design = np.random.default_rng(5), DESIGNS[0]
    found = [claims_of_single_intervals(draw_study(design, rng), design, 100) for _ in range(40)]
    assert np.mean(found) > 0.2


@pytest.mark.parametrize("count", [3, 10])
def test_few_runs_are_enough_for_an_interval_that_covers(count):
    rows = coverage(CONDITIONS[1], count, 300)
    assert {name for _, _, name, *_ in rows} == {"score", "difference", "P(improvement)"}
    assert all(inside >= 0.92 for *_, inside, _, _ in rows)


def test_tracks_that_a_split_leaves_out_are_not_covered_by_its_sessions():
    """Catalogues differ by one amount, and their splits by another, of which half is shared."""
    rng = np.random.default_rng(0)
    catalogue = rng.normal(0, 0.3**0.5, (60, 1, 1, 1))
    split = rng.normal(0, 0.7**0.5, (60, 1, 10, 1))
    level = np.array([0, 3, 9])[:, None, None]
    effect = np.array([0, 1, 1])[:, None, None]
    played = level + effect * (catalogue + split) + rng.normal(0, 1, (60, 3, 10, 20))
    table = coverage_table("made up", played).set_index(["quantity", "runs"])["coverage"]
    assert table["smooth - random", 1] < 0.8
    assert table["smooth - random", 10] >= 0.88
    assert table["smooth - random", 3] >= 0.88
