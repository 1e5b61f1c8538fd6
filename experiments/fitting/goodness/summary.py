"""The findings on a fit in words and tables, for the terminal and the page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from segue.experiments.fitting.fit import Fit
from segue.experiments.fitting.goodness.forecasts import FITTED, TREES
from segue.experiments.fitting.likelihood.model import FEWEST_FOR_SPREAD
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


def realism_line(statistics: pd.DataFrame) -> str:
    """Returns how many statistics of the simulated listener agree with the log."""
    within = statistics["within"].astype(bool)
    missed = join_words(statistics.loc[~within, "name"].astype(str))
    return (
        f"Simulated under the logged tracks, {within.sum()} of {len(statistics)} statistics lie within their "
        f"tolerances{f'; outside are {missed}' if missed else ''}."
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
            number(value, DIGITS),
            format_interval(*intervals[name], DIGITS) if name in intervals else "",
        )
        for name, value in fit.estimate.values.items()
        if name in intervals
    ]
    return SummaryTable("Parameters", ("parameter", "value", "95 % interval"), tuple(rows))


def realism_table(statistics: pd.DataFrame) -> SummaryTable:
    """Returns the simulated listener beside the log."""
    rows = tuple(
        (
            str(row["name"]),
            *(number(row[key], DIGITS) for key in ("real", "simulated", "gap", "tolerance")),
            "yes" if row["within"] else "no",
        )
        for row in statistics.to_dict("records")
    )
    head = ("statistic", "real", "simulated", "gap", "tolerance", "within")
    return SummaryTable("Simulated against real, under the logged tracks", head, rows)


def notes(fit: Fit) -> list[str]:
    """Returns what a reader has to know: what is left out and why, and how sessions were cut."""
    found = [f"Left out: {name}, since {reason}." for name, reason in fit.unsupported.items()]
    unknown = float((fit.plays.track < 0).mean())
    if 0 < unknown < 1 and fit.model.regressors.names:
        found.append(f"{100 * unknown:.0f} % of the plays are of tracks that the catalogue lacks.")
    if fit.model.regressors.fixed:
        found.append(f"As in the preset, not estimated: {join_words(fit.model.regressors.fixed)}.")
    found += [*_notes_on_spread(fit), *_notes_on_responses(fit), *_notes_on_sessions(fit)]
    if fit.penalty:
        found.append(f"The validation plays chose a penalty of {fit.penalty:g} on the weights of the terms.")
    return found


def _notes_on_spread(fit: Fit) -> Iterator[str]:
    """Yields why the log cannot show the spread of the bias, if it cannot."""
    if "bias_spread" in fit.model.free or fit.plays.n_listeners < 2:
        return
    if fit.plays.n_listeners < FEWEST_FOR_SPREAD:
        yield f"The spread of the bias is not estimated from fewer than {FEWEST_FOR_SPREAD} listeners."
    elif "level_spread" in fit.estimate.names:
        yield "Listeners have about one session each, so that the spread of their bias is part of the level."


def _notes_on_responses(fit: Fit) -> Iterator[str]:
    """Yields whether the log says when tracks were skipped."""
    if not fit.plays.timed.any():
        yield "The log does not say when tracks were skipped: the times to a skip are the preset's."
    elif "until_5s" not in fit.model.free:
        yield "The log says of hardly any skip when it was: the times to a skip are the preset's."


def _notes_on_sessions(fit: Fit) -> Iterator[str]:
    """Yields how the sessions of the log were cut, and whether departures are estimated."""
    rate = fit.estimate.values["break_rate"]
    if rate > 0:
        yield f"Sessions seem to end unmarked after one play in {1 / rate:.0f}; forecasts allow for it."
    departures = fit.model.departures
    if fit.model.unmarked:
        yield "The log does not mark the ends of sessions: departures are the preset's."
        return
    if departures.shortest > 1:
        yield f"The log has no session below {departures.shortest} plays: ends before that are not estimated."
    if departures.longest is not None:
        longest = departures.longest
        yield f"Sessions seem to have been cut off after {longest} plays: these are not departures."
    if not departures.observed:
        yield "The log does not show when listeners leave: departures are the preset's."


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
