"""The answers of SQL: every column keeps a name of its own, and JSON is JSON."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from click.testing import CliRunner

from gigacampus import results
from gigacampus.cli import gigacampus
from gigacampus.errors import ResultsError
from tests.report.fixture import made

pytest.importorskip("duckdb")


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = made(start=date(2026, 1, 1), end=date(2026, 3, 31), jobs=300, halls=2)
    return results.write(found, tmp_path_factory.mktemp("runs") / "run")


def ask(run: Path, query: str, form: str) -> str:
    done = CliRunner().invoke(gigacampus, ["sql", str(run), query, "--format", form])
    assert done.exit_code == 0, done.exception
    return done.stdout


@pytest.mark.parametrize("form", ["table", "csv", "json"])
def test_names_that_come_twice_are_numbered(run: Path, form: str) -> None:
    told = ask(run, "select 1 a, 2 a, 3 a_2, 4 a", form)
    if form == "json":
        assert json.loads(told) == [{"a": 1, "a_3": 2, "a_2": 3, "a_4": 4}]
    else:
        assert all(name in told.splitlines()[0] for name in ("a_2", "a_3", "a_4"))


def test_json_has_no_numbers_that_are_none(run: Path) -> None:
    told = ask(run, "select 'nan'::double a, 'inf'::double b, ['-inf'::double, 1.5] c, {'d': 'nan'::float} e", "json")
    assert "NaN" not in told
    assert "Infinity" not in told
    assert json.loads(told) == [{"a": None, "b": None, "c": [None, 1.5], "e": {"d": None}}]


def test_a_sweep_that_is_damaged_is_told(tmp_path: Path) -> None:
    from gigacampus.sweep.ask import sql

    (tmp_path / "runs").mkdir()
    (tmp_path / "results.parquet").write_bytes(b"PAR1")
    with pytest.raises(ResultsError, match=r"results\.parquet"):
        sql(tmp_path, "select * from results")
    (tmp_path / "runs" / "a.zip").write_bytes(b"PK")
    with pytest.raises(ResultsError, match=r"\.zip|results\.parquet"):
        sql(tmp_path, "select * from jobs")
