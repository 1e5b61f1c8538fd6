"""The table of all columns that a catalogue may have: unit, range, meaning and source of each."""

from dataclasses import dataclass
from typing import Literal

Group = Literal[
    "tags", "file", "time", "rhythm", "tonality", "loudness", "timbre", "mood", "structure", "melody"
]


@dataclass(frozen=True)
class Column:
    """One column of the schema.

    Attributes:
        name: Its name; a family such as `mfcc` stands for `mfcc_0 … mfcc_<size-1>`.
        unit: Unit of the raw values, `""` for text and `"1"` for pure numbers.
        low: Smallest sensible raw value; None where there is no bound.
        high: Largest sensible raw value; None where there is no bound.
        meaning: What the number says.
        source: Where the definition comes from.
        group: The module of analysis that fills it.
        windowed: Whether `intro_<name>` and `outro_<name>` exist beside it.
        size: Number of columns in a family, 0 for a single column.
        text: Whether it holds text.
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

    @property
    def names(self) -> tuple[str, ...]:
        """The column names that this entry stands for, without those of the intro and outro."""
        return tuple(f"{self.name}_{i}" for i in range(self.size)) if self.size else (self.name,)


def _text(name: str, meaning: str, group: Group = "tags") -> Column:
    return Column(name, "", None, None, meaning, "tags of the file", group, text=True)


def _heard(
    name: str,
    unit: str,
    low: float | None,
    high: float | None,
    meaning: str,
    source: str,
    group: Group,
    size: int = 0,
    text: bool = False,
) -> Column:
    """A column that also exists for the intro and for the outro."""
    return Column(name, unit, low, high, meaning, source, group, True, size, text)


_TAGS = (
    _text("id", "unique name of the track, made from the content hash where audio was read", "file"),
    _text("path", "file path relative to the folder that was read", "file"),
    _text("title", "title of the track"),
    _text("artist", "artist credit"),
    _text("album", "album"),
    _text("genre", "genre"),
    Column("year", "a", 1000, 2100, "year of release", "tags of the file", "tags"),
    Column("track", "1", 0, 999, "number of the track on its album", "tags of the file", "tags"),
    Column("replay_gain", "dB", -60, 60, "ReplayGain of the track as tagged", "tags of the file", "tags"),
    _text("source", "package, collection or file that the track came from"),
    _text("licence", "licence of the recording"),
    _text("content_hash", "BLAKE2b of the file's bytes", "file"),
    _text("extractor_version", "version of the analysis that filled the row", "file"),
)

_TIME = (
    Column("duration", "s", 0, None, "length of the decoded audio", "decoder", "time"),
    Column("decoded", "s", 0, None, "seconds that could be decoded", "decoder", "file"),
    Column("declared", "s", 0, None, "seconds that the container declares", "container", "file"),
    Column("faults", "1", 0, None, "packets that could not be decoded and were skipped", "decoder", "file"),
    Column("lead_silence", "s", 0, None, "silence at the start: frame RMS under -60 dBFS", "own", "time"),
    Column("trail_silence", "s", 0, None, "silence at the end: frame RMS under -60 dBFS", "own", "time"),
)

_EBU = "ITU-R BS.1770-4, EBU R128"
_RHYTHM = (
    _heard("tempo", "BPM", 40, 220, "beats a minute: regression on the beat times", "Ellis 2007", "rhythm"),
    _heard("tempo_conf", "1", 0, 1, "how sure the tempo and its octave are", "own", "rhythm"),
    _heard("tempo_alt", "BPM", 20, 440, "tempo of the other likely octave", "own", "rhythm"),
    _heard("tempo_stability", "1", 0, 1, "1 for a metronome, falling with beat jitter", "own", "rhythm"),
    _heard("tempo_p10", "BPM", 10, 900, "10th percentile of the tempo of four-beat spans", "own", "rhythm"),
    _heard("tempo_p90", "BPM", 10, 900, "90th percentile of the tempo of four-beat spans", "own", "rhythm"),
    _heard("tempo_variance", "BPM²", 0, None, "variance of the tempo of four-beat spans", "own", "rhythm"),
    _heard("beat_strength", "1", 0, None, "mean onset strength on beats over the mean", "own", "rhythm"),
    _heard("onset_rate", "1/s", 0, 30, "note onsets a second", "Böck et al. 2012", "rhythm"),
)

_TONALITY = (
    _heard("key", "pitch class", 0, 11, "tonic, 0 = C", "Albrecht & Shanahan 2013", "tonality"),
    _heard("mode", "1", 0, 1, "0 minor, 1 major", "Albrecht & Shanahan 2013", "tonality"),
    _heard("key_conf", "1", 0, 1, "margin of the best key over the next", "own", "tonality"),
    _heard("tuning", "cent", -50, 50, "deviation from A4 = 440 Hz", "phase of constant-Q peaks", "tonality"),
    _heard("chroma", "1", 0, 1, "share of each pitch class, sum 1", "folded constant-Q", "tonality", 12),
    _heard("chroma_variance", "1", 0, 1, "mean variance of the chroma over time", "own", "tonality"),
    _heard("chord_change_rate", "1/s", 0, 10, "chord changes a second", "chord templates", "tonality"),
    _heard("camelot", "", None, None, "key on the Camelot wheel, 1A to 12B", "own", "tonality", text=True),
)

_LOUDNESS = (
    _heard("loudness", "LUFS", -70, 5, "integrated loudness", _EBU, "loudness"),
    _heard("loudness_range", "LU", 0, 60, "loudness range", "EBU Tech 3342", "loudness"),
    _heard("loudness_p10", "LUFS", -70, 5, "10th percentile of the momentary loudness", _EBU, "loudness"),
    _heard("loudness_p90", "LUFS", -70, 5, "90th percentile of the momentary loudness", _EBU, "loudness"),
    _heard("loudness_variance", "LU²", 0, None, "variance of the momentary loudness", _EBU, "loudness"),
    _heard("true_peak", "dBTP", -100, 12, "highest peak between the samples", _EBU, "loudness"),
    _heard("energy_slope", "dB/s", -60, 60, "slope of the one-second RMS", "own", "loudness"),
)

_TIMBRE = (
    _heard("mfcc", "1", None, None, "mean of mel-frequency cepstral coefficient", "Logan 2000", "timbre", 20),
    _heard("mfcc_variance", "1", 0, None, "mean variance of MFCC 1 to 12 over time", "own", "timbre"),
    _heard("timbre", "1", None, None, "discriminant axes of the MFCC means", "Fisher 1936", "timbre", 4),
    _heard("centroid", "Hz", 0, 11025, "centre of gravity of the spectrum", "Peeters 2004", "timbre"),
    _heard("bandwidth", "Hz", 0, 11025, "spread about the centroid", "Peeters 2004", "timbre"),
    _heard("rolloff", "Hz", 0, 11025, "85 % of the energy lie below", "Peeters 2004", "timbre"),
    _heard("flatness", "1", 0, 1, "geometric over arithmetic mean power", "Dubnov 2004", "timbre"),
    _heard("contrast", "dB", 0, 120, "peak over valley by octave band", "Jiang et al. 2002", "timbre", 7),
    _heard("zero_crossings", "1", 0, 1, "share of samples where the sign changes", "Peeters 2004", "timbre"),
    _heard("high_ratio", "1", 0, 1, "energy above 4 kHz over all", "own", "timbre"),
    _heard("low_ratio", "1", 0, 1, "energy below 200 Hz over all", "own", "timbre"),
    _heard("percussive_ratio", "1", 0, 1, "percussive share of the mel energy", "Fitzgerald 2010", "timbre"),
)

_PROXY = "own proxy, no annotation behind it"
_MOOD = (
    Column("energy", "1", 0, 1, "proxy of perceived intensity (arousal)", _PROXY, "mood", True),
    _heard("danceability", "1", 0, 1, "proxy: steady, strong beat at a walking tempo", _PROXY, "mood"),
    _heard("acousticness", "1", 0, 1, "proxy: soft, dark, little percussion", _PROXY, "mood"),
    _heard("valence", "1", 0, 1, "proxy of pleasantness: mode, tempo, brightness", _PROXY, "mood"),
)

_STRUCTURE = (
    Column("intro_end", "s", 0, None, "end of the intro", "Foote 2000 and energy", "structure"),
    Column("outro_start", "s", 0, None, "start of the outro", "Foote 2000 and energy", "structure"),
    Column("segments", "1", 1, 500, "number of segments found", "Foote 2000", "structure"),
)

_MELODY = (
    Column(
        "pitch_range", "semitone", 0, 120, "90 % of the sung or played pitches", "pYIN (Mauch 2014)", "melody"
    ),
    Column("voiced_share", "1", 0, 1, "share of frames with a clear pitch", "pYIN (Mauch 2014)", "melody"),
)

COLUMNS: tuple[Column, ...] = (
    *_TAGS, *_TIME, *_RHYTHM, *_TONALITY, *_LOUDNESS, *_TIMBRE, *_MOOD, *_STRUCTURE, *_MELODY,
)  # fmt: skip
"""Every column, in canonical order."""
