"""Trains one agent and sets it beside random play and the oracle: a study of three agents."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import Console

from segue.experiments.execution.jobs import ExecutionConfig, make_runs
from segue.experiments.pipeline import prepare
from segue.experiments.runs.folder import CONFIG, damage_of, read_record
from segue.experiments.storage.atomic import link_files, locked
from segue.experiments.storage.checksums import CHECKSUMS, DamagedError
from segue.experiments.storage.provenance import current_provenance
from segue.experiments.study.file_format.sections import environment_name
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.loader import StudyFile, parse_study
from segue.experiments.study.plan import StudyPlan, plan_runs
from segue.experiments.study.planned_runs import seal_plan
from segue.experiments.study.planning.trainings import check_trainings, let_choose
from segue.experiments.study.registered import find_agent, find_environment
from segue.experiments.study.resolve import complete_agent, probe_environment
from segue.features.errors import UserError
from segue.features.existing_files import make_folder
from segue.features.yaml_reader import dump_yaml

LOWER, UPPER = "random", "oracle"
"""The agents that the trained one is set beside."""


@dataclass(frozen=True)
class SingleTraining:
    """A training and its evaluation.

    Attributes:
        env: An environment; see `find_environment`.
        agent: A learned agent.
        steps: Training steps.
        seed: Seed of the training.
        episodes: Evaluation sessions, 2 or more.
        settings: Settings of the environment.
        agent_settings: Settings of the agent.
    """

    env: str
    agent: str
    steps: int
    seed: int
    episodes: int
    settings: dict[str, Any] = field(default_factory=dict)
    agent_settings: dict[str, Any] = field(default_factory=dict)

    def study(self) -> StudyFile:
        """Returns the study of this agent.

        Raises:
            UserError: The environment, the agent or a setting does not exist or does not fit.
        """
        env_id = find_environment(self.env).id
        if not find_agent(self.agent).learned:
            raise UserError(
                f"Agent {self.agent!r} does not learn; evaluate it in a study with `segue compare`."
            )
        env = probe_environment(self.env if ":" in self.env else env_id, self.settings)
        complete_agent(self.agent, self.agent_settings, env)
        env.close()
        upper = [] if self._oracle_cannot_plan(env_id) else [{"name": UPPER}]
        content = {
            "name": f"{self.agent} in {environment_name(env_id)}",
            "environments": [{"id": self.env, "settings": self.settings}],
            "agents": [{"name": LOWER}, {"name": self.agent, "settings": self.agent_settings}, *upper],
            "training": {"seeds": [self.seed], "steps": self.steps},
            # Without an oracle, the scale of the scores ends at the trained agent.
            "evaluation": {
                "episodes": self.episodes,
                "order_sessions": 0,
                "lower": LOWER,
                "upper": UPPER if upper else self.agent,
            },
        }
        return parse_study(dump_yaml(content), Path("segue train"))

    def _oracle_cannot_plan(self, env_id: str) -> bool:
        """Returns whether the oracle refuses the environment, as where a reward has no expectation."""
        try:
            let_choose(UPPER, {}, self.env if ":" in self.env else env_id, self.settings)
        except UserError:
            return True
        return False


def train_beside_references(training: SingleTraining, out: Path, console: Console) -> pd.DataFrame:
    """Trains an agent and evaluates it on the same sessions as random play and the oracle.

    The folder is that of a study, so that `segue report` and `segue runs` read it; the files of the trained
    agent's run stand in it too.

    Args:
        training: What to train.
        out: The folder; what is finished in it is kept.
        console: Where to show progress.

    Returns:
        One row per agent: agent and return_mean.

    Raises:
        UserError: A setting is wrong, or the folder contains something else.
    """
    file, folder = training.study(), StudyFolder(out)
    folder.refuse_other(file)
    plan = plan_runs(file)
    runs = [folder.runs / spec.folder_name for spec in plan.specs]
    if not all(run.is_dir() and damage_of(run, run=True) is None for run in runs):
        check_trainings(file, plan, folder)
        _make(file, plan, folder, console)
    (trained,) = (folder.runs / spec.folder_name for spec in plan.specs if spec.learned)
    _link(trained, folder)
    rows = [(spec.agent_label, read_record(folder.runs / spec.folder_name)) for spec in plan.specs]
    return pd.DataFrame(
        [(agent, record["return_mean"]) for agent, record in rows], columns=["agent", "return_mean"]
    )


def _make(file: StudyFile, plan: StudyPlan, folder: StudyFolder, console: Console) -> None:
    """Makes the runs that are missing, one after the other."""
    make_folder(folder.path)

    def on_wait() -> None:
        console.print(f"Another process is using {folder.path}; waiting for it to finish.")

    with locked(folder.path / ".lock", on_wait):
        folder.refuse_other(file)
        folder.start(file)
        provenance = current_provenance()
        prepare(plan, folder, (), "none", provenance, console)
        make_runs(plan.specs, folder, provenance, console, ExecutionConfig(processes=1))


def _link(run: Path, folder: StudyFolder) -> None:
    """Shows the files of a run in the folder of the study, whose checksums then cover them too."""
    out = folder.path
    try:
        if (out / CONFIG).is_file() and read_record(out)["key"] == read_record(run)["key"]:
            return
    except DamagedError:
        pass  # linked again
    names = [file.name for file in run.iterdir() if file.name != CHECKSUMS]
    for name in names:
        (out / name).unlink(missing_ok=True)
    link_files(run, names, out)
    seal_plan(folder.planned_runs, [folder.catalog_map, *(out / name for name in names)])
