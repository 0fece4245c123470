"""Every input with its range, its source and what kind of statement it is."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from gigacampus.report.html import Html, join, link, tag
from gigacampus.report.listing import table
from gigacampus.report.section import Section
from gigacampus.report.view import STATUSES, View

TITLES = {
    "deal": "the deal",
    "campus": "the campus",
    "tenants": "tenants",
    "operations": "operations",
    "site": "the site",
    "costs": "costs",
}


def section(view: View) -> Section | None:
    """The full table of inputs, by part of the scenario."""
    if not view.has("inputs"):
        return None
    rows = list(view.table("inputs").rows())
    groups = groupby(rows, key=lambda row: _part(row["path"]))
    parts: list[Any] = [_search()]
    parts += [_table(title, list(found)) for title, found in groups]
    return Section("inputs", "Inputs", "What does all this rest on?", answer(view), parts)


def answer(view: View) -> str:
    """How many inputs there are and what kind of statements they are."""
    summary = view.results.summary
    counts = summary.get("inputs_by_status", {})
    words = ", ".join(f"{counts[status]:,} {status}" for status in STATUSES if counts.get(status))
    ranged = int((view.table("inputs")["low"] != view.table("inputs")["high"]).sum() - _nan(view))
    return f"{summary.get('inputs', 0):,} inputs: {words}; {ranged:,} of them are ranges, given as P10 to P90."


def _nan(view: View) -> int:
    low = view.table("inputs")["low"]
    return int((low != low).sum())


def _part(path: str) -> str:
    top = path.split(".", 1)[0]
    return TITLES.get(top, "the frame")


def _search() -> Html:
    field = tag(
        "input", type="search", id="find-input", placeholder="for example licence, gb300, opinion", autocomplete="off"
    )
    return tag("p", tag("label", "Find an input ", field), tag("span", id="found-inputs", role="status"), class_="find")


def _table(title: str, rows: list[dict[str, Any]]) -> Html:
    made = table(
        f"Inputs of {title}: {len(rows):,}",
        ["path", "value", "status", "source", "as of", "note"],
        [_row(row) for row in rows],
        class_="inputs",
    )
    return tag("details", tag("summary", f"{title[0].upper()}{title[1:]} ({len(rows):,})"), made, class_="behind")


def _row(row: dict[str, Any]) -> list[Any]:
    marks = [
        tag("span", word, class_="flag") for word, on in (("stale", row["stale"]), ("default", row["default"])) if on
    ]
    basis = f" ({row['basis']})" if row["basis"] and row["basis"] not in row["text"].lower() else ""
    return [
        tag("code", _breakable(row["path"])),
        f"{row['text']}{basis}",
        tag("span", row["status"], class_=f"status s-{row['status']}"),
        join(link(row["source"]) if row["source"] else "–"),
        row["as_of"] or "–",
        join(row["note"], " " if marks and row["note"] else "", *marks),
    ]


def _breakable(path: str) -> Html:
    """A path that may break after its dots."""
    pieces = path.split(".")
    return join(*(join("." if k else "", tag("wbr") if k else "", piece) for k, piece in enumerate(pieces)))
