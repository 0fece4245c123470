"""A run folder read again: what its manifest promises is held against what is there, so damage is told in one place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from gigacampus.errors import Fault, ResultsError
from gigacampus.results.collect import Results
from gigacampus.results.manifest import FORMAT, json_hash, table_hash, text_hash
from gigacampus.tables import Table

MANIFEST = "manifest.json"
SCENARIO = "scenario.yaml"
SUMMARY = "summary.json"
FILES = "files"
LIST = "list.json"
_NAME = re.compile(r"\w+")
_CHANGED = "changed since the run wrote it (its hash differs)"


def read(folder: Path | str) -> Results:
    """Read a run folder; everything in it that has a hash in the manifest is hashed again.

    Raises ResultsError that names what is missing, of another format version, cut short, or changed since.
    """
    root = Path(folder)
    stored = read_manifest(root)
    tables = {name: _table(root, name, said) for name, said in stored["tables"].items()}
    scenario = _text(root / SCENARIO)
    if stored.get("scenario_sha256", text_hash(scenario)) != text_hash(scenario):
        raise _broken(root / SCENARIO, _CHANGED)
    summary = _load(root / SUMMARY)
    if stored.get("summary_sha256", json_hash(summary)) != json_hash(summary):
        raise _broken(root / SUMMARY, _CHANGED)
    return Results(scenario, tables, summary, dict(stored["run"]), stored, _files(root / FILES))


def read_manifest(root: Path) -> dict[str, Any]:
    """The manifest of a run folder; ResultsError where it is not of this format, or not as it was written."""
    path = root / MANIFEST
    stored = _load(path)
    if stored.get("format") != FORMAT:
        raise _broken(
            path,
            f"run folder of format {stored.get('format')!r}, this version reads {FORMAT}; "
            f"it was written by gigacampus {stored.get('gigacampus', '?')}",
        )
    for what, key, is_sound in (
        ("tables by name with rows and sha256", "tables", _are_tables), ("what was run", "run", _is_run),
    ):  # fmt: skip
        if not is_sound(stored.get(key)):
            raise _broken(path, f'expected {what} under "{key}", found {_short(stored.get(key))}')
    own = stored.get("sha256")
    if own is not None and own != json_hash({key: one for key, one in stored.items() if key != "sha256"}):
        raise _broken(path, _CHANGED)
    return stored


def read_tables(root: Path, names: Iterable[str]) -> dict[str, Table]:
    """Some tables of a run folder, those of the names that it has."""
    said = read_manifest(root)["tables"]
    return {name: _table(root, name, said[name]) for name in sorted(set(names) & set(said))}


def _are_tables(value: Any) -> bool:
    return isinstance(value, dict) and all(
        _NAME.fullmatch(name)
        and isinstance(one, dict)
        and isinstance(one.get("rows"), int)
        and isinstance(one.get("sha256"), str)
        for name, one in value.items()
    )


def _is_run(value: Any) -> bool:
    """Whether it has a title and, unless it is a replay, the days of its calendar."""
    if not isinstance(value, dict) or not isinstance(value.get("title"), str):
        return False
    if value.get("kind") == "replay":
        return isinstance(value.get("asked"), dict)
    try:
        return all(date.fromisoformat(value[key]) for key in ("start", "end", "known_as_of"))
    except (KeyError, TypeError, ValueError):
        return False


def _table(root: Path, name: str, said: dict[str, Any]) -> Table:
    import pyarrow as pa
    import pyarrow.parquet as pq

    path = root / "tables" / f"{name}.parquet"
    try:
        with path.open("rb") as file:
            found = Table.from_arrow(pq.read_table(file))
    except OSError as error:
        raise _broken(path, error.strerror or f"not a whole Parquet file ({error})") from error
    except (pa.ArrowException, KeyError, ValueError) as error:
        raise _broken(path, f"not a whole Parquet file ({error})") from error
    if len(found) != said["rows"]:
        raise _broken(path, f"expected {said['rows']:,} rows, found {len(found):,}")
    if table_hash(found) != said["sha256"]:
        raise _broken(path, _CHANGED)
    return found


def _files(folder: Path) -> dict[str, bytes]:
    if not (folder / LIST).is_file():
        return {}
    found = {}
    for name, stored in _load(folder / LIST).items():
        if not isinstance(stored, str) or Path(stored).name != stored:
            raise _broken(folder / LIST, f"expected names of files beside it, found {_short(stored)}")
        try:
            found[name] = (folder / stored).read_bytes()
        except OSError as error:
            raise _broken(folder / stored, str(error.strerror)) from error
    return found


def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        if path.name == MANIFEST:
            raise _broken(path.parent, f"is no run folder: {MANIFEST}: {error.strerror}") from error
        raise _broken(path, str(error.strerror)) from error
    except ValueError as error:
        raise _broken(path, f"not UTF-8 ({error})") from error


def _load(path: Path) -> dict[str, Any]:
    text = _text(path)
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _broken(path, f"not JSON ({error})") from error
    if not isinstance(found, dict):
        raise _broken(path, f"expected a JSON object, found {_short(found)}")
    return found


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _broken(path: Path, why: str) -> ResultsError:
    fix = "name the folder of a run, a plan or a replay" if path.suffix == "" else "write the run folder again"
    return ResultsError(Fault("R020", f"{path}: {why}", str(path), fix=fix))
