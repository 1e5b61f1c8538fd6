"""Where two tracks meet: which part of each is heard while they overlap, on the beat where that is known."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from segue.experiments.playlists.mixing.beats import deviation, fit_line
from segue.features.arrays import FloatArray

LARGEST_CHANGE = 0.06
"""Largest relative change of tempo at which tempos are matched."""

SAME_TEMPO = 5e-4
"""Relative change of tempo that is not worth stretching: 6 ms in a fade of 12 s."""

_BEATS_PER_SECTION = 8
"""Beats after which the tempo changes, while tempos are matched."""

_CONTEXT, _FEWEST = 16, 8
"""Beats beside a fade that help to find its tempo, and the fewest that show one."""

_DEVIATION = 0.04
"""Seconds by which a beat near a fade may deviate from a steady tempo."""

_SHORTEST = 0.05
"""A shorter overlap, in s, is none: the tracks follow each other without a gap."""


@dataclass(frozen=True)
class SoundingPart:
    """The part of a track that can be heard, in seconds from the start of its file.

    Attributes:
        start: End of the silence at its start.
        stop: Start of the silence at its end.
        beats: Beat times, empty if unknown.
    """

    start: float
    stop: float
    beats: FloatArray


@dataclass(frozen=True)
class Fade:
    """An overlap of two tracks: m sections in each of which both tracks have a steady tempo.

    Attributes:
        leaving: (m + 1,) times in s in the file of the first track at which sections begin or end.
        entering: The same of the second track.
        heard: The same in the mix, from the start of the fade.
        on_beat: Whether beats of both tracks coincide where the fade begins.
        matched: Whether they coincide throughout.
    """

    leaving: FloatArray
    entering: FloatArray
    heard: FloatArray
    on_beat: bool = False
    matched: bool = False

    @property
    def seconds(self) -> float:
        """Length in the mix in s."""
        return float(self.heard[-1])


def plan_fade(a: SoundingPart, b: SoundingPart, overlap: float, earliest: float) -> Fade:
    """Plans the overlap of two tracks at the end of the first and the start of the second.

    Where both have steady beats, the first beat of the second track falls on a beat of the first. If their
    tempos, or one and half or double the other, differ by at most 6 %, both are stretched so that all beats
    coincide, at a tempo that goes from that of the first to that of the second in steps of eight beats.

    Args:
        a: The first track.
        b: The second track.
        overlap: Requested length in s; on beats the fade is up to one beat shorter.
        earliest: Time in s in the first track before which it must not begin.
    """
    overlap = min(overlap, a.stop - earliest, (b.stop - b.start) / 2)
    if overlap < _SHORTEST:
        return Fade(np.array([max(a.stop, earliest)]), np.array([b.start]), np.zeros(1))
    grid_a, grid_b = _grid(a, a.stop - overlap, a.stop), _grid(b, b.start, b.start + overlap)
    if grid_a is None or grid_b is None:
        span = np.array([0.0, overlap])
        return Fade(a.stop - overlap + span, b.start + span, span)
    (first_a, period_a), (first_b, period_b) = _same_octave(grid_a, grid_b)
    first_b += period_b * math.ceil((b.start - first_b) / period_b - 1e-6)
    if abs(period_a / period_b - 1) <= LARGEST_CHANGE:
        beats = int(overlap / max(period_a, period_b) + 1e-6)
        last_a = first_a + period_a * math.floor((a.stop - first_a) / period_a + 1e-6)
        if beats:
            return _matched(last_a - beats * period_a, period_a, first_b, period_b, beats)
    first_a += period_a * math.ceil((a.stop - overlap - first_a) / period_a - 1e-6)
    span = np.array([0.0, a.stop - first_a])
    if span[1] < _SHORTEST:
        return Fade(np.array([a.stop]), np.array([b.start]), np.zeros(1))
    return Fade(first_a + span, first_b + span, span, on_beat=True)


def _matched(first_a: float, period_a: float, first_b: float, period_b: float, beats: int) -> Fade:
    """Builds a fade of some beats in which the tempo goes from that of one track to that of the other."""
    same = abs(period_a / period_b - 1) <= SAME_TEMPO
    sections = 1 if same else max(1, round(beats / _BEATS_PER_SECTION))
    ends = np.round(np.linspace(0, beats, sections + 1))
    ends[1:-1] += 0.5  # between beats, where a joint is heard least
    shares = (np.arange(sections) + 0.5) / sections
    lengths = np.diff(ends) * (period_a + shares * (period_b - period_a))
    heard = np.concatenate([[0.0], np.cumsum(lengths)])
    return Fade(first_a + ends * period_a, first_b + ends * period_b, heard, on_beat=True, matched=True)


def _grid(track: SoundingPart, start: float, stop: float) -> tuple[float, float] | None:
    """Returns a beat and the period in s of the steady beats about a part; None if there are none."""
    if len(track.beats) < _FEWEST:
        return None
    reach = _CONTEXT * float(np.median(np.diff(track.beats)))
    near = track.beats[(track.beats >= start - reach) & (track.beats <= stop + reach)]
    if len(near) < _FEWEST or deviation(near) > _DEVIATION:
        return None
    return fit_line(near)


def _same_octave(
    a: tuple[float, float], b: tuple[float, float]
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Returns two grids of which the faster has every second beat only, if that brings the tempos closer."""
    octave = round(math.log2(a[1] / b[1]))
    if octave >= 1:
        return a, (b[0], 2 * b[1])
    if octave <= -1:
        return (a[0], 2 * a[1]), b
    return a, b
