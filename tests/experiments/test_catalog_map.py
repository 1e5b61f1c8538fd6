import re

import numpy as np
import pandas as pd
import pytest

from segue.experiments.cli import main
from segue.experiments.commands.music import bars
from segue.experiments.figures.catalog_map import draw_catalog, map_positions
from segue.features import Catalog, UserError


def test_the_map_keeps_the_distances_of_points_in_a_plane():
    rng = np.random.default_rng(0)
    plane = rng.uniform(size=(50, 2))
    frame, _ = np.linalg.qr(rng.normal(size=(6, 2)))
    positions, shares = map_positions((plane @ frame.T).astype(np.float32))
    expected = np.linalg.norm(plane[:, None] - plane[None], axis=2)
    np.testing.assert_allclose(
        np.linalg.norm(positions[:, None] - positions[None], axis=2), expected, atol=1e-5
    )
    assert shares.sum() == pytest.approx(1)


def test_info_draws_a_picture(tmp_path, capsys):
    out = tmp_path / "new" / "map.png"
    main(["catalog", "info", "synthetic:80", "--out", str(out)])
    assert out.read_bytes().startswith(b"\x89PNG")
    assert "tempo" in capsys.readouterr().out


def test_info_says_what_a_catalogue_holds_and_lacks(tmp_path, capsys):
    frame = pd.DataFrame(
        {"tempo": [90.0, 100.0, np.nan, 130.0], "title": list("aabc"), "artist": list("xxyz")}
    )
    main(["catalog", "info", str(Catalog.from_frame(frame, "four").save(tmp_path / "four.parquet"))])
    said = capsys.readouterr().out
    assert "4 tracks, 3 artists" in said
    assert re.search(r"tempo +BPM +90 +91 +100 +127 +130 +1 ", said)
    assert "Lacks: loudness, energy" in said
    assert "intro and outro" in said
    assert "1 tracks are further versions" in said
    assert "--out picture.png" in said


def test_a_histogram_in_one_line():
    assert bars(np.array([0.0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 2, 4]), count=4) == "█▁▂▁"


def test_a_picture_of_no_known_format_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"\.png"):
        draw_catalog(Catalog.synthetic(20), tmp_path / "map.docx")


def test_a_table_of_another_program_is_converted(tmp_path, capsys):
    table = tmp_path / "songs.csv"
    table.write_text(
        "track_id,track_name,artists,duration_ms,energy,tempo\na,T,X,200000,0.5,120\nb,U,Y,180000,0.4,0\n"
    )
    main(["catalog", "convert", str(table), "--out", str(tmp_path / "songs.parquet")])
    said = capsys.readouterr().out
    assert "tempo 0 means unknown: 1 row (3)" in said
    assert Catalog.load(tmp_path / "songs.parquet").missing == {"tempo": 1, "energy": 0}
