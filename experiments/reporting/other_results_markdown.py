"""Writes kept results other than studies as Markdown: searches for settings, and DJ-MC's simulation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd

from segue.experiments.formatting import format_interval, join_words, number, signed
from segue.experiments.reporting.markdown import estimate, link, markdown_table

SEARCHES = "searches.csv"
"""The table of the searches for settings, one row per agent."""


def searches_section(kept: Path, page: Path) -> str:
    """Writes how the settings of each learned agent were searched for, and what that cost."""
    head = [
        *("agent", "environments", "trials", "steps of each", "score with the settings before"),
        *("best score", "seconds per 1,000 steps, median"),
    ]
    rows = [
        [
            f"[{row['agent']}]({link(kept, page)}/{row['agent']}.csv)",
            join_words(str(row["environments"]).split()),
            *(f"{row[name]:,}" for name in ("trials", "steps")),
            *(number(row[name], 3) for name in ("score_before", "best_score")),
            number(row["seconds_per_1000_steps"]),
        ]
        for row in pd.read_csv(kept / SEARCHES).to_dict("records")
    ]
    return "\n".join([*markdown_table(head, rows), ""])


def djmc_section(kept: Path, page: Path) -> str:
    """Writes what each agent earned in the published simulation, and how certain their order is."""
    means, order = (pd.read_csv(kept / f"{name}.csv") for name in ("summary", "ordering"))
    published = means[means["weight"] == 1.0]
    lengths = sorted(published["songs"].unique())
    cells: dict[tuple[Any, Any], str] = {
        (row["agent"], row["songs"]): estimate(row["mean"], row["low"], row["high"], 1)
        for row in published.to_dict("records")
    }
    head = ["agent", *(f"{songs} songs" for songs in lengths)]
    agents = published["agent"].unique()
    table = markdown_table(head, ([agent, *(cells[agent, songs] for songs in lengths)] for agent in agents))
    longest = order[(order["weight"] == 1.0) & (order["songs"] == max(lengths))]
    compared = join_words(
        f"{row['better']} over {row['worse']} {signed(row['difference'], 1)} "
        f"{format_interval(row['low'], row['high'], 1)} (p = {row['p']:.1g})"
        for row in longest.to_dict("records")
    )
    where = link(kept, page)
    about = (
        f"Cumulative reward in DJ-MC's simulation with the preset's transition weights, mean over the same "
        f"{int(published['listeners'].max())} listeners with its 95 % interval. At {max(lengths)} songs: "
        f"{compared}. With larger transition weights: [summary]({where}/summary.csv), "
        f"[ordering]({where}/ordering.csv)."
    )
    return "\n".join([*table, "", about, "", *_playlists(kept, where)])


def _playlists(kept: Path, where: str) -> list[str]:
    """Writes what was earned from listeners counted in playlists, if that was simulated."""
    if not (kept / "playlists.csv").is_file():
        return []
    played = pd.read_csv(kept / "playlists.csv")
    longest = played[played["songs"] == played["songs"].max()]
    shares = sorted(longest["share"].unique())
    head = ["favourites of", "agent", "horizon", *(f"share {share:g}" for share in shares)]
    rows = []
    keys = ["favourites_of", "agent", "horizon"]
    for (favourites, agent, horizon), group in longest.groupby(keys, sort=False):
        cells = {
            row["share"]: f"{number(row['mean'], 1)} ({signed(row['over_greedy'], 1)} "
            f"{format_interval(row['over_low'], row['over_high'], 1)})"
            for row in group.to_dict("records")
        }
        rows.append([str(favourites), agent, str(horizon), *(cells.get(share, "") for share in shares)])
    about = (
        f"Cumulative reward of {longest['songs'].max()} songs from {longest['listeners'].max()} listeners "
        "counted in playlists, by DJ-MC's planning horizon and the share of songs that it plans over; in "
        "brackets the difference from greedy on the same listeners with its 95 % interval. "
        f"All lengths: [playlists]({where}/playlists.csv)."
    )
    return [*markdown_table(head, rows), "", about, ""]
