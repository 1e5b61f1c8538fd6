"""Measures what the expert of `dagger` costs in its training: the planner that labels every choice.

usage: python experiments/benchmarks/expert.py [--steps 40000] [--write]

All numbers are CPU time of one process with one torch thread, without validation. `--write` keeps them for
the documentation.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import torch

from segue.agents import train_agent
from segue.agents.imitation import expert_rollouts
from segue.agents.imitation.dagger import DAgger
from segue.agents.imitation.expert_rollouts import ExpertRollouts
from segue.experiments.benchmarks.training import Parts, watch
from segue.experiments.console import errors_in_one_sentence, print_table
from segue.experiments.formatting import number, per_cent

ENVIRONMENTS = ("segue/Playlist-v0", "segue/Rebound-v0", "segue/DJSet-v0", "segue/Session-v0")
TABLE = Path(__file__).parents[1] / "calibration" / "measured" / "expert_time.csv"
WATCHED = (
    (DAgger, "learn", "total"),
    (ExpertRollouts, "_plan", "expert"),
    (expert_rollouts, "first_action_values", "expert"),
    (ExpertRollouts, "_choose", "learner"),
    (DAgger, "_fit", "learning"),
)
"""Owner and name of each function whose time is taken, and the part that it belongs to."""


def time_expert(env_id: str, steps: int, settings: dict[str, Any] | None = None) -> dict[str, float]:
    """Measures a training of `dagger`.

    Args:
        env_id: The environment.
        steps: Choices to label; rounded up to whole rounds.
        settings: Settings of the agent that are not its default.

    Returns:
        CPU seconds per 1,000 choices: of the whole training (`total`), of the planner (`expert`), of the
        learner's own choices (`learner`) and of fitting them to the planner's (`learning`).
    """
    parts: Parts = defaultdict(float)
    with ExitStack() as stack:
        for owner, name, part in WATCHED:
            stack.enter_context(_watched(owner, name, part, parts))
        trained = train_agent("dagger", env_id, {"split": "train"}, seed=0, steps=steps, settings=settings)
    return {part: 1000.0 * seconds / trained.steps for part, seconds in parts.items()}


@contextmanager
def _watched(owner: Any, name: str, part: str, parts: Parts) -> Iterator[None]:
    """Takes the time of a function for as long as the context lasts."""
    inner = getattr(owner, name)
    watch(owner, name, part, parts)
    try:
        yield
    finally:
        setattr(owner, name, inner)


def main() -> None:
    """Measures a training in each environment and prints a table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=40_000, help="choices of each training")
    parser.add_argument("--write", action="store_true", help="keep the numbers for the documentation")
    arguments = parser.parse_args()
    torch.set_num_threads(1)
    time_expert(ENVIRONMENTS[0], 1)  # compiles everything
    rows, table = [], []
    for env_id in ENVIRONMENTS:
        found = time_expert(env_id, arguments.steps)
        shares = [per_cent(found[part] / found["total"]) for part in ("expert", "learner", "learning")]
        rows.append((env_id, number(found["total"]), *shares))
        table.append({"environment": env_id, **found})
    if arguments.write:
        pd.DataFrame(table).to_csv(TABLE, index=False, float_format="%.3f", lineterminator="\n")
    head = ("environment", "s per 1,000 choices", "expert", "learner", "learning")
    print_table(head, rows, title="CPU time of training dagger, one core", numbers=head[1:])


if __name__ == "__main__":
    with errors_in_one_sentence("expert"):
        main()
