"""Reproduces the simulation published with DJ-MC, with drawn listeners or ones counted in playlists.

usage: python experiments/djmc/reproduce.py --listeners 200 --out runs/djmc [--weights 1 16 64]
       python experiments/djmc/reproduce.py --listeners-from listeners.npz --out runs/playlists
           [--horizons 2 5 10] [--shares 0.25 0.5 1.0] [--favourites-of 999 50] [--listeners 40]

The first prints the mean cumulative reward of each agent and their order, with p-values; it writes
listeners.csv, summary.csv, ordering.csv and a figure. The tables are written again after every ten listeners,
so that an interrupted run leaves those of the finished listeners. `segue.experiments.djmc.simulation`
describes the setup.
The second plays to listeners that `playlist_listeners.py` made and writes playlists.csv, one row per agent,
horizon and share of songs; `segue.experiments.djmc.playlist_simulation` describes it.

The planner decides, more than what it learns: with horizon 10 over the better half DJ-MC is below greedy even
if it knows the listener's weights, since the best of 10,000 random sequences begins with a song hardly better
than most; with horizon 2 it is above greedy at 50 songs, by little where favourites are named among all
songs, by much where they are named among 50. With drawn listeners the best next song (one step) beats greedy
at 30 and 50 songs, not at 10.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from rich.console import Console
from tqdm import tqdm

from segue.experiments.console import errors_in_one_sentence, print_table
from segue.experiments.djmc.playlist_listeners import PlaylistListeners
from segue.experiments.djmc.playlist_simulation import count_plays, grid_summary, simulate_grid
from segue.experiments.djmc.simulation import AGENTS, CORPUS, LENGTHS, ordering, simulate, summary
from segue.experiments.figures.drawing.style import (
    FAINT,
    INK,
    FigureSpec,
    Layout,
    house_style,
    legend_above,
    panels,
    save,
)
from segue.experiments.formatting import format_interval, number, per_cent, signed
from segue.features.existing_files import make_folder

CHUNK = 10
"""Listeners that are simulated at once."""
COLOURS = dict(zip(AGENTS, ("#0072B2", "#009E73", "#D55E00", "#999999"), strict=True))


def reproduce(
    out: Path, listeners: int, weights: list[float], rollouts: int = 10_000, corpus: int = CORPUS
) -> pd.DataFrame:
    """Runs the simulation and writes its results after every `CHUNK` listeners.

    Args:
        out: The folder to write.
        listeners: Number of listeners.
        weights: Weights of the transition reward.
        rollouts: Rollouts of DJ-MC per decision.
        corpus: Songs in the corpus.

    Returns:
        One row per weight, listener, agent and length; see `simulate`.
    """
    make_folder(out)
    chunks = [range(first, min(first + CHUNK, listeners)) for first in range(0, listeners, CHUNK)]
    played: list[pd.DataFrame] = []
    songs = len(chunks) * len(weights) * len(AGENTS) * max(LENGTHS)
    with tqdm(total=songs, unit="song", smoothing=0.05) as bar:

        def report_progress() -> None:
            bar.update()

        for chunk in chunks:
            played += [simulate(chunk, weight, report_progress, rollouts, corpus) for weight in weights]
            write(pd.concat(played, ignore_index=True), out)
    return pd.concat(played, ignore_index=True)


def reproduce_playlists(
    out: Path,
    listeners: PlaylistListeners,
    horizons: Sequence[int],
    shares: Sequence[float],
    favourites_of: Sequence[int],
    rollouts: int = 10_000,
    corpus: int = CORPUS,
) -> pd.DataFrame:
    """Runs the simulation with listeners counted in playlists and writes playlists.csv.

    Args:
        out: The folder to write.
        listeners: The listeners and the songs.
        horizons: Songs per rollout of DJ-MC.
        shares: Shares of the songs over which DJ-MC plans.
        favourites_of: Numbers of songs among which a listener names favourites.
        rollouts: Rollouts of DJ-MC per decision.
        corpus: Songs in the corpus of each listener.

    Returns:
        What was written; see `grid_summary`.
    """
    make_folder(out)
    with tqdm(total=count_plays(horizons, shares, favourites_of), unit="agent") as bar:

        def report_progress() -> None:
            bar.update()

        played = simulate_grid(listeners, horizons, shares, favourites_of, report_progress, rollouts, corpus)
    table = grid_summary(played)
    table.to_csv(out / "playlists.csv", index=False, float_format="%.6g")
    return table


def write(played: pd.DataFrame, out: Path) -> None:
    """Writes all tables and the figure."""
    played.to_csv(out / "listeners.csv", index=False, float_format="%.6g")
    summary(played).to_csv(out / "summary.csv", index=False, float_format="%.6g")
    ordering(played).to_csv(out / "ordering.csv", index=False, float_format="%.6g")
    with house_style():
        save(draw(summary(played)), "cumulative_reward", out, ("png", "pdf"))


def draw(table: pd.DataFrame) -> FigureSpec:
    """Draws the reward of each agent above random play by length, one panel per weight."""
    weights = list(table["weight"].unique())
    agents = [agent for agent in AGENTS if agent != "random"]

    def drawing(layout: Layout) -> Figure:
        figure, axes = panels([f"transitions × {weight:g}" for weight in weights], layout, 2.4, head=0.3)
        bars: dict[str, Any] = {}
        for panel, weight in zip(axes, weights, strict=True):
            for agent, offset in zip(agents, np.linspace(-0.25, 0.25, len(agents)), strict=True):
                rows = table[(table["weight"] == weight) & (table["agent"] == agent)]
                above = rows["above_random"]
                ends = (above - rows["above_low"], rows["above_high"] - above)
                style: dict[str, Any] = {"color": COLOURS[agent], "error_kw": {"lw": 1, "ecolor": INK}}
                bars[agent] = panel.bar(np.arange(len(rows)) + offset, above, 0.23, yerr=ends, **style)
            panel.axhline(0, color=FAINT, linewidth=1)
            panel.set_xticks(range(len(LENGTHS)), [f"{songs} songs" for songs in LENGTHS])
            panel.set_ylabel("reward above random")
        legend_above(figure, bars)
        return figure

    caption = (
        f"Cumulative reward above that of random play, mean over the same {int(table['listeners'].max())} "
        "listeners; bars are 95 % bootstrap intervals of the mean difference."
    )
    return FigureSpec(drawing, table, "DJ-MC's simulation", caption)


def print_results(played: pd.DataFrame) -> None:
    """Prints the reward of each agent and how the agents are ordered."""
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
    head = ["transitions ×", "songs", "agent", "reward", "95 % interval", "by song", "CPU s per decision"]
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
    print_table(head, rows, title="Paired differences, same listeners", numbers=(*head[:2], *head[3:]))


def print_grid(table: pd.DataFrame) -> None:
    """Prints the reward of each agent of the longest playlists, and how far it is from greedy."""
    longest = table[table["songs"] == max(LENGTHS)]
    rows: list[Sequence[str]] = [
        (
            str(row["favourites_of"]),
            str(row["agent"]),
            str(row["horizon"]),
            f"{row['share']:g}",
            number(row["mean"], 1),
            signed(row["over_greedy"], 1),
            format_interval(row["over_low"], row["over_high"], 1),
        )
        for row in longest.to_dict("records")
    ]
    head = ["favourites of", "agent", "horizon", "share", "reward", "over greedy", "95 % interval"]
    title = f"Cumulative reward of {max(LENGTHS)} songs, {table['listeners'].max()} listeners from playlists"
    print_table(head, rows, title=title, numbers=(head[0], *head[2:]))


def main() -> None:
    """Runs the simulation."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    parser.add_argument("--listeners", type=int, help="listeners: 200, or with --listeners-from all")
    parser.add_argument(
        "--weights", type=float, nargs="+", default=[1.0, 16.0, 64.0], help="weights of the transition reward"
    )
    parser.add_argument("--listeners-from", type=Path, help="play to the listeners of this .npz file")
    parser.add_argument("--horizons", type=int, nargs="+", default=[2, 5, 10], help="songs that DJ-MC plans")
    parser.add_argument(
        "--shares", type=float, nargs="+", default=[0.25, 0.5, 1.0], help="shares of the songs it plans over"
    )
    parser.add_argument(
        "--favourites-of", type=int, nargs="+", default=[999, 50], help="songs that favourites are named of"
    )
    given = parser.parse_args()
    if given.listeners is not None and given.listeners < 2:
        parser.error("--listeners must be at least 2")
    if min(given.horizons) < 2:
        parser.error("--horizons must be at least 2; the agent of one step plays in any case")
    if given.listeners_from is None:
        print_results(reproduce(given.out, given.listeners or 200, given.weights))
    else:
        listeners = PlaylistListeners.load(given.listeners_from).first(given.listeners)
        print_grid(
            reproduce_playlists(given.out, listeners, given.horizons, given.shares, given.favourites_of)
        )
    Console(stderr=True).print(f"Written: {given.out}")


if __name__ == "__main__":
    with errors_in_one_sentence("reproduce"):
        main()
