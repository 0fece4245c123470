"""The manifest: what made a run and what came out, as hashes that anyone can compute again."""

from __future__ import annotations

import hashlib
import json
import platform
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from importlib import metadata, resources
from typing import TYPE_CHECKING, Any

import numpy as np

from gigacampus import __version__
from gigacampus.tables import Table
from gigacampus.tables.arrow import joined

if TYPE_CHECKING:
    from gigacampus.results.collect import Results

FORMAT = 1
"""Version of the run folder's layout."""
PACKAGES = ("numpy", "numba", "llvmlite", "pyarrow", "pydantic", "ruamel.yaml")


def manifest(results: Results, command: str = "") -> dict[str, Any]:
    """The manifest of results: format, hashes (of scenario, inputs, tables, summary and itself), seed, versions.

    There is no time stamp in it: the same run gives the same manifest. For results that
    are sealed or were read from a folder it is the one they carry.
    """
    if results.stored:
        return dict(results.stored)
    made = {
        "format": FORMAT,
        "gigacampus": __version__,
        "python": platform.python_version(),
        "packages": versions(),
        "command": command,
        "seed": results.meta.get("seed"),
        "scenario_sha256": text_hash(results.scenario),
        "inputs_sha256": bundled_hashes(),
        "tables": {
            name: {"rows": len(table), "sha256": table_hash(table)} for name, table in sorted(results.tables.items())
        },
        "summary_sha256": json_hash(results.summary),
        "run": results.meta,
    }
    return made | {"sha256": json_hash(made)}


def seal(results: Results, command: str = "") -> Results:
    """The results with their manifest beside them, so that report and folder hash the tables once."""
    return replace(results, stored=manifest(results, command))


def text_hash(text: str) -> str:
    """SHA-256 of a text's UTF-8."""
    return hashlib.sha256(text.encode()).hexdigest()


def json_hash(value: Mapping[str, Any]) -> str:
    """SHA-256 of plain JSON values, however their file is laid out."""
    return text_hash(json.dumps(value, sort_keys=True, separators=(",", ":")))


def table_hash(table: Table) -> str:
    """SHA-256 of a table's columns: names, dtypes and values in order, whatever wrote them.

    Numbers count as little-endian bytes (every NaN as the same one), texts as lengths and UTF-8.
    """
    digest = hashlib.sha256()
    for column in table.spec.columns:
        values = table[column.name]
        digest.update(f"{column.name}:{column.dtype}:{len(values)}\n".encode())
        if column.dtype == "str":
            lengths, text = _packed(values)
            digest.update(lengths)
            digest.update(text)
            continue
        if column.dtype == "f8":
            values = np.where(np.isnan(values), np.nan, values)
        kind = {"i8": "<i8", "i4": "<i4", "f8": "<f8", "b1": "?"}[column.dtype]
        digest.update(np.ascontiguousarray(values, dtype=kind).tobytes())
    return digest.hexdigest()


def _packed(values: Any) -> tuple[bytes, bytes]:
    """Lengths in characters as little-endian int64, and all texts in a row as UTF-8; None counts as empty."""
    listed = values.tolist()
    try:
        _, data = joined(listed)
    except TypeError:
        listed = ["" if one is None else str(one) for one in listed]
        _, data = joined(listed)
    return np.fromiter(map(len, listed), "<i8", len(listed)).tobytes(), data


def versions() -> dict[str, str]:
    """Versions of the packages that results may depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = "not installed"
    return found


@cache
def _bundled() -> tuple[tuple[str, str], ...]:
    root = resources.files("gigacampus").joinpath("catalog", "data")
    found: list[tuple[str, str]] = []

    def walk(folder: Any, prefix: str) -> None:
        for entry in sorted(folder.iterdir(), key=lambda one: str(one.name)):
            name = f"{prefix}{entry.name}"
            if entry.is_dir():
                if entry.name != "__pycache__":
                    walk(entry, f"{name}/")
            elif not entry.name.endswith((".py", ".pyc")):
                found.append((name, hashlib.sha256(entry.read_bytes()).hexdigest()))

    if root.is_dir():
        walk(root, "")
    return tuple(found)


def bundled_hashes() -> dict[str, str]:
    """SHA-256 of every data file in the package, by name: what a run may have read."""
    return dict(_bundled())
