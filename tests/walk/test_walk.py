"""The walk in whole, as users call it: the same twice, whole or not there, clean streams, and books that agree."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from gigacampus import results
from gigacampus.results import Results
from gigacampus.run import run
from gigacampus.scenario import load
from gigacampus.tables.registry import specs

PLACES = ("cleared", "transit", "stored", "installed", "live", "commissioning", "lost")
YEAR_S = 365.25 * 86_400
COMMAND = (sys.executable, "-m", "gigacampus")


def call(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*COMMAND, *arguments], cwd=cwd, capture_output=True, text=True, check=False)


def hashes(folder: Path) -> dict[str, Any]:
    """The tables of a run by name: rows and SHA-256 of their values."""
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["tables"]
    return found


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three runs in processes of their own: one, with another seed, and again from the folder's scenario."""
    folder = tmp_path_factory.mktemp("walk")
    said = call("run", "one-hall", "--seed", "11", "--out", "one", "--json", cwd=folder)
    assert said.returncode == 0, said.stderr
    (folder / "stdout").write_text(said.stdout, encoding="utf-8")
    (folder / "stderr").write_text(said.stderr, encoding="utf-8")
    for arguments in (
        ("one-hall", "--seed", "12", "--out", "other"),
        ("one/scenario.yaml", "--seed", "11", "--out", "again"),
    ):
        assert call("run", *arguments, "--quiet", cwd=folder).returncode == 0
    return folder


@pytest.fixture(scope="module")
def found(runs: Path) -> Results:
    return results.read(runs / "one")


@pytest.mark.slow
def test_the_same_seed_gives_the_same_tables(runs: Path) -> None:
    assert call("run", "one-hall", "--seed", "11", "--quiet", "--out", "two", cwd=runs).returncode == 0
    assert hashes(runs / "one") == hashes(runs / "two")


def test_another_seed_gives_other_jobs_and_failures_and_the_same_deal(runs: Path) -> None:
    one, other = hashes(runs / "one"), hashes(runs / "other")
    for name in ("work_jobs", "jobs", "failures_drawn", "flows_hours"):
        assert one[name] != other[name], name
    for name in ("deliveries", "compliance", "installs", "capacity"):
        assert one[name] == other[name], name


def test_a_run_is_reproduced_from_its_own_folder(runs: Path) -> None:
    assert hashes(runs / "again") == hashes(runs / "one")
    assert (runs / "again" / "scenario.yaml").read_text() == (runs / "one" / "scenario.yaml").read_text()


def test_json_on_stdout_is_nothing_but_json(runs: Path) -> None:
    summary = json.loads((runs / "stdout").read_text(encoding="utf-8"))
    assert summary == json.loads((runs / "one" / "summary.json").read_text(encoding="utf-8"))
    assert "report: one/report.html" in (runs / "stderr").read_text(encoding="utf-8")


@pytest.mark.slow
def test_fail_if_ends_with_3_and_writes_all_the_same(tmp_path: Path) -> None:
    said = call("run", "one-hall", "--out", "one", "--fail-if", "pue_mean>1.01", "--fail-if", "jobs<1", cwd=tmp_path)
    assert said.returncode == 3
    assert "pue_mean" in said.stderr
    assert len(results.read(tmp_path / "one").tables) > 20


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_no_folder_that_looks_finished(tmp_path: Path, runs: Path) -> None:
    """Moments are drawn over the whole time that a run takes here; `test_folder.py` kills the writer more closely."""
    dice = random.Random(5)
    began = time.monotonic()
    assert call("run", "one-hall", "--quiet", "--out", "timed", cwd=tmp_path).returncode == 0
    took_s = time.monotonic() - began
    out = tmp_path / "run"
    for moment in (0.1, 0.5, 0.8, 0.9, 0.97):
        command = [*COMMAND, "run", "one-hall", "--seed", "11", "--quiet", "--out", "run", "--force"]
        process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(took_s * (moment + dice.uniform(-0.05, 0.05)))
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=60)
        if out.exists():
            results.read(out)
            assert hashes(out) == hashes(runs / "one")
        assert {path.name for path in tmp_path.iterdir() if not path.name.startswith(".partial-")} <= {"timed", "run"}


def test_every_column_has_its_unit_and_its_sentence_in_the_parquet_files(runs: Path) -> None:
    files = sorted((runs / "one" / "tables").glob("*.parquet"))
    assert len(files) > 20
    for path in files:
        schema, spec = pq.read_schema(path), specs()[path.stem]
        assert schema.metadata[b"sentence"].decode() == spec.sentence
        assert schema.names == list(spec.names)
        for column in spec.columns:
            stored = schema.field(column.name).metadata
            assert stored[b"unit"].decode() == column.unit
            assert stored[b"sentence"].decode() == column.sentence
            assert column.sentence.endswith("."), f"{path.stem}.{column.name}"


def test_chips_are_conserved(found: Results) -> None:
    """What has cleared is on its way, in store, or installed: live, in commissioning, or out with its hall."""
    months, lots, installs = (found.tables[name] for name in ("buildout_months", "deliveries", "installs"))
    edges = [*months["month_s"][1:].tolist(), round(found.summary["horizon_years"] * YEAR_S)]
    for month, edge in enumerate(edges):
        row = {name: int(months[f"{name}_chips"][month]) for name in PLACES}
        assert row["cleared"] == int(lots["chips"][lots["cleared_s"] < edge].sum())
        assert row["cleared"] == row["transit"] + row["stored"] + row["installed"]
        assert row["installed"] == row["live"] + row["commissioning"] + row["lost"]
        assert row["live"] == int(installs["chips"][installs["at_s"] < edge].sum())
        assert min(row.values()) >= 0
    assert int(found.tables["compliance"]["cleared_chips"].sum()) == int(lots["chips"].sum())


def test_gpu_hours_are_conserved(found: Results) -> None:
    """Every entitled GPU-hour is held by a job or a service, out of order, or idle; the chips entitle to them."""
    usage, capacity, end_s = found.tables["usage"], found.tables["capacity"], found.summary["horizon_years"] * YEAR_S
    held = usage["batch_gpu_h"] + usage["serve_gpu_h"]
    idle = usage["entitled_gpu_h"] - held - usage["down_gpu_h"]
    assert idle.min() > -1e-6
    assert 0.0 < idle.sum() < usage["entitled_gpu_h"].sum()
    np.testing.assert_array_less(usage["useful_gpu_h"] + usage["lost_gpu_h"] - held, 1e-6)
    entitled = 0.0
    for tenant in np.unique(capacity["tenant_index"]):
        mine = capacity["tenant_index"] == tenant
        spans_s = np.diff(np.append(capacity["at_s"][mine], end_s))
        entitled += float(capacity["chips"][mine] @ spans_s) / 3600.0
    assert usage["entitled_gpu_h"].sum() == pytest.approx(entitled, rel=1e-12)


def test_joules_are_conserved(found: Results) -> None:
    """Hour by hour the parts make the meter; months, tenants and sources are sums of the same hours."""
    hours, months = found.tables["flows_hours"], found.tables["flows_months"]
    parts = sum(hours[f"{name}_w"] for name in ("it", "loss", "cooling", "misc"))
    np.testing.assert_allclose(parts, hours["facility_w"], rtol=1e-12)
    for name in ("it", "loss", "cooling", "misc", "facility"):
        assert months[f"{name}_j"].sum() == pytest.approx(3600.0 * hours[f"{name}_w"].sum(), rel=1e-12)
    assert found.tables["source_months"]["energy_j"].sum() == pytest.approx(months["facility_j"].sum(), rel=1e-12)
    tenants = found.tables["flows_tenants"]
    assert 0.0 < tenants["facility_j"].sum() <= months["facility_j"].sum() * (1.0 + 1e-12)


def test_cents_sum_to_zero(found: Results) -> None:
    """In whole, in each party's books, on each day, and in each transaction."""
    postings = found.tables["postings"]
    assert len(postings) > 50
    assert int(postings["amount_cents"].sum()) == 0
    for by in ("party", "at_s", "transaction_id"):
        _, index = np.unique(postings[by].astype(str), return_inverse=True)
        sums = np.zeros(index.max() + 1, dtype=np.int64)
        np.add.at(sums, index, postings["amount_cents"])
        assert not sums.any(), by


@pytest.mark.slow
def test_no_environment_changes_the_walk(tmp_path: Path, runs: Path) -> None:
    """Neither threads, hash seed, locale nor time zone."""
    beside = {"NUMBA_NUM_THREADS": "1", "PYTHONHASHSEED": "99", "TZ": "Pacific/Auckland", "LC_ALL": "C"}
    command = [*COMMAND, "run", "one-hall", "--seed", "11", "--quiet", "--out", "one"]
    subprocess.run(command, cwd=tmp_path, env={**os.environ, **beside}, check=True)
    assert hashes(tmp_path / "one") == hashes(runs / "one")


def test_jobs_that_can_never_fit_are_counted_and_warned_of() -> None:
    found = run(load("one-hall", overrides=("tenants.lab.runs.small.chips=20000 chips",)))
    assert found.summary["unplaced_jobs"] == 1
    assert "1 job asks for more chips than the tenant ever has and never starts" in found.meta["warnings"]
