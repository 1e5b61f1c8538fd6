"""Decoding of audio files of any format, block by block, skipping damaged parts."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Self

import numpy as np

from segue.features.audio.decoders import AudioError, Block, open_decoder

MAX_CHANNELS = 16
RATES = (1_000, 768_000)
"""Lowest and highest sampling rate in Hz; others occur in damaged headers only."""

_MAX_SAMPLE = 8.0
_KINDS = (
    (stat.S_ISFIFO, "named pipe"),
    (stat.S_ISCHR, "device"),
    (stat.S_ISBLK, "device"),
    (stat.S_ISSOCK, "socket"),
)


class AudioFile:
    """An audio file, which can be decoded once.

    The decoder reads a Python file object, so any file name works.

    Args:
        path: The file.

    Raises:
        AudioError: The file has no usable audio.

    Attributes:
        rate: Sampling rate in Hz.
        channels: Number of channels.
        declared: Length in s that the container declares, NaN if unknown.
        metadata: Tags of the container, lower-case keys.
        faults: Number of packets that could not be decoded.
        decoded: Seconds decoded so far.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self._file = open_regular(Path(path))
        try:
            self._decoder = open_decoder(self._file)
        except AudioError:
            self._file.close()
            raise
        self.rate = self._decoder.rate
        self.channels = self._decoder.channels
        self.declared = self._decoder.declared
        self.metadata = self._decoder.metadata
        self.faults = 0
        self.decoded = 0.0
        if not RATES[0] <= self.rate <= RATES[1] or not 1 <= self.channels <= MAX_CHANNELS:
            self.close()
            raise AudioError("is not a readable audio file (impossible sampling rate or number of channels)")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the decoder and the file."""
        self._decoder.close()
        self._file.close()

    def blocks(self, seconds: float = 10.0) -> Iterator[Block]:
        """Decodes the whole stream, skipping packets that cannot be decoded.

        Args:
            seconds: Length of the blocks; the last may be shorter.

        Yields:
            Blocks of finite samples; NaN, infinite and implausibly large samples become 0 and count as a
            fault.
        """
        size = max(1, int(seconds * self.rate))
        parts: list[Block] = []
        held = 0
        for part in self._decoder.blocks():
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
        """Counts a block as decoded and replaces its invalid samples, in place."""
        self.decoded += len(block) / self.rate
        # Damaged data decodes to arbitrary numbers; no real signal is 18 dB above full scale.
        broken = ~(np.abs(block) <= _MAX_SAMPLE)
        if broken.any():
            self.faults += 1
            block[broken] = 0.0
        return block


def open_regular(path: Path) -> BufferedReader:
    """Opens a regular file for reading; never waits for a pipe and opens no device.

    Args:
        path: The file, or a link to it.

    Raises:
        AudioError: It is empty, not a regular file, or cannot be read; the message is the reason.
    """
    with _reasons():
        _check_regular(path.stat())
        return path.open("rb")


def check_regular(path: Path) -> None:
    """Raises the errors of `open_regular` that are known without opening the file."""
    with _reasons():
        _check_regular(path.stat())


@contextmanager
def _reasons() -> Iterator[None]:
    """Turns the errors of the file system into AudioErrors."""
    try:
        yield
    except IsADirectoryError as error:
        raise AudioError("is a folder") from error
    except PermissionError as error:
        raise AudioError("cannot be read (permission denied)") from error
    except FileNotFoundError as error:
        raise AudioError("does not exist (possibly a broken link)") from error
    except OSError as error:
        raise AudioError(f"cannot be opened ({error.strerror})") from error


def _check_regular(status: os.stat_result) -> None:
    """Raises an AudioError unless this is the status of a folder or of a regular file with contents."""
    if stat.S_ISDIR(status.st_mode):
        return  # opening it says whether it is a folder or one that must not be read
    if not stat.S_ISREG(status.st_mode):
        kind = next((name for test, name in _KINDS if test(status.st_mode)), "special file")
        raise AudioError(f"is not a regular file ({kind})")
    if status.st_size == 0:
        raise AudioError("is empty (0 bytes)")
