"""ServeGen's request rates: a time column and one column of requests a second for each service; blanks are gaps."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from gigacampus.errors import Fault, TraceError
from gigacampus.tables import Table
from gigacampus.tables.trace import RATES
from gigacampus.workload.readers import convert
from gigacampus.workload.readers.faults import Faults
from gigacampus.workload.readers.source import Delimited

CITATION = "Xiang et al., ServeGen, arXiv 2505.09999 (Apache-2.0)."


def read_rates(path: str | Path) -> Table:
    """Rates by window and service (`tables.trace.RATES`); TraceError names every cell that is no number."""
    source = Delimited(str(path))
    services = [name for name in source.names if name.endswith("_rps")]
    if "t_s" not in source.names or not services:
        raise TraceError(
            Fault("T002", f"expected t_s and columns ending in _rps, found {', '.join(source.names)}", source.path, 1)
        )
    faults = Faults(source.path)
    at, rates = [], {name: [np.zeros(0)] for name in services}
    for rows, batch in source.batches(["t_s", *services], faults):
        for name in ("t_s", *services):
            values, known, bad = convert.numbers(batch.column(name))
            bad = bad | (known & (values < 0)) | (~known if name == "t_s" else False)
            text = batch.column(name)
            faults.refuse_cells(rows, bad, name, text, "a number of 0 or more")
            if name == "t_s":
                at.append(convert.whole(values))
            else:
                rates[name].append(np.where(known, values, np.nan))
    faults.raise_if_any(source.lines, source.delimiter, source.names)
    t = np.concatenate(at) if at else np.zeros(0, np.int64)
    return Table(
        RATES,
        {
            "t_s": np.tile(t, len(services)),
            "service": [name for name in services for _ in range(len(t))],
            "rate_rps": np.concatenate([np.concatenate(rates[name]) for name in services]),
        },
    )
