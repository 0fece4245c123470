"""SQL over the tables of a run, or of all runs of a sweep, by duckdb: an extra that only this file needs."""

from __future__ import annotations

import contextlib
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigacampus.errors import Fault, ResultsError, UsageError
from gigacampus.results.reading import MANIFEST, read_manifest, read_tables
from gigacampus.sweep.store import RESULTS, RUNS, Store, damaged, kept_in

if TYPE_CHECKING:
    import pyarrow as pa

MOST_BYTES = 4_000_000_000
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def sql(folder: Path | str, query: str) -> pa.Table:
    """The answer to a query, as an Arrow table.

    Of a sweep, `results` has one row a point, and every table that the runs kept has a first column `run`, which is the
    `run` of `results`; of a run folder, every table stands by its name.
    UsageError where the folder is neither, or the query cannot be answered; nothing outside of the folder is read.
    """
    duckdb = _duckdb()
    root = Path(folder)
    if (root / MANIFEST).is_file():
        named = _of_run(root, set(_WORD.findall(query)))
    elif (root / RUNS).is_dir():
        named = _kept(root, set(_WORD.findall(query)))
    else:
        fault = Fault("Y004", f"{root} is neither a run folder nor a sweep's", fix="name a folder of run or sweep")
        raise UsageError(fault)
    with contextlib.closing(duckdb.connect()) as base:
        try:
            for name, table in named.items():
                base.register(name, table)
            base.execute("set enable_external_access = false")
            answer = base.sql(query)
            if answer is None:
                raise UsageError(Fault("Y007", "the query has no answer", fix='write "select … from …"'))
            return _told_apart(answer.to_arrow_table())
        except duckdb.Error as error:
            told = str(error).splitlines()[0]
            known = ", ".join(sorted(tables_of(root)))
            raise UsageError(Fault("Y007", told, fix=f"tables: {known}")) from None


def _told_apart(answer: pa.Table) -> pa.Table:
    """The answer with its columns' names told apart: a name that comes again gets the next number."""
    names: list[str] = []
    for name in answer.column_names:
        tried, number = name, 1
        while tried in names or (number > 1 and tried in answer.column_names):
            number += 1
            tried = f"{name}_{number}"
        names.append(tried)
    return answer.rename_columns(names)


def _of_run(root: Path, words: set[str]) -> dict[str, Any]:
    """The tables of a run folder that a query names."""
    return {name: table.to_arrow() for name, table in read_tables(root, words).items()}


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise UsageError(Fault("U005", "SQL needs duckdb", fix="pip install duckdb")) from None
    return duckdb


def tables_of(root: Path) -> list[str]:
    """Names of the tables that a query may ask."""
    if (root / MANIFEST).is_file():
        return sorted(read_manifest(root)["tables"])
    found = {"results"} if (root / RESULTS).is_file() else set()
    for path in sorted((root / RUNS).rglob("*.zip"))[:1]:
        try:
            with zipfile.ZipFile(path) as file:
                found |= set(kept_in(file))
        except (OSError, zipfile.BadZipFile) as error:
            raise damaged(path, error) from error
    return sorted(found)


def _kept(root: Path, words: set[str]) -> dict[str, Any]:
    """The tables that a query names, of all runs of the last study (of all runs, where it has not ended), as Arrow."""
    import pyarrow as pa

    from gigacampus.sweep.outcome import results_of

    named: dict[str, Any] = {}
    keys = [path.stem for path in sorted((root / RUNS).rglob("*.zip"))]
    if (root / RESULTS).is_file():
        named["results"] = results_of(root)
        keys = list(dict.fromkeys(named["results"].column("run").to_pylist()))
    store, parts, size = Store(root), dict[str, list[Any]](), 0
    if not words & (set(tables_of(root)) - {"results"}):
        return named
    for key in keys:
        if not store.has(key):
            continue
        for name, table in store.tables(key, words):
            size += table.nbytes
            if size > MOST_BYTES:
                raise ResultsError("these tables of all runs are larger than 4 GB together; ask `results`")
            run = pa.array([key] * table.num_rows, pa.string())
            parts.setdefault(name, []).append(table.add_column(0, "run", run))
    return named | {name: pa.concat_tables(tables, promote_options="default") for name, tables in parts.items()}
