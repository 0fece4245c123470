"""Small CSV tables of a replay: all that is wrong with one at once, with row and column."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from gigacampus.errors import Fault, InputError

Cell = Callable[[str], Any]
CODE = "E310"


class Rows(list[dict[str, Any]]):
    """Rows of a table by column, each with its `line`."""

    path: str = ""


def read_rows(
    path: str, columns: Mapping[str, Cell], optional: Mapping[str, tuple[Cell, Any]], found: list[Fault] | None = None
) -> Rows:  # fmt: skip
    """Rows of a CSV with a header; `optional` columns may be absent or a cell of theirs empty (then the default).

    A cell that its column's function refuses (ValueError with what is expected) is a fault; raises InputError with all.
    With a list of faults `found` they are put there instead, and their rows left out.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as told:
        reason = getattr(told, "strerror", None) or "it is not UTF-8 text"
        raise InputError(Fault(CODE, f"cannot read the table: {reason}", path)) from None
    lines = list(csv.reader(text.splitlines()))
    header = [name.strip() for name in lines[0]] if lines else []
    known = [*columns, *optional]
    missing = [name for name in columns if name not in header]
    extra = [name for name in header if name not in known]
    if missing or extra:
        told_of = [f"no column {name}" for name in missing] + [f"unknown column {name}" for name in extra]
        fix = f"columns are {', '.join(columns)}" + (f"; {', '.join(optional)} may be left out" if optional else "")
        raise InputError(Fault(CODE, "; ".join(told_of), path, 1, fix=fix))
    faults: list[Fault] = [] if found is None else found
    rows = Rows()
    rows.path = path
    for number, cells in enumerate(lines[1:], 2):
        if not any(cell.strip() for cell in cells):
            continue
        row: dict[str, Any] = {"line": number} | {name: default for name, (_, default) in optional.items()}
        if len(cells) != len(header):
            faults.append(Fault(CODE, f"{len(cells)} cells, the header names {len(header)}", path, number))
            continue
        before = len(faults)
        for name, cell in zip(header, (one.strip() for one in cells), strict=True):
            if not cell and name in optional:
                continue
            try:
                row[name] = (columns.get(name) or optional[name][0])(cell)
            except ValueError as told:
                fix = f"{told}, or nothing" if name in optional else str(told)
                faults.append(Fault(CODE, f'{name}: expected {told}, found "{cell}"', path, number, path=name, fix=fix))
        if len(faults) == before:
            rows.append(row)
    if faults and found is None:
        raise InputError(faults)
    return rows


def whole(least: int = 0) -> Cell:
    """A whole number of at least so much; `1e6` is one too."""

    def of(text: str) -> int:
        told = "a whole number" + (f" of {least} or more" if least > -(2**52) else "")
        try:
            value = float(text)
        except ValueError:
            raise ValueError(told) from None
        if not (least <= value < 2**53 and value == int(value)):
            raise ValueError(told)
        return int(value)

    return of


def number(least: float = 0.0, above: bool = False) -> Cell:
    """A number of at least, or above, so much."""

    def of(text: str) -> float:
        told = f"a number {'above' if above else 'of'} {least:g}{'' if above else ' or more'}"
        try:
            value = float(text)
        except ValueError:
            raise ValueError(told) from None
        if not (least <= value < 1e15) or (above and value == least):
            raise ValueError(told)
        return value

    return of


def one_of(*names: str) -> Cell:
    """One of some words."""

    def of(text: str) -> str:
        if text not in names:
            raise ValueError(f"one of {', '.join(names)}")
        return text

    return of


def fail(path: str, line: int, told: str, column: str = "", fix: str = "") -> Fault:
    """A fault in a row."""
    return Fault(CODE, told, path, line, path=column, fix=fix)
