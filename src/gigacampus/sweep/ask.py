"""SQL over the tables of a run, or of all runs of a sweep, by duckdb: an extra that only this file needs."""

from __future__ import annotations

import contextlib
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigacampus.errors import Fault, ResultsError, UsageError
from gigacampus.results.folder import MANIFEST
from gigacampus.sweep.store import RESULTS, RUNS, Store, kept_in

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
            return answer.to_arrow_table()
        except duckdb.Error as error:
            told = str(error).splitlines()[0]
            known = ", ".join(sorted(tables_of(root)))
            raise UsageError(Fault("Y007", told, fix=f"tables: {known}")) from None


def _of_run(root: Path, words: set[str]) -> dict[str, Any]:
    """The tables of a run folder that a query names."""
    import pyarrow.parquet as pq

    paths = sorted((root / "tables").glob("*.parquet"))
    return {path.stem: pq.read_table(path) for path in paths if path.stem in words}


def _duckdb() -> Any:
    try:
        import duckdb
    except ImportError:
        raise UsageError(Fault("U005", "SQL needs duckdb", fix="pip install duckdb")) from None
    return duckdb


def tables_of(root: Path) -> list[str]:
    """Names of the tables that a query may ask."""
    if (root / MANIFEST).is_file():
        return sorted(path.stem for path in (root / "tables").glob("*.parquet"))
    found = {"results"} if (root / RESULTS).is_file() else set()
    for path in sorted((root / RUNS).rglob("*.zip"))[:1]:
        with zipfile.ZipFile(path) as file:
            found |= set(kept_in(file))
    return sorted(found)


def _kept(root: Path, words: set[str]) -> dict[str, Any]:
    """The tables that a query names, of all runs of the last study (of all runs, where it has not ended), as Arrow."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    named: dict[str, Any] = {}
    keys = [path.stem for path in sorted((root / RUNS).rglob("*.zip"))]
    if (root / RESULTS).is_file():
        named["results"] = pq.read_table(root / RESULTS)
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
