"""`Column`, `Spec`, `Table`: from one declaration come the NumPy dtype, the Arrow schema, the docs and `explain`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

Array = NDArray[Any]
NUMPY_DTYPES: dict[str, Any] = {
    "i8": np.int64, "i4": np.int32, "f8": np.float64, "b1": np.bool_, "str": np.object_,
}  # fmt: skip
SHOWN_ROWS = 20
"""Rows of a table that a notebook shows."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its name (with its unit as suffix), dtype (`i8 i4 f8 b1 str`), unit and a sentence."""

    name: str
    dtype: str
    unit: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Spec:
    """A table's declaration."""

    name: str
    sentence: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """The columns' names, in order."""
        return tuple(column.name for column in self.columns)

    def empty(self) -> Table:
        """A table of this kind without rows."""
        return Table(self, {name: [] for name in self.names})

    def dtype(self) -> np.dtype[np.void]:
        """The structured dtype of a row, for kernels; str columns are left out, they carry an index instead."""
        return np.dtype([(c.name, NUMPY_DTYPES[c.dtype]) for c in self.columns if c.dtype != "str"])


@lru_cache(maxsize=512)
def _schema(spec: Spec) -> pa.Schema:
    """A declaration as Arrow, made once: tables by the dozen are made of each."""
    import pyarrow as pa

    kinds = {"i8": pa.int64(), "i4": pa.int32(), "f8": pa.float64(), "b1": pa.bool_(), "str": pa.string()}
    fields = [pa.field(c.name, kinds[c.dtype], metadata={"unit": c.unit, "sentence": c.sentence}) for c in spec.columns]
    return pa.schema(fields, metadata={"table": spec.name, "sentence": spec.sentence})


@dataclass(frozen=True, slots=True)
class Table:
    """Equal-length columns that follow a `Spec`. `table["power_w"]` is the column's array."""

    spec: Spec
    columns: Mapping[str, Array] = field(repr=False)

    def __init__(self, spec: Spec, columns: Mapping[str, Sequence[Any] | Array]) -> None:
        """Check names and lengths and take the arrays on (without a copy where the dtype is right).

        Raises ValueError that names the table and the columns that do not fit.
        """
        missing = set(spec.names) - set(columns)
        extra = set(columns) - set(spec.names)
        if missing or extra:
            raise ValueError(f"table {spec.name}: missing {sorted(missing)}, not declared {sorted(extra)}")
        arrays: dict[str, Array] = {}
        for column in spec.columns:
            values = columns[column.name]
            dtype = NUMPY_DTYPES[column.dtype]
            if column.dtype == "str" and not isinstance(values, np.ndarray):
                array: Array = np.empty(len(values), dtype=object)
                array[:] = list(values)
            else:
                array = np.asarray(values, dtype=dtype)
            arrays[column.name] = array
        lengths = {name: len(array) for name, array in arrays.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"table {spec.name}: columns differ in length: {lengths}")
        object.__setattr__(self, "spec", spec)
        object.__setattr__(self, "columns", arrays)

    @classmethod
    def from_rows(cls, spec: Spec, rows: Iterable[Mapping[str, Any]]) -> Table:
        """A table from dicts, one a row; every declared column must be in each."""
        listed = list(rows)
        for row in listed:
            if set(row) != set(spec.names):
                raise ValueError(f"table {spec.name}: row {row} does not have the columns {spec.names}")
        return cls(spec, {name: [row[name] for row in listed] for name in spec.names})

    @classmethod
    def from_records(cls, spec: Spec, records: Array) -> Table:
        """A table from a structured array whose fields are the spec's columns."""
        return cls(spec, {name: records[name] for name in spec.names})

    def __len__(self) -> int:
        """The number of rows."""
        return len(self.columns[self.spec.columns[0].name])

    def __getitem__(self, name: str) -> Array:
        """A column's array; KeyError names the table."""
        try:
            return self.columns[name]
        except KeyError:
            raise KeyError(f"table {self.spec.name} has no column {name}") from None

    def rows(self) -> Iterator[dict[str, Any]]:
        """The rows as dicts of plain Python values."""
        names = self.spec.names
        lists = [self.columns[name].tolist() for name in names]
        for values in zip(*lists, strict=True):
            yield dict(zip(names, values, strict=True))

    def where(self, mask: Array) -> Table:
        """The rows where `mask` is true (or at the given positions)."""
        return Table(self.spec, {name: array[mask] for name, array in self.columns.items()})

    def to_arrow(self) -> pa.Table:
        """The table as Arrow, unit and sentence of every column in the fields' metadata."""
        import pyarrow as pa

        from gigacampus.tables.arrow import from_numbers, from_texts

        arrays = [
            from_texts(values.tolist()) if values.dtype == object else from_numbers(values)
            for values in (self.columns[name] for name in self.spec.names)
        ]
        return pa.Table.from_arrays(arrays, schema=_schema(self.spec))

    @classmethod
    def from_arrow(cls, arrow: pa.Table) -> Table:
        """The inverse of `to_arrow`: the declaration is read back from the metadata."""
        import pyarrow as pa

        from gigacampus.tables.arrow import numbers, texts

        kinds = {pa.int64(): "i8", pa.int32(): "i4", pa.float64(): "f8", pa.bool_(): "b1", pa.string(): "str"}
        meta = arrow.schema.metadata or {}
        columns = []
        for one in arrow.schema:
            notes = one.metadata or {}
            columns.append(
                Column(
                    one.name, kinds[one.type], notes.get(b"unit", b"").decode(), notes.get(b"sentence", b"").decode()
                )
            )
        spec = Spec(meta.get(b"table", b"").decode(), meta.get(b"sentence", b"").decode(), tuple(columns))
        read = {c.name: texts if c.dtype == "str" else numbers for c in columns}
        return cls(spec, {name: read[name](arrow.column(name)) for name in spec.names})

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Arrow PyCapsule: pandas, polars and duckdb take the table without copies of their own making."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)

    def _repr_html_(self) -> str:
        """For notebooks: the first rows, units under the heads, every text escaped."""
        from html import escape

        heads = "".join(
            f"<th title='{escape(c.sentence, quote=True)}'>{escape(c.name)}<br><small>{escape(c.unit)}</small></th>"
            for c in self.spec.columns
        )
        shown = self.where(np.arange(min(len(self), SHOWN_ROWS)))
        body = "".join(
            "<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in row.values()) + "</tr>" for row in shown.rows()
        )
        told = f"{escape(self.spec.name)}: {escape(self.spec.sentence)} {len(self):,} rows."
        return f"<table><caption>{told}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"

    def to_json(self) -> str:
        """The rows as a JSON list of objects; NaN becomes null."""
        rows = [{k: (None if isinstance(v, float) and v != v else v) for k, v in row.items()} for row in self.rows()]
        return json.dumps(rows)
