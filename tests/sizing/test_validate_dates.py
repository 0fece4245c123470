"""The law of slips and its suite: happened rows are judged, others listed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigacampus.buildout.slips import slipped
from gigacampus.errors import UsageError
from gigacampus.validate import dates, score

HEAD = ",".join(dates.COLUMNS)


def written(path: Path, *rows: str, head: str = HEAD) -> Path:
    file = path / "rows.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    return file


@given(st.dates(date(2024, 1, 1), date(2035, 1, 1)), st.dates(date(2024, 1, 1), date(2035, 1, 1)))
def test_ranges_are_in_order_and_widen_with_the_lead(announced: date, stated: date) -> None:
    found = slipped(announced, stated)
    assert found.p10 < found.p50 < found.p90
    assert found.p10 < announced
    assert slipped(announced, stated.replace(year=stated.year - 1, day=1)).width_d >= found.width_d


def test_bundled_rows_that_happened_are_covered_and_the_others_are_listed() -> None:
    cases = {case.id: case for case in score("dates")}
    assert cases["share covered by P10 to P90"].verdict == "pass"
    assert cases["median days from P10 to P90"].verdict == "pass"
    assert "5 of 5 that happened" in cases["share covered by P10 to P90"].note
    left_out = cases["share covered, campus left out"]
    assert (left_out.verdict, left_out.ours) == ("listed", 1.0)
    assert not cases["meta_prometheus: about 880 MW"].counts
    assert not cases["stargate_uae: buildings 1-2"].counts
    assert {case.evidence for case in cases.values()} == {"third-party-estimate"}


def test_a_users_rows_that_slipped_far_break_the_tolerance(tmp_path: Path) -> None:
    row = "x,m,2025-01-01,2025-06-01,2027-01-01,2026-12-01,s,"
    cases = {case.id: case for case in score("dates", written(tmp_path, row))}
    assert cases["share covered by P10 to P90"].verdict == "fail"


def test_rows_that_have_not_happened_are_judged_by_nobody(tmp_path: Path) -> None:
    row = "x,m,2025-01-01,2025-06-01,2025-05-01,2025-12-01,s,"
    assert [case.verdict for case in score("dates", written(tmp_path, row))] == ["listed"]


def test_a_date_that_is_none_is_a_fault_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="forecast_date is 'soon'"):
        score("dates", written(tmp_path, "x,m,2025-01-01,soon,2025-05-01,2025-12-01,s,"))
    with pytest.raises(UsageError, match="no column"):
        score("dates", written(tmp_path, head="campus_id"))


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2024-02-30", "", "1989-12-31", "2101-01-01"])
def test_a_day_that_no_campus_has_is_a_fault_with_its_line(tmp_path: Path, day: str) -> None:
    sound = "x,m,2025-01-01,2025-06-01,2027-01-01,2026-12-01,s,"
    with pytest.raises(UsageError) as error:
        score("dates", written(tmp_path, sound, f"x,m,2025-01-01,{day},2027-01-01,{day},s,"))
    faults = error.value.faults
    assert [(one.code, one.line, one.path) for one in faults] == [
        ("V011", 3, "forecast_date"), ("V011", 3, "later_date"),
    ]  # fmt: skip
    assert all(one.fix for one in faults)


def test_the_furthest_days_are_scored(tmp_path: Path) -> None:
    rows = [
        f"{name},m,1990-01-01,{day},2100-12-31,2100-12-31,s," for name in "xy" for day in ("1990-01-01", "2100-12-31")
    ]
    assert len(score("dates", written(tmp_path, *rows))) >= len(rows) + 3


def test_parquet_is_read_and_other_bytes_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "x,m,2025-01-01,2025-06-01,2027-01-01,2026-12-01,s,")
    packed = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(file), packed)
    assert [case.record() for case in score("dates", packed)] == [case.record() for case in score("dates", file)]
    file.write_bytes(file.read_bytes() + "Zürich,m,,,,,,\n".encode("latin-1"))
    with pytest.raises(UsageError, match="UTF-8") as error:
        score("dates", file)
    assert error.value.faults[0].line == 3


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"), [(5, 5, 0.4782, 1.0), (0, 5, 0.0, 0.5218), (8, 10, 0.4439, 0.9748)]
)
def test_binomial_interval_is_the_exact_one(hits: int, n: int, low: float, high: float) -> None:
    assert dates.binomial_interval(hits, n) == pytest.approx((low, high), abs=1e-4)
