"""Writes kept results as Markdown, from the files of their folder alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from segue.experiments.analysis.agent_roles import (
    baselines,
    chosen,
    learners,
    ranked,
    references,
    roles,
)
from segue.experiments.analysis.statistics.intervals import FEW
from segue.experiments.analysis.statistics.runs import ALL
from segue.experiments.formatting import join_words
from segue.experiments.reporting.markdown import estimate, link, markdown_table
from segue.experiments.reporting.other_results_markdown import SEARCHES, djmc_section, searches_section
from segue.experiments.reporting.tables import requested_tables
from segue.experiments.reporting.time_taken import time_taken
from segue.experiments.study.built_in import built_in_studies
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.loader import load_study
from segue.experiments.study.results import Results

FIGURES = {"normalised_score.png": "Normalised scores of the agents"}
"""Figures of a study on the pages, with what they show."""
TABLE_FIGURES = {"heat_maps.png": "The tables as heat maps", "requested_tables.png": "The tables as curves"}
"""Figures of a study that asks for tables of its own, instead; each is there if the study has it."""
HEADLINE = "headline.txt"
MADE_AGAIN = "made_again.csv"
"""How many runs other code made, and how many of them the code of the study made again."""
MOST_STEPS = 6
"""Numbers of training steps that are listed one by one."""
_NO_TABLE = pd.DataFrame()


def section(kept: Path, page: Path) -> str:
    """Writes all results of a folder: the full table, the figure, and the conditions.

    Args:
        kept: A folder that `publish` wrote.
        page: The page that the text is for; links are relative to it.
    """
    if (kept / SEARCHES).is_file():
        return searches_section(kept, page)
    return _study_section(kept, page) if (kept / "study.yaml").is_file() else djmc_section(kept, page)


def summary(kept: Path, page: Path) -> str:
    """Writes a small table of a study: the anchors and the best agent of each role.

    Args:
        kept: A folder that `publish` wrote.
        page: The page that the text is for; links are relative to it.
    """
    config, results = _read(kept)
    rows = _summary_rows(results, config)
    about = f"{_scale(config)}; {_over_runs(results, config)} {_other_anchors(kept, config)}{_command(kept)}"
    return "\n".join([_headline(kept), "", *_score_table(results, ("role",), rows), "", about, ""])


def _summary_rows(results: Results, config: StudyConfig) -> list[tuple[str, str]]:
    """Returns (agent, role) of the agents in a small table, the best first."""
    shown = {config.evaluation.lower: "", config.evaluation.upper: ""}
    groups = {"learned agents": learners(results), "baselines": baselines(results)}
    for kind, members in groups.items():
        rest = [agent for agent in members if agent not in shown]
        if rest:
            shown[chosen(results, rest)[0]] = f"best of {len(members)} {kind}" if len(members) > 1 else ""
    shown |= {agent: shown.get(agent, "") for agent in ranked(results, references(results))[:1]}
    kinds = roles(results)
    return [(agent, shown[agent] or kinds[agent]) for agent in ranked(results, list(shown))]


def _study_section(kept: Path, page: Path) -> str:
    """Writes the tables, the figures and the conditions of a study.

    A study that asks for tables of scores has another question than who is best, so that these answer it;
    other tables follow the scores of all agents.
    """
    config, results = _read(kept)
    tables = _requested_tables(results, config)
    if all(table.value != "score" for table in config.tables):
        tables = [_headline(kept), "", *_all_scores(results), *([""] if tables else []), *tables]
    where = link(kept, page)
    files = sorted(kept.glob("*.csv"))
    about = (
        f"{_scale(config)}; {_over_runs(results, config)} {_other_anchors(kept, config)}"
        f"{_conditions(kept, results.runs)} {_command(kept)}"
    )
    links = f"Files: {', '.join(f'[{path.stem}]({where}/{path.name})' for path in files)}."
    shown = {**FIGURES, **TABLE_FIGURES}
    figures = [f"![{text}]({where}/{name})\n" for name, text in shown.items() if (kept / name).is_file()]
    return "\n".join([*tables, "", about, "", *figures, links, ""])


def _all_scores(results: Results) -> list[str]:
    """Writes the table of all agents and environments, with the number of runs of those that learn."""
    learned = results.runs[results.runs["learned"]]
    counts = learned.groupby("agent")["seed"].nunique().to_dict()
    agents = ranked(results, [str(name) for name in results.scores["agent"].unique()])
    return _score_table(results, ("runs",), [(agent, str(counts.get(agent, ""))) for agent in agents])


def _requested_tables(results: Results, config: StudyConfig) -> list[str]:
    """Writes the tables that a study asks for, each below its title."""
    lines = []
    for table in requested_tables(results, config):
        lines += ["", f"**{table.title}**", "", *markdown_table(table.head, table.rows)]
    return lines[1:]


def _score_table(results: Results, columns: Sequence[str], rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Writes a table of normalised scores with their intervals, one column per environment.

    Args:
        results: Its scores.
        columns: Heads of the columns between the agent and the scores.
        rows: Agent, and the cells of those columns.
    """
    names = [str(name) for name in results.scores["environment"].unique()]
    names = names[-1:] + names[:-1]  # all environments together come first
    cells = {
        (row["environment"], row["agent"]): estimate(row["score"], row["low"], row["high"])
        for row in results.scores.to_dict("records")
    }
    head = ["agent", *columns, *("all" if name == ALL else name for name in names)]
    body = ([*row, *(cells.get((name, row[0]), "") for name in names)] for row in rows)
    return markdown_table(head, body)


def _conditions(kept: Path, runs: pd.DataFrame) -> str:
    """Writes how long agents were trained, with which code, and how long the study took."""
    steps = sorted(runs.loc[runs["steps"] > 0, "steps"].unique())
    revisions = sorted({str(revision)[:10] for revision in runs["revision"].dropna()})
    parts = []
    if steps:
        # Agents that train on whole sessions have a number of steps of their own in every run.
        shown = [f"{count:,}" for count in steps]
        text = join_words(shown, "or") if len(shown) <= MOST_STEPS else f"{shown[0]} to {shown[-1]}"
        parts.append(f"Trained for {text} steps per run.")
    if revisions:
        word = "Revision" if len(revisions) == 1 else "Revisions"
        parts.append(f"{word} {join_words(revisions)}.")
    if (kept / MADE_AGAIN).is_file():
        (row,) = pd.read_csv(kept / MADE_AGAIN).to_dict("records")
        parts.append(
            f"{row['runs_of_other_code']} runs are of earlier code; {row['made_again']} of them, of each "
            "agent in each environment, were made again and came out the same, play by play."
        )
    if (kept / "timing.csv").is_file():
        parts.append(time_taken(pd.read_csv(kept / "timing.csv")))
    return " ".join(parts)


def _read(kept: Path) -> tuple[StudyConfig, Results]:
    """Reads a study and those of its tables that are needed here."""
    scores, runs = (pd.read_csv(kept / f"{name}.csv") for name in ("scores", "runs"))
    others = dict.fromkeys(("differences", "episodes", "plays", "curves", "tracks"), _NO_TABLE)
    found = {
        name: pd.read_csv(file, dtype={"row": str, "column": str})
        for name in ("validation_scores", "requested_tables")
        if (file := kept / f"{name}.csv").is_file()
    }
    results = Results(scores=scores, runs=runs, **found, **others)
    return load_study(kept / "study.yaml").config, results


def _over_runs(results: Results, config: StudyConfig) -> str:
    """Says what a score is, and on how many runs and sessions it rests."""
    counts = sorted(results.runs.groupby("agent")["seed"].nunique().unique())
    runs = f"{counts[0]}" if len(counts) == 1 else f"{counts[0]} to {counts[-1]}"
    kind = "mean" if counts[-1] < FEW else "interquartile mean"
    if counts[0] < FEW <= counts[-1]:
        kind = f"{kind} (mean of fewer than {FEW})"
    word = "run" if runs == "1" else "runs"
    return (
        f"{kind} over {runs} {word} of {config.evaluation.episodes} sessions per environment, the same for "
        "every agent."
    )


def _other_anchors(kept: Path, config: StudyConfig) -> str:
    """Names the kept studies whose anchors earned something else in the same environment and sessions.

    Their scores are on another scale, as after a change of the oracle.
    """
    own, names = _anchor_returns(kept, config), []
    for other in sorted(path for path in kept.parent.iterdir() if (path / "metrics.csv").is_file()):
        if other == kept or not (other / "study.yaml").is_file():
            continue
        theirs = _anchor_returns(other, load_study(other / "study.yaml").config)
        if any(
            abs(own[key] - theirs[key]) > 1e-3 * max(abs(own[key]), 1.0) for key in own.keys() & theirs.keys()
        ):
            names.append(other.name)
    if not names:
        return ""
    return f"The anchors are other versions than in {join_words(names)}: do not compare the scores. "


def _anchor_returns(kept: Path, config: StudyConfig) -> dict[tuple[str, ...], float]:
    """Returns the mean return of each anchor, by everything that decides it but the code."""
    if not (kept / "metrics.csv").is_file():
        return {}
    table = pd.read_csv(kept / "metrics.csv")
    means = table[table["metric"] == "return"].set_index(["environment", "agent"])["mean"].to_dict()
    evaluation = config.evaluation.model_dump(exclude={"order_sessions", "listeners", "lower", "upper"})
    return {
        (environment.id, repr(environment.settings), repr(evaluation), repr(config.run_seeds), agent): float(
            means[environment.label, agent]
        )
        for environment in config.environments
        for agent in (config.evaluation.lower, config.evaluation.upper)
        if (environment.label, agent) in means
    }


def _command(kept: Path) -> str:
    """Says how to make the tables, the figures and the report again."""
    study = kept.name if kept.name in built_in_studies() else f"{kept.name}.yaml"
    return f"Made by `segue compare {study} --out runs/{kept.name}`."


def _headline(kept: Path) -> str:
    return (kept / HEADLINE).read_text("utf-8").strip()


def _scale(config: StudyConfig) -> str:
    anchors = f"0 is {config.evaluation.lower}, 1 is {config.evaluation.upper}"
    return f"Normalised score with its 95 % interval: {anchors}"
