"""The plan of a mix: gains, fades, and when each track begins, to the sample."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from segue.experiments.playlists.formats.facts import TrackFacts, facts
from segue.experiments.playlists.mixing.beats import known_beats
from segue.experiments.playlists.mixing.fade import Fade, SoundingPart, plan_fade
from segue.experiments.playlists.playlist import Playlist
from segue.features.errors import UserError

RATE = 44_100
"""Sampling rate of a mix in Hz."""

TARGET = -16.0
"""Loudness of every track in LUFS, unless it would take the peaks of one too far."""

LOWEST_TARGET = -23.0
"""Loudness of a programme in LUFS (EBU R128), below which no mix is turned down."""

CEILING = -1.0
"""Highest true peak in dBTP (EBU R128)."""

MOST_LIMITING = 2.0
"""dB by which the peaks of a track may exceed `CEILING` before the limiter, where the target allows it."""


@dataclass(frozen=True)
class MixPlan:
    """How a playlist is rendered.

    Attributes:
        tracks: The tracks.
        parts: The part of each track that is heard.
        fades: n - 1 overlaps.
        target: Loudness of the tracks in LUFS.
        gains: (n,) gain of each track in dB; 0 where its loudness is unknown.
    """

    tracks: tuple[TrackFacts, ...]
    parts: tuple[SoundingPart, ...]
    fades: tuple[Fade, ...]
    target: float
    gains: tuple[float, ...]

    def body(self, at: int) -> tuple[int, int]:
        """Returns which samples of a track, at `RATE`, are heard alone: the first, and the one after them."""
        start = self.fades[at - 1].entering[-1] if at else self.parts[at].start
        last = at == len(self.tracks) - 1
        stop = self.parts[at].stop if last else self.fades[at].leaving[0]
        first = round(start * RATE)
        return first, max(round(stop * RATE), first)

    def fade_samples(self, at: int) -> int:
        """Returns the length of a fade in samples."""
        return round(self.fades[at].seconds * RATE)

    @cached_property
    def starts(self) -> tuple[int, ...]:
        """(n,) sample of the mix at which each track, with its fade, begins."""
        found = [0]
        for at, _ in enumerate(self.fades):
            first, stop = self.body(at)
            heard = self.fade_samples(at - 1) if at else 0
            found.append(found[-1] + heard + stop - first)
        return tuple(found)

    @cached_property
    def samples(self) -> int:
        """Length of the mix in samples."""
        first, stop = self.body(len(self.tracks) - 1)
        return self.starts[-1] + (self.fade_samples(-1) if self.fades else 0) + stop - first


def plan_mix(playlist: Playlist) -> MixPlan:
    """Plans a mix.

    Raises:
        UserError: The playlist is empty, or the file of a track is missing or its length unknown.
    """
    tracks = tuple(facts(playlist))
    _check_files(tracks)
    parts = tuple(_sounding_part(track) for track in tracks)
    fades: list[Fade] = []
    for at, overlap in enumerate(playlist.overlaps):
        earliest = float(fades[-1].entering[-1]) if fades else parts[0].start
        fades.append(plan_fade(parts[at], parts[at + 1], float(overlap), earliest))
    target = _target(tracks)
    gains = tuple(_or_zero(target - track.value("loudness")) for track in tracks)
    return MixPlan(tracks, parts, tuple(fades), target, gains)


def _check_files(tracks: tuple[TrackFacts, ...]) -> None:
    """Raises a UserError unless there are tracks, all with a file and a length."""
    if not tracks:
        raise UserError("There is no track to mix; give a playlist with tracks.")
    missing = [track for track in tracks if not track.path or not Path(track.path).is_file()]
    if missing:
        raise UserError(
            f"A mix needs the files of all tracks, but {len(missing)} of {len(tracks)} are missing, such as "
            f"{missing[0].path or missing[0].title!r}; use a catalogue extracted from music on this machine."
        )
    unknown = [track.title for track in tracks if not track.value("duration") > 0]
    if unknown:
        raise UserError(
            f"The length of {unknown[0]!r} is unknown; extract the catalogue from the audio with "
            "`segue extract`."
        )


def _sounding_part(track: TrackFacts) -> SoundingPart:
    """Returns the part of a track between the silences at its ends."""
    duration = track.value("duration")
    start, silence = (_or_zero(track.value(name)) for name in ("lead_silence", "trail_silence"))
    if start + silence >= duration:
        start = silence = 0.0
    return SoundingPart(start, duration - silence, known_beats(track.row))


def _target(tracks: tuple[TrackFacts, ...]) -> float:
    """Returns the loudness that all tracks get."""
    room = [track.value("loudness") + CEILING + MOST_LIMITING - track.value("true_peak") for track in tracks]
    known = [value for value in room if math.isfinite(value)]
    return float(np.clip(min(known, default=TARGET), LOWEST_TARGET, TARGET))


def _or_zero(value: float) -> float:
    """Returns a number, 0 where it is unknown."""
    return value if math.isfinite(value) else 0.0
