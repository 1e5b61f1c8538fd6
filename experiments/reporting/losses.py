"""Where the best agent of a study loses: to which share of the listeners, in which term, for which groups."""

from __future__ import annotations

import numpy as np
import pandas as pd

from segue.envs.core.step_result import UTILITY
from segue.experiments.analysis.agent_roles import best_baselines
from segue.experiments.analysis.statistics.intervals import mean_over_runs, session_share_interval
from segue.experiments.analysis.statistics.runs import Runs, catalog_shares, runs_by_environment, runs_of
from segue.experiments.formatting import format_interval, join_labels, join_words, quoted, signed
from segue.experiments.reporting.pairs import difference_text, place_text
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.results import Results


def listeners_lost(results: Results, agent: str) -> list[str]:
    """States for which share of the listeners the best baseline of each environment does better."""
    rivals = best_baselines(results, agent)
    if not rivals:
        return []
    matrices = runs_by_environment(results.episodes, catalog_shares(results.runs))
    lost = [matrices[name][rival].won_against(matrices[name][agent]) for name, rival in rivals.items()]
    if not all(len(part.seeds) for part in lost):
        return []
    found = session_share_interval(lost)
    share = f"{100 * found.estimate:.0f} %"
    if not np.isnan(found.low):
        share += f" [{100 * found.low:.0f}, {100 * found.high:.0f}]"
    distinct = list(dict.fromkeys(rivals.values()))
    if len(rivals) == 1:
        who = f"The best baseline, {quoted(distinct[0])}, does"
    else:
        who = f"The best baseline of each environment ({join_labels(distinct)}) does"
    return [f"{who} better for {share} of the listeners."]


def worst_term(results: Results, agent: str, rivals: dict[str, str]) -> list[str]:
    """Names the term in which the best baseline is furthest ahead, if one is shown to be ahead in any.

    Args:
        results: The tables of the study.
        agent: The agent.
        rivals: The best baseline of each environment.
    """
    episodes, shares = results.episodes, catalog_shares(results.runs)
    terms = [str(name) for name in episodes if str(name).startswith(UTILITY) and name != f"{UTILITY}bias"]
    found = []
    confidence = 1.0 - 0.05 / max(len(terms) * len(rivals), 1)
    for environment, rival in rivals.items():
        here = episodes[episodes["environment"] == environment]
        for term in terms:
            mine, theirs = (_term(here, each, term, shares.get(environment, 1.0)) for each in (agent, rival))
            if mine is None or theirs is None:
                continue  # a term of another environment's listener
            apart = mean_over_runs([theirs.minus(mine)], confidence)
            if apart.above:
                row = {"environment": environment, **apart._asdict()}
                found.append((apart.estimate, term.removeprefix(UTILITY), rival, row))
    if not found:
        return []
    _, name, rival, row = max(found, key=lambda each: each[0])
    where = place_text(row, [{"environment": each} for each in rivals])
    ahead = f"{signed(row['estimate'])} {format_interval(row['low'], row['high'])} more per track{where}"
    return [f"{quoted(agent)} loses most in the term “{name}”: {quoted(rival)} has {ahead}."]


def _term(here: pd.DataFrame, agent: str, term: str, share: float) -> Runs | None:
    rows = here[here["agent"] == agent]
    return None if rows[term].isna().all() else runs_of(rows, term, share)


def groups_lost(results: Results, study: StudyConfig, agent: str) -> list[str]:
    """Names the groups of listeners for whom an agent is shown to be worse than the lower anchor."""
    if results.groups.empty:
        return []
    rows = results.groups[results.groups["agent"] == agent].to_dict("records")
    lost = [f"{row['group']}{place_text(row, rows)} ({difference_text(row)})" for row in rows if row["worse"]]
    subject, lower = quoted(agent), quoted(study.evaluation.lower)
    if not lost:
        return [f"{subject} is not shown to be worse than {lower} for any group of listeners."]
    return [f"{subject} is worse than {lower} for these groups of listeners: {join_words(lost)}."]
