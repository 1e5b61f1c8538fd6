"""Writes a stream of sound to a file, in the format that the ending of its name says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np

from segue.experiments.playlists.mixing.plan import RATE
from segue.features.arrays import Float32Array
from segue.features.errors import UserError


class Encoding(NamedTuple):
    """How a kind of file is written.

    Attributes:
        container: FFmpeg's name of the container.
        codec: FFmpeg's name of the codec.
        rate: Sampling rate in Hz.
        bit_rate: Bits per second, 0 for a lossless codec.
        ceiling: Highest true peak before encoding in dBTP; lossy codecs raise peaks.
    """

    container: str
    codec: str
    rate: int = RATE
    bit_rate: int = 0
    ceiling: float = -1.2


ENCODINGS = {
    ".flac": Encoding("flac", "flac"),
    ".wav": Encoding("wav", "pcm_s16le"),
    ".ogg": Encoding("ogg", "libopus", rate=48_000, bit_rate=192_000, ceiling=-2.0),
    ".mp3": Encoding("mp3", "libmp3lame", bit_rate=256_000, ceiling=-2.0),
    ".opus": Encoding("ogg", "libopus", rate=48_000, bit_rate=128_000, ceiling=-2.0),
}
"""Encodings by the ending of the file."""

PREVIEW_ENCODING = Encoding("mp3", "libmp3lame", bit_rate=96_000, ceiling=-2.0)
"""Small, and every browser plays it."""


def encoding_of(path: Path) -> Encoding:
    """Returns the encoding of a file.

    Raises:
        UserError: The ending is unknown.
    """
    found = ENCODINGS.get(path.suffix.lower())
    if found is None:
        raise UserError(
            f"{path.name!r} is not a sound file by its ending; end it in one of: {', '.join(ENCODINGS)}."
        )
    return found


class Encoder:
    """Encodes samples in stereo at the rate of a mix.

    Args:
        target: The file to write, or a buffer.
        encoding: How to write it.
        tags: Title and others.
    """

    def __init__(self, target: Path | io.BytesIO, encoding: Encoding, tags: dict[str, str]) -> None:
        import av

        # A WAV file of more than 4 GB needs a longer header.
        options = {"rf64": "auto"} if encoding.container == "wav" else {}
        self._container: Any = av.open(
            target if isinstance(target, io.BytesIO) else str(target),
            "w",
            format=encoding.container,
            container_options=options,
        )
        self._container.metadata.update(tags)
        stream: Any = self._container.add_stream(encoding.codec, rate=encoding.rate, layout="stereo")
        if encoding.bit_rate:
            stream.bit_rate = encoding.bit_rate
        self._stream = stream
        self._samples = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._container.mux(self._stream.encode(None))
        self._container.close()

    def write(self, block: Float32Array) -> None:
        """Appends samples (n, 2)."""
        import av

        if not len(block):
            return
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
        frame.sample_rate = RATE
        frame.pts = self._samples
        self._samples += len(block)
        self._container.mux(self._stream.encode(frame))
