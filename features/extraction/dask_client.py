"""Connecting to a Dask cluster."""

from importlib import import_module
from typing import Any

from segue.features.errors import UserError


def connect(address: str) -> Any:
    """Connects to a Dask scheduler.

    Args:
        address: Such as `tcp://host:8786`.

    Returns:
        The `distributed.Client`.

    Raises:
        UserError: Dask is not installed, or no scheduler answers within 10 s.
    """
    try:
        distributed: Any = import_module("distributed")
    except ImportError as error:
        raise UserError("Dask is not installed; install it with `pip install 'segue[cluster]'`.") from error
    try:
        return distributed.Client(address, timeout="10s")
    except (OSError, ValueError) as error:
        raise UserError(
            f"No Dask scheduler answers at {address!r}; start one, or leave the address out."
        ) from error
