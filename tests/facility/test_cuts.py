"""Series cut from exact integrals: the same energy at every step, the hour's means kept, starts where they happen."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from gigacampus import results, run
from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from gigacampus.facility import cuts as module
from gigacampus.facility.cuts import cuts, stretches
from gigacampus.facility.derive import series
from gigacampus.facility.it import shares
from gigacampus.facility.reopen import reopen
from gigacampus.scenario import load
from gigacampus.tables.work import Kind


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = run.run(load("one-hall"))
    return results.write(found, tmp_path_factory.mktemp("power") / "run")


@pytest.fixture(scope="module")
def again(folder: Path) -> Any:
    one = reopen(folder)
    return SimpleNamespace(one=one, found=series(one.scenario, one.timeline, one.outside, one.log))


def cut(again: Any, edges: list[int] | np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    parts = list(cuts(again.one.scenario, again.one.log, again.found, [np.asarray(edges, dtype=np.int64)]))
    return np.concatenate([part.it_w for part in parts]), np.concatenate([part.facility_w for part in parts])


def test_hours_are_those_of_the_books(again: Any) -> None:
    it_w, facility_w = cut(again, np.arange(0, again.one.scenario.clock.end_s + 1, 3600))
    assert np.allclose(it_w, again.found.it.tenant_w, rtol=1e-9, atol=1e-3)
    assert np.allclose(facility_w, again.found.facility_w, rtol=1e-9)


@pytest.mark.parametrize("step", [1, 7, 15, 900, 5_400, 86_400])
def test_energy_is_the_same_at_every_step(again: Any, step: int) -> None:
    first = 40 * 86_400
    edges = np.arange(first, first + 604_800 // (7 * step) * (7 * step) + 1, step)
    edges = edges[: 60_000 // 1 + 1] if step == 1 else edges
    it_w, facility_w = cut(again, edges)
    whole_it, whole = cut(again, edges[[0, -1]])
    span = edges[-1] - edges[0]
    assert (it_w * np.diff(edges)[:, None]).sum(axis=0) == pytest.approx(whole_it[0] * span, rel=1e-9)
    assert (facility_w * np.diff(edges)).sum() == pytest.approx(whole[0] * span, rel=1e-9)


def test_a_start_moves_power_in_its_second(again: Any) -> None:
    """Second by second against the naive sum of busy chips."""
    log, found, scenario = again.one.log, again.found, again.one.scenario
    share = shares(scenario.site.draw)
    hour = 1000
    inside = (log.busy["at_s"] > hour * 3600) & (log.busy["at_s"] < (hour + 1) * 3600)
    while not inside.any():
        hour += 1
        inside = (log.busy["at_s"] > hour * 3600) & (log.busy["at_s"] < (hour + 1) * 3600)
    begin = hour * 3600
    it_w, _ = cut(again, np.arange(begin, begin + 3601))
    for tenant in range(it_w.shape[1] - 1):
        level = np.zeros(3600)
        for at_s, who, kind, chips in zip(*(log.busy[name] for name in log.busy.spec.names), strict=True):
            if who == tenant and at_s < begin + 3600:
                level[max(0, at_s - begin) :] += chips * (share[kind] - share[Kind.IDLE])
        expected = found.it.tenant_w[hour, tenant] + found.it.chip_w[hour] * (level - level.mean())
        assert np.allclose(it_w[:, tenant], expected, rtol=1e-7, atol=1.0)


def test_stretches_do_not_matter(again: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    scenario, log, end_s = again.one.scenario, again.one.log, 400_000
    whole = cut(again, [*range(0, end_s, 1000), end_s])
    monkeypatch.setattr(module, "CHUNK", 17)
    parts = list(cuts(scenario, log, again.found, stretches(end_s, 1000)))
    assert len(parts) == 24
    for k, name in enumerate(("it_w", "facility_w")):
        assert np.allclose(whole[k], np.concatenate([getattr(part, name) for part in parts]), rtol=1e-12)


@pytest.mark.parametrize("step", ["month", "15min"])
def test_the_command_streams_a_file(step: str, folder: Path, again: Any, tmp_path: Path) -> None:
    out = tmp_path / "power.parquet"
    before = sys.argv
    sys.argv = ["gigacampus", "power", str(folder), "--series", str(out), "--step", step]
    try:
        assert reported(gigacampus) == 0
    finally:
        sys.argv = before
    table = pq.read_table(out)
    clock = again.one.scenario.clock
    edges = clock.month_starts_s() if step == "month" else np.arange(0, clock.end_s + 1, 900)
    energy = float((table["facility_w"].to_numpy() * np.diff(edges)).sum())
    assert energy == pytest.approx(float(again.found.facility_w.sum()) * 3600, rel=1e-6)
    assert not list(tmp_path.glob(".*"))


@pytest.mark.parametrize("step", ["0.5s", "40 days", "5 apples"])
def test_a_step_that_cannot_be_cut_is_told(step: str, folder: Path, tmp_path: Path, capsys: Any) -> None:
    before = sys.argv
    sys.argv = ["gigacampus", "power", str(folder), "--series", str(tmp_path / "x.parquet"), "--step", step]
    try:
        assert reported(gigacampus) == 2
    finally:
        sys.argv = before
    assert "--step" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())
