"""The comparisons that the verdict of a report looks at, with intervals that all hold at once."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from segue.experiments.analysis.statistics.intervals import mean_over_runs
from segue.experiments.analysis.statistics.runs import ALL, Runs, RunsByAgent, common
from segue.experiments.analysis.statistics.simultaneous import joint_confidence

COLUMNS = ["environment", "agent", "other", "unit", "difference", "low", "high", "runs", "confidence"]


@dataclass(frozen=True)
class _Comparison:
    environment: str
    agent: str
    other: str
    unit: str
    parts: list[Runs]


def family_table(
    matrices: Mapping[str, RunsByAgent],
    contenders: Collection[str],
    rivals: Collection[str],
    anchors: tuple[str, str],
    draws: int = 2000,
) -> pd.DataFrame:
    """Compares every agent that may be the best one with every agent that it has to beat.

    The best agent is one of the contenders. Since its training is the same in validation and in the test, the
    comparisons of all of them count, whichever it is.

    Args:
        matrices: Returns by environment and agent.
        contenders: Labels of the agents of which the best is chosen, usually those that learn.
        rivals: Labels of the agents that it is compared with.
        anchors: Labels of the agents that score 0 and 1.
        draws: Simulated studies behind the common confidence.

    Returns:
        One row per comparison: environment, agent, other, unit, difference (mean over runs), low, high, runs,
        and confidence, that of each single interval, so that all of them hold at once in 95 % of the studies.
        Contenders and rivals are compared in each environment, in units of return; contenders with each other
        over all environments, in units of the score.
    """
    family = _against_rivals(matrices, contenders, rivals) + _among_contenders(matrices, contenders, anchors)
    confidence = joint_confidence([_average(each.parts) for each in family], draws=draws)
    rows = []
    for each in family:
        found = mean_over_runs(each.parts, confidence)
        about = (each.environment, each.agent, each.other, each.unit)
        rows.append((*about, *found, len(each.parts[0].seeds), confidence))
    return pd.DataFrame(rows, columns=COLUMNS)


def _against_rivals(
    matrices: Mapping[str, RunsByAgent], contenders: Collection[str], rivals: Collection[str]
) -> list[_Comparison]:
    """Returns the differences in return between contenders and rivals, in each environment."""
    return [
        _Comparison(environment, agent, other, "return", [here[agent].minus(here[other])])
        for environment, here in matrices.items()
        for agent in contenders
        for other in rivals
        if agent in here and other in here and agent != other
    ]


def _among_contenders(
    matrices: Mapping[str, RunsByAgent], contenders: Collection[str], anchors: tuple[str, str]
) -> list[_Comparison]:
    """Returns the differences in score between contenders, over all environments that both have met."""
    lower, upper = anchors
    found = []
    for agent, other in itertools.combinations(contenders, 2):
        met = [name for name, here in matrices.items() if agent in here and other in here]
        scores = []
        for name in met:
            here = matrices[name]
            first, second = (here[each].scores(here[lower], here[upper]) for each in (agent, other))
            scores.append(first.minus(second))
        if scores:
            found.append(_Comparison(ALL if len(matrices) > 1 else met[0], agent, other, "score", scores))
    return found


def _average(parts: list[Runs]) -> Runs:
    """Returns the mean over environments of a comparison, by run."""
    if len(parts) == 1:
        return parts[0]
    shared = common(*parts)
    means = np.mean([part.means for part in shared], axis=0)
    return Runs(shared[0].seeds, means[:, None], shared[0].share)
