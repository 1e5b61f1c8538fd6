"""The names that `from segue.agents import …`, `dir()` and `help()` offer."""

import pydoc
import subprocess
import sys

import pytest

import segue.agents


@pytest.mark.parametrize("name", segue.agents.__all__)
def test_every_public_name_exists_and_is_listed(name):
    assert getattr(segue.agents, name).__doc__
    assert name in dir(segue.agents)


def test_help_shows_the_names_that_need_torch():
    shown = pydoc.render_doc(segue.agents, renderer=pydoc.plaintext)
    for name in ("class TrainedAgent", "class PlaylistVecEnv", "train_agent(", "load_agent("):
        assert name in shown


def test_a_name_that_does_not_exist_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'trian_agent'"):
        _ = segue.agents.trian_agent


def test_listing_agents_does_not_import_torch(tmp_path):
    code = (
        "import sys, segue.agents as a; a.agent_info('dqn'); dir(a); a.default_settings('dqn'); "
        "sys.exit('torch' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, cwd=tmp_path).returncode == 0
