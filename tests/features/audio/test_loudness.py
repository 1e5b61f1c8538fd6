"""Signals of EBU Tech 3341 and 3342, with the readings that these prescribe."""

import numpy as np
import pytest

from segue.features.audio import loudness


def sine(level, seconds, channels=2, rate=48000, frequency=1000.0, phase=0.0):
    t = np.arange(int(seconds * rate)) / rate
    wave = 10 ** (level / 20) * np.sin(2 * np.pi * frequency * t + phase)
    return np.repeat(wave[:, None], channels, axis=1).astype(np.float32)


def measure(samples, rate=48000, block=7001):
    meter = loudness.LoudnessMeter(rate, samples.shape[1])
    for start in range(0, len(samples), block):
        meter.feed(samples[start : start + block])
    return meter.finish()


@pytest.mark.parametrize("rate", [8000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("level", [-23.0, -33.0])
def test_steady_sine_at_any_rate(rate, level):
    assert loudness.integrated_loudness(measure(sine(level, 6, rate=rate), rate)) == pytest.approx(
        level, abs=0.1
    )


@pytest.mark.parametrize(
    "parts",
    [
        [(-36, 10), (-23, 60), (-36, 10)],
        [(-72, 10), (-36, 10), (-23, 60), (-36, 10), (-72, 10)],
        [(-26, 20), (-20, 20.1), (-26, 20)],
    ],
)
def test_gating(parts):
    samples = np.concatenate([sine(level, seconds) for level, seconds in parts])
    assert loudness.integrated_loudness(measure(samples)) == pytest.approx(-23, abs=0.1)


def test_channel_weights_of_surround_and_low_frequency_channels():
    levels = (-28, -28, -24, 0, -30, -30)
    samples = np.concatenate([sine(level, 20, channels=1) for level in levels], axis=1)
    assert loudness.integrated_loudness(measure(samples)) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize(("first", "second", "expected"), [(-20, -30, 10), (-20, -15, 5), (-40, -20, 20)])
def test_loudness_range(first, second, expected):
    samples = np.concatenate([sine(first, 20), sine(second, 20)])
    assert loudness.loudness_range(measure(samples)) == pytest.approx(expected, abs=1)


def test_true_peak_between_samples():
    samples = sine(-6, 2, frequency=12000, phase=np.pi / 4)
    assert 20 * np.log10(np.abs(samples).max()) < -8.9
    assert loudness.true_peak(measure(samples)) == pytest.approx(-6, abs=0.4)


def test_block_size_does_not_matter():
    samples = sine(-20, 2) * np.random.default_rng(0).uniform(0, 1, (96000, 1)).astype(np.float32)
    one, many = measure(samples, block=len(samples)), measure(samples, block=999)
    np.testing.assert_allclose(one.weighted, many.weighted, rtol=1e-9)
    np.testing.assert_array_equal(one.peak, many.peak)


def test_silence_has_no_loudness():
    hops = measure(np.zeros((48000, 1), dtype=np.float32))
    assert all(np.isnan(v) for v in loudness.summarise(hops).values())


def test_energy_curve_and_slope():
    rate = 8000
    samples = np.concatenate([sine(level, 1, 1, rate) for level in (-30, -28, -26, -24, -22)])
    hops = measure(samples, rate)
    np.testing.assert_allclose(loudness.energy_curve(hops), np.array([-33, -31, -29, -27, -25]), atol=0.05)
    assert loudness.energy_slope(hops) == pytest.approx(2, abs=0.02)
