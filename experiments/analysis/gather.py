"""Gathers the runs of a study and computes its tables."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from segue.experiments.analysis.agent_roles import contenders, rivals
from segue.experiments.analysis.comparison import anchors_apart, difference_table, score_table
from segue.experiments.analysis.listener_groups import group_table, grouped_listeners
from segue.experiments.analysis.metric_tables import metrics_table, order_summary, smoothness_table
from segue.experiments.analysis.requested_tables import requested_table
from segue.experiments.analysis.run_tables import improvement_table, profile_table
from segue.experiments.analysis.statistics.runs import catalog_shares, runs_by_environment
from segue.experiments.analysis.statistics.validation import validation_scores
from segue.experiments.analysis.statistics.verdict_family import family_table
from segue.experiments.formatting import format_interval, signed
from segue.experiments.runs.folder import read_record, read_tables
from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.wall_time import wall_time
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.listener_table import with_listener_table
from segue.experiments.study.planned_runs import PlannedRun
from segue.experiments.study.results import Results
from segue.features.errors import UserError


@dataclass(frozen=True)
class FinishedRun:
    """A run as its folder holds it.

    Attributes:
        folder: Name of its folder.
        record: Its record.
        spec: Its specification.
        tables: Its tables by name; see `runs.folder`.
    """

    folder: str
    record: dict[str, Any]
    spec: RunSpec
    tables: Mapping[str, pd.DataFrame]

    @classmethod
    def read(cls, folder: Path) -> FinishedRun:
        """Reads the folder of a run."""
        record = read_record(folder)
        return cls(folder.name, record, RunSpec.from_dict(record["spec"]), read_tables(folder))


TABLES = ("scores", "differences", "metrics", "orders", "groups of listeners", "profiles", "improvement")
"""The tables that take time, as `gather` begins them."""


def gather(
    study: StudyConfig,
    planned: Sequence[PlannedRun],
    folder: StudyFolder,
    on_step: Callable[[str], None] = lambda step: None,
) -> Results:
    """Reads the runs of a study and computes its tables.

    Args:
        study: The study.
        planned: Its runs. Of an unfinished study those that exist are used, of agents that have one in every
            environment.
        folder: The folder of the study.
        on_step: Called as the reading of each run and each of `TABLES` begins, with what is done.

    Returns:
        The tables.

    Raises:
        UserError: The agents that anchor the score have not been run yet, or another version of segue made
            the runs.
        DamagedError: A run is damaged.
    """
    runs = []
    for run in _comparable(study, planned, folder.runs):
        on_step("reading the runs")
        runs.append(FinishedRun.read(folder.runs / run.folder))
    episodes, plays, orders = (_stacked(runs, name) for name in ("episodes", "plays", "order"))
    lower, upper = study.evaluation.lower, study.evaluation.upper
    run_rows = pd.DataFrame([_run_row(run) for run in runs])
    if not study.evaluation.split_per_run:
        run_rows["catalog_share"] = 1.0  # the runs do not differ in their tracks
    shares = catalog_shares(run_rows)
    require_anchors_apart(episodes, lower, upper)
    trained_here = [run for run in runs if not run.spec.trained_elsewhere]
    validation = _stacked(trained_here, "validation")
    listeners = _listeners(runs, folder)
    offered = {(run.spec.environment_label, run.spec.seed): run.record["offered_tracks"] for run in runs}
    learned = set(run_rows.loc[run_rows["learned"], "agent"])
    makers: tuple[Callable[[], pd.DataFrame], ...] = (
        lambda: score_table(episodes, lower, upper, shares),
        lambda: difference_table(episodes, shares),
        lambda: metrics_table(episodes, plays, offered, shares),
        lambda: order_summary(orders, _analysed(runs), shares) if len(orders) else pd.DataFrame(),
        lambda: group_table(episodes, listeners, lower, shares),
        lambda: profile_table(episodes, lower, upper),
        lambda: improvement_table(episodes, learned),
    )
    made: dict[str, pd.DataFrame] = {}
    for name, make in zip(TABLES, makers, strict=True):
        on_step(f"computing {name}")
        made[name] = make()
    results = Results(
        scores=made["scores"],
        differences=made["differences"],
        episodes=episodes,
        plays=plays,
        curves=_stacked(trained_here, "curve"),
        validation=validation,
        validation_scores=validation_scores(validation, lower, upper),
        tracks=_distinct_tracks(runs),
        runs=run_rows,
        metrics=made["metrics"],
        order=made["orders"],
        smoothness=smoothness_table(episodes, orders, shares) if len(orders) else pd.DataFrame(),
        groups=made["groups of listeners"],
        listeners=listeners,
        profiles=made["profiles"],
        improvement=made["improvement"],
        explanations=_stacked(runs, "explanations"),
    )
    return _with_dependent_tables(replace(results, timing=timing_table(run_rows, folder)), study, shares)


def _with_dependent_tables(results: Results, study: StudyConfig, shares: Mapping[str, float]) -> Results:
    """Adds the tables that are computed from other tables: the comparisons and what the study requests."""
    anchors = (study.evaluation.lower, study.evaluation.upper)
    runs = runs_by_environment(results.episodes, shares)
    comparisons = family_table(runs, contenders(results), rivals(results), anchors, study.resamples)
    results = replace(results, comparisons=comparisons)
    return replace(results, requested_tables=requested_table(results, study))


def require_anchors_apart(episodes: pd.DataFrame, lower: str, upper: str) -> None:
    """Checks that the anchors of the score differ clearly in every environment.

    Args:
        episodes: Rows of (environment, agent, seed, episode, return) of the anchors, and of any other agents.
        lower: Label of the agent that scores 0.
        upper: Label of the agent that scores 1.

    Raises:
        UserError: The upper anchor is not shown to earn more than the lower one.
    """
    anchors = episodes[episodes["agent"].isin([lower, upper])]
    for environment, here in runs_by_environment(anchors).items():
        apart = anchors_apart(here, lower, upper)
        if not apart.above or (here[upper].minus(here[lower]).means <= 0).any():
            raise UserError(
                f"{upper!r} cannot be the score 1 with {lower!r} as 0: on {environment} it earns "
                f"{signed(apart.estimate)} {format_interval(apart.low, apart.high)} per session in "
                "comparison, which is not clearly above 0 in every run; choose other anchors with "
                "`evaluation: {lower: LABEL, upper: LABEL}`, or more sessions."
            )


def _listeners(runs: Sequence[FinishedRun], folder: StudyFolder) -> pd.DataFrame:
    """Collects the listeners of each environment, once, and groups them."""
    known = pd.read_parquet(folder.listener_table) if folder.listener_table.is_file() else None
    # The runs of an environment with the same seed have met the same listeners.
    met = {(run.spec.environment_label, run.spec.seed): run.tables["listeners"] for run in runs}
    tables = []
    for label in dict.fromkeys(environment for environment, _ in met):
        traits = pd.concat([table for (name, _), table in met.items() if name == label], ignore_index=True)
        tables.append(grouped_listeners(label, with_listener_table(label, traits, known)))
    return pd.concat(tables, ignore_index=True)


def _analysed(runs: Sequence[FinishedRun]) -> dict[tuple[str, str], int]:
    """Counts the sessions whose order was to be analysed, by environment and agent."""
    counts: dict[tuple[str, str], int] = {}
    for run in runs:
        key = (run.spec.environment_label, run.spec.agent_label)
        counts[key] = counts.get(key, 0) + run.spec.order_sessions
    return counts


def episodes_of(folders: Sequence[Path]) -> pd.DataFrame:
    """Reads the sessions of some runs: environment, agent, seed, episode and metrics."""
    return _stacked([FinishedRun.read(folder) for folder in folders], "episodes")


def _comparable(study: StudyConfig, planned: Sequence[PlannedRun], folder: Path) -> list[PlannedRun]:
    """Returns the finished runs of the agents that have one in every environment that they are to meet."""
    finished = [run for run in planned if os.path.lexists(folder / run.folder)]
    wanted, met = _meetings(planned), _meetings(finished)
    ready = {agent for agent, environments in wanted.items() if met.get(agent) == environments}
    for anchor in (study.evaluation.lower, study.evaluation.upper):
        if anchor not in ready:
            raise UserError(
                f"{anchor!r}, which anchors the scores, has not been run yet in every environment: complete "
                "the study with `segue compare`."
            )
    return [run for run in finished if run.agent in ready]


def _meetings(runs: Sequence[PlannedRun]) -> dict[str, set[str]]:
    """Returns the environments that each agent meets."""
    found: dict[str, set[str]] = {}
    for run in runs:
        found.setdefault(run.agent, set()).add(run.environment)
    return found


def _stacked(runs: Sequence[FinishedRun], name: str) -> pd.DataFrame:
    """Stacks one table of all runs that have it, with the labels of the runs before its columns."""
    parts = []
    for run in runs:
        if name in run.tables:
            spec, table = run.spec, run.tables[name]
            labels = {"environment": spec.environment_label, "agent": spec.agent_label, "seed": spec.seed}
            parts.append(pd.concat([pd.DataFrame(labels, index=table.index), table], axis=1))
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _run_row(run: FinishedRun) -> dict[str, Any]:
    """Returns one row of the table of runs."""
    spec, record = run.spec, run.record
    return {
        "environment": spec.environment_label,
        "agent": spec.agent_label,
        "seed": spec.seed,
        "learned": spec.learned or spec.plays_saved,
        "sees_listener": record["sees_listener"],
        "knows_population": record["knows_population"],
        "trained_on": spec.model.environment_label if spec.model else "",
        "steps": record["steps"],
        "train_seconds": record["train_seconds"],
        "evaluate_seconds": record["evaluate_seconds"],
        "milliseconds_per_track": 1000.0 * record["policy_seconds"] / max(record["choices"], 1),
        "return_mean": record["return_mean"],
        "catalog_share": record["catalog_share"],
        "revision": record["revision"] or "",
        "dirty": bool(record["dirty"]),
        "code": record["code"],
        "reused": "reused_from" in record,
        "reused_from": str(record.get("reused_from", "")),
        "model": spec.model.folder_name if spec.model else "",
        "folder": run.folder,
    }


def timing_table(runs: pd.DataFrame, folder: StudyFolder) -> pd.DataFrame:
    """Sums up how long a study took.

    Returns:
        One row: wall_seconds and processes of the invocations of this study; train_seconds and
        evaluate_seconds, both on one core, of all its models and runs, reused ones included; models, runs,
        and reused (how many of the runs came from other studies).
    """
    wall, processes = wall_time(folder.wall_time)
    trained = runs[runs["model"] != ""].drop_duplicates("model")
    numbers = {
        "wall_seconds": wall,
        "processes": processes,
        "train_seconds": trained["train_seconds"].sum(),
        "evaluate_seconds": runs["evaluate_seconds"].sum(),
        "models": len(trained),
        "runs": len(runs),
        "reused": int(runs["reused"].sum()),
    }
    return pd.DataFrame([numbers])


def _distinct_tracks(runs: Sequence[FinishedRun]) -> pd.DataFrame:
    """Returns what is known of the tracks that the runs name, once per environment, by index."""
    tables = []
    for environment in dict.fromkeys(run.spec.environment_label for run in runs):
        here = [run.tables["tracks"] for run in runs if run.spec.environment_label == environment]
        known = pd.concat(here, ignore_index=True).drop_duplicates("index").sort_values("index")
        tables.append(known.assign(environment=environment))
    tracks = pd.concat(tables, ignore_index=True)
    return tracks[["environment", *(name for name in tracks if name != "environment")]]
