"""The numbers of the tables that a study asks for, by environment and agent."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from segue.experiments.analysis.statistics.interval import NOTHING, Interval
from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.runs import (
    Runs,
    RunsByAgent,
    catalog_shares,
    runs_by_environment,
)
from segue.experiments.analysis.statistics.simultaneous import joint_confidence
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.file_format.table_config import DIFFERENCE, LOST, SCORE_CHANGE, TableConfig
from segue.experiments.study.results import Results

Pair = tuple[str, str]
"""Labels of an environment and an agent."""


def values(
    results: Results, study: StudyConfig, config: TableConfig, pairs: Iterable[Pair]
) -> dict[Pair, Interval]:
    """Returns the numbers that a table asks for, with their intervals (NaN if there is none).

    Args:
        results: The other tables of the study.
        study: The study.
        config: The table.
        pairs: Environments and agents that it covers.
    """
    if config.value == "score":
        table = results.scores.rename(columns={"score": "mean"})
    elif config.value in ("gain", "regret"):
        names = {config.value: "mean", f"{config.value}_low": "low", f"{config.value}_high": "high"}
        table = results.order.rename(columns=names)
    elif config.value == "train_seconds":
        means = results.runs.groupby(["environment", "agent"])["train_seconds"].mean().rename("mean")
        table = means.reset_index().assign(low=float("nan"), high=float("nan"))
    elif config.value in (DIFFERENCE, LOST, SCORE_CHANGE):
        return _comparisons(results, study, config, pairs)
    else:
        table = results.metrics[results.metrics["metric"] == config.value]
    return {
        (str(row["environment"]), str(row["agent"])): Interval(row["mean"], row["low"], row["high"])
        for row in table.to_dict("records")
    }


def _comparisons(
    results: Results, study: StudyConfig, config: TableConfig, pairs: Iterable[Pair]
) -> dict[Pair, Interval]:
    """Computes what is measured from something else, run by run."""
    runs = runs_by_environment(results.episodes, catalog_shares(results.runs))
    found: dict[Pair, Runs] = {}
    numbers: dict[Pair, Interval] = {}
    for environment, agent in pairs:
        itself = environment if config.value == SCORE_CHANGE else agent
        if config.against_in(environment) == itself:
            numbers[environment, agent] = NOTHING  # a gap
        apart = _apart(runs, study, config, environment, agent)
        if apart is not None and len(apart.seeds):
            found[environment, agent] = apart
    confidence = joint_confidence(list(found.values())) if config.onset else 0.95
    return numbers | {pair: mean_over_runs([apart], confidence) for pair, apart in found.items()}


def _apart(
    runs: dict[str, RunsByAgent], study: StudyConfig, config: TableConfig, environment: str, agent: str
) -> Runs | None:
    """Returns how an agent differs from what a table measures it from; None if there is no such thing."""
    against = config.against_in(environment)
    lower, upper = study.evaluation.lower, study.evaluation.upper
    here = runs.get(environment, {})
    if against is None or agent not in here:
        return None
    if config.value == SCORE_CHANGE:
        there = runs.get(against, {})
        if environment == against or agent not in there:
            return None
        mine, other = (each[agent].scores(each[lower], each[upper]) for each in (here, there))
        # Tracks are shared as in the environment whose runs share more of them.
        return replace(mine.minus(other), share=max(mine.share, other.share))
    if agent == against or against not in here:
        return None
    if config.value == DIFFERENCE:
        return here[agent].minus(here[against])
    kept = here[agent].scores(here[lower], here[against])
    return Runs(kept.seeds, 100.0 * (1.0 - kept.values), kept.share)
