"""Stretches parts of a track so that its beats fall on those of a fade."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from segue.experiments.playlists.mixing.fade import SAME_TEMPO
from segue.experiments.playlists.mixing.plan import RATE
from segue.features.arrays import Float32Array, FloatArray
from segue.features.errors import UserError

_MARGIN = 0.15
"""Seconds on both sides of a section that are stretched with it, since a stretched signal has soft ends."""

_JOINT = 0.03
"""Seconds over which one section passes into the next."""

Read = Callable[[int, int], Float32Array]
"""Reads samples of a track from the first to before the second."""


def needs_stretching(times: FloatArray, heard: FloatArray) -> bool:
    """Returns whether any section of a fade is heard at another tempo than in the file."""
    return bool((np.abs(np.diff(times) / np.diff(heard) - 1) > SAME_TEMPO).any())


def check_stretching() -> None:
    """Raises a UserError if the package that stretches is not installed."""
    try:
        import python_stretch  # noqa: F401
    except ImportError as error:
        raise UserError(
            "Matching the tempo of two tracks needs the package python-stretch; install it with "
            "`pip install 'segue[mix]'`."
        ) from error


def stretched(read: Read, times: FloatArray, heard: FloatArray) -> Float32Array:
    """Returns a part of a track with each of its m sections stretched to the length at which it is heard.

    Args:
        read: Reads the track.
        times: (m + 1,) times in s in the track at which sections begin or end.
        heard: (m + 1,) the same in the result, from 0.

    Returns:
        Samples (round(heard[-1] * RATE), 2).
    """
    length = round(float(heard[-1]) * RATE)
    if length < 4 * _JOINT * RATE or not needs_stretching(times, heard):
        first = round(float(times[0]) * RATE)
        return read(first, first + length)
    joint = round(_JOINT * RATE)
    out = np.empty((length, 2), dtype=np.float32)
    out[:joint] = _unstretched(read, float(times[0]), 0, joint)
    borders = [round(float(time) * RATE) for time in heard]
    # Sections pass into each other around their borders, the first and the last into the track as it is.
    begins = [0, *(border - joint // 2 for border in borders[1:-1]), length - joint]
    for k, ratio in enumerate(np.diff(times) / np.diff(heard)):
        lead, until = borders[k] - begins[k], begins[k + 1] + joint - borders[k]
        section = _section(read, float(times[k]), float(ratio), lead, until)
        _join(out, begins[k], section, joint)
    _join(out, begins[-1], _unstretched(read, float(times[-1]), joint, 0), joint)
    return out


def _join(out: Float32Array, at: int, sound: Float32Array, joint: int) -> None:
    """Writes a sound into the result, fading from what is there to it over its first samples.

    The gains keep the power, however similar the two sounds are: for a correlation r the sum of two sounds of
    equal power with gains a and b has (a² + b² + 2 r a b) times their power.
    """
    old, new = out[at : at + joint], sound[:joint]
    power = float(np.sqrt((old**2).sum() * (new**2).sum()))
    similar = max(float((old * new).sum()) / power, 0.0) if power > 0 else 0.0
    up = ((np.arange(joint) + 0.5) / joint)[:, None]
    total = np.sqrt(up**2 + (1 - up) ** 2 + 2 * similar * up * (1 - up))
    out[at : at + joint] = (old * (1 - up) + new * up) / total
    out[at + joint : at + len(sound)] = sound[joint:]


def _unstretched(read: Read, time: float, before: int, after: int) -> Float32Array:
    """Returns the samples around a time in s, `before` and `after` of them."""
    at = round(time * RATE)
    return read(at - before, at + after)


def _section(read: Read, time: float, ratio: float, lead: int, length: int) -> Float32Array:
    """Stretches one section.

    Args:
        read: Reads the track.
        time: Time of its start in the track in s.
        ratio: Seconds of the track per second heard.
        lead: Samples that are heard before this time.
        length: Samples that are heard from this time on.

    Returns:
        Samples (lead + length, 2).
    """
    margin = round(_MARGIN * RATE)
    before = round((lead + margin) * ratio)
    first = round(time * RATE) - before
    stop = round(time * RATE) + round((length + margin) * ratio)
    sound = read(first, stop)
    if abs(ratio - 1) > SAME_TEMPO:
        from python_stretch import Signalsmith

        stretch = Signalsmith.Stretch()
        stretch.preset(2, RATE)
        stretch.setTimeFactor(ratio)
        sound = np.asarray(stretch.process(np.ascontiguousarray(sound.T)), dtype=np.float32).T
    at = round(before / ratio) - lead
    return sound[at : at + lead + length].copy()
