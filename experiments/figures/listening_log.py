"""Picture of a table of plays: when, how long and in what order people listened, and what they skipped."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator, PercentFormatter

from segue.experiments.figures.drawing.style import COLOURS, FAINT, house_style
from segue.experiments.formatting import counted
from segue.experiments.logs.summary import BINS, LogSummary
from segue.features import UserError
from segue.features.existing_files import write_whole

_COUNTS = FuncFormatter(lambda value, _: f"{value:,.0f}")
_FEWEST = 20
"""Plays at a position that make a rate worth drawing."""


def draw_log(summary: LogSummary, path: Path) -> Path:
    """Draws what a table of plays contains.

    Args:
        summary: Its counts.
        path: The picture to write; its suffix (`.png`, `.svg`, `.pdf`) sets the format.

    Raises:
        UserError: The suffix is not that of a known format.
    """
    with house_style():
        figure = Figure(figsize=(10.0, 5.6), layout="constrained", facecolor="white")
        if path.suffix.lstrip(".").lower() not in FigureCanvasAgg(figure).get_supported_filetypes():
            raise UserError(
                f"{path.name!r} is not a known picture format: end the name in .png, .svg or .pdf."
            )
        panels = (_months, _hours, _lengths, _skips_by_position, _skips_after, _heard)
        for draw, axes in zip(panels, figure.subplots(2, 3).ravel(), strict=True):
            draw(axes, summary)
            axes.title.set_fontsize(10)
            axes.tick_params(labelsize=8)
        figure.suptitle(
            f"{summary.name}: {counted(summary.plays, 'play')} in "
            f"{counted(int(summary.lengths.sum()), 'session')} of "
            f"{counted(len(summary.per_listener), 'listener')}"
        )
        with write_whole(path) as file:
            figure.savefig(file, format=path.suffix[1:].lower(), dpi=130)
    return path


def _months(axes: Axes, summary: LogSummary) -> None:
    axes.set_title("plays per month")
    if not summary.dated:
        _say(axes, "no dates")
        return
    plays = summary.months.sort_index()
    months = np.arange(plays.index[0], plays.index[-1] + 1)
    axes.bar(months / 12, plays.reindex(months, fill_value=0), width=1 / 12, color=COLOURS[0])
    axes.yaxis.set_major_formatter(_COUNTS)
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=len(months) > 24))
    if len(months) <= 24:
        shown = months[:: max(1, len(months) // 5)]
        axes.set_xticks(shown / 12, [f"{month // 12}-{month % 12 + 1:02d}" for month in shown])


def _hours(axes: Axes, summary: LogSummary) -> None:
    axes.set_title("plays by hour of the day (UTC)")
    if not summary.dated:
        _say(axes, "no dates")
        return
    axes.bar(np.arange(24) + 0.5, summary.hours / summary.hours.sum(), width=1, color=COLOURS[0])
    axes.set_xticks(range(0, 25, 6))
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def _lengths(axes: Axes, summary: LogSummary) -> None:
    axes.set_title("sessions by number of plays")
    sizes = np.arange(1, len(summary.lengths))
    longest = min(len(sizes), max(2 * int(summary.length_quantiles()[-1]), 10))
    bins = np.arange(0.5, longest + 1, max(1, -(-longest // 40)))
    # The last bar stands for all longer sessions, too.
    shown = np.minimum(sizes, bins[-1] - 0.5)
    axes.hist(shown, bins=bins.tolist(), weights=summary.lengths[1:], color=COLOURS[0])
    axes.yaxis.set_major_formatter(_COUNTS)
    more = ", the last bar: or more" if summary.lengths[int(bins[-1] + 0.5) :].any() else ""
    axes.set_xlabel(f"plays in a session{more}", fontsize=8)


def _skips_by_position(axes: Axes, summary: LogSummary) -> None:
    axes.set_title("skipped, by position in the session")
    plays = summary.skips.sum(axis=1)
    at = np.flatnonzero(plays >= min(_FEWEST, max(plays.max(), 1)))
    if not len(at):
        _say(axes, "the log does not say")
        return
    rate = summary.skips[at, 1] / plays[at]
    error = 1.96 * np.sqrt(rate * (1 - rate) / plays[at])
    axes.fill_between(
        at + 1, np.maximum(rate - error, 0), np.minimum(rate + error, 1), color=COLOURS[0], alpha=0.2, lw=0
    )
    axes.plot(at + 1, rate, color=COLOURS[0], marker="o", markersize=3)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    _shares(axes)


def _skips_after(axes: Axes, summary: LogSummary) -> None:
    axes.set_title("skipped, after the play before")
    rates = [summary.skip_rate_after(False), summary.skip_rate_after(True)]
    if not summary.after.sum():
        _say(axes, "the log does not say")
        return
    axes.bar(["was heard", "was skipped"], np.nan_to_num(rates), width=0.6, color=(COLOURS[0], COLOURS[1]))
    axes.axhline(summary.skip_rate, color=FAINT, linestyle="--", linewidth=1)
    axes.annotate(
        "all", (1, summary.skip_rate), (2, 2), ("axes fraction", "data"), "offset points", fontsize=8
    )
    _shares(axes)


def _heard(axes: Axes, summary: LogSummary) -> None:
    axes.set_title("fraction of the track that was heard")
    if not summary.heard.sum():
        _say(axes, "the log does not say")
        return
    middles = (np.arange(BINS) + 0.5) / BINS
    axes.bar(middles, summary.heard / summary.heard.sum(), width=1 / BINS, color=COLOURS[0])
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def _shares(axes: Axes) -> None:
    axes.set_ylim(0, 1)
    axes.yaxis.set_major_formatter(PercentFormatter(1))


def _say(axes: Axes, text: str) -> None:
    axes.text(0.5, 0.5, text, ha="center", va="center", transform=axes.transAxes, color=FAINT)
    axes.set_xticks([])
    axes.set_yticks([])
