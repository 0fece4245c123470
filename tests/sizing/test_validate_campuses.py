"""The suite of campuses: bundled rows hold, derived ones are not counted, a user's file is scored as it is."""

from __future__ import annotations

from pathlib import Path

import pyarrow.csv
import pyarrow.parquet
import pytest

from gigacampus.errors import UsageError
from gigacampus.validate import campuses, score

HEAD = ",".join(campuses.COLUMNS)


def written(path: Path, *rows: str, head: str = HEAD) -> Path:
    file = path / "rows.csv"
    file.write_text("\n".join([head, *rows]) + "\n")
    return file


def test_bundled_rows_hold_and_derived_ones_do_not_count() -> None:
    cases = score("campuses")
    assert {case.verdict for case in cases if case.counts} == {"pass"}
    assert {case.id.split(".")[0] for case in cases if not case.counts} == {"c06", "c07"}
    assert {case.evidence for case in cases} == {"third-party-estimate"}


def test_a_users_rows_are_scored(tmp_path: Path) -> None:
    file = written(
        tmp_path,
        "x1,site,2026-01-01,8000 B200,20,28,,chips disclosed,operator",
        "x2,site,2026-01-01,8000 B200,40,,18191,derived: chips from MW,operator",
        "x3,site,2026-01-01,unknown,40,50,,chips disclosed,operator",
    )
    cases = {case.id: case for case in score("campuses", file)}
    assert cases["x1.it_mw"].evidence == "disclosed"
    assert "x1.h100e_8bit" not in cases
    assert cases["x2.it_mw"].verdict == "listed"
    assert cases["x3.it_mw"].verdict == "listed"
    assert abs(cases["x2.h100e_8bit"].error) < 0.02


def test_a_missing_column_and_a_bad_number_are_faults(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no column"):
        score("campuses", written(tmp_path, head="id,chips"))
    with pytest.raises(UsageError, match="expected a positive number"):
        score("campuses", written(tmp_path, "x1,site,d,80 B200,-3,nan,1,chips disclosed,s"))


@pytest.mark.parametrize(
    ("day", "chips", "column"),
    [
        ("2026-01-01", "", "chips"), ("2026-01-01", "zork", "chips"), ("2026-01-01", "0 H100", "chips"),
        ("2026-01-01", "8 zork", "chips"), ("2024-02-30", "8000 B200", "date"), ("9999-12-31", "8000 B200", "date"),
    ],
)  # fmt: skip
def test_what_cannot_be_sized_is_a_fault_with_its_line(tmp_path: Path, day: str, chips: str, column: str) -> None:
    sound = "x1,site,2026-01-01,8000 B200,20,28,,chips disclosed,operator"
    with pytest.raises(UsageError) as error:
        score("campuses", written(tmp_path, sound, f"x2,site,{day},{chips},20,28,,chips disclosed,operator"))
    assert [(fault.code, fault.line, fault.path) for fault in error.value.faults] == [("V011", 3, column)]
    assert error.value.faults[0].fix


def test_parquet_is_read_and_other_bytes_are_refused(tmp_path: Path) -> None:
    file = written(tmp_path, "x1,site,2026-01-01,8000 B200,20,28,18191,chips disclosed,operator")
    packed = tmp_path / "rows.parquet"
    pyarrow.parquet.write_table(pyarrow.csv.read_csv(file), packed)
    assert [case.record() for case in score("campuses", packed)] == [case.record() for case in score("campuses", file)]
    for raw in ("Zürich\n".encode("latin-1"), packed.read_bytes()):
        file.write_bytes(file.read_bytes() + raw)
        with pytest.raises(UsageError, match="UTF-8"):
            score("campuses", file)
