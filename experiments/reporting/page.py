"""Writes the report of a study."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from segue.experiments.analysis.agent_roles import best_agent
from segue.experiments.analysis.statistics.runs import ALL
from segue.experiments.figures.drawing.style import FigureFiles, agent_styles
from segue.experiments.reporting.findings import findings
from segue.experiments.reporting.inline import inline_svg
from segue.experiments.reporting.sessions import sessions_json, shown_sessions
from segue.experiments.reporting.tables import (
    difference_tables,
    order_tables,
    overview,
    requested_tables,
    score_tables,
)
from segue.experiments.reporting.time_taken import time_taken
from segue.experiments.runs.folder import read_record
from segue.experiments.runs.observers.explanations import EXPLAINED_SESSIONS
from segue.experiments.study.config import StudyConfig
from segue.experiments.study.loader import StudyFile
from segue.experiments.study.results import Results


def write_report(
    results: Results, study: StudyFile, figures: list[FigureFiles], path: Path, notes: Sequence[str] = ()
) -> Path:
    """Writes the report as one self-contained HTML file.

    Args:
        results: The tables of the study.
        study: The study file.
        figures: The figures, as they were written.
        path: The file to write; an existing report is replaced as a whole.
        notes: Warnings that head the report, such as that runs are missing.

    Returns:
        `path`.
    """
    page = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    template = page.from_string(_resource("template.html.j2"))
    text = template.render(_contents(results, study, figures, path.parent / "runs"), notes=list(notes))
    # One name for all processes: what a killed one has left is replaced. The caller holds a lock.
    partial = path.with_name(f".{path.name}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
    return path


def _contents(results: Results, study: StudyFile, figures: list[FigureFiles], runs: Path) -> dict[str, Any]:
    """Returns everything that the template shows."""
    config = study.config
    environments = [name for name in results.scores["environment"].unique() if name != ALL]
    return {
        "study": config,
        "study_text": study.text,
        "style": Markup(_resource("style.css")),
        "findings": findings(results, config),
        "best": best_agent(results),
        "several": len(environments) > 1,
        "requested_tables": requested_tables(results, config),
        "overview": overview(results, config) if len(environments) > 1 else (),
        "score_tables": score_tables(results, config),
        "difference_tables": difference_tables(results, config),
        "order_tables": order_tables(results, config),
        "figures": [(figure, Markup(inline_svg(figure))) for figure in figures],
        "explained_sessions": min(EXPLAINED_SESSIONS, config.evaluation.episodes),
        "sessions": Markup(sessions_json(results, config)),
        "shown_sessions": shown_sessions(results, config),
        "scripts": [Markup(_resource(name)) for name in ("tables.js", "session_explorer.js")],
        "styles": agent_styles(config),
        "seeds": _agents_by_seeds(results),
        "provenance": read_record(runs / _first_own_run(results)),
        "timing": time_taken(results.timing),
        "reused": reused_runs(results),
        "session_seeds": _session_seeds(config),
    }


def _first_own_run(results: Results) -> str:
    """Returns the folder of a run that the study has made itself, or of any run if all were reused."""
    return str(results.runs.sort_values("reused", kind="stable")["folder"].iloc[0])


def _session_seeds(study: StudyConfig) -> str:
    """States the seeds of the sessions of each run."""
    seeds = {run: study.evaluation.seeds(run) for run in study.run_seeds}
    return "; ".join(f"run {run}: {own[0]} to {own[-1]}" for run, own in seeds.items())


def _agents_by_seeds(results: Results) -> dict[str, list[str]]:
    """Groups the agents by the seeds that they were run with."""
    groups: dict[str, list[str]] = {}
    for agent, seeds in results.runs.groupby("agent", sort=False)["seed"]:
        used = ", ".join(str(seed) for seed in sorted(seeds.unique()))
        groups.setdefault(used, []).append(str(agent))
    return groups


def reused_runs(results: Results) -> list[str]:
    """States for each agent how many of its runs were reused, and from which studies."""
    reused = results.runs[results.runs["reused"]]
    if reused.empty:
        return []
    totals = results.runs.groupby("agent").size()
    sources = reused.assign(study=reused["reused_from"].str.partition("/")[0])
    counts = sources.groupby(["agent", "study"], sort=False).size().rename("number").reset_index()
    return [
        f"{row['agent']}: {row['number']} of {totals[row['agent']]} runs from {row['study']}"
        for row in counts.to_dict("records")
    ]


def _resource(name: str) -> str:
    """Reads a file of this package."""
    return files("segue.experiments.reporting").joinpath(name).read_text(encoding="utf-8")
