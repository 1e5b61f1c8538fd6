"""Measures how good the playlists of the search are, and how long it takes.

usage: python experiments/benchmarks/playlists.py [--write]

It compares three things, each in CPU time on one core:

- the order of 12 to 40 given tracks with the optimum that OR-Tools CP-SAT proves, for a listener who hears
  the transition from the last track only (CP-SAT has no way to state more of the listener);
- playlists from the demo catalogue and from synthetic ones with simple ways to make them, and with agents;
- time and memory of large catalogues, each in a fresh process.

`--write` keeps the tables in `experiments/results/playlists`.
"""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import tyro

from segue.agents.sequencing.constraints import Constraints, TrackFacts
from segue.agents.sequencing.expected_listener import ExpectedListener
from segue.agents.sequencing.rules import camelot_numbers
from segue.agents.sequencing.search import QUICK, search
from segue.experiments.benchmarks.envs import peak_megabytes
from segue.experiments.console import errors_in_one_sentence
from segue.experiments.playlists.agent_choice import agent_playlist
from segue.experiments.playlists.make_playlist import make_playlist
from segue.experiments.playlists.reasons import energy_percentile
from segue.experiments.playlists.request import PlaylistRequest
from segue.experiments.playlists.resolve import resolve
from segue.features import Catalog, open_catalog
from segue.features.arrays import IntArray

RESULTS = Path(__file__).parents[1] / "results" / "playlists"
LISTENERS = {
    "transitions": {"preset": "djset", "terms": {"transition": {"memory": 1}, "energy_arc": {"weight": 0}}},
    "transitions and arc": {"preset": "djset", "terms": {"transition": {"memory": 1}}},
}
"""The listeners of the comparison with CP-SAT."""
SCALE = 10_000
"""CP-SAT counts in whole numbers: utilities are rounded to 1/SCALE."""


@dataclass(frozen=True)
class BenchmarkSize:
    """The amount of measurement.

    Attributes:
        orders: Numbers of tracks to order for transitions alone.
        arc_orders: The same with an energy arc, whose optimum CP-SAT proves for few tracks only.
        problems: Problems of each size.
        limit: Seconds that CP-SAT may take for one.
        catalogues: Catalogues with the number of tracks to choose, as NAME=TRACKS.
        draws: Random lists whose mean stands for shuffling.
        agents: Agents that also choose.
    """

    orders: tuple[int, ...] = (12, 16, 20, 30, 40)
    arc_orders: tuple[int, ...] = (12,)
    problems: int = 10
    limit: float = 120.0
    catalogues: tuple[str, ...] = ("demo=30", "synthetic:10000=30", "synthetic:100000=100")
    draws: int = 200
    agents: tuple[str, ...] = ("random", "smooth")


def proven_order(
    listener: ExpectedListener, rows: IntArray, limit: float
) -> tuple[float, bool, float, float]:
    """Finds the best order of tracks with CP-SAT on one core.

    The tracks form a circuit through a node that stands for both ends, and one variable per track and
    position ties the circuit to the energy arc, if there is one.

    Returns:
        Utility without its constant part, whether it is proven to be the highest, and the CPU seconds for
        building the model and for solving it.
    """
    from ortools.sat.python import cp_model

    begun, n = time.process_time(), len(rows)
    unary = np.rint(listener.at_positions(rows) * SCALE).astype(int)
    pair = np.rint(listener.between(rows, rows) * SCALE).astype(int)
    model, placed = cp_model.CpModel(), bool(np.ptp(unary, axis=0).any())
    at = [[model.new_bool_var("") for _ in range(n)] for _ in range(n)]
    for i in range(n):
        model.add_exactly_one(at[i])
        model.add_exactly_one(at[k][i] for k in range(n))
    arcs, gains = [], []
    for i in range(n):
        arcs += [(n, i, at[i][0]), (i, n, at[i][n - 1])]
        for j in range(n):
            if i != j:
                follows = model.new_bool_var("")
                arcs.append((i, j, follows))
                gains.append(int(pair[i, j]) * follows)
                for k in range(n - 1) if placed else ():
                    model.add_bool_or(follows.negated(), at[i][k].negated(), at[j][k + 1])
    model.add_circuit(arcs)
    gains += [int(unary[k, i]) * at[i][k] for i in range(n) for k in range(n)]
    model.maximize(sum(gains))
    solver = cp_model.CpSolver()
    solver.parameters.max_time_in_seconds = limit
    solver.parameters.num_workers = 1
    built = time.process_time()
    status = solver.solve(model)
    done = time.process_time()
    return (
        solver.objective_value / SCALE,
        solver.status_name(status) == "OPTIMAL",
        built - begun,
        done - built,
    )


def order_rows(size: BenchmarkSize) -> list[dict[str, Any]]:
    """Compares orders of given tracks with those of CP-SAT."""
    catalog, found = open_catalog("demo"), []
    facts = TrackFacts.of(catalog, 0.0)
    sizes = [("transitions", n) for n in size.orders]
    sizes += [("transitions and arc", n) for n in size.arc_orders]
    for name, n in sizes:
        config = LISTENERS[name]
        for problem in range(size.problems):
            works = np.unique(catalog.work_codes, return_index=True)[1]
            rows = np.random.default_rng(problem).choice(works, n, replace=False)
            listener = ExpectedListener(catalog, config, n)
            wish = Constraints(eligible=np.sort(rows), include=tuple(rows.tolist()), versions=True)
            search(listener, facts, wish, 0, QUICK)  # loads what is compiled
            begun = time.process_time()
            own = _value(listener, search(listener, facts, wish, 0).rows)
            own_s = time.process_time() - begun
            best, proven, built_s, solved_s = proven_order(listener, rows, size.limit)
            shuffled = np.mean(
                [_value(listener, np.random.default_rng(s).permutation(rows)) for s in range(50)]
            )
            found.append(
                {
                    "listener": name,
                    "tracks": n,
                    "problem": problem,
                    "search": own,
                    "cp_sat": best,
                    "proven": proven,
                    "gap": (best - own) / abs(best),
                    "gap_of_gain": (best - own) / (best - shuffled),
                    "search_s": own_s,
                    "cp_sat_build_s": built_s,
                    "cp_sat_solve_s": solved_s,
                }
            )
            print(found[-1], flush=True)
    return found


def _value(listener: ExpectedListener, rows: IntArray) -> float:
    """Returns the utility of an order without its constant part."""
    unary, pair = listener.at_positions(rows), listener.between(rows, rows)
    places = np.arange(len(rows))
    return float(unary[places, places].sum() + pair[places[:-1], places[1:]].sum())


def baselines(catalog: Catalog, n: int, seed: int) -> dict[str, IntArray]:
    """Returns lists of n tracks that simple rules make from the same random tracks, or from all.

    `nearest neighbour` follows the smoothest transition from a random track among 2,000 tracks; the others
    take n random tracks, in random order, by tempo, or by Camelot code and then energy.
    """
    rng = np.random.default_rng(seed)
    works = np.unique(catalog.work_codes, return_index=True)[1]
    rows = rng.choice(works, n, replace=False)
    pool = rng.choice(works, min(len(works), 2000), replace=False)
    listener = ExpectedListener(catalog, "djset", n)
    pair = listener.between(pool, pool)
    np.fill_diagonal(pair, -np.inf)
    nearest = [0]
    while len(nearest) < n:
        pair[:, nearest[-1]] = -np.inf
        nearest.append(int(pair[nearest[-1]].argmax()))
    order = np.lexsort((energy_percentile(catalog)[rows], camelot_numbers(catalog)[rows]))
    return {
        "shuffled": rows,
        "nearest neighbour": pool[nearest],
        "sorted by tempo": rows[np.argsort(catalog.raw("tempo")[rows])],
        "sorted by key and energy": rows[order],
    }


def quality_rows(name: str, n: int, size: BenchmarkSize) -> list[dict[str, Any]]:
    """Compares the search with simple ways to make a list, and with agents."""
    catalog = open_catalog(name)
    listener = ExpectedListener(catalog, "djset", n)
    begun = time.process_time()
    made = make_playlist(catalog, {"tracks": n})
    spent = time.process_time() - begun
    values: dict[str, list[float]] = {"search": [made.utility]}
    rules = baselines(catalog, n, 0)
    for seed in range(5):
        rules = baselines(catalog, n, seed)
        for rule, rows in rules.items():
            values.setdefault(rule, []).append(float(listener.utility(rows[None])[0]))
    same = {"reorder": catalog.ids[rules["shuffled"]].tolist(), "versions": True}
    values["search, order of the shuffled tracks only"] = [make_playlist(catalog, same).utility]
    for agent in size.agents:
        played = resolve(catalog, PlaylistRequest(tracks=n))
        values[f"agent {agent}"] = [agent_playlist(played, agent, None).utility]
    return [
        {
            "catalogue": name,
            "tracks": n,
            "method": method,
            "utility": float(np.mean(of)),
            "cpu_s": spent if method == "search" else np.nan,
        }
        for method, of in values.items()
    ]


def speed_row(name: str, n: int) -> dict[str, Any]:
    """Measures time and memory of one playlist, from opening the catalogue on."""
    begun, wall = time.process_time(), time.perf_counter()
    catalog = open_catalog(name)
    opened = time.process_time() - begun
    made = make_playlist(catalog, {"tracks": n, "artist_gap": 3, "max_tempo_change": 8})
    return {
        "catalogue": name,
        "tracks": len(made),
        "open_cpu_s": opened,
        "cpu_s": time.process_time() - begun,
        "wall_s": time.perf_counter() - wall,
        "peak_mb": peak_megabytes(),
    }


def _fresh(measure: Callable[..., Any], *arguments: Any) -> Any:
    """Measures in a process whose memory nothing else has used."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(measure, *arguments).result()


def main(size: tyro.conf.OmitArgPrefixes[BenchmarkSize] = BenchmarkSize(), write: bool = False) -> None:
    """Measures playlists and prints three tables.

    Args:
        size: The amount of measurement.
        write: Keeps the tables in `experiments/results/playlists`.
    """
    pairs = [(name, int(n)) for name, _, n in (text.rpartition("=") for text in size.catalogues)]
    tables = {
        "speed": pd.DataFrame([_fresh(speed_row, name, n) for name, n in pairs]),
        "order": pd.DataFrame(order_rows(size)),
        "quality": pd.DataFrame([row for name, n in pairs for row in _fresh(quality_rows, name, n, size)]),
    }
    for title, table in tables.items():
        print(f"\n{title}\n{table.round(3).to_string(index=False)}")
        if write:
            RESULTS.mkdir(parents=True, exist_ok=True)
            table.round(6).to_csv(RESULTS / f"{title}.csv", index=False)


if __name__ == "__main__":
    with errors_in_one_sentence("playlists"):
        tyro.cli(main)
