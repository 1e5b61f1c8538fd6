"""What a wider or a longer search adds to the return of the planning oracle."""

from __future__ import annotations

import time

import pandas as pd

from segue.envs.core.session import Sessions
from segue.experiments.analysis.bootstrap import mean_interval
from segue.experiments.calibration.reference_play import greedy, planned, play

SEARCHES: tuple[tuple[int, int], ...] = (
    (1, 0),
    (4, 0),
    (16, 0),
    (64, 0),
    (16, 10),
    (16, 40),
    (16, 160),
    (64, 40),
)
"""Beam widths and rounds of local search; the oracle's own are 16 and 40."""

DEFAULT = (16, 40)


def search_width_table(sessions: Sessions, draws: int) -> pd.DataFrame:
    """Plays with searches of several widths.

    Args:
        sessions: B sessions that have begun.
        draws: Draws of noise with which each search is played.

    Returns:
        One row per search, the one-step greedy oracle first as width 0: beam_width, search_rounds, return,
        the difference from the oracle's own search with its 95 % interval (difference, low, high), and CPU
        seconds per session.
    """
    returns, seconds = {}, {}
    for search in ((0, 0), *SEARCHES):
        width, rounds = search
        choose = planned(beam_width=width, search_rounds=rounds) if width else greedy
        started = time.process_time()
        returns[search] = play(sessions, choose, draws).returns
        seconds[search] = (time.process_time() - started) / (sessions.batch * draws)
    rows = []
    for search, found in returns.items():
        above = mean_interval(found - returns[DEFAULT])
        rows.append((*search, found.mean(), *above, seconds[search]))
    columns = ["beam_width", "search_rounds", "return", "difference", "low", "high", "seconds"]
    return pd.DataFrame(rows, columns=columns)
