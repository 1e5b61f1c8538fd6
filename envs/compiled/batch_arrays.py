"""All that the loops of a batch work on, handed over as one object.

Handing an array from Python to a compiled loop costs as much as some fifty sums, and a single session takes
some thirty arrays: they would cost more than the step itself. A structure is handed over by its address.
"""

from numba import njit, types
from numba.experimental import structref


@structref.register
class _BatchArraysType(types.StructRef):
    """The type that numba gives to a `World`."""


class BatchArrays(structref.StructRefProxy):
    """The arrays of a batch of sessions; they are shared, not copied.

    Its fields, which only compiled loops read: `state`, the tuple `SessionState.arrays`; `scene`,
    `Setting.scene`; `spec`, `Setting.spec`; and `scratch`, float32 (1, K x T).
    """


structref.define_proxy(BatchArrays, _BatchArraysType, ["state", "scene", "spec", "scratch"])


@njit(cache=True)
def pack(state, scene, spec, scratch):
    """Makes a `World`; compiled, so that it is kept on disk as the loops are."""
    return BatchArrays(state, scene, spec, scratch)
