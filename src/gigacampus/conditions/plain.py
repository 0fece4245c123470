"""Series as lines of text, whether they come as CSV, gzip or Parquet: one reader then serves all."""

from __future__ import annotations

import gzip
import io
from pathlib import Path

from gigacampus.conditions.faults import fault


def lines(path: Path) -> list[str]:
    """The lines of a text file, plain or gzipped, or of a Parquet table written as CSV."""
    if path.suffix.lower() in {".parquet", ".pq"}:
        return _of_parquet(path)
    raw = path.read_bytes()
    if path.suffix.lower() == ".gz":
        try:
            raw = gzip.decompress(raw)
        except (OSError, EOFError) as error:
            raise fault("W004", f"not a whole gzip file: {error}", str(path), fix="fetch it again") from None
    return raw.decode("utf-8-sig", errors="replace").splitlines()


def _of_parquet(path: Path) -> list[str]:
    import pyarrow as pa
    import pyarrow.csv as arrow_csv
    import pyarrow.parquet as parquet

    try:
        table = parquet.read_table(path)
        out = io.BytesIO()
        arrow_csv.write_csv(table, out, arrow_csv.WriteOptions(quoting_style="needed"))
    except (pa.ArrowException, OSError) as error:
        raise fault("W004", f"not a Parquet table of plain columns: {error}", str(path), fix="write it again") from None
    return out.getvalue().decode("utf-8").splitlines()
