"""The walks from Python: callable in any order of import, their tables taken without copies, shown in notebooks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import gigacampus as gc
from gigacampus.errors import ScenarioError


def test_the_walks_are_callable_in_any_order_of_import() -> None:
    code = "import gigacampus.{0} as first; import gigacampus as gc; assert callable(first); assert callable(gc.{0})"
    lines = "\n".join(code.format(name) for name in ("run", "plan", "replay", "sweep", "compare"))
    subprocess.run([sys.executable, "-c", lines], check=True)


def test_importing_the_package_imports_nothing_heavy() -> None:
    code = "import sys, gigacampus; print(*sorted({'numpy', 'numba', 'pyarrow', 'pydantic'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.split() == []


def test_settings_and_variants_are_those_of_the_command_line() -> None:
    found = gc.plan(
        "one-hall", variants=["late-power"], set={"campus.install_rate": "9 racks/day", "seed": 5}, samples=5
    )
    assert found.meta["seed"] == 5
    assert found.meta["active_variants"] == ["late-power"]
    assert "sample_months" in found
    with pytest.raises(ScenarioError, match="install_rat"):
        gc.plan("one-hall", set={"campus.install_rat": "9 racks/day"})


def test_numbers_go_to_arrow_without_a_copy() -> None:
    table = gc.plan("one-hall").tables["installs"]
    arrow = pa.table(table)
    for name in ("at_s", "it_w"):
        column = arrow.column(name).chunk(0)
        assert column.buffers()[1].address == table[name].__array_interface__["data"][0]


def test_pandas_polars_and_duckdb_take_the_tables() -> None:
    months = gc.plan("one-hall").tables["buildout_months"]
    pandas, polars, duckdb = (pytest.importorskip(name) for name in ("pandas", "polars", "duckdb"))
    frame = pandas.DataFrame.from_arrow(months)
    assert np.array_equal(frame["live_chips"], months["live_chips"])
    assert polars.DataFrame(months)["live_chips"].to_list() == months["live_chips"].tolist()
    assert duckdb.sql("select max(live_chips) as most from months").to_arrow_table().to_pylist() == [
        {"most": int(months["live_chips"].max())}
    ]


def test_results_show_themselves(tmp_path: Path) -> None:
    found = gc.plan("one-hall", set={"title": "'<script>alert(1)</script>'"}, out=tmp_path / "run")
    assert (tmp_path / "run" / "report.html").is_file()
    for text in (found._repr_html_(), found.tables["halls"]._repr_html_()):
        assert "<table" in text
        assert "<script" not in text
    compared = gc.compare("one-hall", "late-power", kind="plan")
    assert "because" in compared._repr_html_()
