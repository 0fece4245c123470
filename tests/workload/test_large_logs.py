"""A log of millions of rows is read fast and in bounded memory."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_five_million_rows(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("traces", ROOT / "benchmarks" / "traces.py")
    assert spec is not None
    assert spec.loader is not None
    bench = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bench)
    path = tmp_path / "log.csv"
    bench.write(path, 5_000_000)
    found = bench.measure(path)
    assert found["rows"] == 5_000_000
    assert found["rows"] / found["cpu_s"] >= 1e6
    assert found["peak_mib"] <= 1024
