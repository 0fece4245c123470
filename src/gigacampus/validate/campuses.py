"""Chips to IT power, facility power and H100e, for campuses whose chips were disclosed."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gigacampus.buildout.sizing import parse_fleet, size
from gigacampus.catalog.read import rows
from gigacampus.errors import Fault, UsageError
from gigacampus.validate.frame import Case, Evidence

TITLE = "Campuses: chips to IT power, facility power and H100e, from the chip's rack and its plant"
COLUMNS = ("id", "campus_id", "date", "chips", "it_mw", "facility_mw", "h100e_8bit", "independence", "source")
MEASURES = {"it_mw": (0.15, "MW"), "facility_mw": (0.20, "MW"), "h100e_8bit": (0.02, "H100e")}
"""What is compared, with its tolerance and unit."""
DERIVED = "derived"
"""How `independence` starts where the published chips were themselves computed from MW, H100e or an allocation."""


def cases(data: Path | None) -> list[Case]:
    """Three cases a row. Constants are the shipped ones; rows of derived chips are listed, not judged.

    `data` has the columns of the bundled table; UsageError with all that is wrong in it.
    """
    given = rows("campus_chips") if data is None else read(data)
    return [case for row in given for case in _row_cases(row)]


def read(data: Path) -> list[dict[str, str]]:
    """A user's rows, checked: all columns there, numbers positive (an empty one is not compared)."""
    with data.open(newline="", encoding="utf-8-sig") as file:
        reader = csv.DictReader(file)
        missing = [name for name in COLUMNS if name not in (reader.fieldnames or [])]
        if missing:
            fix = f"columns are {', '.join(COLUMNS)}"
            raise UsageError(Fault("V003", f"no column {', '.join(missing)}", str(data), 1, fix=fix))
        found = list(reader)
    faults: list[Fault] = []
    for line, row in enumerate(found, start=2):
        faults += [
            Fault("V004", f"{name} is {row[name]!r}, expected a positive number or nothing", str(data), line, path=name)
            for name in MEASURES
            if row[name] and not _positive(row[name])
        ]
    if faults:
        raise UsageError(faults)
    return found


def _positive(text: str) -> bool:
    try:
        return 0.0 < float(text) < 1e15
    except ValueError:
        return False


def evidence_of(row: Mapping[str, str], measure: str) -> Evidence:
    """What kind of comparison a row allows: third-party estimates stay apart from what operators disclosed."""
    if "Epoch" in row["source"] or "estimate" in row["independence"]:
        return "third-party-estimate"
    return "disclosed"


def _unknown(row: Mapping[str, Any], error: UsageError) -> list[Case]:
    """A row whose chips are not known: listed with the reason, not judged."""
    reason = "; ".join(fault.message for fault in error.faults)
    return [
        Case(f"{row['id']}.{name}", float(row[name]), float("nan"), tolerance, evidence_of(row, name), row["source"],
             unit, counts=False, note=f"not counted, {reason}")
        for name, (tolerance, unit) in MEASURES.items()
        if row[name]
    ]  # fmt: skip


def _row_cases(row: Mapping[str, Any]) -> Sequence[Case]:
    try:
        ours = size(parse_fleet(row["chips"] or ""))
    except UsageError as error:
        return _unknown(row, error)
    counts = not str(row["independence"]).strip().lower().startswith(DERIVED)
    found = []
    for name, (tolerance, unit) in MEASURES.items():
        if not row[name]:
            continue
        spread = getattr(ours, name)
        note = f"{row['chips']}; ours {spread.low:.4g} to {spread.high:.4g} {unit}"
        if not counts:
            note += f"; not counted, {row['independence']}"
        found.append(
            Case(
                id=f"{row['id']}.{name}",
                published=float(row[name]),
                ours=spread.value,
                tolerance=tolerance,
                evidence=evidence_of(row, name),
                source=row["source"],
                unit=unit,
                counts=counts,
                note=note,
            )
        )
    return found
