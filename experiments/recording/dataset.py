"""Records a dataset for learning and evaluation from logs."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from segue.experiments.logs.plays import PlaysWriter
from segue.experiments.recording.kept_blocks import KeptBlocks
from segue.experiments.recording.minari_dataset import DATA, MinariWriter, dataset_id, require_minari
from segue.experiments.recording.plays_table import OPTIONAL_COLUMNS, plays_table
from segue.experiments.recording.sessions import record_sessions
from segue.experiments.runs.evaluate import agent_for
from segue.experiments.storage.atomic import create_once, read_json, remove_leftovers, write_json
from segue.experiments.storage.provenance import current_provenance
from segue.features.errors import UserError
from segue.features.existing_files import is_file

RECORD, PLAYS = "record.json", "plays.parquet"
"""Files of a dataset: how it was made, and its plays as a table."""


@dataclass(frozen=True)
class Recording:
    """What to record.

    Attributes:
        env: A registered environment with slots as actions.
        agent: The name of an agent that needs no training or of a shipped model, or the file of a saved one.
        episodes: Sessions, 1 or more.
        epsilon: Probability of playing any available candidate instead of the agent's choice, all equally
            likely.
        seed: Seed of sessions and exploration, 0 or more.
        sample: Whether the agent draws from its own probabilities instead of being deterministic.
        flat: Whether observations are arrays instead of dictionaries.
        settings: Arguments of the environment.
        agent_settings: Settings of an agent that is given by its name.
    """

    env: str
    agent: str
    episodes: int
    epsilon: float = 0.1
    seed: int = 0
    sample: bool = False
    flat: bool = False
    settings: dict[str, Any] = field(default_factory=dict)
    agent_settings: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.episodes < 1 or self.seed < 0:
            raise UserError("episodes must be 1 or more, and seed 0 or more.")
        if not 0.0 <= self.epsilon <= 1.0:
            raise UserError(f"epsilon is a probability, from 0 to 1, but is {self.epsilon!r:.40}.")


def record(
    recording: Recording, out: Path | str, *, on_progress: Callable[[int], None] | None = None
) -> Path:
    """Records sessions as a Minari dataset and as a table of plays.

    A recording that was interrupted or killed resumes with the next block of sessions when it is made again;
    until it is whole, its blocks are in a hidden folder beside `out`.

    Args:
        recording: What to record.
        out: The folder to write: `data` is Minari's, `plays.parquet` has the schema of logs, and
            `record.json` says how both were made. If it already holds this recording, nothing is done.
        on_progress: Called with the number of sessions that are over.

    Returns:
        The folder.

    Raises:
        UserError: The folder exists and holds something else, Minari is not installed, or the environment or
            the agent cannot be used.
    """
    folder = Path(out)
    if is_recorded(recording, folder):
        return folder
    require_minari()
    remove_leftovers(folder.parent)
    env = _scalar_environment(recording)
    kept = KeptBlocks(folder.with_name(f".{folder.name}.unfinished"), _identity(recording, env))
    catalog = env.unwrapped.sessions.catalog
    notes = {"source": "segue record", "recording": asdict(recording)}
    with create_once(folder) as partial, PlaysWriter(partial / PLAYS, OPTIONAL_COLUMNS, notes) as plays:
        writer = MinariWriter(partial, env, _metadata(recording, folder))
        for sessions in record_sessions(
            _agent_maker(recording),
            recording.env,
            recording.settings,
            recording.episodes,
            epsilon=recording.epsilon,
            seed=recording.seed,
            deterministic=not recording.sample,
            kept=kept,
            on_progress=on_progress,
        ):
            writer.add(sessions)
            plays.write(plays_table(sessions, catalog, recording.seed))
        write_json(partial / RECORD, {"recording": asdict(recording), **current_provenance()})
    kept.clear()
    env.close()
    return folder


def _identity(recording: Recording, env: Any) -> dict[str, Any]:
    """Returns what has to be the same for a recording to resume: its settings, and what they refer to."""
    facts: dict[str, Any] = {
        "recording": asdict(recording),
        "environment": repr(env.spec.kwargs),
        "code": current_provenance()["code"],
    }
    if is_file(agent := Path(recording.agent)):
        facts["agent"] = [agent.stat().st_size, agent.stat().st_mtime_ns]
    return dict(json.loads(json.dumps(facts, default=str)))


def is_recorded(recording: Recording, folder: Path) -> bool:
    """Returns whether a folder already holds a recording.

    Raises:
        UserError: It exists and holds another recording, or something else.
    """
    if not folder.exists():
        return False
    if is_file(folder / RECORD) and (folder / DATA).is_dir():
        if read_json(folder / RECORD).get("recording") == asdict(recording):
            return True
        raise UserError(f"{folder} holds another recording; choose another --out, or delete it.")
    raise UserError(f"{folder} already exists and is not a recording; choose another --out.")


def _scalar_environment(recording: Recording) -> Any:
    """Makes the environment that the dataset describes."""
    import gymnasium as gym

    import segue.envs  # noqa: F401 - registers the environments

    form = {"observation": "flat" if recording.flat else "dict"}
    return gym.make(recording.env, **{**recording.settings, **form})


def _agent_maker(recording: Recording) -> Callable[[Any], Any]:
    """Returns the function that makes the agent for an environment."""
    if not recording.agent_settings:
        return lambda env: agent_for(recording.agent, env, trust=False)

    def make(env: Any) -> Any:
        from segue.agents import make_agent

        return make_agent(recording.agent, env, **recording.agent_settings)

    return make


def _metadata(recording: Recording, folder: Path) -> dict[str, Any]:
    """Returns Minari's metadata of a recording."""
    own = "draws from its own probabilities" if recording.sample else "is deterministic"
    return {
        "dataset_id": dataset_id(folder),
        "algorithm_name": recording.agent,
        "description": (
            f"{recording.episodes} sessions of {recording.env}, played by {recording.agent}, which {own}, "
            f"and with probability {recording.epsilon:g} by any available candidate. Row i of "
            "infos['action_mask'], infos['propensities'] and infos['propensity'] belongs to observation i "
            "and action i; the other infos of row i + 1 are what action i led to."
        ),
    }
