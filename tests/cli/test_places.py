"""Where commands write: what cannot be written, or is no file, is told before the work, and stays as it is."""

from __future__ import annotations

import os
import sys
from datetime import date
from importlib.util import find_spec
from pathlib import Path

import pytest

from gigacampus.cli import gigacampus
from gigacampus.cli.failures import reported


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("gigacampus.run.run", lambda *_: pytest.fail("the run began"))
    Path("loop").symlink_to("loop")
    Path("away").symlink_to("target")
    os.mkfifo("pipe")


def call(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["gigacampus", *arguments])
    return reported(gigacampus)


@pytest.mark.parametrize("out", ["", ".", "away", "loop", "loop/x", "pipe", "pipe/x", "/proc/x", "y" * 300])
@pytest.mark.parametrize("force", [(), ("--force",)])
def test_a_run_is_refused_before_it_begins(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: str, force: tuple[str, ...]
) -> None:
    assert call(monkeypatch, "run", "one-hall", "--out", out, *force) == 2
    told = capsys.readouterr().err
    assert "error[R00" in told
    assert "fix:" in told
    assert Path("away").is_symlink()
    assert sorted(one.name for one in Path().iterdir()) == ["away", "loop", "pipe"]


FILES = [
    ("report", "RUN", "--out"), ("report", "RUN", "--xlsx"), ("power", "RUN", "--out"), ("power", "RUN", "--series"),
    ("books", "RUN", "--out"), ("timeline", "RUN", "--out"), ("compare", "one-hall", "one-hall", "--out"),
    ("schema", "--out"), ("extract", "RUN", "--out"), ("trace", "RUN", "--plot"), ("trace", "RUN", "--out"),
]  # fmt: skip
FOLDERS = [
    ("report", "RUN", "--csv"), ("load", "RUN", "--out"), ("figures", "RUN", "--out"), ("init",),
    ("sweep", "one-hall", "--out"), ("plan", "one-hall", "--out"), ("replay", "RUN", "--out"),
]  # fmt: skip


CASES = [(one, out) for one in FILES for out in ("", ".", "away", "loop/x", "pipe", "pipe/x", "/proc/x")]
CASES += [(one, out) for one in FOLDERS for out in ("", "loop/x", "pipe", "/proc/x")]


@pytest.mark.parametrize(("command", "out"), CASES, ids=lambda one: one if isinstance(one, str) else " ".join(one))
def test_a_place_is_refused_before_the_work(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: tuple[str, ...], out: str
) -> None:
    assert call(monkeypatch, *command, out) == 2
    assert "error[R00" in capsys.readouterr().err
    assert sorted(one.name for one in Path().iterdir()) == ["away", "loop", "pipe"]


def test_of_several_files_none_is_written_where_one_cannot_be(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from gigacampus import results
    from tests.report.fixture import made

    run = results.write(made(start=date(2026, 1, 1), end=date(2026, 3, 31), jobs=300, halls=2), tmp_path / "run")
    for out, name in (("figures", "tenants.svg"), ("new", "scenario.schema.json")):
        Path(out).mkdir()
        os.mkfifo(Path(out) / name)
    (run / "report.html").mkdir()
    before = sorted(Path().rglob("*"))
    commands = [("report", "run", "--xlsx", "a.xlsx"), ("report", "run", "--csv", "tables"), ("init", "new", "--force")]
    if find_spec("matplotlib"):
        commands.append(("figures", "run", "--out", "figures"))
    for command in commands:
        assert call(monkeypatch, *command) == 2
        assert "error[R005]" in capsys.readouterr().err
        assert sorted(Path().rglob("*")) == before


@pytest.mark.parametrize("out", ["", "away", "loop/x", "pipe"])
def test_python_is_refused_before_a_run_too(out: str) -> None:
    import gigacampus as gc
    from gigacampus.errors import UsageError

    for play in (gc.run, gc.plan, gc.replay):
        with pytest.raises(UsageError, match="R00"):
            play("one-hall", out=out, force=True)
