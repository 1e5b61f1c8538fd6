"""The catalogue of the tests of sequencing, and what constraints read of it."""

import pytest

from segue.agents.sequencing.constraints import TrackFacts
from segue.features import open_catalog


@pytest.fixture(scope="module")
def demo():
    return open_catalog("demo")


@pytest.fixture(scope="module")
def facts(demo):
    return TrackFacts.of(demo, 12.0)
