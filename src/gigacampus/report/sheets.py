"""Every table of a report as one workbook and as CSV: each row with its permalink, source, status and as-of date."""

from __future__ import annotations

import base64
import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import unescape
from typing import Any

from gigacampus.report import lineage
from gigacampus.report.html import CONTROLS, Html, join
from gigacampus.report.listing import Listing
from gigacampus.report.numbers import Shown
from gigacampus.report.section import Section
from gigacampus.report.view import PROJECTION, RECORD, View
from gigacampus.results import manifest

PAGE = "report.html"
ADDED = ("record or projection", "known as of", "taken from", "permalink")
BOTH = f"{RECORD} and {PROJECTION}"
TAG = re.compile(r"<[^>]*>")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""Signs that make a spreadsheet take a text for a formula."""
LONGEST = 32_000
"""Characters that a cell of a workbook takes."""


def about(view: View) -> dict[str, Any]:
    """What stands beside each figure wherever it goes: run, scenario, dates."""
    stored = manifest(view.results)
    return {
        "title": view.meta["title"],
        "known": view.meta["known_as_of"],
        "run": f"gigacampus {stored.get('gigacampus')}, scenario SHA-256 {str(stored.get('scenario_sha256', ''))[:16]}",
        "seed": stored.get("seed"),
        "page": PAGE,
    }


def rows(listing: Listing, told: dict[str, Any]) -> Iterator[list[Any]]:
    """The rows of a table as plain values, numbers as numbers, with what stands beside each."""
    taken = f"{told['run']}: {', '.join(listing.stored) or 'the report'}"
    for part, found in listing.bodies:
        for row in found:
            yield [*map(plain, row), part or BOTH, told["known"], taken, f"{told['page']}#{listing.id}"]


def heads(listing: Listing) -> list[str]:
    """The columns' names, units in brackets."""
    return [*(f"{one.name} ({one.unit})" if one.unit else one.name for one in listing.heads), *ADDED]


def plain(cell: Any) -> Any:
    """A cell's number where it shows one, else its text without tags."""
    if isinstance(cell, Shown):
        return cell.value
    text = unescape(TAG.sub("", str(join(cell))))
    return CONTROLS.sub("", text).replace("\xa0", " ").strip()[:LONGEST]


def as_csv(listing: Listing, view: View) -> str:
    """A table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(heads(listing))
    for row in rows(listing, about(view)):
        writer.writerow([_safe(cell) for cell in row])
    return out.getvalue()


def _safe(cell: Any) -> Any:
    """A text that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def named(sections: Sequence[Section]) -> dict[str, tuple[Section, Listing]]:
    """The tables of a report by the names of their sheets."""
    found: dict[str, tuple[Section, Listing]] = {}
    for section in sections:
        for listing in section.tables:
            base = listing.id.removeprefix("t-").replace("-", " ")[:28]
            name, count = base, 2
            while name in found:
                name, count = f"{base[:26]} {count}", count + 1
            found[name] = (section, listing)
    return found


def workbook(view: View, sections: Sequence[Section]) -> bytes:
    """Every table of the report as one XLSX, its contents on the first sheet; the same bytes for the same run."""
    import xlsxwriter

    out = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    book = xlsxwriter.Workbook(out, options)
    told = about(view)
    title = str(plain(told["title"]))[:200]
    book.set_properties({"title": title, "created": datetime.fromisoformat(f"{told['known']}T00:00:00")})
    bold, wide = book.add_format({"bold": True}), book.add_format({"bold": True, "text_wrap": True, "valign": "top"})
    found = named(sections)
    first = book.add_worksheet("contents")
    first.write_row(0, 0, [title, told["run"], f"known as of {told['known']}", f"seed {told['seed']}"], bold)
    first.write_row(2, 0, ["sheet", "section", "table", "what it rests on", "permalink"], bold)
    for k, (name, (section, listing)) in enumerate(found.items()):
        rests = lineage.TOPICS[listing.rests_on].title if listing.rests_on else ""
        line = [name, section.title, plain(listing.caption), rests, f"{told['page']}#{listing.id}"]
        first.write_row(3 + k, 0, line)
        sheet = book.add_worksheet(name)
        sheet.write_string(0, 0, str(plain(listing.caption)), bold)
        sheet.write_row(2, 0, heads(listing), wide)
        for row, cells in enumerate(rows(listing, told), 3):
            for column, cell in enumerate(cells):
                if isinstance(cell, str):
                    sheet.write_string(row, column, cell)
                elif cell == cell:
                    sheet.write_number(row, column, cell)
        sheet.freeze_panes(3, 1)
        sheet.set_column(0, len(listing.heads) - 1, 16)
    first.set_column(0, 4, 36)
    book.close()
    return out.getvalue()


def packed(view: View, sections: Sequence[Section]) -> Html:
    """The workbook in base64, as the page carries it."""
    return Html(base64.b64encode(workbook(view, sections)).decode("ascii"))
