"""Warnings about the catalogues of a study, on paper and on the screen."""

import pytest

from segue.experiments.cli import main
from segue.experiments.study.catalog_notes import catalog_notes
from segue.features import Catalog

STUDY = """\
name: poor
environments:
  - id: segue/Playlist-v0
    settings:
      catalog: CATALOGUE
      pool_size: 6
      length: 3
      listener: {terms: {satiation: {}}}
agents:
  - name: random
  - name: smooth
  - name: greedy-oracle
evaluation: {episodes: 4}
resamples: 100
"""


def poor(name):
    """A catalogue with tempo and energy only."""
    frame = Catalog.synthetic(80, seed=1).tracks[["id", "title", "artist", "tempo", "energy"]]
    return Catalog.from_frame(frame, name)


def test_each_catalogue_that_lacks_something_is_named_once():
    notes = catalog_notes({"one": poor("poor"), "two": poor("poor"), "three": Catalog.synthetic(50)})
    (note,) = notes
    assert note.startswith("Catalogue 'poor' lacks loudness, valence, ")
    assert "mode, intro and outro: listeners and transitions cannot depend on these." in note


def test_a_study_says_what_its_catalogue_lacks_before_it_starts(tmp_path, capsys):
    path = poor("poor").save(tmp_path / "poor.parquet")
    (tmp_path / "poor.yaml").write_text(STUDY.replace("CATALOGUE", str(path)), encoding="utf-8")
    out = path / "out"  # below a file, so that no run is made
    with pytest.raises((SystemExit, NotADirectoryError)):
        main(["compare", str(tmp_path / "poor.yaml"), "--out", str(out), "--jobs", "1"])
    printed = " ".join(capsys.readouterr().err.split())
    assert "Catalogue 'poor' lacks loudness, valence" in printed
