"""The run folder: whole or not there, whatever kills the writer; refused where something stands already."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from gigacampus import results
from gigacampus.errors import ResultsError, UsageError
from gigacampus.results.folder import MANIFEST, PARTIAL, refuse, sweep
from tests.report.fixture import made

ROOT = Path(__file__).parents[2]
SHORT = {"start": date(2026, 1, 1), "end": date(2026, 3, 31), "jobs": 300, "halls": 2}


def test_what_is_read_is_what_was_written(tmp_path: Path) -> None:
    first = results.seal(made(**SHORT), "gigacampus run x")
    folder = results.write(first, tmp_path / "run", report="<!doctype html>")
    again = results.read(folder)
    assert (again.scenario, again.summary, again.meta, again.stored) == (
        first.scenario, first.summary, first.meta, first.stored,
    )  # fmt: skip
    assert set(again.tables) == set(first.tables)
    for name, table in first.tables.items():
        assert again.tables[name].spec == table.spec
        assert results.table_hash(again.tables[name]) == results.table_hash(table)
    assert sorted(path.name for path in folder.iterdir()) == [
        "manifest.json", "report.html", "scenario.yaml", "summary.json", "tables",
    ]  # fmt: skip
    assert [path.name for path in tmp_path.iterdir()] == ["run"], "nothing is left beside it"


def test_units_and_sentences_stand_in_the_parquet_metadata(tmp_path: Path) -> None:
    import pyarrow.parquet as pq

    folder = results.write(made(**SHORT), tmp_path / "run")
    schema = pq.read_schema(folder / "tables" / "flows_hours.parquet")
    assert schema.field("it_w").metadata[b"unit"] == b"W"
    assert b"IT power" in schema.field("it_w").metadata[b"sentence"]
    assert schema.metadata[b"table"] == b"flows_hours"


WRITER = """
import sys
from datetime import date
from gigacampus import results
from tests.report.fixture import made
made_up = made(start=date(2026, 1, 1), end=date(2026, 3, 31), jobs=300, halls=2)
print("go", flush=True)
results.write(results.seal(made_up, "x"), sys.argv[1], force=True, report="<!doctype html>")
"""


def writer(out: Path) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, str(out)], stdout=subprocess.PIPE, text=True, env=environment
    )


def test_two_processes_write_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "two"):
        process = writer(tmp_path / name)
        process.communicate(timeout=60)
        assert process.returncode == 0
    one, two = (
        {
            path.relative_to(tmp_path / name): path.read_bytes()
            for path in (tmp_path / name).rglob("*")
            if path.is_file()
        }
        for name in ("one", "two")
    )
    assert len(one) > 20
    assert one == two


@pytest.mark.slow
def test_a_kill_at_any_moment_leaves_no_folder_that_looks_finished(tmp_path: Path) -> None:
    dice = random.Random(11)
    out = tmp_path / "run"
    for _ in range(8):
        process = writer(out)
        assert process.stdout is not None
        assert process.stdout.readline() == "go\n"
        time.sleep(dice.uniform(0.0, 0.25))
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)
        if out.exists():
            assert len(results.read(out).tables) > 20
        for leftover in tmp_path.iterdir():
            assert leftover == out or leftover.name.startswith(PARTIAL)
    results.write(made(**SHORT), out, force=True)
    assert [path.name for path in tmp_path.iterdir()] == ["run"], "the next writer sweeps what killed ones left"


@pytest.mark.parametrize("step", ["_sync", "_write_text", "_write_table", "manifest"])
def test_an_error_while_writing_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def broken(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(f"gigacampus.results.folder.{step}", broken)
    with pytest.raises(OSError, match="No space"):
        results.write(made(**SHORT), tmp_path / "run")
    left = [path.name for path in tmp_path.iterdir() if step != "_sync"]
    assert left == []


def test_a_living_writer_is_left_alone(tmp_path: Path) -> None:
    import fcntl

    living, dead, foreign = (tmp_path / f"{PARTIAL}{name}" for name in ("living", "dead", "foreign"))
    for folder in (living, dead, foreign):
        folder.mkdir()
    (foreign / "thesis.txt").write_text("precious")
    (dead / "lock").touch()
    with (living / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        sweep(tmp_path)
        assert living.exists()
        assert foreign.exists()
        assert not dead.exists()


def test_an_existing_folder_is_refused_and_force_replaces_runs_only(tmp_path: Path) -> None:
    small = made(**SHORT)
    folder = results.write(small, tmp_path / "run")
    with pytest.raises(UsageError, match="--force"):
        results.write(small, folder)
    results.write(small, folder, force=True)
    home = tmp_path / "home"
    home.mkdir()
    (home / "thesis.txt").write_text("precious")
    with pytest.raises(UsageError, match="no run folder"):
        results.write(small, home, force=True)
    assert (home / "thesis.txt").read_text() == "precious"
    empty = tmp_path / "empty"
    empty.mkdir()
    assert results.read(results.write(small, empty)).summary == small.summary


def test_a_place_that_cannot_be_is_refused_before_anything_is_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("a file")
    for place in (tmp_path / "file" / "run", tmp_path / ("x" * 300)):
        with pytest.raises(UsageError) as caught:
            refuse(place, force=False)
        assert caught.value.faults[0].code == "R004"
    refuse(tmp_path / "new" / "deep" / "run", force=False)


def test_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    folder = results.write(made(**SHORT), tmp_path / "run")
    with pytest.raises(ResultsError, match="is no run folder"):
        results.read(tmp_path)
    changed = results.read(folder)
    name = "tenant_cost"
    table = changed.tables[name]
    other = type(table)(table.spec, {**table.columns, "gpu_h": table["gpu_h"] + 1})
    stored = folder / MANIFEST
    kept = stored.read_text()
    results.write(replace(changed, tables={**changed.tables, name: other}), folder, force=True)
    stored.write_text(kept)
    with pytest.raises(ResultsError, match=r"tenant_cost.*changed"):
        results.read(folder)
    results.write(replace(changed, stored={}), folder, force=True)
    (folder / "tables" / "usage.parquet").write_bytes(b"not parquet")
    with pytest.raises(ResultsError, match=r"usage\.parquet"):
        results.read(folder)
    manifest = json.loads(kept)
    stored.write_text(json.dumps({**manifest, "format": 99}))
    with pytest.raises(ResultsError, match="format 99"):
        results.read(folder)
    stored.write_text("{")
    with pytest.raises(ResultsError, match="not JSON"):
        results.read(folder)


def test_of_two_writers_the_second_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gigacampus.results import folder

    found, fill = results.seal(made(**SHORT)), folder._fill

    def slow(*arguments: object) -> None:
        monkeypatch.setattr(folder, "_fill", fill)
        results.write(found, tmp_path / "run", report="the first")
        fill(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(folder, "_fill", slow)
    with pytest.raises(UsageError, match="exists"):
        results.write(found, tmp_path / "run", report="the second")
    assert (tmp_path / "run" / "report.html").read_text() == "the first"
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_a_sweep_that_is_killed_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from gigacampus.results import folder

    left = tmp_path / f"{PARTIAL}dead"
    for name in ("run", "replaced"):
        (left / name / "tables").mkdir(parents=True)
    (left / "lock").touch()
    remove, calls = folder.shutil.rmtree, list[Path]()

    def killed(path: Path, **how: bool) -> None:
        calls.append(path)
        if len(calls) == 2:
            raise KeyboardInterrupt
        remove(path, **how)

    monkeypatch.setattr(folder.shutil, "rmtree", killed)
    with pytest.raises(KeyboardInterrupt):
        sweep(tmp_path)
    assert left.exists()
    sweep(tmp_path)
    assert not left.exists()
