"""Keeping a ledger of actuals: appending checked rows, and verifying that nothing was changed."""

from __future__ import annotations

import csv
from pathlib import Path

from gigacampus.deal import chain
from gigacampus.deal.actuals import faults_of
from gigacampus.deal.chain import head_beside
from gigacampus.errors import Fault, UsageError


def verified(path: Path) -> tuple[list[Fault], int]:
    """The break of the chain, if there is one, and the number of rows; UsageError where the file cannot be read."""
    rows = chain.read(path)
    return chain.verify(path, rows), len(rows)


def append(path: Path, new: Path) -> tuple[int, int]:
    """Add the rows of a CSV file at the end of a ledger, and return how many were added and how many there are.

    The file of new rows has the ledger's columns but `row` and `hash`; columns that are left out are empty. A ledger
    that does not exist is begun. Nothing is written where the ledger is broken or any new row has a fault: UsageError.
    """
    rows = chain.read(path) if path.exists() else []
    broken = chain.verify(path, rows)
    if broken:
        raise UsageError(broken)
    fresh = _fresh(new)
    grown = chain.chained(rows, fresh)
    faults = [
        fault
        for line, row in enumerate(grown[len(rows) :], 2)
        for fault in (*faults_of(row, new, line), *_twice(grown[: len(rows) + line - 2], row, new, line))
    ]
    if faults:
        raise UsageError(faults)
    chain.write(path, grown)
    return len(fresh), len(grown)


def _fresh(path: Path) -> list[chain.Row]:
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            reader = csv.DictReader(file, strict=True, restkey="", restval="")
            known = [name for name in chain.BODY if name != "row"]
            names = list(reader.fieldnames or [])
            odd = [name for name in names if name not in known]
            if odd or "kind" not in names or "date" not in names:
                message = f"no column of a ledger: {', '.join(odd)}" if odd else "the columns kind and date are missing"
                raise UsageError(Fault("L101", message, str(path), 1, fix=f"columns are {', '.join(known)}"))
            return [{name: str(row.get(name, "")).strip() for name in known} for row in reader]
    except OSError as error:
        raise UsageError(Fault("L101", f"the rows cannot be read: {error.strerror}", str(path))) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise UsageError(Fault("L101", f"the rows cannot be read: {error}", str(path))) from None


def _twice(rows: list[chain.Row], row: chain.Row, path: Path, line: int) -> list[Fault]:
    """A shipment that stands in the ledger already."""
    if row["kind"] != "shipment" or all((one["kind"], one["id"]) != ("shipment", row["id"]) for one in rows):
        return []
    fix = "a shipment is entered once; give another one another name"
    return [
        Fault("L103", f'the shipment "{row["id"]}" stands in the ledger already', str(path), line, path="id", fix=fix)
    ]


__all__ = ["append", "head_beside", "verified"]
