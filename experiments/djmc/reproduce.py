"""Repeats DJ-MC's published simulation, as it was and with heavier transitions.

usage: python experiments/djmc/reproduce.py --out runs/djmc [--listeners 1000] [--weights 1 16 64]

Prints the mean cumulative reward of each agent and how they are ordered, with p-values; writes listeners.csv,
summary.csv, ordering.csv and a figure. The tables are written anew after every ten listeners, so that an
interrupted run leaves those of the listeners that are done. What is played is explained in
`djmc_simulation`.

The published order, DJ-MC above greedy above random, does not come out with 200 listeners: DJ-MC and greedy
are above random, but DJ-MC is below greedy, with transitions as the preset weighs them and sixteen times
heavier, and level with it on 30 and 50 songs at 64 times. What DJ-MC learns is not to blame: playing its best
next song (one step) beats greedy on 30 and 50 songs at every weight. Its planner is: the best of 10,000
random sequences of ten songs out of five hundred is good in sum, and its first song little better than most
of that half. The listeners are not the paper's, whose weights were counted in real playlists; ours draw those
of transitions.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console
from tqdm import tqdm

from segue.experiments.commands.console import print_table
from segue.experiments.djmc.simulation import AGENTS, CORPUS, LENGTHS, ordering, simulate, summary
from segue.experiments.figures.drawing.style import (
    FAINT,
    INK,
    FigureSpec,
    house_style,
    legend_above,
    panels,
    save,
)
from segue.experiments.formatting import format_interval, number, per_cent, signed

TOGETHER = 10
"""Listeners that are played to at once."""
COLOURS = dict(zip(AGENTS, ("#0072B2", "#009E73", "#D55E00", "#999999"), strict=True))


def reproduce(
    out: Path, listeners: int, weights: list[float], rollouts: int = 10_000, corpus: int = CORPUS
) -> pd.DataFrame:
    """Plays, and writes what came out after every few listeners.

    Args:
        out: The folder to write.
        listeners: How many listeners.
        weights: Weights of the transition reward.
        rollouts: DJ-MC's rollouts a decision.
        corpus: Songs of the corpus.

    Returns:
        One row for each weight, listener, agent and length.
    """
    out.mkdir(parents=True, exist_ok=True)
    chunks = [range(first, min(first + TOGETHER, listeners)) for first in range(0, listeners, TOGETHER)]
    played: list[pd.DataFrame] = []
    songs = len(chunks) * len(weights) * len(AGENTS) * max(LENGTHS)
    with tqdm(total=songs, unit="song", smoothing=0.05) as bar:

        def tell() -> None:
            bar.update()

        for chunk in chunks:
            played += [simulate(chunk, weight, tell, rollouts, corpus) for weight in weights]
            write(pd.concat(played, ignore_index=True), out)
    return pd.concat(played, ignore_index=True)


def write(played: pd.DataFrame, out: Path) -> None:
    """Writes all tables and the figure."""
    played.to_csv(out / "listeners.csv", index=False, float_format="%.6g")
    summary(played).to_csv(out / "summary.csv", index=False, float_format="%.6g")
    ordering(played).to_csv(out / "ordering.csv", index=False, float_format="%.6g")
    with house_style():
        save(draw(summary(played)), "cumulative_reward", out)


def draw(table: pd.DataFrame) -> FigureSpec:
    """Draws how much more than random play each agent earned, by length, a panel a weight."""
    weights = list(table["weight"].unique())
    figure, axes = panels([f"transitions × {weight:g}" for weight in weights], height=2.6)
    agents = [agent for agent in AGENTS if agent != "random"]
    offsets = np.linspace(-0.25, 0.25, len(agents))
    for panel, weight in zip(axes, weights, strict=True):
        for agent, offset in zip(agents, offsets, strict=True):
            rows = table[(table["weight"] == weight) & (table["agent"] == agent)]
            above = rows["above_random"]
            ends = (above - rows["above_low"], rows["above_high"] - above)
            style: dict[str, Any] = {
                "color": COLOURS[agent],
                "label": agent,
                "error_kw": {"lw": 1, "ecolor": INK},
            }
            panel.bar(np.arange(len(rows)) + offset, above, 0.23, yerr=ends, **style)
        panel.axhline(0, color=FAINT, linewidth=1)
        panel.set_xticks(range(len(LENGTHS)), [f"{songs} songs" for songs in LENGTHS])
        panel.set_ylabel("reward above random")
    legend_above(figure, axes[0])
    caption = (
        f"Cumulative reward above that of random play, mean over the same {int(table['listeners'].max())} "
        "listeners; bars are 95 % bootstrap intervals of the mean difference."
    )
    return FigureSpec(figure, table, "DJ-MC's simulation", caption)


def print_results(played: pd.DataFrame) -> None:
    """Prints what each agent earned and how they are ordered."""
    totals = summary(played)
    rows: list[Sequence[str]] = [
        (
            f"{row['weight']:g}",
            str(row["songs"]),
            str(row["agent"]),
            number(row["mean"], 1),
            format_interval(row["low"], row["high"], 1),
            number(row["song_reward"], 1),
            f"{row['seconds']:.4f}",
        )
        for row in totals.to_dict("records")
    ]
    head = ["transitions ×", "songs", "agent", "reward", "95 % interval", "by song", "CPU s a decision"]
    title = f"Cumulative reward, {totals['listeners'].max()} listeners"
    print_table(head, rows, title=title, numbers=(*head[:2], *head[3:]))
    rows = [
        (
            f"{row['weight']:g}",
            str(row["songs"]),
            f"{row['better']} over {row['worse']}",
            signed(row["difference"], 1),
            format_interval(row["low"], row["high"], 1),
            per_cent(row["won"]),
            f"{row['p']:.1e}",
        )
        for row in ordering(played).to_dict("records")
    ]
    head = ["transitions ×", "songs", "compared", "difference", "95 % interval", "won", "p (Wilcoxon)"]
    print_table(head, rows, title="The same listeners", numbers=(*head[:2], *head[3:]))


def main() -> None:
    """Runs the simulation."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--listeners", type=int, default=1000, help="listeners; the paper had 1,000")
    parser.add_argument("--weights", type=float, nargs="+", default=[1.0, 16.0, 64.0], help="of transitions")
    arguments = parser.parse_args()
    if arguments.listeners < 2:
        parser.error("--listeners must be at least 2")
    print_results(reproduce(arguments.out, arguments.listeners, arguments.weights))
    Console(stderr=True).print(f"Tables and figure: {arguments.out}")


if __name__ == "__main__":
    main()
