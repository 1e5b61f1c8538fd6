"""The reasons for a transition, in numbers and in a sentence."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from segue.agents.sequencing.fades import Fades
from segue.agents.sequencing.rules import camelot_codes, tempo_change
from segue.experiments.formatting import number, signed
from segue.experiments.playlists.playlist import Playlist, Transition
from segue.features import Catalog
from segue.features.arrays import FloatArray, IntArray
from segue.features.catalog.identity.artists import credited_artists

STEEP = 0.02
"""Smallest change of a requested energy from track to track that is called rising or falling."""


def transitions_of(
    catalog: Catalog,
    rows: IntArray,
    curve: FloatArray | None = None,
    costs: Sequence[dict[str, float]] | None = None,
    *,
    fades: Fades | None = None,
    octaves: bool = True,
) -> tuple[Transition, ...]:
    """Describes the transitions between neighbours of a playlist.

    Args:
        catalog: The catalogue.
        rows: Its rows in playing order, (n,).
        curve: Requested energy (n,).
        costs: The listener's cost of each transition by its parts, n - 1.
        fades: Lengths of the tracks; read from the catalogue by default.
        octaves: Whether half and double time count as the same tempo.
    """
    lengths = Fades.of(catalog) if fades is None else fades
    tempo = catalog.raw("tempo") if catalog.has("tempo") else np.full(len(catalog), np.nan)
    keys = camelot_codes(catalog)
    energy = energy_percentile(catalog)
    artists = [set(credited_artists(catalog.tracks["artist"].iat[row])) for row in rows]
    found = []
    for k, (a, b) in enumerate(pairwise(rows)):
        facts = Transition(
            tempo_from=float(tempo[a]),
            tempo_to=float(tempo[b]),
            tempo_change=float(tempo_change(tempo[a], tempo[b], octaves)),
            key_from=keys[a],
            key_to=keys[b],
            key_relation=key_relation(keys[a], keys[b]),
            energy_change=float(energy[b] - energy[a]),
            outro_s=float(lengths.outro[a]),
            intro_s=float(lengths.intro[b]),
            same_artist=bool(artists[k] & artists[k + 1]),
            cost=dict(costs[k]) if costs is not None else {},
            sentence="",
        )
        slope = None if curve is None else float(curve[k + 1] - curve[k])
        found.append(_with_sentence(facts, slope))
    return tuple(found)


def why_this_track(playlist: Playlist, place: int) -> str:
    """Says why a track stands at a place, and not the next best one; empty if no other could."""
    if not playlist.runners_up[place]:
        return ""
    other = playlist.runners_up[place][0]
    name = (
        f"{other.track['artist']} - {other.track['title']}" if other.track["artist"] else other.track["title"]
    )
    return f"{name} instead would cost {number(other.cost)}"


def energy_percentile(catalog: Catalog) -> FloatArray:
    """Returns the energy of every track as a percentile of the catalogue, (n,), NaN where it is unknown."""
    if "energy" not in catalog.feature_names:
        return np.full(len(catalog), np.nan)
    scaled = catalog.matrix[:, catalog.feature_names.index("energy")].astype(np.float64)
    return np.where(np.isfinite(catalog.raw("energy")), scaled, np.nan)


def key_relation(a: str, b: str) -> str:
    """Describes two Camelot codes, such as `"same key"`, `"one step"`, `"relative key"`; `""` if unknown."""
    if not a or not b:
        return ""
    around = abs(int(a[:-1]) - int(b[:-1]))
    around = min(around, 12 - around)
    other_mode = a[-1] != b[-1]
    if around == 0:
        return "relative key" if other_mode else "same key"
    steps = "one step" if around == 1 else f"{around} steps"
    return f"{steps} and a change of mode" if other_mode else steps


def _with_sentence(facts: Transition, slope: float | None) -> Transition:
    """Returns the transition with its sentence.

    Args:
        facts: The numbers.
        slope: Change of the requested energy; None without a curve.
    """
    parts = []
    if np.isfinite(facts.tempo_change):
        direct = float(tempo_change(facts.tempo_from, facts.tempo_to, octaves=False))
        octave = "" if abs(direct - facts.tempo_change) < 1e-9 else " in half or double time"
        parts.append(
            f"{facts.tempo_from:.1f} → {facts.tempo_to:.1f} BPM ({signed(round(facts.tempo_change, 1), 1)} "
            f"%{octave})"
        )
    if facts.key_relation:
        parts.append(f"{facts.key_from} → {facts.key_to} ({facts.key_relation})")
    if np.isfinite(facts.energy_change):
        where = "" if slope is None else f" on a {_course(slope)} curve"
        parts.append(f"energy {signed(facts.energy_change)}{where}")
    known = [
        f"{seconds:.0f} s {name}"
        for seconds, name in ((facts.outro_s, "outro"), (facts.intro_s, "intro"))
        if np.isfinite(seconds)
    ]
    if known:
        parts.append(" into ".join(known))
    parts.append("same artist" if facts.same_artist else "different artist")
    return Transition(**{**facts.__dict__, "sentence": ", ".join(parts)})


def _course(slope: float) -> str:
    """Returns a word for how a curve goes."""
    if abs(slope) < STEEP:
        return "level"
    return "rising" if slope > 0 else "falling"
