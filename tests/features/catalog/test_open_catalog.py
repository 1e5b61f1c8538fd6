"""Opening catalogues by name and path."""

import pytest

from segue.features import Catalog, UserError, open_catalog


def test_catalogues_open_by_name_path_and_object(tmp_path):
    synthetic = open_catalog("synthetic:50:7")
    assert len(synthetic) == 50
    assert open_catalog("synthetic:50:7") is synthetic is open_catalog(synthetic)
    demo = open_catalog("demo")
    imitation = open_catalog("synthetic:50:7", like=demo)
    assert imitation is open_catalog("synthetic:50:7", like=demo)
    assert imitation.scaler is demo.scaler
    assert open_catalog("demo", like=synthetic) is demo
    path = synthetic.save(tmp_path / "mine.parquet")
    first = open_catalog(path)
    assert open_catalog(str(path)) is first
    Catalog.synthetic(60).save(path)
    assert len(open_catalog(path)) == 60


@pytest.mark.parametrize(
    ("source", "reason"),
    [
        ("demmo", "did you mean 'demo'"),
        ("no/such.parquet", "no catalogue file"),
        ("synthetic:0", "at least 1"),
    ],
)
def test_an_unknown_source_is_refused_with_a_fix(source, reason):
    with pytest.raises(UserError, match=reason):
        open_catalog(source)
