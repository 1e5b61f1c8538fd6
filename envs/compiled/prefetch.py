"""Memory prefetching, so that the latencies of many tracks of a large catalogue overlap."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, overload
from numba.np import arrayobj

LINE = 16
"""float32 numbers per cache line."""


@intrinsic
def _prefetch(_typing: Any, table: Any, row: Any, column: Any) -> Any:
    """Starts fetching `table[row, column]`, float32 (n, m), and does not wait."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = signature.args[0]
        array = arrayobj.make_array(kind)(context, builder, args[0])
        item = cgutils.get_item_pointer(context, builder, kind, array, list(args[1:]), wraparound=False)
        whole = ir.IntType(32)
        at = builder.bitcast(item, ir.IntType(8).as_pointer())
        # Address, for reading (0), to keep in all caches (3), data (1).
        called = ir.FunctionType(ir.VoidType(), [at.type, whole, whole, whole])
        function = builder.module.declare_intrinsic("llvm.prefetch", (at.type,), called)
        builder.call(function, [at, whole(0), whole(3), whole(1)])
        return context.get_dummy_value()

    return types.void(table, types.intp, types.intp), generate


def fetch(table, row, columns):
    """Starts fetching the first columns of a row; ignores negative rows. Does nothing without numba."""


@overload(fetch)
def _compiled_fetch(table, row, columns):
    def start(table, row, columns):
        if row >= 0:
            for column in range(0, columns, LINE):
                _prefetch(table, row, column)  # type: ignore[call-arg] # numba supplies the first argument

    return start
