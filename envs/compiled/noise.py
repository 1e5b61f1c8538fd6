"""Fills rows with uniform numbers of many generators, without one Python call per generator."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic

from segue.features.arrays import FloatArray, IntArray

MANY = 4
"""Number of rows from which the compiled loop is faster."""


@intrinsic
def _draw(_typing: Any, function: Any, state: Any) -> Any:
    """Calls the C function `double function(void *state)`, both passed as addresses."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointer = ir.IntType(8).as_pointer()
        called = ir.FunctionType(ir.DoubleType(), [pointer]).as_pointer()
        return builder.call(builder.inttoptr(args[0], called), [builder.inttoptr(args[1], pointer)])

    return types.float64(types.uintp, types.uintp), generate


@njit(error_model="numpy", cache=True)
def _fill_rows(function, states, rows, block):
    for at in range(rows.size):
        b, state = rows[at], states[at]
        for column in range(block.shape[1]):
            block[b, column] = _draw(function, state)  # type: ignore[call-arg] # numba supplies the first argument


def fill_rows(generators: Sequence[np.random.Generator], rows: IntArray, block: FloatArray) -> None:
    """Draws exactly the numbers of `generators[row].random(out=block[row])` for every row.

    Args:
        generators: One per row of `block`.
        rows: Distinct rows to fill.
        block: The array to fill, (B, n).
    """
    bits = [generators[row].bit_generator for row in rows]
    if len(bits) < MANY or len(set(map(type, bits))) > 1:
        for row in rows:
            generators[row].random(out=block[row])
        return
    function = ctypes.cast(bits[0].ctypes.next_double, ctypes.c_void_p).value
    states = np.array([generator.ctypes.state_address for generator in bits], np.uintp)
    _fill_rows(np.uintp(function or 0), states, rows, block)
