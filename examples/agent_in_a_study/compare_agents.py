"""Compares a custom agent with the baselines: `python compare_agents.py` in this folder."""

from dataclasses import dataclass
from pathlib import Path

import tyro

from segue.agents import register_agent
from segue.experiments.execution.jobs import ExecutionConfig
from segue.experiments.pipeline import compare

STUDY = Path(__file__).with_name("study.yaml")


@dataclass
class Args:
    """Where the study is and where its results go."""

    study: Path = STUDY
    """The YAML file of the study."""
    out: Path = Path("runs/flow")
    """Folder to write; an unfinished study in it is resumed."""
    processes: int | None = None
    """Processes to use; all cores by default."""


def main(args: Args) -> None:
    """Registers the agent, runs the study and prints the normalised scores, the best first."""
    # Named by its module, so that the worker processes of the study find it too.
    register_agent("flow", "flow:Flow", description="near what was liked, by small transitions")
    results = compare(args.study, args.out, execution=ExecutionConfig(args.processes))
    scores = results.scores.sort_values("score", ascending=False)
    for row in scores.to_dict("records"):
        print(f"{row['agent']:20} {row['score']:5.2f} [{row['low']:.2f}, {row['high']:.2f}]")
    print(f"Report: {args.out / 'report.html'}")


if __name__ == "__main__":
    main(tyro.cli(Args))
