"""Energy curves: by name, by points, or taken from another playlist."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from segue.envs.listener.terms.energy_arc import CURVES as ARC_CURVES
from segue.experiments.playlists.formats import read_playlist
from segue.experiments.playlists.reading.matching import match_entries
from segue.experiments.playlists.reading.quantities import number_between
from segue.experiments.playlists.reasons import energy_percentile
from segue.features import Catalog
from segue.features.errors import UserError, excerpt, unknown_name
from segue.features.existing_files import is_file

CURVES: dict[str, tuple[float, ...]] = {
    **ARC_CURVES,
    "rise": (0.2, 0.9),
    "fall": (0.9, 0.2),
    "flat": ARC_CURVES["steady"],
    "wave": ARC_CURVES["waves"],
}
"""Requested energy (0 to 1) at equally spaced points; those of the listener's term, and more names."""

POINTS = 101
"""Points at which a curve that is given by points is stored."""


def energy_curve(value: Any, catalog: Catalog) -> tuple[float, ...]:
    """Reads a curve.

    Args:
        value: A name; points `POSITION:ENERGY` from 0 to 1, such as `0:0.3,0.6:0.9,1:0.4`, as text or as a
            mapping; energies at equally spaced points as a list; or a playlist file.
        catalog: The catalogue in which the tracks of a playlist are looked up.

    Returns:
        Energies in [0, 1] at equally spaced points, two or more.

    Raises:
        UserError: It is none of these.
    """
    if isinstance(value, dict):
        return _interpolated([(at, energy) for at, energy in value.items()], value)
    if isinstance(value, list | tuple):
        if len(value) < 2:
            raise UserError("A curve needs two or more energies from 0 to 1.")
        return tuple(number_between(energy, 0, 1, "An energy of the curve") for energy in value)
    text = str(value).strip()
    if text in CURVES:
        return CURVES[text]
    if is_file(text):
        return _of_playlist(text, catalog)
    if ":" in text and not Path(text).suffix.lower().startswith((".m3u", ".x", ".j", ".csv")):
        pairs = [part.partition(":") for part in text.split(",")]
        return _interpolated([(at, energy) for at, _, energy in pairs], value)
    hint = "Points are written as 0:0.3,0.6:0.9,1:0.4; another playlist is given by its file."
    raise unknown_name("curve", text, CURVES, hint)


def _interpolated(points: list[tuple[Any, Any]], given: Any) -> tuple[float, ...]:
    """Returns the curve through points, level before the first and after the last one."""
    ends = "--curve: a position", "--curve: an energy"
    read = [
        (number_between(at, 0, 1, ends[0]), number_between(energy, 0, 1, ends[1])) for at, energy in points
    ]
    places = [at for at, _ in read]
    if len(set(places)) < len(places) or places != sorted(places):
        raise UserError(
            f"--curve {excerpt(given)!r}: the positions must rise, such as in 0:0.3,0.6:0.9,1:0.4."
        )
    energies = [energy for _, energy in read]
    return tuple(np.interp(np.linspace(0, 1, POINTS), places, energies).tolist())


def _of_playlist(file: str, catalog: Catalog) -> tuple[float, ...]:
    """Returns the energies of the tracks of a playlist, in order."""
    rows, _ = match_entries(catalog, read_playlist(Path(file)))
    energies = energy_percentile(catalog)[rows]
    energies = energies[np.isfinite(energies)]
    if len(energies) < 2:
        raise UserError(
            f"--curve {excerpt(file)}: fewer than two of its tracks have an energy in the catalogue."
        )
    return tuple(energies.tolist())
