"""Errors of the connection to a Dask cluster."""

import sys

import pytest

from segue.features import UserError
from segue.features.extraction.dask_client import connect


def test_a_missing_dask_is_reported_with_the_command_that_installs_it(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(
        UserError, match=r"Dask is not installed; install it with `pip install 'segue\[cluster\]'`"
    ):
        connect("tcp://host:8786")
