"""Loading a saved agent."""

from pathlib import Path
from typing import Any

from segue.agents.trained.base import TrainedAgent
from segue.agents.trained.file import read_saved_agent
from segue.agents.trained.model_agent import ModelAgent
from segue.agents.trained.sac_agent import SacAgent
from segue.agents.trained.scorer_agent import ScorerAgent
from segue.features.errors import UserError

FORMATS: dict[str, type[TrainedAgent]] = {
    agent_class.file_format: agent_class for agent_class in (ScorerAgent, SacAgent, ModelAgent)
}
"""The class that reads a saved file, by the file's format."""


def load_agent(path: str | Path, env: Any, *, seed: int = 0, trust: bool = False) -> TrainedAgent:
    """Loads a saved agent for an environment, whose pools and catalogue may differ from those in training.

    A file cannot make segue run code: it holds settings as JSON and weights, and the algorithm is one of
    segue's or that of a registered agent. A file that needs more is refused without `trust`.

    Args:
        path: A file that a trained agent's `save` wrote.
        env: The environment in which the agent is to play, wrapped or not.
        seed: Seed of its sampling.
        trust: Whether the file may run code: import the factory that it names, or unpickle settings. Only set
            it for files from people whose programs you would run.

    Returns:
        The agent, ready to choose.

    Raises:
        UserError: There is no such file, it is damaged or not a saved agent of this version of segue, it
            needs `trust`, or the agent cannot play in this environment.
    """
    path = Path(path)
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
