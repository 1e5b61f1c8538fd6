"""The command that trains a single agent."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated, Any

from tyro.conf import UseAppendAction, arg


def train(
    *,
    env: str,
    agent: str,
    out: Path,
    steps: int = 100_000,
    seed: int = 0,
    episodes: int = 200,
    set: UseAppendAction[Annotated[tuple[str, ...], arg(metavar="KEY=VALUE")]] = (),
    agent_set: UseAppendAction[Annotated[tuple[str, ...], arg(metavar="KEY=VALUE")]] = (),
) -> None:
    """Train an agent in an environment and evaluate it. Writes model, learning curve and sessions.

    Example: segue train --env segue/Playlist-v0 --agent maskable-ppo --out runs/ppo --set pool_size=30

    Args:
        env: A registered environment; see `segue envs`.
        agent: A learned agent; see `segue agents`.
        out: The folder to write; a finished run in it is kept.
        steps: Training steps, summed over parallel sessions.
        seed: Seed of the training.
        episodes: Evaluation sessions.
        set: A setting of the environment; may be repeated.
        agent_set: A setting of the agent; may be repeated.
    """
    from rich.console import Console

    from segue.experiments.execution.progress_bar import show_progress
    from segue.experiments.runs.folder import read_record
    from segue.experiments.runs.run import execute_run
    from segue.experiments.storage.provenance import current_provenance
    from segue.features.errors import UserError

    if steps < 1 or episodes < 1 or seed < 0:
        raise UserError("--steps and --episodes must be at least 1, --seed at least 0.")
    spec = _spec(env, agent, steps, seed, episodes, parse_settings(set), parse_settings(agent_set))
    if out.exists() and (not (out / "config.json").is_file() or read_record(out)["key"] != spec.key):
        raise UserError(f"{out} contains a different run; choose another folder.")
    # The run links the files of its model, so the folder of the model can be temporary.
    out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{out.name}-", dir=out.parent) as models:
        model = Path(models) / spec.model.folder_name
        with show_progress({model: spec.model, out: spec}, Console(stderr=True)):
            execute_run(spec, out, current_provenance(), Path(models))
    record = read_record(out)
    print(
        f"Mean return of {episodes} sessions: {record['return_mean']:.2f}. Model, curve and sessions: {out}"
    )


def _spec(
    env: str,
    agent: str,
    steps: int,
    seed: int,
    episodes: int,
    settings: dict[str, Any],
    agent_settings: dict[str, Any],
) -> Any:
    """Returns the run, after checking the environment and the agent's settings."""
    from segue.agents import agent_info
    from segue.envs import environment
    from segue.experiments.runs.named_code import code_of_agent, code_of_environment
    from segue.experiments.runs.spec import ModelSpec, RunSpec
    from segue.experiments.study.config import FIRST_EPISODE_SEED
    from segue.experiments.study.resolve import (
        complete_agent,
        complete_environment,
        data_of,
        probe_environment,
    )
    from segue.features.errors import UserError

    environment(env)
    if not agent_info(agent).learned:
        raise UserError(f"Agent {agent!r} does not learn; evaluate it in a study with `segue compare`.")
    batch = probe_environment(env, settings)
    complete = complete_environment(env, settings)
    data = data_of(env, settings, batch.unwrapped.sessions.catalog)
    completed = complete_agent(agent, agent_settings, batch)
    code = {**code_of_environment(env, settings), **code_of_agent(agent)}
    return RunSpec(
        environment=env,
        agent=agent,
        seed=seed,
        episodes=episodes,
        first_episode=FIRST_EPISODE_SEED,
        environment_label=env,
        agent_label=agent,
        environment_settings=complete,
        model=ModelSpec(env, agent, seed, steps, env, agent, complete, completed, data, code),
        data=data,
        code=code,
    )


def parse_settings(pairs: tuple[str, ...]) -> dict[str, Any]:
    """Parses `KEY=VALUE` pairs whose values are YAML.

    Raises:
        UserError: A pair has no `=`, or its value is not YAML.
    """
    import yaml

    from segue.features.errors import UserError

    settings = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not (key and equals):
            raise UserError(f"{pair!r} is not a setting; write KEY=VALUE, such as pool_size=30.")
        try:
            settings[key] = yaml.safe_load(value)
        except yaml.YAMLError:
            raise UserError(f"The value of {pair!r} is not YAML; quote it as in YAML.") from None
    return settings
