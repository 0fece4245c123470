"""The folder of a sweep: content-addressed runs, each claimed while it is played, and there whole or not at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gigacampus.errors import Fault, ResultsError, UsageError
from gigacampus.files import refuse, refuse_other
from gigacampus.sweep.job import STREAM, TABLES, unpacked

try:
    import fcntl
except ImportError:  # pragma: no cover - not on Windows
    fcntl = None  # type: ignore[assignment]

RUNS, FAILED, CLAIMS, STUDIES = "runs", "failed", "claims", "studies"
PARTIAL = ".partial-"
RESULTS = "results.parquet"


class Store:
    """One sweep's folder. Several sweeps may share it at once: what one has finished or is playing the others leave."""

    def __init__(self, root: Path) -> None:
        """Make the folder; UsageError where it cannot be written."""
        self.root = root
        try:
            for name in (RUNS, FAILED, CLAIMS, STUDIES):
                (root / name).mkdir(parents=True, exist_ok=True)
            handle, probe = tempfile.mkstemp(prefix=PARTIAL, dir=root)
            os.close(handle)
            Path(probe).unlink()
        except OSError as error:
            told = f"{root} cannot be written: {error.strerror or error}"
            raise UsageError(Fault("Y004", told, f"--out {root}", fix="choose another --out")) from None
        refuse(root / RESULTS)
        refuse(root / "report.html")
        self.claimed: dict[str, int] = {}

    def path(self, key: str) -> Path:
        """Where a run is, or will be."""
        return self.root / RUNS / key[:2] / f"{key}.zip"

    def has(self, key: str) -> bool:
        """Whether a run is finished."""
        try:
            return self.path(key).stat().st_size > 0
        except OSError:
            return False

    def claim(self, key: str) -> bool:
        """Whether this process may play a run now: no other one is at it. A process that ends gives its claims up."""
        if fcntl is None:
            return True
        handle = os.open(self.root / CLAIMS / key, os.O_CREAT | os.O_RDWR, 0o644)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(handle)
            return False
        self.claimed[key] = handle
        return True

    def release(self, key: str) -> None:
        """Give a claim up."""
        handle = self.claimed.pop(key, None)
        if handle is not None:
            with contextlib.suppress(OSError):
                (self.root / CLAIMS / key).unlink()
            os.close(handle)

    def keep(self, key: str, content: bytes, *, durable: bool = True) -> None:
        """Keep a finished run; whatever kills the process, it is whole or not there; `durable`: a power cut too."""
        write_whole(self.path(key), content, durable=durable)
        with contextlib.suppress(FileNotFoundError):
            (self.root / FAILED / f"{key}.json").unlink()

    def fail(self, key: str, error: str, what: dict[str, Any]) -> None:
        """Record that a run failed, with its error and what it was."""
        told = json.dumps({"key": key, "error": error, **what}, indent=2, ensure_ascii=False)
        write_whole(self.root / FAILED / f"{key}.json", told.encode())

    def failure(self, key: str) -> str:
        """The error of a run that failed; empty where none did."""
        try:
            return str(json.loads((self.root / FAILED / f"{key}.json").read_text(encoding="utf-8"))["error"])
        except (OSError, ValueError, KeyError):
            return ""

    def numbers(self, key: str) -> dict[str, float]:
        """The numbers of a finished run; ResultsError where its file is damaged."""
        try:
            with zipfile.ZipFile(self.path(key)) as file:
                return dict(json.loads(file.read("record.json"))["numbers"])
        except (OSError, TypeError, ValueError, KeyError, zipfile.BadZipFile, zlib.error) as error:
            raise damaged(self.path(key), error) from error

    def tables(self, key: str, names: set[str] | None = None) -> Iterator[tuple[str, Any]]:
        """The tables that a run kept, as Arrow, by name."""
        try:
            with zipfile.ZipFile(self.path(key)) as file:
                for name in kept_in(file):
                    if names is None or name in names:
                        yield name, unpacked(file.read(f"{TABLES}{name}{STREAM}"))
        except (OSError, ValueError, zipfile.BadZipFile, zlib.error) as error:  # what Arrow raises is among them
            raise damaged(self.path(key), error) from error

    def sweep_leftovers(self) -> None:
        """Remove what killed writers left beside, once it is a minute old."""
        import time

        for leftover in self.root.rglob(f"{PARTIAL}*"):
            with contextlib.suppress(OSError):
                if time.time() - leftover.stat().st_mtime > 60:
                    leftover.unlink()


def damaged(path: Path, error: Exception) -> ResultsError:
    """What is raised where a run's file cannot be read."""
    return ResultsError(Fault("R020", f"{path}: cannot be read ({error})", str(path), fix="remove it and run again"))


def kept_in(file: zipfile.ZipFile) -> list[str]:
    """Names of the tables in a run's file."""
    return [one[len(TABLES) : -len(STREAM)] for one in file.namelist() if one.startswith(TABLES)]


def write_whole(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a file beside its name, make it durable, and rename it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    refuse_other(path)
    handle, name = tempfile.mkstemp(prefix=PARTIAL, dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if durable:
                os.fsync(file.fileno())
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            Path(name).unlink()
        raise
