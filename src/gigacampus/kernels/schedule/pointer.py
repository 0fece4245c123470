"""Raw pointers and 16-lane tests for the scheduler's inner loop, and their plain twins.

An array handed from kernel to kernel costs reference counts on every call; a pointer costs nothing (measured: 13
times on the placement loop). `ptr` turns an array into one; it indexes like the array. A pointer keeps nothing alive
and checks nothing: take it only of arrays that came in as arguments. `uncounted` spares whole bundles the counts where
arrays they must stay. Under NUMBA_DISABLE_JIT=1 a pointer is the array itself, and the lane tests are loops, so that
the whole engine can be stepped through with bounds checked.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import config, types
from numba.extending import intrinsic

from gigacampus.kernels.jit import part

LANES = 16
"""Children of a tree node: 16 int32 fill one cache line and, on current servers, one vector register."""

if config.DISABLE_JIT:  # type: ignore[attr-defined]

    def ptr(array: Any) -> Any:
        """The array itself."""
        return array

    def array_of(pointer: Any, shape: Any) -> Any:
        """The array itself."""
        return pointer

    def uncounted(bundle: Any) -> Any:
        """The bundle itself."""
        return bundle

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

    def last_bit(mask: int) -> int:
        """The position of the highest set bit; the mask must not be 0."""
        return (int(mask) & _ALL).bit_length() - 1

    def count_bits(mask: int) -> int:
        """How many bits are set."""
        return (int(mask) & _ALL).bit_count()

    def with_bit(word: int, bit: int) -> int:
        """A word of 64 bits with one of them set."""
        return _signed(int(word) | 1 << int(bit))

    def without_bit(word: int, bit: int) -> int:
        """A word of 64 bits with one of them cleared."""
        return _signed(int(word) & ~(1 << int(bit)))

    def from_bit(word: int, bit: int) -> int:
        """A word of 64 bits with all below one of them cleared."""
        return _signed(int(word) >> int(bit) << int(bit))

    def lane_of(words: Any, at: int, lane: int) -> int:
        """One of the 16-bit numbers that a word and those behind it hold, four a word."""
        value = int(words[at + (lane >> 2)]) >> (16 * (int(lane) & 3)) & 0xFFFF
        return value - 0x10000 if value >> 15 else value

    def set_lane(words: Any, at: int, lane: int, value: int) -> None:
        """Set one of them."""
        shift, word = 16 * (int(lane) & 3), at + (lane >> 2)
        words[word] = _signed(int(words[word]) & ~(0xFFFF << shift) | (int(value) & 0xFFFF) << shift)

    def least_lane(words: Any, at: int) -> int:
        """The least of 32 such numbers."""
        return min(lane_of(words, at, lane) for lane in range(2 * LANES))

    def least_with(words: Any, at: int, lane: int, value: int) -> int:
        """The least of 32 such numbers if one of them were this value."""
        others = (lane_of(words, at, other) for other in range(2 * LANES) if other != lane)
        return min(int(value), *others)

    def lane_with(words: Any, at: int, value: int) -> int:
        """The first of 32 such numbers that is this one; one must be."""
        return next(lane for lane in range(2 * LANES) if lane_of(words, at, lane) == value)

    def prefetch(words: Any, at: int) -> None:
        """Ask for the cache line of a word that will be needed soon."""

    _ALL = (1 << 64) - 1

    def _signed(word: int) -> int:
        word &= _ALL
        return word - (1 << 64) if word >> 63 else word

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

    def _uncounted(context: Any, builder: Any, kind: Any, value: Any) -> Any:
        if isinstance(kind, types.Array):
            array = context.make_array(kind)(context, builder, value)
            array.meminfo = ir.Constant(array.meminfo.type, None)
            return array._getvalue()
        if isinstance(kind, types.BaseTuple):
            parts = zip(kind.types, cgutils.unpack_tuple(builder, value), strict=True)  # type: ignore[attr-defined, no-untyped-call]
            return context.make_tuple(builder, kind, [_uncounted(context, builder, *one) for one in parts])
        return value

    @intrinsic
    def uncounted(typing: Any, bundle: Any) -> Any:
        """The same bundle of arrays, for whose elements and parts no references are counted."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return _uncounted(context, builder, signature.args[0], arguments[0])

        return bundle(bundle), generate

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

    @intrinsic
    def last_bit(typing: Any, mask: Any) -> Any:
        """The position of the highest set bit; the mask must not be 0."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            above = builder.ctlz(arguments[0], ir.Constant(ir.IntType(1), 1))
            return builder.sub(ir.Constant(_I64, 63), above)

        return types.int64(types.int64), generate

    @intrinsic
    def count_bits(typing: Any, mask: Any) -> Any:
        """How many bits are set."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            return builder.ctpop(arguments[0])

        return types.int64(types.int64), generate

    _SHORT = ir.IntType(16)
    _SHORTS = ir.VectorType(_SHORT, 2 * LANES)

    def _short(builder: Any, words: Any, at: Any, lane: Any) -> Any:
        return builder.gep(builder.bitcast(builder.gep(words, [at]), _SHORT.as_pointer()), [lane])

    def _shorts(builder: Any, words: Any, at: Any) -> Any:
        return builder.load(builder.bitcast(builder.gep(words, [at]), _SHORTS.as_pointer()), align=8)

    def _spread_short(builder: Any, value: Any) -> Any:
        nothing = ir.Constant(_SHORTS, ir.Undefined)
        single = builder.insert_element(nothing, builder.trunc(value, _SHORT), ir.Constant(_I32, 0))
        return builder.shuffle_vector(single, nothing, ir.Constant(ir.VectorType(_I32, 2 * LANES), [0] * (2 * LANES)))

    @intrinsic
    def lane_of(typing: Any, words: Any, at: Any, lane: Any) -> Any:
        """One of the 16-bit numbers that a word and those behind it hold, four a word."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            words, at, lane = arguments
            words = _address(context, builder, signature.args[0], words)
            return builder.sext(builder.load(_short(builder, words, at, lane)), _I64)

        return types.int64(words, types.int64, types.int64), generate

    @intrinsic
    def set_lane(typing: Any, words: Any, at: Any, lane: Any, value: Any) -> Any:
        """Set one of them."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            words, at, lane, value = arguments
            words = _address(context, builder, signature.args[0], words)
            builder.store(builder.trunc(value, _SHORT), _short(builder, words, at, lane))
            return context.get_dummy_value()

        return types.void(words, types.int64, types.int64, types.int64), generate

    @intrinsic
    def least_lane(typing: Any, words: Any, at: Any) -> Any:
        """The least of 32 such numbers."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(_SHORT, [_SHORTS])
            name = f"llvm.vector.reduce.smin.v{2 * LANES}i16"
            reduce = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
            words = _address(context, builder, signature.args[0], arguments[0])
            return builder.sext(builder.call(reduce, [_shorts(builder, words, arguments[1])]), _I64)

        return types.int64(words, types.int64), generate

    @intrinsic
    def least_with(typing: Any, words: Any, at: Any, lane: Any, value: Any) -> Any:
        """The least of 32 such numbers if one of them were this value.

        To ask before it is stored spares the wait for a store that a wider load overlaps.
        """

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            kind = ir.FunctionType(_SHORT, [_SHORTS])
            name = f"llvm.vector.reduce.smin.v{2 * LANES}i16"
            reduce = cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]
            words, at, lane, value = arguments
            words = _address(context, builder, signature.args[0], words)
            every = ir.Constant(_SHORTS, list(range(2 * LANES)))
            is_it = builder.icmp_signed("==", every, _spread_short(builder, lane))
            mixed = builder.select(is_it, _spread_short(builder, value), _shorts(builder, words, at))
            return builder.sext(builder.call(reduce, [mixed]), _I64)

        return types.int64(words, types.int64, types.int64, types.int64), generate

    @intrinsic
    def lane_with(typing: Any, words: Any, at: Any, value: Any) -> Any:
        """The first of 32 such numbers that is this one; one must be."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            words, at, value = arguments
            words = _address(context, builder, signature.args[0], words)
            spread = _spread_short(builder, value)
            same = builder.bitcast(builder.icmp_signed("==", _shorts(builder, words, at), spread), _I32)
            return builder.zext(builder.cttz(same, ir.Constant(ir.IntType(1), 1)), _I64)

        return types.int64(words, types.int64, types.int64), generate

    @intrinsic
    def prefetch(typing: Any, words: Any, at: Any) -> Any:
        """Ask for the cache line of a word that will be needed soon."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            byte = ir.IntType(8).as_pointer()
            kind = ir.FunctionType(ir.VoidType(), [byte, _I32, _I32, _I32])
            fetch = cgutils.get_or_insert_function(builder.module, kind, "llvm.prefetch.p0i8")  # type: ignore[no-untyped-call]
            words = _address(context, builder, signature.args[0], arguments[0])
            place = builder.bitcast(builder.gep(words, [arguments[1]]), byte)
            builder.call(fetch, [place, *(ir.Constant(_I32, k) for k in (1, 3, 1))])  # to write, to keep, data
            return context.get_dummy_value()

        return types.void(words, types.int64), generate

    @part
    def with_bit(word: int, bit: int) -> int:
        """A word of 64 bits with one of them set."""
        return word | (1 << bit)

    @part
    def without_bit(word: int, bit: int) -> int:
        """A word of 64 bits with one of them cleared."""
        return word & ~(1 << bit)

    @part
    def from_bit(word: int, bit: int) -> int:
        """A word of 64 bits with all below one of them cleared."""
        return (word >> bit) << bit
