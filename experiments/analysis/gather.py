"""Gathers the runs of a study and computes its tables."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.analysis.comparison import difference_table, score_table
from segue.experiments.analysis.listener_groups import group_table
from segue.experiments.analysis.listener_traits import listener_table
from segue.experiments.analysis.metric_tables import metrics_table, order_summary, smoothness_table
from segue.experiments.analysis.requested_tables import requested_table
from segue.experiments.analysis.run_tables import improvement_table, profile_table
from segue.experiments.runs.run import read_frames, read_record
from segue.experiments.runs.spec import RunSpec
from segue.experiments.storage.wall_time import wall_time
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.folder import StudyFolder
from segue.experiments.study.results import Results
from segue.features.errors import UserError

TRACK_COLUMNS = ("title", "artist", "duration", "tempo", "energy", "key", "mode")


def gather(
    study: StudyConfig, specs: Sequence[RunSpec], folder: StudyFolder, catalogs: Mapping[str, Any]
) -> Results:
    """Reads the runs of a study and computes its tables.

    Args:
        study: The study.
        specs: Its runs. Of an unfinished study those that are there are taken, of agents that have one in
            every environment.
        folder: The folder of the study.
        catalogs: Catalogue by label of the environment.

    Returns:
        The tables.

    Raises:
        UserError: The agents that anchor the score have not been run yet.
    """
    present = _comparable(study, specs, folder.runs)
    frames = {spec.folder_name: read_frames(folder.runs / spec.folder_name) for spec in present}

    def stack(table: str) -> pd.DataFrame:
        parts = [
            _labelled(frames[spec.folder_name][table], spec)
            for spec in present
            # The curve of a model that was trained elsewhere says nothing about this environment.
            if table in frames[spec.folder_name] and not (table == "curve" and spec.trained_elsewhere)
        ]
        return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()

    episodes, plays, orders = stack("episodes"), stack("plays"), stack("order")
    lower, upper, resamples = study.evaluation.lower, study.evaluation.upper, study.resamples
    runs = pd.DataFrame([_run_row(spec, folder.runs) for spec in present])
    met = {spec.environment_label: spec for spec in present}
    found = {label: listener_table(spec) for label, spec in met.items()}
    listeners = pd.concat([table for table, _ in found.values()], ignore_index=True)
    offered = {label: tracks for label, (_, tracks) in found.items()}
    results = Results(
        scores=score_table(episodes, lower, upper, resamples),
        differences=difference_table(episodes, resamples),
        episodes=episodes,
        plays=plays,
        curves=stack("curve"),
        tracks=_played_tracks(plays, catalogs),
        runs=runs,
        metrics=metrics_table(episodes, plays, offered, resamples),
        order=order_summary(orders, resamples) if len(orders) else pd.DataFrame(),
        smoothness=smoothness_table(episodes, orders, resamples) if len(orders) else pd.DataFrame(),
        groups=group_table(episodes, listeners, lower, resamples),
        listeners=listeners,
        profiles=profile_table(episodes, lower, upper, resamples),
        improvement=improvement_table(episodes, set(runs.loc[runs["learned"], "agent"]), resamples),
    )
    return replace(
        results, requested_tables=requested_table(results, study), timing=timing_table(runs, folder)
    )


def _comparable(study: StudyConfig, specs: Sequence[RunSpec], folder: Path) -> list[RunSpec]:
    """The finished runs of the agents that have one in every environment that they are to meet."""
    there = [spec for spec in specs if (folder / spec.folder_name).is_dir()]
    planned, begun = _meetings(specs), _meetings(there)
    ready = {agent for agent, environments in planned.items() if begun.get(agent) == environments}
    for anchor in (study.evaluation.lower, study.evaluation.upper):
        if anchor not in ready:
            raise UserError(
                f"{anchor!r}, which anchors the scores, has not been run yet on this catalogue in every "
                "environment: complete the study with `segue compare`."
            )
    return [spec for spec in there if spec.agent_label in ready]


def _meetings(specs: Sequence[RunSpec]) -> dict[str, set[str]]:
    """The environments that each agent meets."""
    found: dict[str, set[str]] = {}
    for spec in specs:
        found.setdefault(spec.agent_label, set()).add(spec.environment_label)
    return found


def _labelled(frame: pd.DataFrame, spec: RunSpec) -> pd.DataFrame:
    """Puts the labels of a run before its columns."""
    labels = {"environment": spec.environment_label, "agent": spec.agent_label, "seed": spec.seed}
    return pd.concat([pd.DataFrame(labels, index=frame.index), frame], axis=1)


def _run_row(spec: RunSpec, folder: Path) -> dict[str, Any]:
    """What the table of runs says of one."""
    from segue.agents import agent_info

    record = read_record(folder / spec.folder_name)
    return {
        "environment": spec.environment_label,
        "agent": spec.agent_label,
        "seed": spec.seed,
        "learned": spec.learned,
        "sees_listener": agent_info(spec.agent).sees_listener,
        "knows_population": agent_info(spec.agent).knows_population,
        "trained_on": spec.model.environment_label if spec.model else "",
        "steps": spec.model.steps if spec.model else 0,
        "train_seconds": record["train_seconds"],
        "evaluate_seconds": record["evaluate_seconds"],
        "return_mean": record["return_mean"],
        "revision": record["revision"] or "",
        "dirty": bool(record["dirty"]),
        "code": record["code"],
        "reused": "reused_from" in record,
        "model": spec.model.folder_name if spec.model else "",
        "folder": spec.folder_name,
    }


def timing_table(runs: pd.DataFrame, folder: StudyFolder) -> pd.DataFrame:
    """How long a study took.

    Returns:
        One row: wall_seconds and processes of its own sittings; train_seconds and evaluate_seconds, both on
        one core, of all its models and runs, also of those that were taken from other studies; models, runs,
        and taken (how many of the runs were).
    """
    wall, processes = wall_time(folder.wall_time)
    trained = runs[runs["learned"]].drop_duplicates("model")
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


def _played_tracks(plays: pd.DataFrame, catalogs: Mapping[str, Any]) -> pd.DataFrame:
    """What is known of each track that was played or started from, in raw units."""
    tables = []
    for environment, rows in plays.groupby("environment", sort=False):
        index = np.union1d(rows["index"], rows["previous"])
        tracks = catalogs[str(environment)].tracks.loc[index]
        known = {name: tracks.get(name) for name in TRACK_COLUMNS}
        named = {"environment": environment, "index": index, "track_id": tracks["id"], **known}
        tables.append(pd.DataFrame(named))
    return pd.concat(tables, ignore_index=True)
