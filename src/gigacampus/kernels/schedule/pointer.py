"""Raw pointers and 16-lane tests for the scheduler's inner loop, and their plain twins.

An array handed from kernel to kernel costs reference counts on every call; a pointer costs nothing (measured: 13
times on the placement loop). `ptr` turns an array into one; it indexes like the array. A pointer keeps nothing alive
and checks nothing: take it only of arrays that came in as arguments. Under NUMBA_DISABLE_JIT=1 a pointer is the
array itself, and the lane tests are loops, so that the whole engine can be stepped through with bounds checked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, types
from numba.extending import intrinsic

LANES = 16
"""Children of a tree node: 16 int32 fill one cache line and, on current servers, one vector register."""

if config.DISABLE_JIT:  # type: ignore[attr-defined]

    def ptr(array: Any) -> Any:
        """The array itself."""
        return array

    def array_of(pointer: Any, shape: Any) -> Any:
        """The array itself."""
        return pointer

    def lanes_that_fit(tree: Any, at: int, spare: Any, free: Any, window: Any) -> int:
        """Bit mask of the lanes with size <= spare, or size <= free and length <= window."""
        mask = 0
        for lane in range(LANES):
            size, length = tree[at + lane], tree[at + LANES + lane]
            if size <= spare or (size <= free and length <= window):
                mask |= 1 << lane
        return mask

    def lowest(tree: Any, at: int) -> Any:
        """The least of 16 neighbours."""
        return np.int32(min(int(tree[at + lane]) for lane in range(LANES)))

    def first_bit(mask: int) -> int:
        """The position of the lowest set bit; the mask must not be 0."""
        return (int(mask) & -int(mask)).bit_length() - 1

else:
    import numba
    from llvmlite import ir
    from numba.core import cgutils

    array_of = numba.carray  # type: ignore[attr-defined, assignment]
    """The array of a given shape behind a pointer."""

    _I16, _I32, _I64 = ir.IntType(16), ir.IntType(32), ir.IntType(64)
    _BLOCK = ir.VectorType(_I32, LANES)

    def _address(context: Any, builder: Any, kind: Any, tree: Any) -> Any:
        return context.make_array(kind)(context, builder, tree).data if isinstance(kind, types.Array) else tree

    def _load(builder: Any, tree: Any, at: Any) -> Any:
        place = builder.bitcast(builder.gep(tree, [at]), _BLOCK.as_pointer())
        return builder.load(place, align=4)

    def _spread(builder: Any, value: Any) -> Any:
        nothing = ir.Constant(_BLOCK, ir.Undefined)
        single = builder.insert_element(nothing, value, ir.Constant(_I32, 0))
        return builder.shuffle_vector(single, nothing, ir.Constant(_BLOCK, [0] * LANES))

    @intrinsic
    def ptr(typing: Any, array: Any) -> Any:
        """The address of an array's first element, typed; it indexes like the array."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return context.make_array(signature.args[0])(context, builder, arguments[0]).data

        return types.CPointer(array.dtype)(array), generate  # type: ignore[no-untyped-call]

    @intrinsic
    def lanes_that_fit(typing: Any, tree: Any, at: Any, spare: Any, free: Any, window: Any) -> Any:
        """Bit mask of the lanes with size <= spare, or size <= free and length <= window."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            tree, at, spare, free, window = arguments
            tree = _address(context, builder, signature.args[0], tree)
            sizes = _load(builder, tree, at)
            lengths = _load(builder, tree, builder.add(at, ir.Constant(_I64, LANES)))
            short = builder.icmp_signed("<=", lengths, _spread(builder, window))
            fits = builder.icmp_signed("<=", sizes, _spread(builder, free))
            spares = builder.icmp_signed("<=", sizes, _spread(builder, spare))
            mask = builder.or_(spares, builder.and_(fits, short))
            return builder.zext(builder.bitcast(mask, _I16), _I64)

        return types.int64(tree, types.int64, types.int32, types.int32, types.int32), generate

    @intrinsic
    def lowest(typing: Any, tree: Any, at: Any) -> Any:
        """The least of 16 neighbours."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(_I32, [_BLOCK])
            name = f"llvm.vector.reduce.smin.v{LANES}i32"
            reduce = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
            tree = _address(context, builder, signature.args[0], arguments[0])
            return builder.call(reduce, [_load(builder, tree, arguments[1])])

        return types.int32(tree, types.int64), generate

    @intrinsic
    def first_bit(typing: Any, mask: Any) -> Any:
        """The position of the lowest set bit; the mask must not be 0."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.cttz(arguments[0], ir.Constant(ir.IntType(1), 1))

        return types.int64(types.int64), generate
