"""NumPy to Arrow and back by buffers is what Arrow's own ways do, and needs no pandas."""

from __future__ import annotations

from typing import Any

import hypothesis.strategies as st
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given

from gigacampus.tables import arrow

KINDS = (pa.int64(), pa.int32(), pa.float64(), pa.bool_())
values = st.lists(st.none() | st.integers(-(2**31), 2**31 - 1))
words = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=5))


def cut(array: Any, first: int, parts: int) -> Any:
    """The array from a row on, as one or as several."""
    array = array.slice(first)
    return array if not parts else pa.chunked_array([array.slice(0, parts), array.slice(parts)])


@given(values, st.sampled_from(KINDS), st.integers(0, 20), st.integers(0, 3))
def test_numbers_are_what_arrow_makes_of_them(rows: list[Any], kind: Any, first: int, parts: int) -> None:
    rows = [None if one is None else bool(one % 2) if kind == pa.bool_() else one for one in rows]
    array = cut(pa.array(rows, kind), first, parts)
    absent = np.nan if kind == pa.float64() else 0
    wanted = np.array([absent if one is None else one for one in rows[first:]], kind.to_pandas_dtype())
    found = arrow.numbers(array)
    assert found.dtype == wanted.dtype
    assert found.tobytes() == wanted.tobytes()
    again = arrow.from_numbers(found)
    again.validate(full=True)
    assert again.type == kind
    assert again.null_count == 0
    assert again.to_numpy(zero_copy_only=False).tobytes() == wanted.tobytes()
    if kind == pa.int64():
        assert arrow.numbers(array, -1).tolist() == [-1 if one is None else one for one in rows[first:]]


@given(words, st.integers(0, 5), st.integers(0, 3))
def test_texts_are_what_arrow_makes_of_them(rows: list[Any], first: int, parts: int) -> None:
    array = arrow.from_texts(rows)
    array.validate(full=True)
    assert array.equals(pa.array(rows, pa.string()))
    for one in (array, array.cast(pa.large_string())):
        found = arrow.texts(cut(one, first, parts))
        assert found.dtype == object
        assert found.tolist() == rows[first:]


def test_a_number_is_no_text() -> None:
    for odd in (["a", 3], [None, 0], [b"a"]):
        with pytest.raises(TypeError):
            arrow.from_texts(odd)


def test_a_scalar_of_a_text() -> None:
    assert arrow.text("a").equals(pa.scalar("a"))
    assert not arrow.text(None).is_valid
