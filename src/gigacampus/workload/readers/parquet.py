"""Parquet files: our own job tables, or anyone's with named columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from gigacampus.workload.readers.faults import Faults
from gigacampus.workload.readers.source import unreadable


class Parquet:
    """Rows of a Parquet file by batches, every value as text, as the mapper takes them."""

    delimiter = ","

    def __init__(self, path: str) -> None:
        self.path = path
        try:
            self.file = pq.ParquetFile(path)
        except (OSError, pa.ArrowInvalid) as error:
            raise unreadable(path, str(error).split("\n")[0]) from None
        self.names: list[str] = self.file.schema_arrow.names

    def batches(self, wanted: list[str], faults: Faults) -> Iterator[tuple[NDArray[np.int64], Any]]:
        """Pairs of row numbers and batches of the wanted columns."""
        seen = 0
        for batch in self.file.iter_batches(1 << 18, columns=wanted):
            texts = [_text(batch.column(name)) for name in wanted]
            yield np.arange(seen, seen + len(batch)), pa.record_batch(texts, names=wanted)
            seen += len(batch)

    def lines(self, rows: set[int]) -> dict[int, tuple[int, str]]:
        """Parquet has no lines; a row is named by its number."""
        return {row: (row + 1, "") for row in rows}


def _text(values: Any) -> Any:
    """A column as text; not a number is absent."""
    if pa.types.is_floating(values.type):
        values = pc.if_else(pc.is_nan(values), pa.nulls(1, values.type)[0], values)
    return pc.cast(values, pa.string())
