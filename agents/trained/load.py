"""Loading a saved agent."""

from pathlib import Path
from pickle import UnpicklingError
from typing import Any

import torch as th

from segue.agents.trained.base import TrainedAgent
from segue.agents.trained.model_agent import ModelAgent
from segue.agents.trained.sac_agent import SacAgent
from segue.agents.trained.scorer_agent import ScorerAgent
from segue.features.errors import UserError

FORMATS: dict[str, type[TrainedAgent]] = {
    agent_class.file_format: agent_class for agent_class in (ScorerAgent, SacAgent, ModelAgent)
}
"""The class that reads a saved file, by the file's format."""

FORMATS_OF_0_1 = (
    "segue agent, version 1",
    "segue agent around a model, version 1",
    "segue agent that points, version 1",
)
"""Formats of segue 0.1, whose settings and weights had other names."""


def load_agent(path: str | Path, env: Any, *, seed: int = 0) -> TrainedAgent:
    """Loads a saved agent for an environment, whose pools and catalogue may differ from those in training.

    Args:
        path: A file that a trained agent's `save` wrote.
        env: The environment in which the agent is to play, wrapped or not.
        seed: Seed of its sampling.

    Returns:
        The agent, ready to choose.

    Raises:
        UserError: There is no such file, it is not a saved agent of this version of segue, or the agent
            cannot play in this environment.
    """
    path = Path(path)
    if not path.is_file():
        raise UserError(f"There is no trained agent at {str(path)!r}.")
    try:
        content = th.load(path, map_location="cpu", weights_only=True)
    except (UnpicklingError, RuntimeError, EOFError, ValueError, KeyError) as error:
        raise UserError(f"{str(path)!r} is not a trained agent.") from error
    file_format = str(content.get("format")) if isinstance(content, dict) else ""
    if file_format in FORMATS_OF_0_1:
        raise UserError(
            f"{str(path)!r} was saved by segue 0.1 and cannot be read by this version; train the agent "
            "again, or load the file with segue 0.1."
        )
    if file_format not in FORMATS:
        raise UserError(f"{str(path)!r} is not a trained agent of this version of segue; train it again.")
    return FORMATS[file_format].restore(content, env, seed)
