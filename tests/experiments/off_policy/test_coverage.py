"""How bias and coverage are measured, and the kept table."""

import pandas as pd
import pytest

from segue.experiments.off_policy.coverage import CASES, SHORT, TABLE, Case, estimates, summary
from segue.experiments.off_policy.estimate_value import ESTIMATORS


def test_the_summary_of_a_case_computed_by_hand():
    found = pd.DataFrame(
        {
            "estimator": ["IS"] * 4,
            "value": [4.0, 6.0, 6.0, 8.0],
            "low": [3.0, 5.5, 4.0, 7.0],
            "high": [5.0, 7.0, 7.0, 9.0],
        }
    )
    (row,) = summary(found, true=5.0).to_dict("records")
    assert row["bias"] == pytest.approx(1.0)
    assert row["deviation"] == pytest.approx((8 / 3) ** 0.5)
    assert row["bias_se"] == pytest.approx((8 / 3) ** 0.5 / 2)
    assert row["rmse"] == pytest.approx(((1 + 1 + 1 + 9) / 4) ** 0.5)
    assert row["coverage"] == 0.5
    assert row["width"] == pytest.approx((2 + 1.5 + 3 + 2) / 4)


def test_a_dataset_is_estimated_by_every_estimator_and_again_in_the_same_way():
    case = Case("small", ("smooth", 0.5), ("random", 0.0), {"length": 3, "pool_size": 4})
    first, again = (estimates(case, "segue/Playlist-v0", 12, seed=2) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    assert first["estimator"].tolist() == list(ESTIMATORS)
    assert first["effective"].between(1, 12).all()


def test_the_kept_table_has_every_case_and_shows_what_the_guide_says():
    kept = pd.read_csv(TABLE)
    assert kept["case"].unique().tolist() == [case.name for case in CASES]
    assert (kept["datasets"] >= 50).all()
    by = kept.set_index(["case", "estimator"])
    near = by.loc["near"]
    assert (near["bias"].abs() < 3 * near["bias_se"]).all()
    assert (near["coverage"] >= 0.85).all()
    # An oracle's log confounds the model, but not what corrects it by known propensities.
    assert by.loc[("confounded", "FQE"), "bias"] > 3 * by.loc[("confounded", "FQE"), "bias_se"]
    assert abs(by.loc[("confounded", "DR"), "bias"]) < 3 * by.loc[("confounded", "DR"), "bias_se"]
    assert by.loc[("far", "IS"), "coverage"] < 0.5
    assert set(SHORT) <= set(kept)
