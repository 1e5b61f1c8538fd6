"""The columns that a catalogue may have, each with its unit, range, meaning and source."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from segue.features.arrays import BoolArray, FloatArray

ROUNDING = 1e-6
"""By how much a value may be outside its range, as sums of rounded numbers are."""

Group = Literal[
    "tags", "file", "time", "rhythm", "tonality", "loudness", "timbre", "mood", "structure", "melody"
]


@dataclass(frozen=True)
class Column:
    """One column of the schema.

    Attributes:
        name: Name; a family such as `mfcc` stands for `mfcc_0 … mfcc_<size-1>`.
        unit: Unit of the raw values, `""` for text and `"1"` for pure numbers.
        low: Smallest valid raw value; None if unbounded.
        high: Largest valid raw value; None if unbounded.
        meaning: One-line description.
        source: Source of the definition; `"segue"` if it is defined here.
        group: The part of the analysis that fills it.
        windowed: Whether `intro_<name>` and `outro_<name>` exist as well.
        size: Number of columns in a family, 0 for a single column.
        text: Whether it holds text.
        whole: Whether the values are whole numbers.
    """

    name: str
    unit: str
    low: float | None
    high: float | None
    meaning: str
    source: str
    group: Group
    windowed: bool = False
    size: int = 0
    text: bool = False
    whole: bool = False

    @property
    def names(self) -> tuple[str, ...]:
        """The column names of this entry, without those of the intro and outro."""
        return tuple(f"{self.name}_{i}" for i in range(self.size)) if self.size else (self.name,)

    @property
    def range(self) -> str:
        """The range as text, such as `0 to 11`; `""` if it has no lower bound."""
        if self.low is None:
            return ""
        return f"{self.low:g} or more" if self.high is None else f"{self.low:g} to {self.high:g}"

    def outside(self, values: FloatArray) -> BoolArray:
        """Returns where values are outside the range, shape as of the values; NaN is not."""
        low = -np.inf if self.low is None else self.low - ROUNDING
        high = np.inf if self.high is None else self.high + ROUNDING
        return (values < low) | (values > high)

    def fractional(self, values: FloatArray) -> BoolArray:
        """Returns where values have a fraction although they must be whole, shape as of the values."""
        if not self.whole:
            return np.zeros(values.shape, dtype=np.bool_)
        return np.isfinite(values) & (values != np.round(values))


def _text(name: str, meaning: str, source: str = "tags of the file", group: Group = "tags") -> Column:
    """Builds a text column."""
    return Column(name, "", None, None, meaning, source, group, text=True)


def _windowed(
    name: str,
    unit: str,
    low: float | None,
    high: float | None,
    meaning: str,
    source: str,
    group: Group,
    size: int = 0,
    text: bool = False,
    whole: bool = False,
) -> Column:
    """Builds a column that also exists for the intro and for the outro."""
    return Column(name, unit, low, high, meaning, source, group, True, size, text, whole)


_TAGS = (
    _text("id", "unique track id, derived from the content hash if audio was read", "segue", "file"),
    _text("path", "file path relative to the extracted folder", "file system", "file"),
    _text("title", "track title"),
    _text("artist", "artist credit"),
    _text("album", "album"),
    _text("genre", "genre"),
    Column("year", "a", 1000, 2100, "release year", "tags of the file", "tags"),
    Column("track", "1", 0, 999, "track number on the album", "tags of the file", "tags"),
    Column("replay_gain", "dB", -60, 60, "track ReplayGain", "tags of the file", "tags"),
    _text("source", "package, collection or file that contains the track"),
    _text("licence", "licence of the recording"),
    _text("content_hash", "BLAKE2b hash of the file's bytes", "segue", "file"),
    _text("extractor_version", "version of the audio analysis", "segue", "file"),
)

_TIME = (
    Column("duration", "s", 0, None, "length of the decoded audio", "decoder", "time"),
    Column("decoded", "s", 0, None, "duration that could be decoded", "decoder", "file"),
    Column("declared", "s", 0, None, "duration declared by the container", "container", "file"),
    Column("faults", "1", 0, None, "packets skipped because they could not be decoded", "decoder", "file"),
    _text("sound_type", "`music`, `speech` or `silence`, by the sound alone", "segue", "file"),
    Column("lead_silence", "s", 0, None, "silence at the start: frame RMS below -60 dBFS", "segue", "time"),
    Column("trail_silence", "s", 0, None, "silence at the end: frame RMS below -60 dBFS", "segue", "time"),
)

_EBU = "ITU-R BS.1770-4, EBU R128"
_RHYTHM = (
    _windowed("tempo", "BPM", 40, 220, "beats per minute: regression on beat times", "Ellis 2007", "rhythm"),
    _windowed("tempo_conf", "1", 0, 1, "confidence in the tempo and its octave", "segue", "rhythm"),
    _windowed("tempo_alt", "BPM", 20, 440, "second most likely tempo octave", "segue", "rhythm"),
    _windowed("tempo_stability", "1", 0, 1, "1 for a metronome, lower with beat jitter", "segue", "rhythm"),
    _windowed("tempo_p10", "BPM", 10, 900, "10th percentile of tempo over four beats", "segue", "rhythm"),
    _windowed("tempo_p90", "BPM", 10, 900, "90th percentile of tempo over four beats", "segue", "rhythm"),
    _windowed("tempo_variance", "BPM²", 0, None, "variance of tempo over four beats", "segue", "rhythm"),
    _windowed("beat_strength", "1", 0, None, "onset strength on beats / mean strength", "segue", "rhythm"),
    _windowed("onset_rate", "1/s", 0, 30, "note onsets per second", "Böck et al. 2012", "rhythm"),
)

_KEY_PROFILES = "Albrecht & Shanahan 2013"
_TONALITY = (
    _windowed("key", "pitch class", 0, 11, "tonic, 0 = C", _KEY_PROFILES, "tonality", whole=True),
    _windowed("mode", "1", 0, 1, "0 minor, 1 major", _KEY_PROFILES, "tonality", whole=True),
    _windowed("key_conf", "1", 0, 1, "margin of the best key over the runner-up", "segue", "tonality"),
    _windowed("tuning", "cent", -50, 50, "deviation from A4 = 440 Hz", "constant-Q peak phase", "tonality"),
    _windowed("chroma", "1", 0, 1, "share of each pitch class, sum 1", "folded constant-Q", "tonality", 12),
    _windowed("chroma_variance", "1", 0, 1, "mean variance of the chroma over time", "segue", "tonality"),
    _windowed("chord_change_rate", "1/s", 0, 10, "chord changes per second", "chord templates", "tonality"),
    _windowed("camelot", "", None, None, "Camelot wheel code, 1A to 12B", "segue", "tonality", text=True),
)

_LOUDNESS = (
    _windowed("loudness", "LUFS", -70, 5, "integrated loudness", _EBU, "loudness"),
    _windowed("loudness_range", "LU", 0, 60, "loudness range", "EBU Tech 3342", "loudness"),
    _windowed("loudness_p10", "LUFS", -70, 5, "10th percentile of the momentary loudness", _EBU, "loudness"),
    _windowed("loudness_p90", "LUFS", -70, 5, "90th percentile of the momentary loudness", _EBU, "loudness"),
    _windowed("loudness_variance", "LU²", 0, None, "variance of the momentary loudness", _EBU, "loudness"),
    _windowed("true_peak", "dBTP", -100, 12, "true (inter-sample) peak", _EBU, "loudness"),
    _windowed("energy_slope", "dB/s", -60, 60, "slope of one-second RMS levels", "segue", "loudness"),
)

_TIMBRE = (
    _windowed("mfcc", "1", None, None, "mean mel-frequency cepstral coefficient", "Logan 2000", "timbre", 20),
    _windowed("mfcc_variance", "1", 0, None, "mean variance of MFCCs 1 to 12 over time", "segue", "timbre"),
    _windowed("timbre", "1", None, None, "discriminant axes of the MFCC means", "Fisher 1936", "timbre", 4),
    _windowed("centroid", "Hz", 0, 11025, "spectral centroid", "Peeters 2004", "timbre"),
    _windowed("bandwidth", "Hz", 0, 11025, "spread about the centroid", "Peeters 2004", "timbre"),
    _windowed("rolloff", "Hz", 0, 11025, "85 % of the energy lies below", "Peeters 2004", "timbre"),
    _windowed("flatness", "1", 0, 1, "geometric / arithmetic mean power", "Dubnov 2004", "timbre"),
    _windowed("contrast", "dB", 0, 120, "peak-to-valley ratio per octave", "Jiang et al. 2002", "timbre", 7),
    _windowed("zero_crossings", "1", 0, 1, "share of samples with a sign change", "Peeters 2004", "timbre"),
    _windowed("high_ratio", "1", 0, 1, "energy share above 4 kHz", "segue", "timbre"),
    _windowed("low_ratio", "1", 0, 1, "energy share below 200 Hz", "segue", "timbre"),
    _windowed("percussive_ratio", "1", 0, 1, "percussive share of mel energy", "Fitzgerald 2010", "timbre"),
)

_PROXY = "segue proxy, not fitted to annotations"
_MOOD = (
    Column("energy", "1", 0, 1, "proxy of perceived intensity (arousal)", _PROXY, "mood", True),
    _windowed("danceability", "1", 0, 1, "proxy: steady, strong beat at a moderate tempo", _PROXY, "mood"),
    _windowed("acousticness", "1", 0, 1, "proxy: quiet, dark, little percussion", _PROXY, "mood"),
    _windowed("valence", "1", 0, 1, "proxy of pleasantness: mode, tempo, brightness", _PROXY, "mood"),
)

_STRUCTURE = (
    Column("intro_end", "s", 0, None, "end of the intro", "Foote 2000 and energy", "structure"),
    Column("outro_start", "s", 0, None, "start of the outro", "Foote 2000 and energy", "structure"),
    Column("segments", "1", 1, 500, "number of segments", "Foote 2000", "structure"),
)

_MELODY = (
    Column("pitch_range", "semitone", 0, 120, "range of 90 % of the pitches", "pYIN (Mauch 2014)", "melody"),
    Column("voiced_share", "1", 0, 1, "share of frames with a clear pitch", "pYIN (Mauch 2014)", "melody"),
)

COLUMNS: tuple[Column, ...] = (
    *_TAGS, *_TIME, *_RHYTHM, *_TONALITY, *_LOUDNESS, *_TIMBRE, *_MOOD, *_STRUCTURE, *_MELODY,
)  # fmt: skip
"""Every column, in canonical order."""
