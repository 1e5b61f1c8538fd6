"""Credits in Debian copyright files."""

from pathlib import PurePath

import pytest

from segue.features.data.debian_copyright import Credit, credit_of, read_credits

TEXT = """Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: 2004-2006, The Team <team@example.org>
License: GPL-2+

Files: data/music/*
       data/sound/big\\ song.ogg
Copyright: (c) 2009 Some Composer <x@example.org>
           2010 Another
License: CC-BY-SA-3.0
 Full text here.

Files: debian/*
Copyright: 2012, Packager
License: MIT
"""


@pytest.fixture
def paragraphs(tmp_path):
    file = tmp_path / "copyright"
    file.write_text(TEXT)
    return read_credits(file)


@pytest.mark.parametrize(
    ("path", "credit"),
    [
        ("usr/share/games/x/music/forest/a.ogg", Credit("Some Composer", "CC-BY-SA-3.0")),
        ("usr/share/games/x/icons/a.png", Credit("The Team", "GPL-2+")),
        ("usr/share/doc/debian/a", Credit("The Team", "GPL-2+")),
    ],
)
def test_the_last_matching_paragraph_applies(paragraphs, path, credit):
    assert credit_of(PurePath(path), paragraphs) == credit
