"""The command that searches better settings for a learned agent."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import UseAppendAction, arg

from segue.experiments.commands.training import parse_settings

if TYPE_CHECKING:
    from segue.experiments.tuning.search import Search

Pairs = UseAppendAction[Annotated[tuple[str, ...], arg(metavar="KEY=VALUE")]]


def tune(
    *,
    agent: str,
    env: UseAppendAction[Annotated[tuple[str, ...], arg(metavar="ID")]],
    out: Path,
    trials: int = 30,
    steps: int = 100_000,
    seeds: int = 2,
    episodes: int = 400,
    jobs: int | None = None,
    space: Path | None = None,
    set: Pairs = (),
    agent_set: Pairs = (),
) -> None:
    """Search better settings for a learned agent. The same command goes on with a search that was stopped.

    Every trial is trained on the training part of catalogue and listeners and judged on other sessions of
    that part; what studies evaluate on is never touched. Writes best.yaml and trials.csv.

    Example: segue tune --agent maskable-ppo --env segue/Playlist-v0 --out runs/tune

    Args:
        agent: An agent that learns; see `segue agents`.
        env: A registered environment; several times for the mean over several.
        out: The folder to write; an unfinished search in it is completed.
        trials: Candidates in all; the first is the settings as they are. Give more to search on.
        steps: Training steps of each training.
        seeds: Trainings of a candidate in each environment.
        episodes: Sessions on which each training is judged.
        jobs: Trainings to run at once; all cores by default.
        space: What to try, a YAML file of settings to choices or ranges, in the form of
            experiments/tuning/search_spaces.yaml.
        set: A setting of the environments; may be given several times.
        agent_set: A setting of the agent to begin from; may be given several times.
    """
    from rich.console import Console

    from segue.experiments.commands.console import print_table
    from segue.experiments.execution.jobs import cores
    from segue.experiments.tuning.results import trial_table, write_best
    from segue.experiments.tuning.tune import tune as run_search
    from segue.features.errors import UserError

    if min(trials, steps, seeds, episodes) < 1 or (jobs is not None and jobs < 1):
        raise UserError("--trials, --steps, --seeds, --episodes and --jobs must be at least 1.")
    if find_spec("optuna") is None:
        raise UserError("Tuning needs the package optuna: pip install 'segue[tune]'.")
    search = _search(
        agent, env, steps, seeds, episodes, space, parse_settings(set), parse_settings(agent_set)
    )
    study = run_search(search, out, trials, jobs or cores(), Console(stderr=True))
    best = write_best(search, study, out)
    table = trial_table(search, study).head(10)
    rows = [
        [f"{cell:.3f}" if isinstance(cell, float) else str(cell) for cell in row] for row in table.to_numpy()
    ]
    print_table(
        list(table.columns), rows, title=f"{agent}: best trials", numbers=("trial", "score", "trainings")
    )
    print(f"Settings: {best}")


def _search(
    agent: str,
    environments: tuple[str, ...],
    steps: int,
    seeds: int,
    episodes: int,
    file: Path | None,
    settings: dict[str, Any],
    agent_settings: dict[str, Any],
) -> Search:
    """Describes the search, having tried the environments and the agent's settings."""
    from segue.agents import agent_info
    from segue.agents.registry import check_settings, setting_defaults, setting_names
    from segue.envs import environment
    from segue.experiments.study.resolve import (
        complete_agent,
        complete_environment,
        data_of,
        probe_environment,
    )
    from segue.experiments.tuning.search import Search
    from segue.experiments.tuning.search_space import read_space, space_of
    from segue.features.errors import UserError

    info = agent_info(agent)
    if not info.learned:
        raise UserError(f"Agent {agent!r} does not learn: there is nothing to tune.")
    complete, data = {}, {}
    for env_id in environments:
        environment(env_id)
        training = {**settings, "split": "train"}
        env = probe_environment(env_id, training)
        complete[env_id] = complete_environment(env_id, training)
        data[env_id] = data_of(env_id, settings, env.unwrapped.sessions.catalog)
        completed = complete_agent(agent, agent_settings, env)
        env.close()
    written = space_of(agent, file)
    factory = info.load()
    names = setting_names(factory)
    check_settings(agent, written, None if names is None else ["num_envs", *names])
    # What the agent's file leaves to the libraries is stated too, so that the first trial is all known.
    usual = setting_defaults(factory)
    unsaid = {name: usual[name] for name in written if name in usual and name not in completed}
    defaults = {**completed, **unsaid}
    read_space(written, defaults)
    return Search(agent, environments, settings, defaults, written, steps, seeds, episodes, complete, data)
