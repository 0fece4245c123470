"""`gigacampus power RUN --series FILE`: the whole run's power at one step, streamed to Parquet."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gigacampus.errors import Fault, UsageError
from gigacampus.files import whole

if TYPE_CHECKING:
    from gigacampus.facility.reopen import Reopened
    from gigacampus.facility.series import Series

LONGEST_S = 31 * 86_400


def written(again: Reopened, found: Series, out: Path, step: str, at: str) -> str:
    """Write the series by tenant and in all; returns what to say of it. UsageError for a step that cannot be cut."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from gigacampus.facility.cuts import cuts

    seconds = _seconds(step)
    names = [str(one) for one in again.timeline.tenants["tenant"]]
    columns = [f"{name}_it_w" for name in names] + ["unlet_it_w"]
    schema = pa.schema([
        pa.field("at_s", pa.int64(), metadata={"unit": "s", "sentence": "First second of the step."}),
        pa.field("it_w", pa.int64(), metadata={"unit": "W", "sentence": "Mean IT power over the step."}),
        pa.field("facility_w", pa.int64(), metadata={"unit": "W", "sentence": "Mean power at the meter."}),
        *(pa.field(name, pa.int64(), metadata={"unit": "W", "sentence": "Mean IT power."}) for name in columns),
    ])  # fmt: skip
    delta = dict.fromkeys(schema.names, "DELTA_BINARY_PACKED")
    rows, most = 0, 0.0
    with (
        whole(out) as beside,
        pq.ParquetWriter(
            beside, schema, compression="zstd", use_dictionary=False, column_encoding=delta, version="2.6"
        ) as writer,
    ):
        for cut in cuts(again.scenario, again.log, found, _edges(again, seconds)):
            parts = [cut.at_s, cut.it_w.sum(axis=1), cut.facility_w, *cut.it_w.T]
            writer.write_table(pa.table([pa.array(_whole(part)) for part in parts], schema=schema))
            rows, most = rows + len(cut.at_s), max(most, float(cut.facility_w.max(initial=0.0)))
    size = out.stat().st_size / 1e6
    return (
        f"{out}: {rows:,} steps of {step} by {len(names)} tenants, highest {most / 1e6:,.1f} MW, {size:,.1f} MB ({at})"
    )


def _whole(values: Any) -> Any:
    import numpy as np

    return np.rint(values).astype(np.int64)


def _edges(again: Reopened, seconds: int) -> Iterable[Any]:
    """Edges of the steps, a stretch at a time: calendar months where `seconds` is 0, else equal steps."""
    from gigacampus.facility.cuts import stretches

    clock = again.scenario.clock
    return stretches(clock.end_s, seconds) if seconds else [clock.month_starts_s()]


def _seconds(step: str) -> int:
    """Whole seconds of a step; 0 for a calendar month."""
    from gigacampus import units

    if step in ("month", "1 month"):
        return 0
    try:
        value = units.parse(step, "s").value
    except units.UnitError as error:
        raise UsageError(Fault("U001", f"--step: {error}", fix="such as 15s, 5min, 1h, or month")) from None
    if value != round(value) or not 1 <= value <= LONGEST_S:
        told = f"--step: {step} is no whole number of seconds from 1 s to 31 days"
        raise UsageError(Fault("U001", told, fix="such as 15s, 5min, 1h, or month"))
    return int(value)
