"""Run folders that are not as they were written: told by file with what was expected, never read as if whole."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from gigacampus import results
from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported
from gigacampus.errors import ResultsError
from gigacampus.results.manifest import json_hash
from tests.report.fixture import made


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = results.seal(made(start=date(2026, 1, 1), end=date(2026, 3, 31), jobs=300, halls=2))
    return results.write(found, tmp_path_factory.mktemp("runs") / "run")


@pytest.fixture
def run(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "run"))


def edited(path: Path, change: Callable[[Any], Any]) -> None:
    found = json.loads(path.read_text())
    path.write_text(json.dumps(change(found)))


def sealed(change: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """A change of the manifest with its own hash made anew, so that its shape alone can tell."""

    def changed(stored: Any) -> Any:
        after = change({key: one for key, one in stored.items() if key != "sha256"})
        return after | {"sha256": json_hash(after)}

    return changed


def without(*keys: str) -> Callable[[Any], Any]:
    return lambda found: {key: one for key, one in found.items() if key not in keys}


SHAPES: dict[str, Callable[[Any], Any]] = {
    "no tables": without("tables"),
    "no run": without("run"),
    "all null but format": lambda found: dict.fromkeys(found) | {"format": 1},
    "tables as a list": lambda found: found | {"tables": list(found["tables"])},
    "a table without rows": lambda found: found | {"tables": {"jobs": {"sha256": ""}}},
    "a table of a bad name": lambda found: found | {"tables": {"../jobs": {"rows": 0, "sha256": ""}}},
    "a run without a title": lambda found: found | {"run": without("title")(found["run"])},
    "a run without a start": lambda found: found | {"run": without("start")(found["run"])},
    "a run that starts never": lambda found: found | {"run": found["run"] | {"start": "2026-02-30"}},
    "a replay that asked nothing": lambda found: found | {"run": {"title": "x", "kind": "replay"}},
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_manifest_of_another_shape(run: Path, shape: str) -> None:
    edited(run / "manifest.json", sealed(SHAPES[shape]))
    with pytest.raises(ResultsError, match=r"R020.*manifest\.json: expected .*, found"):
        results.read(run)


def test_every_edit_is_told_by_file(run: Path) -> None:
    manifest, summary, scenario = (run / name for name in ("manifest.json", "summary.json", "scenario.yaml"))
    edits: list[tuple[Path, Callable[[], object]]] = [
        (manifest, lambda: edited(manifest, lambda found: found | {"seed": 8})),
        (manifest, lambda: edited(manifest, lambda found: found | {"run": found["run"] | {"parties": None}})),
        (summary, lambda: edited(summary, dict.fromkeys)),
        (summary, lambda: edited(summary, lambda found: dict.fromkeys(found, "text"))),
        (summary, lambda: edited(summary, list)),
        (summary, summary.unlink),
        (scenario, lambda: scenario.write_text(scenario.read_text() + "\n")),
        (scenario, lambda: scenario.write_bytes(b"\xff")),
    ]
    for path, edit in edits:
        kept = path.read_bytes()
        edit()
        with pytest.raises(ResultsError) as told:
            results.read(run)
        assert told.value.faults[0].file == str(path)
        assert told.value.faults[0].fix
        path.write_bytes(kept)
    results.read(run)


def test_a_summary_may_be_laid_out_anew_and_old_manifests_are_read(run: Path) -> None:
    before = results.read(run)
    edited(run / "summary.json", lambda found: dict(reversed(found.items())))
    assert results.read(run).summary == before.summary
    edited(run / "manifest.json", without("sha256", "summary_sha256"))
    assert results.read(run).summary == before.summary


def cut(run: Path, name: str, rows: int) -> None:
    """Leave out the last rows of a table, in a Parquet file that is whole."""
    import pyarrow.parquet as pq

    path = run / "tables" / f"{name}.parquet"
    pq.write_table(pq.read_table(path)[:-rows], path)


COMMANDS = [("report",), ("power",), ("load",), ("books",), ("timeline",), ("figures",), ("sql",)]


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("damage", ["a row", "ten bytes", "no tables", "all null but format"])
def test_commands_end_with_2_and_write_nothing(
    run: Path,
    command: tuple[str, ...],
    damage: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for needed in {"sql": ["duckdb"], "figures": ["matplotlib"]}.get(command[0], []):
        pytest.importorskip(needed)
    if damage == "a row":
        cut(run, "postings", 1)
    elif damage == "ten bytes":
        path = run / "tables" / "postings.parquet"
        path.write_bytes(path.read_bytes()[:-10])
    else:
        edited(run / "manifest.json", SHAPES[damage])
    monkeypatch.chdir(run.parent)
    before = sorted(run.rglob("*"))
    more = ("select count(*) from postings",) if command[0] == "sql" else ()
    monkeypatch.setattr(sys, "argv", ["gigacampus", *command, "run", *more])
    assert reported(gigacampus) == 2
    told = capsys.readouterr()
    assert told.out == ""
    assert "error[R020]: run/" in told.err
    assert "fix:" in told.err
    assert sorted(run.rglob("*")) == before
    assert [one.name for one in run.parent.iterdir()] == ["run"]


def test_rows_that_are_missing_are_counted(run: Path) -> None:
    cut(run, "jobs", 3)
    with pytest.raises(ResultsError, match="expected 300 rows, found 297"):
        results.read(run)
