"""Random rollouts through a set of songs, valued all at once (the planning of DJ-MC)."""

import numpy as np

from segue.features.arrays import FloatArray, Int64Array


def random_sequences(songs: int, length: int, count: int, rng: np.random.Generator) -> Int64Array:
    """Draws sequences without repetition, all equally likely.

    Args:
        songs: Number of songs n.
        length: Songs in a sequence, at most n.
        count: Sequences.
        rng: Source of the draws.

    Returns:
        Indices 0..n-1, (length, count).
    """
    drawn = np.empty((length, count), np.int64)
    for place in range(length):
        # The k-th of the songs that are left: skip past the songs already taken, in ascending order.
        pick = rng.integers(0, songs - place, count)
        for taken in np.sort(drawn[:place], axis=0):
            pick += pick >= taken
        drawn[place] = pick
    return drawn


def sequence_values(
    sequences: Int64Array, song: FloatArray, pair: FloatArray, opening: FloatArray
) -> FloatArray:
    """Values sequences by the sum of song rewards and of transition rewards with memory 1/i².

    Args:
        sequences: Song indices, (H, R).
        song: Reward of each song, (n,).
        pair: Transition reward of each song, in rows, before each other, in columns, (n, n).
        opening: Transition reward due to the songs played before the sequence, for each song in each place,
            (H, n).

    Returns:
        Values, (R,).
    """
    length, count = sequences.shape
    total = np.zeros(count)
    flat = np.ascontiguousarray(pair).ravel()
    for place in range(length):
        total += (song + opening[place])[sequences[place]]
        for back in range(1, place + 1):
            total += flat[sequences[place - back] * len(song) + sequences[place]] / back**2
    return total
