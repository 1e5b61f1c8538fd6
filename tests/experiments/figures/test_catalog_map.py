"""The picture of a catalogue."""

import pytest

from segue.experiments.cli import main
from segue.experiments.figures.catalog_map import draw_catalog
from segue.features import Catalog, UserError


def test_catalog_info_draws_a_picture(tmp_path, capsys):
    out = tmp_path / "new" / "map.png"
    main(["catalog", "info", "synthetic:80", "--out", str(out)])
    assert out.read_bytes().startswith(b"\x89PNG")
    assert "tempo" in capsys.readouterr().out


def test_an_unknown_picture_format_is_refused(tmp_path):
    with pytest.raises(UserError, match=r"\.png"):
        draw_catalog(Catalog.synthetic(20), tmp_path / "map.docx")
