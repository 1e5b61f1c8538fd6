"""The tables of what `experiments/benchmarks/playlists.py --write` measured."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from markdown_table import table

FOLDER = Path(__file__).parents[2] / "experiments" / "results" / "playlists"
CP_SAT = "CP-SAT"


def orders() -> str:
    """Compares the search for an order with the proven optimum, by listener and number of tracks."""
    cells = []
    problems = pd.read_csv(FOLDER / "order.csv")
    for (listener, tracks), rows in problems.groupby(["listener", "tracks"], sort=False):
        proven = rows[rows["proven"]]
        whole = proven["cp_sat_build_s"] + proven["cp_sat_solve_s"]
        cells.append(
            (
                str(listener),
                str(tracks),
                f"{len(proven)} of {len(rows)}",
                f"{100 * proven['gap'].clip(lower=0).mean():.2f} %",
                f"{100 * proven['gap'].clip(lower=0).max():.2f} %",
                *(f"{1000 * seconds.mean():.0f} ms" for seconds in (proven["search_s"], whole)),
            )
        )
    head = ("listener hears", "tracks", "proven", "mean gap", "largest gap", "search", CP_SAT)
    return table(head, cells)


def quality() -> str:
    """Compares utilities with those of simple ways to make a list, a column per catalogue."""
    rows = pd.read_csv(FOLDER / "quality.csv")
    names = {
        catalogue: f"{part['tracks'].iloc[0]} of `{catalogue}`"
        for catalogue, part in rows.groupby("catalogue", sort=False)
    }
    wide = rows.pivot(index="method", columns="catalogue", values="utility").loc[rows["method"].unique()]
    cells = [
        (str(method), *(f"{utilities[name]:.0f}".replace("-", "−") for name in names))
        for method, utilities in wide.iterrows()
    ]
    return table(("list made by", *names.values()), cells)


def speed() -> str:
    """Shows time and memory by catalogue."""
    cells = [
        (f"{row['tracks']} of `{row['catalogue']}`", f"{row['cpu_s']:.1f} s", f"{row['peak_mb']:,.0f} MB")
        for row in pd.read_csv(FOLDER / "speed.csv").to_dict("records")
    ]
    return table(("playlist", "CPU time", "largest memory"), cells)
