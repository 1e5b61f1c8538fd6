"""The findings on a fit in words and tables, for the terminal and the page."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from segue.experiments.fitting.fit import Fit
from segue.experiments.fitting.goodness.forecasts import FITTED, TREES
from segue.experiments.fitting.likelihood.parameters import DEPARTURE, LEAVING, WEIGHT
from segue.experiments.formatting import format_interval, join_words, number, signed

DIGITS = 3


@dataclass(frozen=True)
class SummaryTable:
    """A table as text.

    Attributes:
        title: Line above it.
        head: Names of the columns, of which all but the first hold numbers.
        rows: Cells.
    """

    title: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def verdict(fit: Fit) -> str:
    """Returns the first line of the report: the forecasts against those of the trees, the worst set first."""
    parts = []
    for name, (gap, low, high) in sorted(fit.gaps.items(), key=lambda item: item[1][0]):
        auc = fit.forecasts.set_index(["set", "forecast"])["auc"]
        fitted, trees = float(auc[name, FITTED]), float(auc[name, TREES])
        if math.isnan(gap):
            continue
        if gap < 0:
            how = "worse than" if high < 0 else "slightly worse than"
        else:
            how = "better than" if low > 0 else "as good as"
        parts.append(
            f"{how} {TREES} on {name} (AUC {number(fitted, DIGITS)} against {number(trees, DIGITS)}, "
            f"difference {signed(gap, DIGITS)} {format_interval(low, high, DIGITS)})"
        )
    if not parts:
        return "Forecasts of the next skip could not be compared: the held-out plays are all alike."
    return f"Forecasts of the next skip by the fitted listener are {join_words(parts)}."


def gates_line(gates: pd.DataFrame) -> str:
    """Returns how many numbers of the simulated listener agree with the log."""
    passed = int(gates["passed"].sum())
    missed = join_words(gates.loc[~gates["passed"], "name"].astype(str))
    return (
        f"Simulated under the logged tracks, {passed} of {len(gates)} numbers lie within their gates"
        f"{f'; outside are {missed}' if missed else ''}."
    )


def forecast_tables(fit: Fit) -> list[SummaryTable]:
    """Returns the quality of the forecasts, one table per set."""
    tables = []
    for name, rows in fit.forecasts.groupby("set", sort=False):
        cells = tuple(
            (str(row["forecast"]), *(number(row[key], 4) for key in ("auc", "brier", "log_loss")))
            for row in rows.to_dict("records")
        )
        title = f"Next skip given the past, {name} ({rows['plays'].iloc[0]:,} plays)"
        tables.append(SummaryTable(title, ("forecast", "AUC", "Brier score", "log loss"), cells))
    return tables


def parameter_table(fit: Fit) -> SummaryTable:
    """Returns the parameters with their intervals."""
    intervals = fit.estimate.intervals()
    rows = [
        (
            _label(name),
            number(abs(value) if name.startswith(WEIGHT) else value, DIGITS),
            format_interval(*intervals[name], DIGITS) if name in intervals else "",
        )
        for name, value in fit.estimate.values.items()
        if name in intervals
    ]
    return SummaryTable("Parameters", ("parameter", "value", "95 % interval"), tuple(rows))


def gate_table(gates: pd.DataFrame) -> SummaryTable:
    """Returns the simulated listener beside the log."""
    rows = tuple(
        (
            str(row["name"]),
            *(number(row[key], DIGITS) for key in ("real", "simulated", "gap", "gate")),
            "yes" if row["passed"] else "no",
        )
        for row in gates.to_dict("records")
    )
    head = ("number", "real", "simulated", "gap", "gate", "within")
    return SummaryTable("Simulated against real, under the logged tracks", head, rows)


def notes(fit: Fit) -> list[str]:
    """Returns what a reader has to know: what is left out and why, and how sessions were cut."""
    found = [f"Left out: {name}, since {reason}." for name, reason in fit.unsupported.items()]
    unknown = float((fit.plays.track < 0).mean())
    if 0 < unknown < 1 and fit.model.regressors.names:
        found.append(f"{100 * unknown:.0f} % of the plays are of tracks that the catalogue lacks.")
    if fit.model.regressors.fixed:
        found.append(f"As in the preset, not estimated: {join_words(fit.model.regressors.fixed)}.")
    if "bias_spread" not in fit.estimate.names and fit.plays.n_listeners > 1:
        found.append(
            "Listeners have about one session each, so that the spread of their bias is part of the level."
        )
    if not fit.plays.timed.any():
        found.append("The log does not say when tracks were skipped: the times to a skip are the preset's.")
    rate = fit.estimate.values["break_rate"]
    if rate > 0:
        found.append(
            f"Sessions seem to end unmarked after one play in {1 / rate:.0f}; forecasts allow for it."
        )
    departures = fit.model.departures
    if fit.model.unmarked:
        found.append("The log does not mark the ends of sessions: departures are the preset's.")
    elif departures.shortest > 1:
        found.append(
            f"The log has no session below {departures.shortest} plays: ends before that are not estimated."
        )
    if departures.longest is not None and not fit.model.unmarked:
        found.append(
            f"Sessions seem to have been cut off after {departures.longest} plays: these are no departures."
        )
    if fit.penalty:
        found.append(f"The validation plays chose a penalty of {fit.penalty:g} on the weights of the terms.")
    return found


def _label(name: str) -> str:
    """Returns how a parameter is called in the preset."""
    if name.startswith(WEIGHT):
        return f"weight of {name.removeprefix(WEIGHT)}"
    labels = {
        "bias_spread": "bias: spread over listeners",
        "level_spread": "engagement: spread of the level",
        "persistence": "engagement: persistence",
        "gain": "engagement: gain",
        "noise": "engagement: noise",
        "opening": "engagement: opening",
        **{f"{LEAVING}{name}": f"departure: {name}" for name in DEPARTURE},
        "until_5s": "hazard until 5 s, of that until 30 s",
        "until_30s": "hazard until 30 s, of that until the end",
        "break_rate": "unmarked ends of sessions, per play",
    }
    return labels.get(name, name)
