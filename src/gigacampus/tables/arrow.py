"""Between NumPy and Arrow by the buffers that both have.

Arrow's own `array`, `scalar` and `to_numpy` import pandas first, wherever it is installed, to ask whether they were
given any of it: that takes longer than a small run.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Array = NDArray[Any]


def numbers(array: Any, absent: Any = 0) -> Array:
    """An Arrow array of numbers or truths as NumPy, `absent` where it has none (NaN among floats).

    It is a copy: what lies in Arrow's memory is read only, and kernels would be compiled once more for that.
    """
    if isinstance(array, pa.ChunkedArray):
        parts = [numbers(one, absent) for one in array.chunks]
        return parts[0] if len(parts) == 1 else np.concatenate([*parts, np.zeros(0, _dtype(array.type))])
    dtype = _dtype(array.type)
    valid, data = array.buffers()
    if not len(array):
        return np.zeros(0, dtype)
    if pa.types.is_boolean(array.type):
        values = _bits(data, array)
    else:
        values = np.frombuffer(data, dtype)[array.offset : array.offset + len(array)].copy()
    if not array.null_count:
        return values
    nothing = np.nan if dtype.kind == "f" else absent
    return np.where(_bits(valid, array), values, np.array(nothing, dtype))


def _dtype(kind: Any) -> np.dtype[Any]:
    found: np.dtype[Any] = np.dtype(kind.to_pandas_dtype())
    return found


def _bits(buffer: Any, array: Any) -> NDArray[np.bool_]:
    """One truth a row of a buffer of bits."""
    first, end = array.offset, array.offset + len(array)
    low = first // 8
    bits = np.unpackbits(np.frombuffer(buffer, np.uint8)[low : -(-end // 8)], bitorder="little")
    found: NDArray[np.bool_] = bits[first - 8 * low : end - 8 * low].astype(np.bool_)
    return found


def from_numbers(values: Array) -> Any:
    """NumPy's int32, int64, float64 or truths as an Arrow array, without a copy but of truths; NaN stays one."""
    kind = pa.from_numpy_dtype(values.dtype)
    plain = np.packbits(values, bitorder="little") if values.dtype == np.bool_ else np.ascontiguousarray(values)
    return pa.Array.from_buffers(kind, len(values), [None, pa.py_buffer(plain)])


def joined(values: Sequence[str]) -> tuple[NDArray[np.int64], bytes]:
    """The lengths of texts in bytes and all of them in a row, as UTF-8. TypeError where one is no text."""
    text = "".join(values)
    if text.isascii():
        return np.fromiter(map(len, values), np.int64, len(values)), text.encode()
    coded = [one.encode() for one in values]
    return np.fromiter(map(len, coded), np.int64, len(coded)), b"".join(coded)


def from_texts(values: Sequence[str | None]) -> Any:
    """Texts as an Arrow array of strings, None absent. TypeError where one is neither."""
    known: list[bool] = []
    try:
        lengths, data = joined(values)  # type: ignore[arg-type]
    except TypeError:
        known = [one is not None for one in values]
        lengths, data = joined(["" if one is None else one for one in values])
    if len(data) >= 2**31:
        return pa.array(values, pa.string())  # parts it
    ends = np.zeros(len(values) + 1, np.int32)
    np.cumsum(lengths, out=ends[1:])
    valid = pa.py_buffer(np.packbits(known, bitorder="little")) if known else None
    return pa.Array.from_buffers(pa.string(), len(values), [valid, pa.py_buffer(ends), pa.py_buffer(data)])


def text(word: str | None) -> Any:
    """An Arrow scalar of a text, or of none."""
    return from_texts([word])[0]


def texts(array: Any) -> Array:
    """An Arrow array of strings as an object array, each text once in memory, None where absent."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
        if isinstance(array, pa.ChunkedArray):
            return np.concatenate([*map(texts, array.chunks), np.zeros(0, object)])
    coded = array.dictionary_encode()
    words = np.empty(len(coded.dictionary) + 1, object)
    words[:-1] = _words(coded.dictionary)
    found: Array = words[numbers(coded.indices, -1)]
    return found


def _words(array: Any) -> list[str]:
    """The texts of an array of strings without absent ones."""
    if not len(array):
        return []
    _, offsets, data = array.buffers()
    width = np.int64 if pa.types.is_large_string(array.type) else np.int32
    ends = np.frombuffer(offsets, width)[array.offset : array.offset + len(array) + 1].tolist()
    raw = b"" if data is None else data.to_pybytes()
    if raw.isascii():
        text = raw.decode()
        return [text[first:end] for first, end in pairwise(ends)]
    return [raw[first:end].decode() for first, end in pairwise(ends)]
