"""The run folder on disk: written beside its final name and renamed, so half a run never looks finished."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

from gigacampus.errors import Fault, UsageError
from gigacampus.files import kind, refuse_above
from gigacampus.results.collect import Results
from gigacampus.results.manifest import manifest
from gigacampus.results.reading import FILES, LIST, MANIFEST, SCENARIO, SUMMARY
from gigacampus.tables import Table

try:
    import fcntl
except ImportError:  # pragma: no cover - not on Windows
    fcntl = None  # type: ignore[assignment]

PARTIAL = ".partial-"
LOCK = "lock"


def write(
    results: Results, out: Path | str, *, force: bool = False, report: str | None = None, command: str = ""
) -> Path:
    """Write a run folder at `out` and return its path; `report` is the HTML that goes with it.

    Raises UsageError where `out` exists (unless `force`, which replaces a run folder and nothing else).
    Whatever kills the process, `out` is either whole or not there.
    """
    final = Path(out).absolute()
    refuse(final, force=force)
    final.parent.mkdir(parents=True, exist_ok=True)
    sweep(final.parent)
    with _partial(final.parent) as partial:
        folder = partial / final.name
        folder.mkdir()
        _fill(folder, results, report, command)
        if force and final.exists():
            final.rename(partial / "replaced")
        try:
            folder.rename(final)
        except OSError:
            refuse(final, force=force)  # another writer came first
            raise
        _sync(final.parent)
    return final


def refuse(out: Path, *, force: bool) -> None:
    """Raise UsageError where a run folder may not be written at `out`; commands ask before a long run."""
    found = kind(out)
    if out == Path.cwd():
        told = f"{out} is the folder that the command runs in"
        raise UsageError(Fault("R001", told, str(out), fix="name a folder to be made with --out"))
    refuse_above(out, next(one for one in out.parents if kind(one)))
    if not found or (found == "folder" and not any(out.iterdir())):
        return
    if found != "folder" or not (out / MANIFEST).is_file():
        told = f"{out} is a {found}" if found != "folder" else f"{out} exists"
        raise UsageError(Fault("R001", f"{told} and no run folder", str(out), fix="choose another --out"))
    if not force:
        fix = "choose another --out, or give --force to replace it"
        raise UsageError(Fault("R002", f"{out} exists", str(out), fix=fix))


def sweep(parent: Path) -> None:
    """Remove what killed writers left beside; a writer that is alive holds its lock and is left alone."""
    for leftover in parent.glob(f"{PARTIAL}*"):
        if fcntl is None or not leftover.is_dir():
            continue
        if not (leftover / LOCK).exists() and any(leftover.iterdir()):
            continue  # not ours: our writers take their lock before they write anything else
        try:
            with (leftover / LOCK).open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _remove(leftover)
        except OSError:
            continue


@contextmanager
def _partial(parent: Path) -> Iterator[Path]:
    """A locked folder beside the final one; gone when done, whatever happens short of a kill."""
    while True:
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=parent))
        try:
            with (partial / LOCK).open("w") as lock:
                if fcntl is not None:
                    fcntl.flock(lock, fcntl.LOCK_EX)
                if not (partial / LOCK).exists():
                    continue  # another writer swept it before the lock was taken
                yield partial
                return
        except FileNotFoundError:
            if partial.exists():
                raise
        finally:
            _remove(partial)


def _remove(partial: Path) -> None:
    """Remove a partial folder, its lock last: killed on the way, what is left still shows whose it is."""
    for entry in partial.glob("*"):
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
    shutil.rmtree(partial, ignore_errors=True)


def _fill(folder: Path, results: Results, report: str | None, command: str) -> None:
    tables = folder / "tables"
    tables.mkdir()
    for name, table in sorted(results.tables.items()):
        _write_table(table, tables / f"{name}.parquet")
    _write_text(folder / SCENARIO, results.scenario)
    write_files(results.files, folder / FILES)
    _write_text(folder / SUMMARY, _json(results.summary))
    if report is not None:
        _write_text(folder / "report.html", report)
    _write_text(folder / MANIFEST, _json(manifest(results, command)))
    _sync(tables)
    _sync(folder)


def write_files(files: Mapping[str, bytes], folder: Path) -> dict[str, Path]:
    """Write the files that a scenario names, and a list of their names; where each went, by name. None: no folder."""
    if not files:
        return {}
    folder.mkdir()
    places = {name: folder / f"{number}-{PurePath(name).name}" for number, name in enumerate(files)}
    for name, path in places.items():
        path.write_bytes(files[name])
    _write_text(folder / LIST, _json({name: path.name for name, path in places.items()}))
    return places


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _write_text(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _write_table(table: Table, path: Path) -> None:
    """One Parquet file whose bytes depend on the table and the library's version only."""
    import pyarrow.parquet as pq

    with path.open("wb") as file:
        pq.write_table(
            table.to_arrow(), file, compression="zstd", compression_level=3, version="2.6", data_page_version="1.0",
            row_group_size=1 << 20, use_dictionary=True, write_statistics=True, store_schema=True,
        )  # fmt: skip
        file.flush()
        os.fsync(file.fileno())


def _sync(folder: Path) -> None:
    """Make a folder's entries durable, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:  # pragma: no cover - Windows opens no folders
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
