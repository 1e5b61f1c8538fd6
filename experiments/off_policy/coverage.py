"""Measures the bias of the estimators and the coverage of their intervals against the simulator's true value.

Run as `python experiments/off_policy/coverage.py --write`, which takes a few minutes on one core.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tyro
from tqdm import tqdm

from segue.agents import make_agent
from segue.agents.epsilon_greedy import EpsilonGreedy
from segue.experiments.console import errors_in_one_sentence
from segue.experiments.off_policy.estimate_value import ESTIMATORS
from segue.experiments.off_policy.importance_sampling import effective_sessions
from segue.experiments.off_policy.logged_sessions import LoggedSessions
from segue.experiments.off_policy.target_policy import target_probabilities
from segue.experiments.recording.sessions import record_sessions
from segue.experiments.runs.batches import make_batch
from segue.experiments.runs.evaluate import evaluate
from segue.features.source_tree import source_folder

TABLE = Path(__file__).parent / "measured" / "coverage.csv"
TRUE_SEED = 2**40
"""First seed of the sessions that give the true value, far from those of other uses."""


@dataclass(frozen=True)
class Case:
    """What is logged, and what is asked about it.

    Attributes:
        name: Name of the case.
        logged: Agent that plays, and its ε.
        target: Agent whose value is asked for, and its ε.
        settings: Arguments of the environment.
    """

    name: str
    logged: tuple[str, float]
    target: tuple[str, float]
    settings: dict[str, Any] = field(default_factory=dict)


SHORT = {"length": 10, "pool_size": 10}
CASES = (
    Case("near", ("smooth", 0.5), ("smooth", 0.25), SHORT),
    Case("far", ("smooth", 0.5), ("content", 0.1), SHORT),
    Case("confounded", ("greedy-oracle", 0.5), ("random", 0.0), SHORT),
    Case("long", ("smooth", 0.1), ("smooth", 0.0), {"length": 20, "pool_size": 20}),
)
"""Targets near the logging policy and far from it, a logging policy that knew more, and longer sessions."""
NAMES = tuple(case.name for case in CASES)


def explorer(agent: tuple[str, float], env: Any, seed: int) -> EpsilonGreedy:
    """Makes an agent that explores with a probability."""
    name, epsilon = agent
    return EpsilonGreedy(make_agent(name, env), epsilon, seed)


def logged_sessions(case: Case, env_id: str, sessions: int, seed: int) -> LoggedSessions:
    """Records the sessions of one dataset of a case."""
    name, epsilon = case.logged
    blocks = record_sessions(
        lambda env: make_agent(name, env), env_id, case.settings, sessions, epsilon=epsilon, seed=seed
    )
    return LoggedSessions.from_recorded(session for block in blocks for session in block)


def true_value(case: Case, env_id: str, sessions: int) -> tuple[float, float]:
    """Plays the target policy itself; returns its mean return and the standard error."""
    found, _ = evaluate(
        lambda env: explorer(case.target, env, TRUE_SEED),
        env_id,
        case.settings,
        range(TRUE_SEED, TRUE_SEED + sessions),
    )
    returns = found["return"].to_numpy()
    return float(returns.mean()), float(returns.std(ddof=1) / np.sqrt(sessions))


def estimates(case: Case, env_id: str, sessions: int, seed: int) -> pd.DataFrame:
    """Applies every estimator to one dataset; one row each, with the value and the interval."""
    log = logged_sessions(case, env_id, sessions, seed)
    env = make_batch(env_id, case.settings, 1)
    target = target_probabilities(log, explorer(case.target, env, 0))
    env.close()
    rows = [(name, *estimate(log, target)) for name, estimate in ESTIMATORS.items()]
    table = pd.DataFrame(rows, columns=["estimator", "value", "low", "high"])
    return table.assign(dataset=seed, effective=effective_sessions(log, target))


def summary(found: pd.DataFrame, true: float) -> pd.DataFrame:
    """Summarises the estimates of many datasets.

    Args:
        found: Rows of `estimates`.
        true: The true value.

    Returns:
        One row per estimator: bias, its standard error, the standard deviation over datasets, the root mean
        squared error, the share of intervals that hold the true value, and their mean width.
    """
    rows = []
    for name, part in found.groupby("estimator", sort=False):
        errors = part["value"] - true
        deviation = float(part["value"].std(ddof=1))
        rows.append(
            {
                "estimator": name,
                "bias": errors.mean(),
                "bias_se": deviation / np.sqrt(len(part)),
                "deviation": deviation,
                "rmse": np.sqrt((errors**2).mean()),
                "coverage": ((part["low"] <= true) & (true <= part["high"])).mean(),
                "width": (part["high"] - part["low"]).mean(),
            }
        )
    return pd.DataFrame(rows)


def measure(case: Case, env_id: str, datasets: int, sessions: int, true_sessions: int) -> pd.DataFrame:
    """Measures a case; returns its rows of the kept table."""
    true, error = true_value(case, env_id, true_sessions)
    parts = [
        estimates(case, env_id, sessions, seed)
        for seed in tqdm(range(datasets), desc=case.name, unit="dataset", disable=None)
    ]
    found = pd.concat(parts)
    (logged, epsilon), (target, target_epsilon) = case.logged, case.target
    facts = {
        "case": case.name,
        "environment": env_id,
        "logged": logged,
        "epsilon": epsilon,
        "target": target,
        "target_epsilon": target_epsilon,
        **{name: case.settings.get(name) for name in SHORT},
        "datasets": datasets,
        "sessions": sessions,
        "effective": found["effective"].mean(),
        "true": true,
        "true_se": error,
    }
    return pd.DataFrame(facts, index=range(len(ESTIMATORS))).join(summary(found, true))


def keep(found: pd.DataFrame) -> None:
    """Replaces the rows of a case in the kept table."""
    source_folder(__file__)
    TABLE.parent.mkdir(exist_ok=True)
    if TABLE.is_file():
        others = pd.read_csv(TABLE)
        found = pd.concat([others[~others["case"].isin(found["case"])], found])
    ordered = found.sort_values("case", key=lambda names: names.map(NAMES.index), kind="stable")
    ordered.to_csv(TABLE, index=False, float_format="%.4f", lineterminator="\n")


def main(
    cases: tyro.conf.Positional[Sequence[str]] = NAMES,
    env: str = "segue/Playlist-v0",
    datasets: int = 50,
    sessions: int = 300,
    true_sessions: int = 20_000,
    write: bool = False,
) -> None:
    """Prints bias and coverage of every estimator.

    Args:
        cases: Names of cases.
        env: The environment.
        datasets: Datasets per case.
        sessions: Sessions per dataset.
        true_sessions: Sessions of the target policy itself, for its true value.
        write: Keep the rows of each case in the folder `measured`.
    """
    for case in CASES:
        if case.name in cases:
            found = measure(case, env, datasets, sessions, true_sessions)
            print(found.round(3).to_string(index=False), flush=True)
            if write:
                keep(found)


if __name__ == "__main__":
    with errors_in_one_sentence("coverage"):
        tyro.cli(main)
