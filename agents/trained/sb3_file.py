"""Files of Stable-Baselines3 and sb3-contrib: read without running their code, where that is possible.

Such a file holds the weights of a policy, which torch reads without running code, and settings, of which
those that JSON cannot express are pickled. The policy of an ordinary model is rebuilt: its class is one of
the libraries' own, its spaces are those of the environment, and JSON holds the rest. Only a model with a
policy class, a features extractor or other objects of its own needs the pickles, which may run anything.
"""

import json
import re
import zipfile
from importlib import import_module
from pathlib import Path
from typing import Any

import gymnasium as gym
import torch as th
from stable_baselines3.common.policies import BasePolicy
from torch import nn

from segue.agents.trained.file import load_tensors, stored_members
from segue.agents.trained.network_weights import build_with_weights
from segue.envs.registration.entry_points import load_named
from segue.features.errors import UserError, excerpt

DATA, POLICY = "data", "policy.pth"
"""Members of the archive: the settings, and the weights of the policy."""

_BY_MODULE = {
    "sb3_contrib.common.maskable.policies": "MaskablePPO",
    "sb3_contrib.common.recurrent.policies": "RecurrentPPO",
    "sb3_contrib.crossq.policies": "CrossQ",
    "sb3_contrib.qrdqn.policies": "QRDQN",
    "sb3_contrib.tqc.policies": "TQC",
    "stable_baselines3.common.policies": "",
    "stable_baselines3.dqn.policies": "DQN",
    "stable_baselines3.sac.policies": "SAC",
    "stable_baselines3.td3.policies": "TD3",
}
"""The algorithm that the libraries' own policies belong to, by their module; several share the empty one."""
_CONTRIB = ("MaskablePPO", "RecurrentPPO", "CrossQ", "QRDQN", "TQC", "TRPO", "ARS")
_ACTIVATION = re.compile(r"<class 'torch\.nn\.modules\.activation\.(\w+)'>")
_ONLY_FOR_TRAINING = ("optimizer_class", "optimizer_kwargs")
_PICKLE = ":serialized:"
"""Key beside which the file describes an object that it has pickled."""


class NeedsPickleError(Exception):
    """The policy cannot be built from JSON and weights; the message says what is pickled, as a clause."""


def is_sb3_file(path: Path) -> bool:
    """Returns whether a file looks like one of Stable-Baselines3."""
    try:
        with zipfile.ZipFile(path) as file:
            return {DATA, POLICY} <= set(file.namelist())
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError):
        return False


def load_sb3_model(path: Path, env: Any, algorithm: str | None, trust: bool) -> Any:
    """Loads the policy of a saved model, or with `trust` the whole model if that needs its pickles.

    Args:
        path: The file.
        env: The environment in which it is to play, wrapped or not.
        algorithm: The class of the model, such as `"PPO"` or `"module:Class"`; None finds it out.
        trust: Whether the file may run code.

    Returns:
        A policy or a model, with `predict`.

    Raises:
        UserError: The file is damaged, needs `trust` or `algorithm`, or belongs to another environment.
    """
    try:
        members = stored_members(path.read_bytes())
        data = json.loads(members[DATA])
        stored_members(members[POLICY])
        weights = load_tensors(members[POLICY])
        sizes_fit = sum(tensor.nbytes for tensor in weights.values()) <= len(members[POLICY])
        if not (isinstance(data, dict) and sizes_fit):
            raise ValueError("no settings, or weights that repeat")
    except Exception as error:  # there is no end to what the readers raise for bytes of a stranger
        raise UserError(
            f"{str(path)!r} cannot be read as a model of Stable-Baselines3; save it again."
        ) from error
    try:
        return _rebuilt(path, data, weights, env)
    except NeedsPickleError as error:
        if not trust:
            raise UserError(
                f"{str(path)!r} is only loaded with trust=True, which lets it run code: {error}."
            ) from None
        return _unpickled(path, data, algorithm)


def _rebuilt(path: Path, data: dict[str, Any], weights: dict[str, th.Tensor], env: Any) -> BasePolicy:
    """Builds the policy of a model from JSON, and gives it its weights."""
    if data.get("use_sde") is True:
        raise NeedsPickleError("its state-dependent exploration is only restored with the whole model")
    policy_class, settings = _policy_class(data), _policy_settings(data)
    own = env.unwrapped
    flat = "dict" not in _type_name(data.get("observation_space")).lower()
    observations = own.layout.space_of("flat" if flat else "dict")
    actions = getattr(own, "single_action_space", own.action_space)
    if "discrete" in _type_name(data.get("action_space")).lower():
        actions = gym.spaces.Discrete(own.layout.space_of("dict")["available"].shape[0])
    elif isinstance(actions, gym.spaces.Discrete):
        raise UserError(
            f"{str(path)!r} chooses points in feature space; use an environment with action='continuous', "
            "such as segue/PlaylistContinuous-v0."
        )

    def build() -> BasePolicy:
        described = th.get_default_device().type == "meta"
        made = _without_memory(policy_class) if described else policy_class
        return made(observations, actions, lambda _: 0.0, **settings)

    try:
        policy = build_with_weights(build, weights)
    except UserError:
        raise
    except Exception as error:  # whatever the libraries make of the settings of a stranger
        raise _does_not_fit(path) from error
    policy.set_training_mode(False)
    return policy


def _without_memory(policy_class: type[BasePolicy]) -> type[BasePolicy]:
    """Returns a policy class whose networks stay on torch's device of shapes without numbers."""
    return type(policy_class.__name__, (policy_class,), {"device": property(lambda _: th.device("meta"))})


def _does_not_fit(path: Path) -> UserError:
    return UserError(
        f"The weights in {str(path)!r} do not fit this environment; use the pool_size and the features of "
        "the catalogue that the model was trained with."
    )


def _type_name(described: Any) -> str:
    """Returns the type of a pickled object as the file describes it."""
    return str(described.get(":type:", "")) if isinstance(described, dict) else ""


def _policy_module(data: dict[str, Any]) -> str:
    described = data.get("policy_class")
    return str(described.get("__module__", "")) if isinstance(described, dict) else ""


def _policy_class(data: dict[str, Any]) -> type[BasePolicy]:
    """Returns the class of the policy, if it is one of the libraries' own."""
    module, described = _policy_module(data), data.get("policy_class")
    text = str(described.get("__init__", "")) if isinstance(described, dict) else ""
    constructor = re.match(r"<function (\w+)\.__init__ at", text) if module in _BY_MODULE else None
    found = getattr(import_module(module), constructor[1], None) if constructor else None
    if not (isinstance(found, type) and issubclass(found, BasePolicy) and found.__module__ == module):
        raise NeedsPickleError("its policy class is not one of Stable-Baselines3")
    return found


def _policy_settings(data: dict[str, Any]) -> dict[str, Any]:
    """Returns the arguments of the policy as far as JSON and the names of activations state them."""
    given = data.get("policy_kwargs")
    if not isinstance(given, dict):
        raise NeedsPickleError("the settings of its policy are pickled")
    settings: dict[str, Any] = {}
    for name, value in given.items():
        if name in (":type:", _PICKLE, *_ONLY_FOR_TRAINING):
            continue
        if isinstance(value, str):
            # Objects that JSON cannot express are described by their text.
            match = _ACTIVATION.fullmatch(value) if name == "activation_fn" else None
            found = getattr(nn.modules.activation, match[1], None) if match else None
            if not (isinstance(found, type) and issubclass(found, nn.Module)):
                raise NeedsPickleError(f"the setting {excerpt(name)!r} of its policy is pickled")
            settings[name] = found
        else:
            settings[name] = value
    return settings


def _unpickled(path: Path, data: dict[str, Any], algorithm: str | None) -> Any:
    """Loads the whole model, which runs what it has pickled."""
    name = algorithm or _guessed_algorithm(data)
    if name is None:
        raise UserError(
            f"{str(path)!r} does not tell which algorithm made it; name its class, as in algorithm='PPO' or "
            "algorithm='my_module:MyPPO'."
        )
    library = "sb3_contrib" if name in _CONTRIB else "stable_baselines3"
    loaded = load_named(name if ":" in name else f"{library}:{name}", "algorithm")
    if not callable(getattr(loaded, "load", None)):
        raise UserError(f"Algorithm {excerpt(name)!r} has no method load; name a class of Stable-Baselines3.")
    try:
        # A replay buffer for training would take all memory.
        return loaded.load(path, device="cpu", custom_objects={"buffer_size": 1})
    except Exception as error:  # whatever the code in the file does
        reason = excerpt(f"{type(error).__name__}: {error}")
        raise UserError(
            f"{str(path)!r} cannot be loaded as a model of {excerpt(name)} ({reason})."
        ) from error


def _guessed_algorithm(data: dict[str, Any]) -> str | None:
    """Returns the algorithm that a policy of the libraries belongs to; None for a custom policy."""
    module = _policy_module(data)
    if module not in _BY_MODULE:
        return None
    return _BY_MODULE[module] or (
        "TRPO" if "cg_max_steps" in data else "PPO" if "clip_range" in data else "A2C"
    )
