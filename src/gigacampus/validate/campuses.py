"""Chips to IT power, facility power and H100e, for campuses whose chips were disclosed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from gigacampus.buildout.sizing import parse_fleet, size
from gigacampus.catalog.read import rows
from gigacampus.errors import Fault, UsageError
from gigacampus.validate._own_rows import DAY, day_of, own_rows
from gigacampus.validate.frame import Case, Evidence

TITLE = "Campuses: chips to IT power, facility power and H100e, from the chip's rack and its plant"
COLUMNS = ("id", "campus_id", "date", "chips", "it_mw", "facility_mw", "h100e_8bit", "independence", "source")
MEASURES = {"it_mw": (0.15, "MW"), "facility_mw": (0.20, "MW"), "h100e_8bit": (0.02, "H100e")}
"""What is compared, with its tolerance and unit."""
UNKNOWN = "unknown"
"""What `chips` says where nobody disclosed them."""
DERIVED = "derived"
"""How `independence` starts where the published chips were themselves computed from MW, H100e or an allocation."""


def cases(data: Path | None) -> list[Case]:
    """Three cases a row. Constants are the shipped ones; rows of derived chips are listed, not judged.

    `data` has the columns of the bundled table; UsageError with all that is wrong in it.
    """
    given = rows("campus_chips") if data is None else read(data)
    return [case for row in given for case in _row_cases(row)]


def read(data: Path) -> list[dict[str, str]]:
    """A user's rows, checked: all columns there, chips that can be sized, dates and positive numbers where stated."""
    found = own_rows(data, COLUMNS)
    faults: list[Fault] = []
    for line, row in found:
        faults += _unreadable_chips(row["chips"], str(data), line)
        if row["date"].strip() and day_of(row["date"]) is None:
            told = f"date is {row['date']!r}, expected {DAY}, or nothing"
            faults.append(Fault("V011", told, str(data), line, path="date", fix="write YYYY-MM-DD"))
        faults += [
            Fault("V004", f"{name} is {row[name]!r}, expected a positive number or nothing", str(data), line, path=name,
                  fix="write a number without its unit, or leave it empty")
            for name in MEASURES
            if row[name] and not _positive(row[name])
        ]  # fmt: skip
    if faults:
        raise UsageError(faults)
    return [row for _, row in found]


def _unreadable_chips(text: str, file: str, line: int) -> list[Fault]:
    """What is wrong with a row's chips; nothing where they are said to be unknown."""
    if text.strip().lower() == UNKNOWN:
        return []
    try:
        parse_fleet(text)
    except UsageError as error:
        fix = f"write 50400 GB200 + 18000 GB300, or {UNKNOWN}, which lists the row unjudged"
        told = "; ".join(fault.message for fault in error.faults)
        return [
            Fault("V011", f"chips is {text!r}, expected counts of chips: {told}", file, line, path="chips", fix=fix)
        ]
    return []


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
