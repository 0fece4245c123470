"""HTML tables from rows: units under the heads, record and projection apart, long ones cut with a word about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from gigacampus.report.html import Child, Html, join, tag
from gigacampus.report.view import PROJECTION, RECORD, View

DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
MOST_ROWS = 400
"""Rows that a table shows; the rest stand in the run folder's Parquet file."""


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: its name, its unit, and whether it holds numbers."""

    name: str
    unit: str = ""
    is_number: bool = False


Heads = Sequence[Any]
"""Heads of columns: a text is a head of words, `n(...)` one of numbers."""


def n(name: str, unit: str = "") -> Head:
    """The head of a column of numbers."""
    return Head(name, unit, is_number=True)


def table(
    caption: str,
    heads: Heads,
    rows: Sequence[Sequence[Child]],
    *,
    total: int | None = None,
    stored: str = "",
    class_: str = "",
    ident: str | None = None,
) -> Html:
    """A table of rows. `total` is how many there are where `rows` are the first; `stored` the table they stand in."""
    shown = [one if isinstance(one, Head) else Head(one) for one in heads]
    return _frame(
        caption,
        shown,
        [tag("tbody", [_row(shown, row) for row in rows])],
        _cut(len(rows), total, stored),
        class_,
        ident,
    )


def parted(
    view: View,
    caption: str,
    heads: Heads,
    rows: Sequence[tuple[str, Sequence[Child]]],
    *,
    total: int | None = None,
    stored: str = "",
) -> Html:
    """A table whose rows are marked record or projection: two bodies, each under its own line."""
    shown = [one if isinstance(one, Head) else Head(one) for one in heads]
    known = view.meta["known_as_of"]
    bodies = []
    for part, words in ((RECORD, f"Record, known as of {known}"), (PROJECTION, f"Projection, after {known}")):
        found = [row for where, row in rows if where == part]
        if found:
            line = tag("tr", tag("th", words, colspan=len(shown), scope="rowgroup"), class_="part")
            bodies.append(tag("tbody", line, [_row(shown, row) for row in found], class_=part))
    return _frame(caption, shown, bodies, _cut(len(rows), total, stored), "", None)


def _row(heads: Sequence[Head], row: Sequence[Child]) -> Html:
    return tag("tr", [tag("td", cell, class_=_class(head, cell)) for head, cell in zip(heads, row, strict=True)])


def _class(head: Head, cell: Child) -> str | None:
    """Numbers stand right; dates never break."""
    if head.is_number:
        return "n"
    return "d" if isinstance(cell, str) and DATE.fullmatch(cell) else None


def _cut(shown: int, total: int | None, stored: str) -> str:
    if total is None or total <= shown:
        return ""
    return f"The first {shown:,} of {total:,} rows; all of them stand in tables/{stored}.parquet of the run folder."


def _frame(
    caption: str, heads: Sequence[Head], bodies: Sequence[Html], note: str, class_: str, ident: str | None
) -> Html:
    cells = [
        tag(
            "th",
            head.name,
            tag("small", head.unit) if head.unit else None,
            scope="col",
            class_="n" if head.is_number else None,
        )
        for head in heads
    ]
    made = tag(
        "table", tag("caption", caption), tag("thead", tag("tr", cells)), *bodies, class_=class_ or None, id=ident
    )
    wrapped = tag("div", made, class_="scroll", tabindex="0", role="region", aria_label=caption)
    return join(wrapped, tag("p", note, class_="note") if note else None)
