"""Loading a saved agent."""

from pathlib import Path
from typing import Any

import torch as th

from segue.agents.any_policy import as_agent
from segue.agents.base import Agent
from segue.agents.models import model_file, model_names
from segue.agents.trained.base import TrainedAgent
from segue.agents.trained.file import read_saved_agent
from segue.agents.trained.model_agent import ModelAgent
from segue.agents.trained.sac_agent import SacAgent
from segue.agents.trained.sb3_file import is_sb3_file, load_sb3_model
from segue.agents.trained.scorer_agent import ScorerAgent
from segue.features.errors import UserError, unknown_name
from segue.features.existing_files import is_file

FORMATS: dict[str, type[TrainedAgent]] = {
    agent_class.file_format: agent_class for agent_class in (ScorerAgent, SacAgent, ModelAgent)
}
"""The class that reads a saved file, by the file's format."""


def load_agent(
    path: str | Path, env: Any, *, seed: int = 0, trust: bool = False, algorithm: str | None = None
) -> Agent:
    """Loads a saved agent for an environment, whose pools and catalogue may differ from those in training.

    A model of Stable-Baselines3 or sb3-contrib, as its `save` writes it, can be loaded too; such a model is
    tied to its pool size.

    A file cannot make segue run code: it holds settings as JSON and weights, and the algorithm is one of
    segue's, of Stable-Baselines3's, or that of a registered agent. A file that needs more is refused without
    `trust`.

    Args:
        path: The name of a model that comes with segue (see `segue models`), or a file that a trained agent's
            or a model's `save` wrote; `.zip` may be left out.
        env: The environment in which the agent is to play, wrapped or not, or its registered id.
        seed: Seed of its sampling; for a model of Stable-Baselines3 that of torch's global generator.
        trust: Whether the file may run code: import the factory that it names, or unpickle settings. Only set
            it for files from people whose programs you would run.
        algorithm: The class that a model of Stable-Baselines3 belongs to, such as `"PPO"` or
            `"module:Class"`; only needed if its pickles are read and do not state it.

    Returns:
        The agent, ready to choose.

    Raises:
        UserError: There is no such file, it is damaged or not a saved agent of this version of segue, it
            needs `trust`, or the agent cannot play in this environment.
    """
    file = saved_file(path)
    env = _environment(env) if isinstance(env, str) else env
    if is_sb3_file(file):
        th.manual_seed(seed)
        loaded: Agent = as_agent(load_sb3_model(file, env, algorithm, trust), env)
        return loaded
    agent = _load_own(file, env, seed, trust)
    # Agents see dictionaries; where observations are flat, they are taken apart first.
    return as_agent(agent, env) if env.unwrapped.layout.mode == "flat" else agent


def saved_agent(
    env: Any, seed: int, path: str | Path, algorithm: str | None = None, trust: bool = False
) -> Agent:
    """Makes the agent that a file holds; the factory behind an entry with `path` in a study."""
    return load_agent(path, env, seed=seed, trust=trust, algorithm=algorithm)


def saved_file(path: str | Path, folder: Path | None = None) -> Path:
    """Finds the file of a saved agent.

    Args:
        path: See `load_agent`.
        folder: Where a relative path starts; the working directory by default.

    Raises:
        UserError: There is no such file, or it is that of a shipped model and was altered.
    """
    if str(path) in model_names():
        return model_file(str(path))
    file = Path(path) if folder is None else folder / path
    for found in (file, Path(f"{file}.zip")):
        if is_file(found):
            return found
    if Path(path).name == str(path) and not Path(path).suffix:
        raise unknown_name("trained agent", str(path), model_names(), "A file is named by its path.")
    raise UserError(f"There is no trained agent at {str(file)!r}.")


def _environment(env_id: str) -> Any:
    """Makes a scalar environment by its registered id."""
    import gymnasium as gym

    from segue.envs import environment

    environment(env_id)
    return gym.make(env_id, disable_env_checker=True)


def _load_own(path: Path, env: Any, seed: int, trust: bool) -> TrainedAgent:
    """Loads a file that `TrainedAgent.save` wrote."""
    saved = read_saved_agent(path)
    agent_class = FORMATS.get(saved.record["format"])
    if agent_class is None:
        raise UserError(f"{str(path)!r} is not a trained agent of this version of segue; train it again.")
    reason = agent_class.needs_trust(saved)
    if reason and not trust:
        raise UserError(f"{str(path)!r} is only loaded with trust=True, which lets it run code: {reason}.")
    try:
        return agent_class.restore(saved, env, seed)
    except UserError:
        raise
    except (
        ArithmeticError,
        AttributeError,
        LookupError,
        MemoryError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise UserError(
            f"The settings and weights in {str(path)!r} do not fit together; train the agent again."
        ) from error
