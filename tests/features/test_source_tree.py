"""The scripts that rebuild segue's own data write into a source tree only."""

import pytest

from segue.features.errors import UserError
from segue.features.source_tree import source_folder


def test_only_modules_of_a_source_tree_may_be_written_beside(tmp_path):
    module = tmp_path / "segue" / "features" / "data" / "build.py"
    module.parent.mkdir(parents=True)
    with pytest.raises(UserError, match="installed segue"):
        source_folder(str(module))
    (tmp_path / "segue" / "pyproject.toml").touch()
    assert source_folder(str(module)) == module.parent
