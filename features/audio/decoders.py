"""Decoders: FFmpeg, and libsndfile for the files that FFmpeg refuses."""

import errno
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from segue.features.arrays import Float32Array
from segue.features.audio.containers.declared_length import UNKNOWN, declared_seconds
from segue.features.audio.containers.trailing_tags import Beginning, end_of_sound

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

Block = Float32Array
"""Samples (n, channels), full scale 1."""

FORMATS = (
    "aac,ac3,aiff,amr,amrnb,amrwb,ape,asf,au,avi,caf,dts,dtshd,eac3,flac,loas,matroska,webm,mlp,mov,mp4,m4a,"
    "mp3,mpc,mpc8,ogg,rm,tak,truehd,tta,voc,w64,wav,wv"
)
"""FFmpeg's names of the container formats that are opened.

FFmpeg recognises a format by the contents of a file, whatever its name. Others of its formats are lists of
other files (concat, hls, dash), descriptions of network streams (sdp) or scripts.
"""

_SAFE_OPTIONS = {"format_whitelist": FORMATS, "protocol_whitelist": ""}
"""Options under which FFmpeg opens nothing but the file that it is given."""

_BARE_STREAMS = ("mp3", "aac")
"""FFmpeg's names of the formats whose decoder would read tags at the end as sound."""

MAX_TAG = 1000
"""Characters of a tag that are kept."""

_MAX_FAULTS = 100_000
_FULL_SCALE = {"u1": 128.0, "i2": 32768.0, "i4": 2147483648.0, "i8": 9223372036854775808.0}


class AudioError(Exception):
    """A file has no usable audio; the message is the reason and continues a sentence about the file."""


def open_decoder(file: BinaryIO) -> "FFmpegDecoder | SoundFileDecoder":
    """Opens a file by FFmpeg, else by libsndfile, which reads some Ogg files that FFmpeg refuses.

    Raises:
        AudioError: Neither can read the file.
    """
    import av

    try:
        return FFmpegDecoder(file)
    except (av.FFmpegError, UnicodeError, ValueError) as error:
        reason = f"is not a readable audio file ({_reason(error)})"
        try:
            return SoundFileDecoder(file)
        except (RuntimeError, TypeError):
            raise AudioError(reason) from error


def _reason(error: Exception) -> str:
    """Returns the text of an error in lower case."""
    if getattr(error, "errno", None) == errno.EINVAL:
        return "not in an audio format"  # what FFmpeg says of a format that is not in the list
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).lower()


class SoundFileDecoder:
    """Decodes a file by libsndfile; the attributes are those of `AudioFile`."""

    def __init__(self, file: BinaryIO) -> None:
        import soundfile

        file.seek(0)
        self._sound = soundfile.SoundFile(file)
        self.rate, self.channels = int(self._sound.samplerate), int(self._sound.channels)
        self.declared = self._sound.frames / self.rate
        self.metadata = _metadata(self._sound.copy_metadata())

    def close(self) -> None:
        """Closes the decoder."""
        self._sound.close()

    def blocks(self) -> Iterator[Block | None]:
        """Yields blocks of any length, and None for each part that cannot be decoded."""
        while True:
            try:
                block = self._sound.read(self.rate, dtype="float32", always_2d=True)
            except RuntimeError:
                yield None
                return
            if not len(block):
                return
            yield block


class FFmpegDecoder:
    """Decodes a file by FFmpeg's libraries through PyAV; the attributes are those of `AudioFile`."""

    def __init__(self, file: BinaryIO) -> None:
        self._container = _open_container(file)
        if self._container.format.name in _BARE_STREAMS:
            self._container.close()
            file.seek(0)
            self._container = _open_container(Beginning(file, end_of_sound(file)))
        self._stream = _audio_stream(self._container)
        self.rate, self.channels = int(self._stream.rate or 0), int(self._stream.channels or 0)
        self.declared = declared_seconds(
            file, self._container.format.name, _length(self._container, self._stream)
        )
        # Ogg stores tags with the stream, most others with the container.
        self.metadata = _metadata({**self._stream.metadata, **self._container.metadata})

    def close(self) -> None:
        """Closes the decoder."""
        self._container.close()

    def blocks(self) -> Iterator[Block | None]:
        """Yields blocks of any length, and None for each part that cannot be decoded."""
        import av

        packets = self._container.demux(self._stream)
        faults = 0
        while faults < _MAX_FAULTS:
            try:
                frames = next(packets).decode()
            except (StopIteration, av.EOFError):
                return
            except av.FFmpegError as error:
                if isinstance(error, MemoryError):
                    raise
                faults += 1
                yield None
                continue
            for frame in frames:
                samples = _samples(frame, self.channels)
                yield samples if frame.sample_rate == self.rate else None


def _open_container(file: "BinaryIO | Beginning") -> Any:
    """Opens a file by FFmpeg, which reads nothing else."""
    import av

    return av.open(file, metadata_errors="ignore", container_options=_SAFE_OPTIONS)


def _audio_stream(container: Any) -> "AudioStream":
    """Returns the first audio stream."""
    if not container.streams.audio:
        raise AudioError("has no audio track")
    stream: AudioStream = container.streams.audio[0]
    if stream.codec_context is None:
        raise AudioError("has audio of an unknown codec")
    return stream


def _length(container: Any, stream: "AudioStream") -> float:
    """Returns the length in s that FFmpeg reports, NaN if it has none."""
    if stream.duration and stream.time_base:
        return float(stream.duration * stream.time_base)
    return container.duration / 1e6 if container.duration else UNKNOWN


def _metadata(tags: Mapping[str, str]) -> dict[str, str]:
    """Returns the tags with lower-case keys, each cut to `MAX_TAG` characters."""
    return {key[:MAX_TAG].lower(): value[:MAX_TAG] for key, value in tags.items()}


def _samples(frame: Any, channels: int) -> Block | None:
    """Converts a decoded frame to a block, or to None if its channels differ from the stream's."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if len(raw) != channels:
        return None
    sample_type = raw.dtype.str[1:]
    if sample_type in _FULL_SCALE:
        offset = 128.0 if sample_type == "u1" else 0.0
        full_scale = np.float32(_FULL_SCALE[sample_type])
        return ((raw.T - np.float32(offset)) / full_scale).astype(np.float32, copy=False)
    return np.ascontiguousarray(raw.T, dtype=np.float32)
