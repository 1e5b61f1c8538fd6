"""Decoding audio files of any format, block by block, past whatever is broken in them."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Self

import numpy as np

from segue.features.arrays import Float32Array

if TYPE_CHECKING:
    from av.audio.stream import AudioStream

Block = Float32Array
"""(samples, channels), full scale 1."""

MAX_CHANNELS = 16
_MAX_FAULTS = 100_000
_LOUDEST = 8.0


class AudioError(Exception):
    """A file gives no audio; the message is a reason that a person understands."""


class AudioFile:
    """One audio file, opened and decoded once.

    The file is read through a Python file object, so that no name, however odd, confuses the decoder.

    Attributes:
        rate: Sampling rate in Hz.
        channels: Number of channels.
        declared: Length in s that the container declares, NaN if it does not say.
        metadata: Tags of the container, lower-case keys.
        faults: Number of packets that could not be decoded.
        decoded: Seconds decoded so far.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = _open(Path(path))
        self._source: _FFmpeg | _SndFile
        try:
            self._source = _open_source(self._file)
        except AudioError:
            self._file.close()
            raise
        self.rate = self._source.rate
        self.channels = self._source.channels
        self.declared = self._source.declared
        self.metadata = self._source.metadata
        self.faults = 0
        self.decoded = 0.0
        if self.rate <= 0 or not 1 <= self.channels <= MAX_CHANNELS:
            self.close()
            raise AudioError(
                "is no audio file that can be read (no sampling rate, or an impossible number of channels)"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the decoder and the file."""
        self._source.close()
        self._file.close()

    def blocks(self, seconds: float = 10.0) -> Iterator[Block]:
        """Decodes the whole stream, skipping packets that cannot be decoded.

        Args:
            seconds: Length of the blocks; only the last may be shorter.

        Yields:
            Finite samples; NaN and infinite ones become 0 and count as a fault.
        """
        size = max(1, int(seconds * self.rate))
        parts: list[Block] = []
        held = 0
        for part in self._source.parts():
            if part is None:
                self.faults += 1
                continue
            parts.append(part)
            held += len(part)
            while held >= size:
                joined = np.concatenate(parts)
                yield self._checked(joined[:size])
                parts, held = [joined[size:]], held - size
        if held:
            yield self._checked(np.concatenate(parts))

    def _checked(self, block: Block) -> Block:
        self.decoded += len(block) / self.rate
        # Damaged bits decode to any number; no real signal is 18 dB above full scale.
        broken = ~(np.abs(block) <= _LOUDEST)
        if broken.any():
            self.faults += 1
            block[broken] = 0.0
        return block


def _open(path: Path) -> BinaryIO:
    try:
        if path.is_dir():
            raise AudioError("is a folder")
        if path.stat().st_size == 0:
            raise AudioError("is empty (0 bytes)")
        return path.open("rb")
    except PermissionError as error:
        raise AudioError("may not be read (permission denied)") from error
    except FileNotFoundError as error:
        raise AudioError("does not exist (perhaps a link that leads nowhere)") from error
    except OSError as error:
        raise AudioError(f"cannot be opened ({error.strerror})") from error


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return str(text).lower()


def _open_source(file: BinaryIO) -> "_FFmpeg | _SndFile":
    """Opens by FFmpeg, else by libsndfile, which reads some Ogg files that FFmpeg refuses."""
    import av

    try:
        return _FFmpeg(file)
    except (av.FFmpegError, UnicodeError, ValueError) as error:
        reason = f"is no audio file that can be read ({_reason(error)})"
        try:
            return _SndFile(file)
        except (RuntimeError, TypeError):
            raise AudioError(reason) from error


class _SndFile:
    """A file read by libsndfile."""

    def __init__(self, file: BinaryIO) -> None:
        import soundfile

        file.seek(0)
        self._sound = soundfile.SoundFile(file)
        self.rate, self.channels = int(self._sound.samplerate), int(self._sound.channels)
        self.declared = self._sound.frames / self.rate
        self.metadata = {key.lower(): value for key, value in self._sound.copy_metadata().items()}

    def close(self) -> None:
        self._sound.close()

    def parts(self) -> Iterator[Block | None]:
        """Yields blocks, None for what cannot be decoded."""
        while True:
            try:
                block = self._sound.read(self.rate, dtype="float32", always_2d=True)
            except RuntimeError:
                yield None
                return
            if not len(block):
                return
            yield block


class _FFmpeg:
    """A file read by FFmpeg's libraries through PyAV."""

    def __init__(self, file: BinaryIO) -> None:
        import av

        self._container: Any = av.open(file, metadata_errors="ignore")
        self._stream = _audio_stream(self._container)
        self.rate, self.channels = int(self._stream.rate or 0), int(self._stream.channels or 0)
        self.declared = _declared(self._container, self._stream, file)
        self.metadata = _metadata(self._container, self._stream)

    def close(self) -> None:
        self._container.close()

    def parts(self) -> Iterator[Block | None]:
        """Yields blocks, None for what cannot be decoded."""
        import av

        packets = self._container.demux(self._stream)
        faults = 0
        while faults < _MAX_FAULTS:
            try:
                frames = next(packets).decode()
            except (StopIteration, av.EOFError):
                return
            except av.FFmpegError:
                faults += 1
                yield None
                continue
            for frame in frames:
                samples = _samples(frame, self.channels)
                yield samples if frame.sample_rate == self.rate else None


def _audio_stream(container: Any) -> "AudioStream":
    if not container.streams.audio:
        raise AudioError("holds no audio track")
    stream: AudioStream = container.streams.audio[0]
    if stream.codec_context is None:
        raise AudioError("holds audio of an unknown codec")
    return stream


def _riff_seconds(file: BinaryIO) -> float:
    """Length by the header of a WAV file: FFmpeg believes the size of the file instead."""
    place = file.tell()
    file.seek(0)
    start = file.read(4096)
    file.seek(place)
    form, data = start.find(b"fmt "), start.find(b"data")
    if not 0 <= form < data <= len(start) - 8:
        return 0.0
    bytes_a_second = int.from_bytes(start[form + 16 : form + 20], "little")
    size = int.from_bytes(start[data + 4 : data + 8], "little")
    # The largest number stands for "unknown" in streams.
    return size / bytes_a_second if bytes_a_second and size < 0xFFFFFF00 else 0.0


def _declared(container: Any, stream: "AudioStream", file: BinaryIO) -> float:
    if container.format.name == "aac":
        # A bare stream declares nothing; what FFmpeg says is a guess by the bit rate.
        return float("nan")
    if stream.duration and stream.time_base:
        seconds = float(stream.duration * stream.time_base)
        return max(seconds, _riff_seconds(file)) if container.format.name == "wav" else seconds
    return container.duration / 1e6 if container.duration else float("nan")


def _metadata(container: Any, stream: "AudioStream") -> dict[str, str]:
    # Ogg keeps its tags with the stream, most others with the container.
    merged = {**stream.metadata, **container.metadata}
    return {str(key).lower(): str(value) for key, value in merged.items()}


_FULL_SCALE = {"u1": 128.0, "i2": 32768.0, "i4": 2147483648.0, "i8": 9223372036854775808.0}


def _samples(frame: Any, channels: int) -> Block | None:
    """Turns a decoded frame into (samples, channels), or None if it has other channels than the stream."""
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, frame.layout.nb_channels).T
    if len(raw) != channels:
        return None
    kind = raw.dtype.str[1:]
    if kind in _FULL_SCALE:
        offset = 128.0 if kind == "u1" else 0.0
        return ((raw.T - np.float32(offset)) / np.float32(_FULL_SCALE[kind])).astype(np.float32, copy=False)
    return np.ascontiguousarray(raw.T, dtype=np.float32)
