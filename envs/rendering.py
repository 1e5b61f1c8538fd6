"""Renderings of a session: a table as text, and a chart as pixels."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from segue.features.matplotlib_import import import_matplotlib

if TYPE_CHECKING:
    from segue.envs.core.session import Sessions
    from segue.features import Catalog


def plays_of(sessions: Sessions) -> list[dict[str, Any]]:
    """Returns the plays of the first session so far.

    Infos with the `reward`; only `position` and `track` of plays that no environment recorded, such as those
    of a snapshot from an environment that does not render.
    """
    recorded = {(play["position"], play["track"]): play for play in sessions.plays}
    heard = sessions.history[0, 1 : sessions.position[0] + 1].tolist()
    return [
        recorded.get(play, dict(zip(("position", "track"), play, strict=True))) for play in enumerate(heard)
    ]


def render_ansi(catalog: Catalog, plays: list[dict[str, Any]]) -> str:
    """Writes one line per play: position, bar of the heard fraction, reward, title, artist, outcome.

    Args:
        catalog: Source of titles and artists.
        plays: See `plays_of`.
    """
    lines = [" #  heard       reward  track"]
    for play in plays:
        track = _label(catalog, play["track"])
        if "listened" not in play:
            lines.append(f"{play['position'] + 1:2d}  {'not recorded':20}  {track}")
            continue
        filled = round(10 * play["listened"])
        outcome = " · left" if play["left"] else " · skipped" if play["skipped"] else ""
        bar = "█" * filled + "·" * (10 - filled)
        lines.append(f"{play['position'] + 1:2d}  {bar}  {play['reward']:6.2f}  {track}{outcome}")
    return "\n".join(lines) + "\n"


def _label(catalog: Catalog, index: int) -> str:
    row = catalog.tracks.iloc[index]
    parts = [str(row[key]) for key in ("title", "artist") if row.get(key)]
    return " — ".join(parts) or str(row["id"])


def render_rgb(catalog: Catalog, plays: list[dict[str, Any]], length: int) -> NDArray[np.uint8]:
    """Draws heard fractions as bars and energy as a line over the positions, uint8 (400, 640, 3)."""
    import_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4, 4.0), dpi=100, layout="tight")
    canvas = FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    axes.set(xlim=(0, length + 1), ylim=(0, 1.05), xlabel="position", ylabel="heard fraction · energy")
    if plays:
        for play in plays:
            if "listened" in play:
                colour = "#d55e00" if play["skipped"] else "#0072b2"
                axes.bar(play["position"] + 1, max(play["listened"], 0.01), color=colour)
        if "energy" in catalog.feature_names:
            energy = catalog.matrix[[play["track"] for play in plays], catalog.feature_names.index("energy")]
            axes.plot(
                [play["position"] + 1 for play in plays], energy, color="#222222", marker="o", markersize=3
            )
        # As it is written: a title may hold dollar signs, which would begin mathematics.
        axes.set_title(_label(catalog, plays[-1]["track"])[:60], fontsize=9, parse_math=False)
    canvas.draw()  # type: ignore[no-untyped-call]
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()  # type: ignore[no-untyped-call]
