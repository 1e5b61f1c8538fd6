"""The shared analysis of a track: it is decoded, resampled and transformed (STFT, constant-Q) only once.

All frames are computed block by block and stored compactly, so a two-hour mix needs little more memory
than a song.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.fft import dct, rfft
from scipy.signal import get_window, lfilter

from segue.features.arrays import Float32Array
from segue.features.audio.constant_q import RATE as CQ_RATE
from segue.features.audio.constant_q import ConstantQ
from segue.features.audio.decode import AudioFile
from segue.features.audio.decoders import Block
from segue.features.audio.kernels import spectral
from segue.features.audio.loudness import LoudnessHops, LoudnessMeter

RATE = spectral.RATE
HOP = spectral.HOP
FRAME_RATE = RATE / HOP
MFCCS = 20
SILENT_POWER = 1e-6 * spectral.FFT_SIZE * 768 / 2
"""Power of an STFT frame at -60 dBFS RMS; 768 is the sum of the squared window."""

CANCELLED = 0.01
"""Power of the mean of the channels, relative to their mean power, below which they cancel each other out.

Without cancellation it is at least 1 / channels, and there are at most 16.
"""

_PAD = spectral.FFT_SIZE // 2


@dataclass(frozen=True)
class Analysis:
    """The frames of one track; frame t is centred on sample t·HOP.

    Attributes:
        duration: Decoded length in s.
        descriptors: (T, 7) float32, columns as in `kernels.spectral.DESCRIPTORS`.
        mel: (T, 128) float16 log10 of the mel power.
        mfcc: (T, 20) float32 MFCCs 0 to 19.
        contrast: (ceil(T / 4), 7) float32 spectral contrast in dB of every fourth frame.
        crossings: (T,) float32 zero-crossing rate per sample.
        cq: (Tc, 180) float32 constant-Q magnitudes.
        loudness: Loudness hops at the original sampling rate.
        loudest_channel: Index of the loudest channel if the channels cancel each other out, as in opposite
            phase, so that their mean does not represent the sound; else None.
    """

    duration: float
    descriptors: Float32Array
    mel: NDArray[np.float16]
    mfcc: Float32Array
    contrast: Float32Array
    crossings: Float32Array
    cq: Float32Array
    loudness: LoudnessHops
    loudest_channel: int | None = None


class SampleConsumer(Protocol):
    """Receives the mono samples at the analysis rate, such as a melody tracker."""

    def feed(self, samples: Float32Array) -> None:
        """Receives the next samples (n,)."""


class _DCBlocker:
    """Removes a constant offset by a high pass at 5 Hz, so that it counts as silence."""

    def __init__(self, rate: int) -> None:
        self._numerator = np.array([1, -1], dtype=np.float32)
        self._denominator = np.array([1, -np.exp(-2 * np.pi * 5 / rate)], dtype=np.float32)
        self._state: Float32Array | None = None

    def feed(self, samples: Float32Array) -> Float32Array:
        if not len(samples):
            return samples
        if self._state is None:
            # Starts in the steady state of the first sample, so that an offset starts without a click.
            self._state = np.array([-samples[0]], dtype=np.float32)
        out, self._state = lfilter(self._numerator, self._denominator, samples, zi=self._state)
        return np.asarray(out, dtype=np.float32)


class _SpectralFrames:
    """Computes the STFT frames of a stream of mono samples."""

    def __init__(self) -> None:
        self._window = get_window("hann", spectral.FFT_SIZE).astype(np.float32)
        self._buffer = np.zeros(_PAD, dtype=np.float32)
        self._count = 0
        self._parts: list[tuple[Float32Array, ...]] = []

    def feed(self, samples: Float32Array) -> None:
        self._buffer = np.concatenate([self._buffer, samples])
        count = (len(self._buffer) - spectral.FFT_SIZE) // HOP + 1
        if count > 0:
            self._describe(count)
            self._buffer = self._buffer[count * HOP :]

    def _describe(self, count: int) -> None:
        """Appends the descriptors of the next frames."""
        views = np.lib.stride_tricks.sliding_window_view(self._buffer, spectral.FFT_SIZE)[: count * HOP : HOP]
        spectra = rfft(views * self._window, axis=1)
        descriptors = np.empty((count, len(spectral.DESCRIPTORS)), dtype=np.float32)
        mel = np.empty((count, spectral.MELS), dtype=np.float32)
        spectral.describe_spectra(spectra, *spectral.mel_filters(), descriptors, mel)
        log_mel = np.log10(np.maximum(mel, 1e-10))
        mfcc = dct(10 * log_mel, axis=1, norm="ortho")[:, :MFCCS].astype(np.float32)
        skip = -self._count % spectral.CONTRAST_EVERY
        sparse = np.ascontiguousarray(spectra[skip :: spectral.CONTRAST_EVERY])
        contrast = np.empty((len(sparse), spectral.CONTRAST_BANDS), dtype=np.float32)
        spectral.spectral_contrast(sparse, spectral.contrast_edges(), contrast)
        crossings = np.empty(count, dtype=np.float32)
        spectral.zero_crossings(self._buffer[_PAD - HOP // 2 :], count, HOP, crossings)
        self._parts.append((descriptors, log_mel.astype(np.float16), mfcc, contrast, crossings))
        self._count += count

    def finish(self) -> tuple[Float32Array, ...]:
        self.feed(np.zeros(_PAD, dtype=np.float32))
        if not self._parts:
            self.feed(np.zeros(spectral.FFT_SIZE - len(self._buffer), dtype=np.float32))
        return tuple(np.concatenate(column) for column in zip(*self._parts, strict=True))


class _ChannelPower:
    """Sums the squares of the channels and of their mix."""

    def __init__(self, channels: int) -> None:
        self._channels, self._mix = np.zeros(channels), 0.0

    def feed(self, block: Block, mono: Float32Array) -> None:
        self._channels += np.square(block).sum(axis=0, dtype=np.float64)
        self._mix += float(np.square(mono).sum(dtype=np.float64))

    def loudest_if_cancelled(self) -> int | None:
        """Returns the index of the loudest channel if the mix has next to nothing of the channels."""
        return int(self._channels.argmax()) if self._mix < CANCELLED * self._channels.mean() else None


def analyse(file: AudioFile, consumer: SampleConsumer | None = None, channel: int | None = None) -> Analysis:
    """Decodes and analyses a whole file; arguments as of `analyse_blocks`."""
    return analyse_blocks(file.blocks(), file.rate, file.channels, consumer, channel)


def analyse_blocks(
    blocks: Iterator[Block],
    rate: int,
    channels: int,
    consumer: SampleConsumer | None = None,
    channel: int | None = None,
) -> Analysis:
    """Analyses a stream of sample blocks.

    Args:
        blocks: Arrays (n, channels), full scale 1.
        rate: Their sampling rate in Hz.
        channels: Number of channels.
        consumer: Receives the resampled mono samples too.
        channel: The channel to analyse apart from the loudness; the mean of all if None.
    """
    import soxr

    meter, frames, constant_q = LoudnessMeter(rate, channels), _SpectralFrames(), ConstantQ()
    to_mono = soxr.ResampleStream(rate, RATE, 1, dtype="float32", quality="HQ") if rate != RATE else None
    to_cq = soxr.ResampleStream(RATE, CQ_RATE, 1, dtype="float32", quality="MQ")
    blocker = _DCBlocker(rate)
    n_samples, power = 0, _ChannelPower(channels)
    mix = np.full(channels, 1 / channels, dtype=np.float32)
    if channel is not None:
        mix = np.eye(channels, dtype=np.float32)[channel]

    def feed(mono: Float32Array, last: bool) -> None:
        mono = blocker.feed(mono)
        if to_mono is not None:
            mono = to_mono.resample_chunk(mono, last=last)
        frames.feed(mono)
        if consumer is not None:
            consumer.feed(mono)
        constant_q.feed(to_cq.resample_chunk(mono, last=last))

    for block in blocks:
        n_samples += len(block)
        meter.feed(block)
        mono = block @ mix
        power.feed(block, mono)
        feed(mono, last=False)
    feed(np.zeros(0, dtype=np.float32), last=True)
    descriptors, mel, mfcc, contrast, crossings = frames.finish()
    return Analysis(
        duration=n_samples / rate,
        descriptors=descriptors,
        mel=mel.astype(np.float16, copy=False),
        mfcc=mfcc,
        contrast=contrast,
        crossings=crossings,
        cq=constant_q.finish(),
        loudness=meter.finish(),
        loudest_channel=power.loudest_if_cancelled(),
    )
