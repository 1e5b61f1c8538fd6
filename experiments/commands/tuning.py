"""The command that searches for better settings of a learned agent."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

from tyro.conf import UseAppendAction, arg

from segue.experiments.commands.options import (
    AgentName,
    OptionalCount,
    OptionalPath,
    Pairs,
    parse_pairs,
    parse_settings,
)

if TYPE_CHECKING:
    from segue.experiments.tuning.search import Search

Ids = UseAppendAction[
    Annotated[tuple[str, ...], arg(metavar="ID", help_behavior_hint="(required, repeatable)")]
]


def tune(
    *,
    agent: AgentName,
    env: UseAppendAction[
        Annotated[tuple[str, ...], arg(metavar="ID", help_behavior_hint="(repeatable, required)")]
    ],
    out: Path,
    trials: int = 30,
    steps: int = 100_000,
    seeds: int = 2,
    episodes: int = 400,
    jobs: OptionalCount = None,
    space: OptionalPath = None,
    set: Pairs = (),
    agent_set: Pairs = (),
) -> None:
    """Search for better settings of a learned agent. The same command resumes an interrupted search.

    Every trial is trained on the training split of catalogue and listeners and evaluated on other sessions of
    the same split; the test split is never used. Writes best.yaml and trials.csv.

    Example: segue tune --agent maskable-ppo --env segue/Playlist-v0 --out runs/tune

    Args:
        agent: A learned agent; see `segue agents`.
        env: A registered environment or a YAML file that defines one; may be repeated, which averages over
            environments.
        out: The folder to write; an unfinished search in it is resumed.
        trials: Candidates in total; the first is the present settings. A larger number extends the search.
        steps: Steps per training.
        seeds: Trainings per candidate and environment.
        episodes: Validation sessions per training.
        jobs: Trainings to run at once; one per core by default.
        space: A YAML file that maps settings to choices or ranges, in the format of
            experiments/tuning/search_spaces.yaml.
        set: A setting of the environments by its dotted path; may be repeated.
        agent_set: A setting of the agent to start from; may be repeated.
    """
    from rich.console import Console

    from segue.experiments.console import print_table
    from segue.experiments.execution.worker import cores
    from segue.experiments.tuning.results import trial_table, write_best
    from segue.experiments.tuning.tune import tune as run_search
    from segue.features.errors import UserError

    if min(trials, steps, seeds, episodes) < 1 or (jobs is not None and jobs < 1):
        raise UserError("--trials, --steps, --seeds, --episodes and --jobs must be at least 1.")
    if find_spec("optuna") is None:
        raise UserError("Tuning needs Optuna: pip install 'segue[tune]'.")
    search = _search(agent, env, steps, seeds, episodes, space, set, parse_settings(agent_set))
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
    pairs: tuple[str, ...],
    agent_settings: dict[str, Any],
) -> Search:
    """Returns the search, after checking the environments and the agent's settings."""
    from segue.agents.registry import check_learned_settings, setting_defaults
    from segue.experiments.runs.named_code import code_of_agent, code_of_environment
    from segue.experiments.study.registered import find_agent, find_environment
    from segue.experiments.study.resolve import (
        complete_agent,
        complete_environment,
        data_of,
        probe_environment,
    )
    from segue.experiments.tuning.search import Search
    from segue.experiments.tuning.search_space import read_space, space_of
    from segue.features.errors import UserError

    info = find_agent(agent)
    if not info.learned:
        raise UserError(f"Agent {agent!r} does not learn; choose a learned agent, see `segue agents`.")
    complete, data, code = {}, {}, {}
    ids = tuple(name if ":" in name else find_environment(name).id for name in environments)
    settings = {
        env_id: parse_settings(pairs, find_environment(env_id).settings.get("listener", "full"))
        for env_id in ids
    }
    for env_id, given in settings.items():
        training = {**given, "split": "train"}
        env = probe_environment(env_id, training)
        complete[env_id] = complete_environment(env_id, training)
        data[env_id] = data_of(env_id, given, env.unwrapped.sessions.catalog)
        code[env_id] = {**code_of_environment(env_id, training), **code_of_agent(agent)}
        completed = complete_agent(agent, agent_settings, env)
        env.close()
    written = space_of(agent, file)
    factory = info.load()
    check_learned_settings(agent, written, factory)
    # Settings that default to a library's value are added, so that the first trial is fully specified.
    usual = setting_defaults(factory)
    implicit = {name: usual[name] for name in written if name in usual and name not in completed}
    defaults = {**completed, **implicit}
    read_space(written, defaults)
    return Search(
        agent, ids, parse_pairs(pairs), defaults, written, steps, seeds, episodes, complete, data, code
    )
