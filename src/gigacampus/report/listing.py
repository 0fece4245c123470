"""Tables from rows: units under the heads, record and projection apart, the arithmetic of each column under it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

from gigacampus.report import lineage
from gigacampus.report.html import Child, Html, join, tag
from gigacampus.report.numbers import Shown, figure
from gigacampus.report.view import PROJECTION, RECORD, View
from gigacampus.tables.registry import specs

DATE = re.compile(r"\d{4}-\d{2}(-\d{2})?")
COLUMN = re.compile(r"([a-z][a-z0-9_]*)\.([a-z][a-z0-9_]*)")
PLAIN = re.compile(r"[−\d.,\s%]+")
MOST_ROWS = 400
"""Rows that a table shows; the rest stand in the run folder's Parquet file."""
NOTHING = 1e-12
"""A number below this share of the largest of its column is what a subtraction leaves of its digits: told as 0."""


@dataclass(frozen=True, slots=True)
class Head:
    """A column's head: its name, its unit, whether it holds numbers, and how they come about.

    `how` is a column of the run folder (`buildout_months.live_chips`), a sentence, or both in that order.
    """

    name: str
    unit: str = ""
    is_number: bool = False
    how: str = ""

    @property
    def column(self) -> tuple[str, str] | None:
        """Table and column of the run folder that the numbers stand in; None where they stand in none."""
        found = COLUMN.match(self.how)
        return (found[1], found[2]) if found else None

    @property
    def said(self) -> str:
        """How the numbers come about, in words."""
        if self.column is None:
            return self.how
        rest = self.how.split(" ", 1)[1] if " " in self.how else ""
        return f"{sentence(*self.column)} {rest}".strip()


@cache
def sentence(table: str, column: str) -> str:
    """What a column of the run folder holds; KeyError where there is none."""
    return {one.name: one.sentence for one in specs()[table].columns}[column]


Heads = Sequence[Any]
"""Heads of columns: a text is a head of words, `n(...)` one of numbers."""
Rows = Sequence[Sequence[Child]]


def n(name: str, unit: str = "", how: str = "") -> Head:
    """The head of a column of numbers; `how` is the stored column it comes from, or its arithmetic in words."""
    return Head(name, unit, is_number=True, how=how)


@dataclass(frozen=True)
class Listing:
    """One table: caption, heads, and bodies of rows that are record, projection, or neither."""

    caption: str
    heads: tuple[Head, ...]
    bodies: tuple[tuple[str, Rows], ...]
    known: str = ""
    note: str = ""
    class_: str = ""
    ident: str = ""
    topic: str = ""

    @cached_property
    def id(self) -> str:
        """The table's name in the page's addresses."""
        words = re.findall(r"[a-z0-9]+", self.caption.lower())
        kept = [word for word in words if not word.isdigit() and not DATE.fullmatch(word)]
        return self.ident or "t-" + "-".join(kept[:7] or ["table"])

    @property
    def stored(self) -> list[str]:
        """Tables of the run folder that its numbers come from."""
        return list(dict.fromkeys(head.column[0] for head in self.heads if head.column))

    @property
    def rests_on(self) -> str:
        """The topic of results that it belongs to."""
        return self.topic or next(filter(None, map(lineage.topic_of, self.stored)), "")

    def __html__(self) -> Html:
        """The table in its frame, the arithmetic under it."""
        head = [
            tag(
                "th",
                one.name,
                tag("small", one.unit) if one.unit else None,
                scope="col",
                class_="n" if one.is_number else None,
            )
            for one in self.heads
        ]
        caption = tag(
            "caption",
            self.caption,
            " ",
            tag("a", "¶", href=f"#{self.id}", class_="perma", aria_label=f"Link to the table: {self.caption}"),
        )
        made = tag(
            "table",
            caption,
            tag("thead", tag("tr", head)),
            [self._body(*one) for one in self.bodies],
            class_=self.class_ or None,
            id=self.id,
            data_of=" ".join(self.stored) or None,
            data_rests=self.rests_on or None,
        )
        wrapped = tag("div", made, class_="scroll", tabindex="0", role="region", aria_label=self.caption)
        return join(wrapped, tag("p", self.note, class_="note") if self.note else None, self._arithmetic())

    def _body(self, part: str, rows: Rows) -> Html:
        cells = [tag("tr", [_cell(head, cell) for head, cell in zip(self.heads, row, strict=True)]) for row in rows]
        if not part:
            return tag("tbody", cells)
        words = {RECORD: f"Record, known as of {self.known}", PROJECTION: f"Projection, after {self.known}"}[part]
        line = tag("tr", tag("th", words, colspan=len(self.heads), scope="rowgroup"), class_="part")
        return tag("tbody", line, cells, class_=part)

    def _arithmetic(self) -> Html | None:
        told = [(head, head.said) for head in self.heads if head.is_number and head.said]
        if not told:
            return None
        entries = []
        for head, said in told:
            column = tag("code", ".".join(head.column)) if head.column else None
            name = f"{head.name}, {head.unit}" if head.unit else head.name
            entries.append(join(tag("dt", name), tag("dd", said, " " if column else "", column)))
        return tag(
            "details",
            tag("summary", "arithmetic and sources"),
            tag("dl", entries),
            rests(self.rests_on),
            class_="how",
        )


def rests(topic: str) -> Html | None:
    """How a kind of result comes about, and the way to the inputs under it."""
    if not topic:
        return None
    found = lineage.TOPICS[topic]
    link = tag("a", f"The inputs under it: {found.title.lower()}", href=f"#from-{topic}")
    return tag("p", found.how, " ", link, ", each with its range, status and source.")


def _cell(head: Head, cell: Child) -> Html:
    """Numbers stand right; dates never break; what is shown with words keeps its number beside it."""
    if not head.is_number:
        return tag("td", cell, class_="d" if isinstance(cell, str) and DATE.fullmatch(cell) else None)
    behind = f"{cell.value:.9g}" if isinstance(cell, Shown) and not PLAIN.fullmatch(cell) else None
    return tag("td", cell, class_="n", data_v=behind)


def table(
    caption: str,
    heads: Heads,
    rows: Rows,
    *,
    total: int | None = None,
    stored: str = "",
    class_: str = "",
    ident: str = "",
    topic: str = "",
) -> Listing:
    """A table of rows. `total` is how many there are where `rows` are the first; `stored` the table they stand in."""
    return Listing(
        caption,
        _heads(heads),
        (("", _settled(heads, rows)),),
        note=_cut(len(rows), total, stored),
        class_=class_,
        ident=ident,
        topic=topic,
    )


def parted(
    view: View,
    caption: str,
    heads: Heads,
    rows: Sequence[tuple[str, Sequence[Child]]],
    *,
    total: int | None = None,
    stored: str = "",
    ident: str = "",
    topic: str = "",
) -> Listing:
    """A table whose rows are marked record or projection: two bodies, each under its own line."""
    settled = list(zip((where for where, _ in rows), _settled(heads, [row for _, row in rows]), strict=True))
    bodies = [(part, [row for where, row in settled if where == part]) for part in (RECORD, PROJECTION)]
    shown = tuple((part, found) for part, found in bodies if found)
    known = str(view.meta["known_as_of"])
    return Listing(caption, _heads(heads), shown, known, _cut(len(rows), total, stored), "", ident, topic)


def _heads(heads: Heads) -> tuple[Head, ...]:
    return tuple(one if isinstance(one, Head) else Head(one) for one in heads)


def _settled(heads: Heads, rows: Rows) -> list[list[Child]]:
    """The rows, with 0 for a number that is nothing beside the others of its column."""
    made = [list(row) for row in rows]
    for k in range(len(heads)):
        shown = [(row, cell.value) for row in made if isinstance(cell := row[k], Shown)]
        least = NOTHING * max((abs(value) for _, value in shown), default=0.0)
        for row, value in shown:
            if 0.0 < abs(value) < least:
                row[k] = figure(0)
    return made


def _cut(shown: int, total: int | None, stored: str) -> str:
    if total is None or total <= shown:
        return ""
    return f"The first {shown:,} of {total:,} rows; all of them stand in tables/{stored}.parquet of the run folder."
