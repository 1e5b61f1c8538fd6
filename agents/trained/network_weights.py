"""Networks of a saved agent, which are built only if the saved weights are theirs."""

from collections.abc import Callable, Mapping
from typing import TypeVar

import torch as th
from torch import nn

Network = TypeVar("Network", bound=nn.Module)


def build_with_weights(build: Callable[[], Network], weights: Mapping[str, th.Tensor]) -> Network:
    """Builds a network and gives it saved weights.

    Settings from a file can ask for a network of any size, so that its shapes are compared with those of the
    weights before it takes any memory.

    Args:
        build: Makes the network.
        weights: Its weights by name.

    Raises:
        ValueError: The weights belong to another network.
    """
    with th.device("meta"):
        expected = {name: tensor.shape for name, tensor in build().state_dict().items()}
    if expected != {name: tensor.shape for name, tensor in weights.items()}:
        raise ValueError("the weights are those of another network")
    network = build()
    network.load_state_dict(weights)
    return network
