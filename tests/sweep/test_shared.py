"""What processes share: the same values, mapped and not copied, and no less when the folder is gone or full."""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from gigacampus import shared as room
from gigacampus.conditions.reading import read_weather
from gigacampus.shared import FOLDER, shared, within


def made() -> Any:
    return np.arange(1_000.0), {"odd": np.array([1, 3], np.int8), "none": np.zeros(0)}, pa.array(["a", "bc"]), "told"


def never() -> Any:
    raise AssertionError("it was made already")


def changed_elsewhere() -> float:
    first, *_ = shared("x", never)
    first[0] = 7.0
    return float(first.sum())


def test_what_was_made_is_mapped_and_equal() -> None:
    with within():
        shared("x", made)
        first, more, names, told = shared("x", never)
    assert np.array_equal(first, made()[0])
    assert np.array_equal(more["odd"], [1, 3])
    assert more["none"].shape == (0,)
    assert names.equals(pa.array(["a", "bc"]))
    assert told == "told"
    assert not first.flags.owndata
    assert first.flags.writeable
    assert FOLDER not in os.environ


def test_a_write_stays_with_its_process() -> None:
    with within():
        shared("x", made)
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            assert pool.submit(changed_elsewhere).result() == made()[0].sum() + 7.0
        assert shared("x", never)[0][0] == 0.0


def test_nothing_is_shared_outside_or_where_there_is_no_room(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert shared("x", made)[3] == "told"
    monkeypatch.setenv(FOLDER, str(tmp_path / "gone"))
    assert shared("x", made)[3] == "told"
    assert not (tmp_path / "gone").exists()
    room.forget()
    assert FOLDER not in os.environ


def test_weather_is_the_same_shared_or_not() -> None:
    alone = read_weather("abu_dhabi")
    with within():
        read_weather("abu_dhabi")
        mapped = read_weather("abu_dhabi")
    assert repr(mapped) == repr(alone)
