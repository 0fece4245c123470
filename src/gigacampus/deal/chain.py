"""A ledger of what really happened, as a chain: each row carries a digest of itself and of the row before.

CSV or Parquet, by the file's ending, with the columns of `COLUMNS`. Appending adds rows at the end and never touches
earlier ones; `verify` finds any change to what was written, wherever it was made. How many rows there are and the last
one's hash stand beside the ledger, in FILE.head: rows cut off at the end, or a ledger written anew, do not fit it.
"""

from __future__ import annotations

import csv
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from gigacampus.errors import Fault, UsageError
from gigacampus.files import put, whole

COLUMNS: dict[str, str] = {
    "row": "Number of the row, from 1.",
    "kind": "shipment, licence, commissioning, investment or check (of where chips are).",
    "date": "When: a shipment's clearance, a licence's issue, the day chips went live, the day evidence came in.",
    "id": "Name of the shipment, the licence, the hall or phase, or the obligation.",
    "licence": "Licence that a shipment draws on.",
    "chip": "Chip model of a shipment or a commissioning.",
    "chips": "Chips of a shipment or a commissioning.",
    "usd": "Dollars of an investment.",
    "note": "What to know about it: documents, their digests, certificates.",
    "hash": "SHA-256 of the row before's hash and this row's other columns.",
}
"""The columns in order, with what each means."""
BODY = tuple(name for name in COLUMNS if name != "hash")
START = "0" * 64
"""What stands in for the hash of a row before the first."""
Row = dict[str, str]


def digest(before: str, row: Row) -> str:
    """The hash of a row: SHA-256 over the hash before and the row's other columns, as compact JSON in UTF-8."""
    text = json.dumps([before, *(row[name] for name in BODY)], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def read(path: Path) -> list[Row]:
    """The rows of a ledger file as text; UsageError where it cannot be read or lacks a column."""
    try:
        rows = _read_parquet(path) if path.suffix == ".parquet" else _read_csv(path)
    except OSError as error:
        raise UsageError(Fault("L101", f"the ledger cannot be read: {error.strerror}", str(path))) from None
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise UsageError(Fault("L101", f"the ledger cannot be read: {error}", str(path))) from None
    return rows


def _read_csv(path: Path) -> list[Row]:
    with path.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file, strict=True)
        _check_columns(path, list(reader.fieldnames or []))
        rows = list(reader)
    for number, row in enumerate(rows, 1):
        if None in row or None in row.values():
            fix = f"each row has {len(COLUMNS)} cells: {', '.join(COLUMNS)}"
            raise UsageError(
                Fault("L101", f"row {number} has too many or too few cells", str(path), number + 1, fix=fix)
            )
    return [{name: row[name] for name in COLUMNS} for row in rows]


def _read_parquet(path: Path) -> list[Row]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(path)
    except pa.ArrowInvalid as error:
        raise ValueError(str(error)) from None
    _check_columns(path, table.column_names)
    return [{name: "" if row[name] is None else str(row[name]) for name in COLUMNS} for row in table.to_pylist()]


def _check_columns(path: Path, found: list[str]) -> None:
    missing = [name for name in COLUMNS if name not in found]
    if missing:
        fix = f"columns are {', '.join(COLUMNS)}; start a new ledger with `gigacampus ledger append`"
        raise UsageError(Fault("L101", f"no column {', '.join(missing)}", str(path), 1, fix=fix))


def verify(path: Path, rows: Sequence[Row]) -> list[Fault]:
    """The first row at which the chain breaks or leaves its head, as a fault; none where all is as it was written.

    Nothing after a broken row can be trusted, so one break is told and not its consequences.
    """
    before = START
    for number, row in enumerate(rows, 1):
        expected = digest(before, row)
        if row["row"] != str(number) or row["hash"] != expected:
            message = f"row {number} is not as it was written: it, or a row before it, was changed, moved or taken out"
            fix = "restore the file from a copy; a ledger is only ever appended to"
            return [Fault("L102", message, str(path), number + 1, path="hash", text=row["hash"], fix=fix)]
        before = row["hash"]
    return _off_the_head(path, rows)


def head_beside(path: Path) -> Path:
    """Where the number of rows of a ledger and its last hash are kept."""
    return path.with_name(f"{path.name}.head")


def _off_the_head(path: Path, rows: Sequence[Row]) -> list[Fault]:
    """Where a sound chain is not the one whose head was kept: shorter, or another one."""
    head = head_beside(path)
    if not head.is_file():
        return []
    count, _, last = head.read_text(encoding="utf-8", errors="replace").strip().partition(" ")
    fix = "restore the file from a copy; a ledger is only ever appended to"
    if not count.isdigit() or len(last) != len(START):
        return [Fault("L102", "the head kept beside the ledger is not as it was written", str(head), 1, fix=fix)]
    if len(rows) < int(count):
        message = f"the ledger ends after row {len(rows)}, but {count} were written: rows at the end were taken out"
        return [Fault("L102", message, str(path), len(rows) + 1, path="hash", fix=fix)]
    hashes = [START, *(row["hash"] for row in rows)]
    if hashes[int(count)] != last:
        message = f"row {count} is not the one that was written: the ledger was written anew, hashes and all"
        return [Fault("L102", message, str(path), int(count) + 1, path="hash", text=hashes[int(count)], fix=fix)]
    return []


def chained(rows: Sequence[Row], new: Sequence[Row]) -> list[Row]:
    """The rows with new ones at the end, numbered and hashed; cells that a new row leaves out are empty."""
    found = list(rows)
    for one in new:
        row = {name: str(one.get(name, "")) for name in BODY} | {"row": str(len(found) + 1)}
        found.append(row | {"hash": digest(found[-1]["hash"] if found else START, row)})
    return found


def write(path: Path, rows: Sequence[Row]) -> None:
    """Write a ledger whole beside its name and put it in place at once; then its head."""
    with whole(path) as beside:
        if path.suffix == ".parquet":
            import pyarrow as pa
            import pyarrow.parquet as pq

            pq.write_table(pa.table({name: [row[name] for row in rows] for name in COLUMNS}), beside)
        else:
            with beside.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, list(COLUMNS), lineterminator="\n")
                writer.writeheader()
                writer.writerows(rows)
    put(head_beside(path), f"{len(rows)} {rows[-1]['hash'] if rows else START}\n")
