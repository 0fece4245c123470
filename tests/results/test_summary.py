"""Table hashes that no writer moves, and the headline numbers."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest

from gigacampus import results
from gigacampus.results.summary import plain
from gigacampus.tables import Column, Spec, Table
from tests.report.fixture import made

SPEC = Spec("t", "A table.", (
    Column("a", "i8", "", "A."), Column("b", "f8", "W", "B."),
    Column("c", "str", "", "C."), Column("d", "b1", "", "D."),
))  # fmt: skip


def table(a: int = 1, b: float = 2.0, c: tuple[str, str] = ("x", "yz"), d: bool = True) -> Table:
    return Table(SPEC, {"a": [a, 2], "b": [b, np.nan], "c": list(c), "d": [d, False]})


def test_the_hash_sees_every_value_and_nothing_else() -> None:
    first = results.table_hash(table())
    assert first == results.table_hash(Table.from_arrow(table().to_arrow()))
    others = [table(a=3), table(b=2.5), table(c=("xy", "z")), table(d=False), table(b=np.inf)]
    assert len({first, *map(results.table_hash, others)}) == 6
    odd_nan = np.array([0x7FF8000000000001], dtype=np.int64).view(np.float64)[0]
    assert results.table_hash(table(b=odd_nan)) == results.table_hash(table(b=np.nan))


def test_another_seed_another_hash() -> None:
    one, two, three = made(halls=2, jobs=50), made(halls=2, jobs=50), made(halls=2, jobs=50, seed=8)
    tables = [results.manifest(results_)["tables"] for results_ in (one, two, three)]
    assert tables[0] == tables[1]
    assert tables[0]["jobs"] != tables[2]["jobs"]


def test_headline_numbers_are_those_of_the_tables() -> None:
    made_up = made()
    summary, tables = made_up.summary, made_up.tables
    months = tables["flows_months"]
    assert summary["pue_mean"] == pytest.approx(months["facility_j"].sum() / months["it_j"].sum())
    assert summary["live_chips"] == tables["buildout_months"]["live_chips"][-1]
    assert sum(summary["inputs_by_status"].values()) == summary["inputs"] == len(tables["inputs"])
    assert sum(summary["binding_months"].values()) == len(tables["buildout_months"])
    assert 0 < summary["goodput_fraction"] < 1
    json.dumps(summary, allow_nan=False)


def test_a_walk_without_jobs_has_no_job_numbers() -> None:
    made_up = made(with_jobs=False)
    assert made_up.meta["has_jobs"] is False
    assert "wait_mean_s" not in made_up.summary
    assert "jobs" not in made_up.tables
    assert "pue_mean" in made_up.summary


def test_flat_finds_numbers_by_dotted_and_by_short_name() -> None:
    found = results.flat(
        {"pue_mean": 1.2, "facility": {"x": 1, "both": 2}, "engine": {"both": 3, "none": None}, "s": "t"}
    )
    assert found["pue_mean"] == 1.2
    assert found["facility.x"] == found["x"] == 1
    assert "both" not in found
    assert math.isnan(found["none"])


def test_plain_leaves_json_values_only() -> None:
    odd = {"a": np.float64("inf"), 1: np.arange(2), "b": np.bool_(True), "c": {"d": (np.int32(3), None)}}
    assert plain(odd) == {"a": None, "1": [0, 1], "b": True, "c": {"d": [3, None]}}
