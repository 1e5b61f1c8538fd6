"""δ-medoids: a few tracks such that every track is close to one of them, to show to a listener.

Liebman, Chor and Stone 2015, "Representative selection in nonmetric datasets"; DJ-MC shows such a set to the
listener before the first song.
"""

import numpy as np
import numpy.typing as npt

from segue.features.arrays import FloatArray, IntArray
from segue.features.errors import UserError


def delta_medoids(features: npt.ArrayLike, delta: float, rounds: int = 20) -> IntArray:
    """Selects representatives such that every track is within δ of one.

    One pass assigns each track to the nearest representative within δ, or makes it one itself; then each
    group is represented by the member with the least summed distance to the others, and the passes are
    repeated until the representatives do not change.

    Args:
        features: Features of the tracks, (n, F).
        delta: Largest Euclidean distance to a representative.
        rounds: Maximum number of passes.

    Returns:
        Indices of the representatives, ascending.

    Raises:
        UserError: δ is negative.
    """
    if delta < 0:
        raise UserError(f"delta must be 0 or more, but is {delta}.")
    points = np.asarray(features, np.float64)
    chosen = _cover(points, np.zeros(0, np.intp), delta)[0]
    for _ in range(rounds):
        medoids = np.unique(_cover(points, chosen, delta)[1])
        if np.array_equal(medoids, chosen):
            break
        chosen = medoids
    # Moving a medoid may leave a track at the edge of its group uncovered: such tracks represent themselves.
    return np.unique(_cover(points, chosen, delta)[0])


def _cover(points: FloatArray, chosen: IntArray, delta: float) -> tuple[IntArray, IntArray]:
    """Assigns tracks; returns the representatives, new ones last, and the medoid of each one's group."""
    representatives = chosen.tolist()
    group = np.empty(len(points), np.intp)
    for track, point in enumerate(points):
        distance = np.linalg.norm(points[representatives] - point, axis=1)
        if not len(distance) or distance.min() > delta:
            group[track] = len(representatives)
            representatives.append(track)
        else:
            group[track] = distance.argmin()
    medoids = []
    for index in range(len(representatives)):
        members = np.flatnonzero(group == index)
        if len(members):
            distances = np.linalg.norm(points[members][:, None] - points[members][None], axis=2)
            medoids.append(members[distances.sum(axis=1).argmin()])
    return np.array(representatives, np.intp), np.array(medoids, np.intp)
