"""What a file sounds like: music, speech or silence.

Speech differs from music in four ways at once (after Scheirer & Slaney 1997): it has no beat, its pitch
classes change all the time, its level rises and falls with every syllable, and hardly any tone is held. The
bounds below separate 41 minutes of recorded speech in four languages from 156 pieces of music without an
error; speech over music and rhythmical speech count as music.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from segue.features.audio.constant_q import FRAME_RATE as CQ_FRAME_RATE
from segue.features.audio.transforms import SILENT_POWER, Analysis

LEAST_SOUND = 0.05
"""Share of frames above -60 dBFS below which a file is silence."""

MOST_BEAT = 0.15  # tempo_conf
LEAST_PITCH_CHANGE = 0.045  # chroma_variance
LEAST_LEVEL_SPREAD = 7.0  # dB
MOST_TONE_HELD = 0.72

_LOWEST_LEVEL = 50.0  # dB below the loud frames
_HELD_SECONDS = 0.25


def sound_type(analysis: Analysis, columns: Mapping[str, Any]) -> str:
    """Classifies a file by its sound alone.

    Args:
        analysis: Frames of the file.
        columns: Its columns, with `tempo_conf` and `chroma_variance`.

    Returns:
        `"music"`, `"speech"` or `"silence"`.
    """
    if (analysis.descriptors[:, 0] > SILENT_POWER).mean() < LEAST_SOUND:
        return "silence"
    if (
        columns["tempo_conf"] < MOST_BEAT
        and columns["chroma_variance"] > LEAST_PITCH_CHANGE
        and level_spread(analysis) > LEAST_LEVEL_SPREAD
        and tone_held(analysis) < MOST_TONE_HELD
    ):
        return "speech"
    return "music"


def level_spread(analysis: Analysis) -> float:
    """Returns the standard deviation in dB of the levels of the frames."""
    levels = 10 * np.log10(analysis.descriptors[:, 0].astype(np.float64) + 1e-9)
    return float(np.maximum(levels, np.quantile(levels, 0.95) - _LOWEST_LEVEL).std())


def tone_held(analysis: Analysis) -> float:
    """Returns the mean cosine in [0, 1] between constant-Q spectra 0.25 s apart."""
    spectra = analysis.cq / np.maximum(np.linalg.norm(analysis.cq, axis=1, keepdims=True), 1e-9)
    lag = round(_HELD_SECONDS * CQ_FRAME_RATE)
    return float((spectra[lag:] * spectra[:-lag]).sum(axis=1).mean()) if len(spectra) > lag else 1.0
