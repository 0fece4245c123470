"""The results of a sweep: one table of inputs and outcomes, in the order of the points."""

from __future__ import annotations

import hashlib
import html
import io
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.errors import Fault, MeasureError, ResultsError, UsageError
from gigacampus.sweep.axes import Choices
from gigacampus.sweep.store import RESULTS, STUDIES, Store, write_whole
from gigacampus.sweep.study import Plan

if TYPE_CHECKING:
    import pyarrow as pa

Floats = NDArray[np.float64]
FIXED = ("point", "run", "variant", "seed", "sample", "block", "status", "error")
"""Columns before the inputs and the numbers."""


@dataclass
class Outcome:
    """What a sweep found. Its table goes to pandas, polars and duckdb by the Arrow PyCapsule protocol."""

    table: pa.Table
    """One row a point: `FIXED`, the inputs that vary (numbers in canonical units), and every number of the runs."""
    inputs: tuple[str, ...]
    """Columns of the inputs that vary."""
    study: dict[str, Any]
    folder: Path
    keys: list[str]
    tally: Any = None

    def __len__(self) -> int:
        """The number of points."""
        return int(self.table.num_rows)

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Arrow PyCapsule: pandas, polars and duckdb take the table without copies."""
        return self.table.__arrow_c_stream__(requested_schema)

    @property
    def measures(self) -> list[str]:
        """Columns of outcomes."""
        return [name for name in self.table.column_names if name not in FIXED and name not in self.inputs]

    @property
    def failed(self) -> int:
        """Points without an outcome."""
        return int(sum(one != "finished" for one in self.table.column("status").to_pylist()))

    def column(self, name: str) -> Floats:
        """A number of every point, NaN where it has none; MeasureError where there is no such column."""
        import difflib

        if name not in self.table.column_names:
            near = difflib.get_close_matches(name, self.table.column_names, 1, 0.4)
            fix = f'did you mean "{near[0]}"?' if near else "columns of results.parquet"
            raise MeasureError(Fault("Y006", f'the sweep has no number "{name}"', fix=fix))
        return np.asarray(self.table.column(name).to_numpy(zero_copy_only=False), dtype=np.float64)

    def _repr_html_(self) -> str:
        """For notebooks: the first rows, inputs and the best-known numbers."""
        known = [name for name in SHOWN if name in self.table.column_names]
        names = ["variant", "seed", *self.inputs, *known, "status"]
        rows = self.table.select(names).slice(0, 20).to_pylist()
        head = "".join(f"<th>{html.escape(name)}</th>" for name in names)
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_cell(row[name]))}</td>" for name in names) + "</tr>" for row in rows
        )
        more = f"<p>{len(self):,} points, {self.failed} failed; all in {html.escape(str(self.folder / RESULTS))}</p>"
        return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{more}"


SHOWN = ("live_chips", "h100e_months", "wait_mean_s", "wait_p95_s", "utilisation_fraction", "pue_mean", "cost_usd",
         "usd_per_gpu_h", "jct_mean_s")  # fmt: skip


def _cell(value: Any) -> str:
    if isinstance(value, float):
        return "" if math.isnan(value) else f"{value:,.6g}"
    return "" if value is None else str(value)


def gathered(plan: Plan, store: Store, keys: Sequence[str]) -> Outcome:
    """The table of a study's points; the same whoever played them, in whatever order, on whatever workers."""
    import pyarrow as pa

    kept: dict[str, dict[str, float]] = {}
    rows: dict[str, list[Any]] = {name: [] for name in FIXED}
    inputs = [axis.path for axis in plan.axes]
    worded = {axis.path for axis in plan.axes if isinstance(axis, Choices) and not _are_numbers(axis)}
    varied: dict[str, list[Any]] = {path: [] for path in inputs}
    for point, key in zip(plan.points(), keys, strict=False):
        if key not in kept and store.has(key):
            kept[key] = store.numbers(key)
        error = "" if key in kept else store.failure(key)
        status = "finished" if key in kept else "failed" if error else "missing"
        values = (
            point.number,
            key,
            point.variant,
            plan.seed + point.seed_step,
            point.sample,
            point.block,
            status,
            error,
        )
        for name, value in zip(FIXED, values, strict=True):
            rows[name].append(value)
        texts = dict(point.texts)
        for path in inputs:
            varied[path].append(texts[path] if path in worded else point.numbers[path])
    names = sorted({name for numbers in kept.values() for name in numbers} - set(FIXED) - set(inputs))
    columns: dict[str, Any] = {**rows, **varied}
    for name in names:
        columns[name] = np.array([kept.get(key, {}).get(name, math.nan) for key in rows["run"]], dtype=np.float64)
    told = _told(plan)
    table = pa.table(columns).replace_schema_metadata({"study": json.dumps(told)})
    return Outcome(table, tuple(inputs), told, store.root, list(rows["run"]))


def _are_numbers(axis: Choices) -> bool:
    try:
        [float(text) for text in axis.texts]
    except ValueError:
        return False
    return True


def _told(plan: Plan) -> dict[str, Any]:
    one = plan.study
    return {
        "scenario": one.scenario or (one.replay.trace if one.replay else getattr(one.function, "__name__", "")),
        "kind": one.kind, "vary": list(one.vary), "variants": list(one.variants), "set": list(one.overrides),
        "method": one.method, "samples": one.samples, "seeds": one.seeds, "seed": plan.seed, "points": plan.total,
    }  # fmt: skip


def save(found: Outcome, store: Store) -> Path:
    """Write `results.parquet`, and the same under the study's own name, where no other study replaces it."""
    import pyarrow.parquet as pq

    out = io.BytesIO()
    pq.write_table(found.table, out, compression="zstd", version="2.6")
    content = out.getvalue()
    name = hashlib.sha256(json.dumps(found.study, sort_keys=True).encode()).hexdigest()[:12]
    write_whole(store.root / STUDIES / name / "study.json", json.dumps(found.study, indent=2).encode())
    write_whole(store.root / STUDIES / name / RESULTS, content)
    write_whole(store.root / RESULTS, content)
    return store.root / RESULTS


def results_of(folder: Path) -> pa.Table:
    """The table of a sweep's results; ResultsError where it is damaged."""
    import pyarrow.parquet as pq

    path = folder / RESULTS
    try:
        return pq.read_table(path)
    except (OSError, ValueError) as error:
        fix = "run the sweep again: what is finished is not played again"
        raise ResultsError(Fault("R020", f"{path}: not a whole Parquet file ({error})", str(path), fix=fix)) from error


def read(folder: Path) -> Outcome:
    """A sweep's results from its folder."""
    path = folder / RESULTS
    if not path.is_file():
        raise UsageError(Fault("Y004", f"{folder} holds no finished sweep", fix="run the sweep to its end first"))
    table = results_of(folder)
    told = json.loads((table.schema.metadata or {}).get(b"study", b"{}"))
    paths = [one.split("=", 1)[0].strip() for one in told.get("vary", [])]
    inputs = tuple(name for name in table.column_names if name not in FIXED and _varies(name, paths))
    return Outcome(table, inputs, told, folder, table.column("run").to_pylist())


def _varies(name: str, patterns: Sequence[str]) -> bool:
    import fnmatch

    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)
