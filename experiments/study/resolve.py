"""Constructs environments and agents before a study is run, and completes their settings."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segue.experiments.runs.batches import described, environment_settings, make_batch
from segue.experiments.runs.spec import fingerprints
from segue.experiments.study.registered import find_agent
from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.existing_files import is_file, next_to

if TYPE_CHECKING:
    from segue.experiments.study.file_format.entries import AgentConfig


def probe_environment(env_id: str, settings: dict[str, Any]) -> Any:
    """Makes a vector environment of one session.

    Raises:
        UserError: A setting is unknown or has a wrong value or type.
    """
    known = environment_settings()
    for name in settings:
        if name not in known:
            raise unknown_name("setting of the environment", name, known)
    return make_batch(env_id, settings, 1)


def find_file(folder: Path, value: Any) -> Any:
    """Returns the path of a file that a study names: in the working directory, else next to the study file.

    Any other value is returned unchanged.
    """
    return value if isinstance(value, str) and is_file(value) else next_to(folder, value)


def complete_environment(env_id: str, settings: dict[str, Any]) -> dict[str, Any]:
    """Completes settings with those of the registration and the defaults, so that a change makes a new run.

    Args:
        env_id: A registered environment.
        settings: Its settings in the study.

    Returns:
        All settings that are not None, sorted by name.
    """
    from segue.envs import environment

    complete = {**environment_settings(), **environment(env_id).settings, **settings}
    return {name: value for name, value in sorted(complete.items()) if value is not None}


def complete_agent(name: str, settings: dict[str, Any], env: Any) -> dict[str, Any]:
    """Completes an agent's settings with its defaults.

    Raises:
        UserError: A setting is unknown, or the agent does not fit this environment.
    """
    from segue.agents import make_agent
    from segue.agents.registry import TRAINING_SETTINGS, check_settings
    from segue.agents.settings import default_settings

    info = find_agent(name)
    if not info.learned:
        try:
            make_agent(name, env, **settings)
        except UserError:
            raise
        except Exception as error:  # whatever the factory of a user does, too
            raise UserError(f"Agent {excerpt(name)!r} cannot be made ({described(error)}).") from error
        return settings
    if settings:
        # Loaded only if needed: the factories of learned agents import torch, which takes seconds.
        names = getattr(info.load(), "setting_names", None)
        check_settings(name, settings, None if names is None else [*TRAINING_SETTINGS, *names])
    return {**default_settings(name), **settings}


def saved_agent_settings(agent: AgentConfig, folder: Path) -> dict[str, Any]:
    """Returns the settings with which `SAVED_AGENT` plays the file of an entry.

    Args:
        agent: An entry with `path`.
        folder: Where its path starts: the folder of the study file.

    Raises:
        UserError: There is no such file.
    """
    from segue.agents.trained.load import saved_file

    # Workers on other machines have another working directory.
    settings: dict[str, Any] = {"path": str(saved_file(str(agent.path), folder).resolve())}
    if agent.algorithm is not None:
        settings["algorithm"] = agent.algorithm
    return {**settings, "trust": True} if agent.trust else settings


def require_same_observation(trained: Any, evaluated: Any, agent: str) -> None:
    """Checks that the observations of an agent's evaluation have the meaning they had in its training.

    Args:
        trained: The environment of its training.
        evaluated: The environment of its evaluation.
        agent: The agent's label, for the message.

    Raises:
        UserError: Features, transition features or context differ.
    """
    from segue.agents.networks.observation_spec import ObservationSpec

    layouts = (env.unwrapped.layout for env in (trained, evaluated))
    expected, found = (ObservationSpec.from_layout(layout) for layout in layouts)
    expected.require_same(found, agent)


def require_other_tracks(
    trained: Any, training: dict[str, Any], evaluated: Any, evaluation: dict[str, Any], agent: str
) -> None:
    """Checks that an agent is not tested on tracks that it trains on, as under two different splits.

    Args:
        trained: The environment of its training.
        training: The complete settings of its training.
        evaluated: The environment of its evaluation.
        evaluation: The complete settings of its evaluation.
        agent: The agent's label, for the message.

    Raises:
        UserError: It trains on one part and is evaluated on another, and the two share tracks.
    """
    parts = [settings.get("split") for settings in (training, evaluation)]
    if None in parts or parts[0] == parts[1]:
        return  # all tracks, or evaluation on the training tracks, are what the study asks for
    used, tested = _part(trained, training), _part(evaluated, evaluation)
    if shared := len(used & tested):
        seeds = f"{training['split_seed']} there and {evaluation['split_seed']} here"
        raise UserError(
            f"{agent!r} would train on {shared} of the {len(tested)} tracks that it is evaluated on, as the "
            f"two environments have different splits (split_seed {seeds}) or catalogues; give them the same."
        )


def _part(env: Any, settings: dict[str, Any]) -> set[tuple[str, bytes]]:
    """Returns the tracks of a split's part; two catalogues share one if its id and its features agree."""
    catalog = env.unwrapped.sessions.catalog
    rows = catalog.split(settings["split"], seed=settings["split_seed"])
    return {(str(catalog.ids[row]), catalog.boundary_features[row].tobytes()) for row in rows}


def data_of(env_id: str, settings: dict[str, Any], catalog: Any) -> dict[str, str]:
    """Fingerprints the data that an environment's settings refer to: the catalogue, the listener, files.

    Args:
        env_id: A registered environment.
        settings: Its settings in the study.
        catalog: The catalogue that the settings name.

    Returns:
        Short hashes by name.
    """
    from segue.envs import environment, load_preset

    merged = {**environment(env_id).settings, **settings}
    digest = hashlib.sha256("\n".join(catalog.tracks["id"]).encode())
    digest.update(catalog.matrix.tobytes() + catalog.boundary_features.tobytes())
    found = {**fingerprints(merged), "catalog": digest.hexdigest()[:12]}
    if "listener" in merged:
        listener = json.dumps(load_preset(merged["listener"]).listener, sort_keys=True)
        found["listener"] = hashlib.sha256(listener.encode()).hexdigest()[:12]
    return found
