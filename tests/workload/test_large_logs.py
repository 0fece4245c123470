"""A log of millions of rows is read fast and in bounded memory."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pyarrow as pa
import pytest

from gigacampus.workload.readers import repeats

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


def test_a_repeated_id_among_many_is_found() -> None:
    texts = [f"job-{k}" for k in range(repeats.MANY + 1)]
    assert not repeats.has_repeats(pa.array(texts))
    assert repeats.has_repeats(pa.array([*texts, "job-77"]))
    assert repeats.has_repeats(pa.array([*texts, "", ""]))
    found = repeats.fingerprints(pa.array(["b", "", "ab", "ba", "b", "x" * 70]))
    assert found[0] == found[4]
    assert len(set(found.tolist())) == 5
