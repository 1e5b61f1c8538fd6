"""Distance between the timbres of two tracks."""

import numpy as np

from segue.features.arrays import FloatArray


def timbre_divergence(
    mean_a: FloatArray,
    cov_a: FloatArray,
    mean_b: FloatArray,
    cov_b: FloatArray,
) -> float:
    """Computes the symmetrised Kullback-Leibler divergence of two MFCC Gaussians (Mandel & Ellis 2005).

    Args:
        mean_a: (D,) mean of the first.
        cov_a: (D, D) covariance of the first.
        mean_b: (D,) mean of the second.
        cov_b: (D, D) covariance of the second.

    Returns:
        KL(a || b) + KL(b || a); 0 for equal Gaussians.
    """
    inverse_a, inverse_b = np.linalg.inv(cov_a), np.linalg.inv(cov_b)
    step = mean_a - mean_b
    trace = np.trace(inverse_b @ cov_a) + np.trace(inverse_a @ cov_b) - 2 * len(mean_a)
    return float(0.5 * (trace + step @ (inverse_a + inverse_b) @ step))
