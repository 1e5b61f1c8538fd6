"""Lengths that files declare, as opposed to those that a decoder guesses from the size of the file."""

from collections.abc import Iterator
from typing import BinaryIO

from segue.features.audio.containers.mp3 import counted_seconds, end_of_id3

UNKNOWN = float("nan")

_GUESSED = ("aac", "ac3", "amr", "amrnb", "amrwb", "dts", "dtshd", "eac3", "loas", "mlp", "truehd")
"""FFmpeg's names of the formats that are bare streams, without a header that could state a length."""

_PCM = (1, 3, 6, 7, 0xFFFE)  # integers, floats, A-law, µ-law and WAVE_FORMAT_EXTENSIBLE
_MANY_CHUNKS = 10_000
_STREAMED = 0x7FFFF000
"""Data sizes from here on are what programs write to a pipe, where they cannot return to fill in the size."""

_SEGMENT, _INFO, _CLUSTER, _DURATION = 0x18538067, 0x1549A966, 0x1F43B675, 0x4489  # ids of elements
_MATROSKA_SEARCHED = 65_536  # bytes


def declared_seconds(file: BinaryIO, container: str, estimated: float) -> float:
    """Returns the length that a file declares.

    A bare MP3 or AAC stream declares nothing, and FFmpeg guesses from the bit rate of its beginning; a guess
    says nothing about whether the file is whole.

    Args:
        file: The file; its position stays the same.
        container: FFmpeg's name of the container format.
        estimated: FFmpeg's length in s, declared or guessed; NaN if it has none.

    Returns:
        The length in s, NaN if it is not declared.
    """
    position = file.tell()
    try:
        if container == "wav":
            return _wav_seconds(file, estimated)
        if container == "mp3":
            # FFmpeg guesses if something follows these frames; of a NaN and a number `min` keeps the first.
            return min(counted_seconds(file), estimated)
        if container == "flac":
            return estimated if _has_flac_sample_count(file) else UNKNOWN
        if container == "matroska,webm":
            return estimated if _has_matroska_duration(file) else UNKNOWN
        return UNKNOWN if container in _GUESSED else estimated
    finally:
        file.seek(position)


def _wav_seconds(file: BinaryIO, estimated: float) -> float:
    """Returns the length of a WAV file by its header; FFmpeg uses the size of the file."""
    coding, rate, block, samples, long_size = 0, 0, 0, 0, None
    for name, size in _riff_chunks(file):
        if name == b"fmt ":
            head = file.read(min(size, 16))
            coding = int.from_bytes(head[0:2], "little")
            rate, block = int.from_bytes(head[4:8], "little"), int.from_bytes(head[12:14], "little")
        elif name == b"fact":
            samples = int.from_bytes(file.read(min(size, 4)), "little")
        elif name == b"ds64":
            long_size = int.from_bytes(file.read(min(size, 24))[8:16], "little")
        elif name == b"data":
            if not rate:
                return UNKNOWN
            if coding not in _PCM:
                return samples / rate if samples else UNKNOWN
            if size >= _STREAMED:
                return UNKNOWN if long_size is None or not block else long_size / block / rate
            return size / block / rate if size and block else estimated
    return UNKNOWN


def _riff_chunks(file: BinaryIO) -> Iterator[tuple[bytes, int]]:
    """Yields the name and size of each chunk of a RIFF file, with the file at the start of its contents."""
    file.seek(0)
    if file.read(4) not in (b"RIFF", b"RF64", b"BW64"):
        return
    at = 12
    for _ in range(_MANY_CHUNKS):
        file.seek(at)
        header = file.read(8)
        if len(header) < 8:
            return
        size = int.from_bytes(header[4:], "little")
        yield header[:4], size
        at += 8 + size + size % 2


def _has_flac_sample_count(file: BinaryIO) -> bool:
    """Returns whether a FLAC file states its number of samples; streams written to a pipe do not."""
    file.seek(end_of_id3(file))
    head = file.read(26)
    return len(head) == 26 and head[:4] == b"fLaC" and (head[21] & 0x0F > 0 or head[22:] != bytes(4))


def _has_matroska_duration(file: BinaryIO) -> bool:
    """Returns whether a Matroska or WebM file states a duration; streams written to a pipe do not."""
    file.seek(0)
    head = file.read(_MATROSKA_SEARCHED)
    at = 0
    while at < len(head):
        element, at = _ebml_number(head, at, marker=True)
        size, at = _ebml_number(head, at, marker=False)
        if element in (_DURATION, _CLUSTER):
            return element == _DURATION
        if element not in (_SEGMENT, _INFO):  # whose elements follow
            at += size
    return False


def _ebml_number(data: bytes, at: int, marker: bool) -> tuple[int, int]:
    """Reads a number of 1 to 8 bytes, whose leading zeros say how many; returns it and where it ends."""
    length = 9 - data[at].bit_length() if at < len(data) and data[at] else 8
    number = int.from_bytes(data[at : at + length], "big")
    return number if marker else number & ~(1 << 7 * length), at + length
