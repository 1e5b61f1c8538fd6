"""Keeps the tables and one figure of a finished study in the repository, and writes the README's part.

Run: python experiments/publish.py runs/demo
"""

from __future__ import annotations

import argparse
import shutil
from pathlib import Path

import pandas as pd

from segue.experiments.words import number, span
from segue.features.errors import UserError

ROOT = Path(__file__).parents[1]
TABLES = ("scores", "differences", "runs")
FIGURE = "normalised_score"
START, END = "<!-- demo -->", "<!-- /demo -->"


def publish(study: Path, kept: Path, readme: Path) -> None:
    """Copies a study's tables and figure and updates the README between its marks.

    Args:
        study: The folder that `segue compare` wrote.
        kept: The folder in the repository to keep them in.
        readme: The README.

    Raises:
        UserError: If the study is not finished.
    """
    kept.mkdir(parents=True, exist_ok=True)
    files = [study / "results" / f"{table}.csv" for table in TABLES]
    files += [study / "figures" / f"{FIGURE}.{kind}" for kind in ("png", "svg", "csv")]
    for file in files:
        if not file.is_file():
            raise UserError(f"There is no {file}: finish the study with `segue compare` first.")
        shutil.copy(file, kept / file.name)
    shutil.copy(study / "study.yaml", kept / "study.yaml")
    text = readme.read_text("utf-8")
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{START}\n{section(kept)}{END}{after}", "utf-8")


def section(kept: Path) -> str:
    """Writes the README's part: a table of normalised scores, the figure, and what stands behind them."""
    scores = pd.read_csv(kept / "scores.csv")
    runs = pd.read_csv(kept / "runs.csv")
    scores = scores[scores["environment"] == scores["environment"].iloc[0]].sort_values(
        "score", ascending=False
    )
    lines = ["| agent | normalised score | 95 % interval | training runs |", "|---|---|---|---|"]
    learned = runs[runs["learned"]].groupby("agent")["steps"].agg(["size", "first"])
    for row in scores.itertuples():
        trained = "" if row.agent not in learned.index else f"{learned.loc[row.agent, 'size']}"
        lines.append(f"| {row.agent} | {number(row.score)} | {span(row.low, row.high)} | {trained} |")
    steps = int(learned["first"].max())
    revision = str(runs["revision"].iloc[0])[:10]
    where = kept.relative_to(ROOT).as_posix() if kept.is_relative_to(ROOT) else kept.name
    about = (
        f"Interquartile mean over {int(scores['episodes'].max())} sessions of listeners and tracks unseen in "
        "training, 0 for the random agent and 1 for the oracle that knows the listener; "
        f"{steps:,} training steps a run; made at revision {revision} by `make demo`."
    )
    return "\n".join(
        [*lines, "", about, "", f"![Normalised scores of the demo's agents]({where}/{FIGURE}.png)", ""]
    )


def main() -> None:
    """Publishes one study as the demo."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("study", type=Path, help="folder that `segue compare` wrote")
    publish(parser.parse_args().study, ROOT / "experiments" / "results" / "demo", ROOT / "README.md")


if __name__ == "__main__":
    main()
