"""Recorded sessions as a table of plays."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from segue.experiments.recording.recorded_session import RecordedSession

OPTIONAL_COLUMNS = ("title", "artist", "duration_s", "track_id")
"""Columns of a table of plays that a catalogue fills, as far as it knows them."""

COMPLETED, SKIPPED, LEFT = "completed", "skipped", "left"
"""How a play ended: at the track's end, by a skip, or, skipped or not, with the listener leaving."""


def plays_table(sessions: Sequence[RecordedSession], catalog: Any, seed: int) -> pd.DataFrame:
    """Lists the plays of recorded sessions with the columns of a table of plays.

    Args:
        sessions: The sessions. Each has a listener of its own, so that both have the same name.
        catalog: The catalogue of the environment.
        seed: Seed of the recording, which is part of the names, so that recordings can be joined.

    Returns:
        One row per play. A session whose last `end_reason` is not `left` was as long as a playlist can be, or
        was cut off. `track_id` is `track`: both are the catalogue's id.
    """
    names = [f"{seed}-{session.number:07d}" for session in sessions]
    lengths = [len(session.actions) for session in sessions]
    # The first row of the infos describes the start track, which nobody chose.
    track, position, listened, skipped, left = (
        np.concatenate([session.infos[key][1:] for session in sessions])
        for key in ("track", "position", "listened", "skipped", "left")
    )
    known = catalog.tracks
    seconds = catalog.raw("duration")[track] if catalog.has("duration") else np.full(len(track), np.nan)
    ended = np.where(left, LEFT, np.where(skipped, SKIPPED, COMPLETED))
    columns = {
        "session": np.repeat(names, lengths),
        "listener": np.repeat(names, lengths),
        "position": position,
        "track": catalog.ids[track],
        "listened_s": listened * seconds,
        "listened": listened,
        "skipped": skipped,
        "end_reason": ended,
        "shuffle": False,
        "duration_s": seconds,
        "track_id": catalog.ids[track],
    }
    for name in ("title", "artist"):
        if name in known:
            columns[name] = known[name].to_numpy()[track]
    return pd.DataFrame(columns)
