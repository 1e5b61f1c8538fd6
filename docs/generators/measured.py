"""Tables of what was measured of the built-in listeners by `experiments/calibration/headroom.py --write`."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from markdown_table import code, table

STATISTICS = Path(__file__).parents[2] / "experiments" / "results" / "statistics"
"""What the simulations of `experiments/simulations` measured."""
SCRIPT = "`python experiments/calibration/headroom.py --write`"
POLICIES = {
    "random": "random play",
    "smoothest": "smoothest transition",
    "greedy": "greedy oracle",
    "planned": "planning oracle",
    "shuffled": "its plan in random order",
}


def _rows(name: str, env_id: str | None = None) -> pd.DataFrame:
    """Reads a kept table, or its rows of one environment; none where the environment was not measured."""
    from segue.experiments.calibration.measured_tables import read_table

    rows = read_table(name)
    return rows if env_id is None else rows[rows["environment"] == env_id]


def sections(env_id: str, order: str) -> list[str]:
    """Writes the sections on the terms that matter, on random play, and on headroom.

    Args:
        env_id: A built-in environment.
        order: What its preset says about the value of order.
    """
    policies = _rows("policies", env_id)
    if policies.empty:
        return ["## Headroom", order] if order else []
    (summary,) = _rows("summary", env_id).to_dict("records")
    return [
        "## Terms that matter",
        "Share of each term in the variance of utility among the available candidates while the greedy "
        "oracle plays, and the return that a greedy oracle loses by ignoring the term, in % of what greed "
        "gains over random play, with a 95 % interval over listeners.",
        _terms(_rows("terms", env_id)),
        "## Headroom",
        order,
        _policies(policies),
        f"Planning gains {summary['headroom']:.0f} % [{summary['headroom_low']:.0f}, "
        f"{summary['headroom_high']:.0f}] more over random play than the greedy oracle does, which earns "
        f"more in {summary['greedy_better']:.0%} of the sessions. Under random play "
        f"{summary['skipped']:.0%} of the tracks are skipped, {summary['within_5s']:.0%} within 5 s; "
        f"{summary['after_skip']:.0%} after a skip and {summary['after_keep']:.0%} after a track heard to "
        "its end.",
        f"{SCRIPT} measures this, with test listeners. [What an oracle "
        "bounds](../protocol.md#what-an-oracle-bounds) says how to read it.",
    ]


def _interval(row: dict[str, float], value: str, digits: int) -> str:
    return f"{row[value]:.{digits}f} [{row['low']:.{digits}f}, {row['high']:.{digits}f}]"


def _terms(rows: pd.DataFrame) -> str:
    """Lists the terms of one environment."""
    cells = []
    for row in rows.to_dict("records"):
        link = f"[{row['term']}](../listener/terms.md#{row['term']})"
        if row["common"]:
            cells.append((link, f"{row['weight']:g}", "shifts all candidates alike", "–"))
        else:
            share = f"{row['variance_share']:.1f} %" if row["variance_share"] > 0 else "acts through taste"
            cells.append((link, f"{row['weight']:g}", share, _interval(row, "lost", 1)))
    return table(("term", "weight", "share of variance", "lost if ignored, %"), cells)


def _policies(rows: pd.DataFrame) -> str:
    """Lists the reference policies of one environment."""
    cells = [
        (
            POLICIES[row["policy"]],
            _interval(row, "return", 2),
            f"{row['tracks']:.1f}",
            f"{row['skipped']:.0%}",
        )
        for row in rows.to_dict("records")
    ]
    return table(("policy", "return", "tracks", "skipped"), cells)


def term_importance() -> str:
    """Lists what each term of each preset costs when it is ignored."""
    rows = _rows("terms")
    cells = []
    for env_id, terms in rows[~rows["common"]].groupby("environment"):
        link = f"[{env_id}](../environments/{str(env_id).split('/')[-1].rsplit('-v', 1)[0].lower()}.md)"
        for row in terms.sort_values("lost", ascending=False).to_dict("records"):
            cells.append((link, code(row["term"]), f"{row['variance_share']:.1f}", _interval(row, "lost", 1)))
            link = ""
    return table(("environment", "term", "share of variance, %", "lost if ignored, %"), cells)


def recovery() -> str:
    """Shows how well fits give back the listeners that logs were simulated from."""
    from segue.experiments.calibration.recover_listeners import summary

    cells = []
    for _, logs in summary(_rows("recovery")).groupby(["preset", "sessions", "sessions_each"], sort=False):
        for row in logs.to_dict("records"):
            known = row["coverage"] == row["coverage"]
            each = f", {row['sessions_each']} per listener" if row["sessions_each"] > 1 else ""
            cells.append(
                (
                    code(row["preset"]),
                    f"{row['sessions']:,}{each}",
                    row["parameter"],
                    f"{row['truth']:.3f}",
                    f"{row['mean']:.3f}",
                    f"{row['rmse']:.3f}" if known else "",
                    f"{row['coverage'] * row['repeats']:.0f} of {row['repeats']}" if known else "",
                )
            )
        tested = logs[logs["coverage"].notna()]
        if len(tested):
            covered = f"{(tested['coverage'] * tested['repeats']).sum():.0f} of {tested['repeats'].sum()}"
            cells.append((*cells[-1][:2], "all together", "", "", "", covered))
    head = ("preset", "sessions", "parameter", "truth", "mean estimate", "error (RMSE)", "covered")
    return table(head, cells)


def taste_bound() -> str:
    """Shows how well tastes can be known at all, and how well the filter knows them."""
    cells = [
        (
            code(row["preset"]),
            f"{row['plays']:,.0f}",
            *(
                f"{row[name]:.2f}"
                for name in ("bound_tracks", "filter_tracks", "bound_features", "filter_features")
            ),
        )
        for row in _rows("taste_bound").to_dict("records")
    ]
    head = ("preset", "plays of a listener", "tracks: at most", "filter", "features: at most", "filter")
    return table(head, cells)


def log_sizes() -> str:
    """Shows time and memory of converting logs and of fitting listeners to them."""
    from segue.experiments.benchmarks.logs import TABLE

    cells = [
        (code(row["command"]), f"{row['plays']:,}", f"{row['cpu_seconds']:.0f}", f"{row['gigabytes']:.1f}")
        for row in pd.read_csv(TABLE).to_dict("records")
    ]
    return table(("command", "plays", "CPU s", "memory, GB"), cells)


def expert_time() -> str:
    """Shows how the training time of `dagger` is divided between its expert and the learner."""
    cells = [
        (
            code(row["environment"]),
            f"{row['total']:.2f}",
            *(f"{100 * row[part] / row['total']:.0f} %" for part in ("expert", "learner", "learning")),
        )
        for row in _rows("expert_time").to_dict("records")
    ]
    return table(("environment", "s per 1,000 choices", "expert", "learner's choices", "learning"), cells)


def search_width() -> str:
    """Shows the return of the planning oracle over the width and the length of its search."""
    cells = []
    for row in _rows("search_width").to_dict("records"):
        searched = row["beam_width"] > 0
        cells.append(
            (
                code(row["environment"]),
                row["beam_width"] if searched else "greedy oracle",
                row["search_rounds"] if searched else "",
                f"{row['return']:.2f}",
                _interval(row, "difference", 2),
                f"{row['seconds']:.2f}",
            )
        )
    head = ("environment", "`beam_width`", "`search_rounds`", "return", "difference", "CPU s per session")
    return table(head, cells)


def coverage() -> str:
    """Shows how often intervals cover the truth when catalogues are redrawn."""
    rows = pd.read_csv(STATISTICS / "redrawn_catalogues.csv")
    wide = rows.pivot(index=["environment", "quantity"], columns="runs", values="coverage")
    order = rows[["environment", "quantity"]].drop_duplicates().itertuples(index=False, name=None)
    cells = [(*key, *(f"{wide.loc[key, runs]:.2f}" for runs in wide)) for key in order]
    head = ("environment", "quantity", "one split", *(f"{runs} runs" for runs in list(wide)[1:]))
    return table(head, cells)


def false_claims() -> str:
    """Shows how often a report claims a difference between equal agents."""
    rows = pd.read_csv(STATISTICS / "equal_agents.csv").to_dict("records")
    cells = [
        (row["design"], f"{100 * row['single_intervals']:.0f} %", f"{100 * row['verdict']:.1f} %")
        for row in rows
    ]
    return table(("study", "before", "now"), cells)
