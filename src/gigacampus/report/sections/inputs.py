"""Every input with its range, its source, what kind of statement it is, and which results rest on it."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import groupby
from typing import Any

from gigacampus.report import lineage, numbers
from gigacampus.report.charts import Figure, axis, bars
from gigacampus.report.html import Html, join, link, tag
from gigacampus.report.listing import Listing, n, table
from gigacampus.report.section import Section, behind
from gigacampus.report.sections.headline import counted
from gigacampus.report.sections.under import is_range
from gigacampus.report.view import STATUSES, View

TITLES = {
    "deal": "the deal",
    "campus": "the campus",
    "tenants": "tenants",
    "operations": "operations",
    "site": "the site",
    "costs": "costs",
}
HOW = "Rows of the table `inputs`, counted by their status; a range is an input whose P10 and P90 differ."
SHORT = {
    "clearances": "clearances",
    "live": "live chips",
    "parties": "who gets what",
    "work": "work",
    "power": "power, water, carbon",
    "cash": "cash",
    "cost": "cost",
}
SCALED: dict[str, Callable[[float], str]] = {
    "W": numbers.power,
    "J": numbers.energy,
    "USD": numbers.money,
    "s": numbers.span,
    "kg": numbers.mass,
}
UNITS = {"one": ""}
COUNTS = "t-inputs-by-status"
COLORS = {
    "official": "--c3",
    "reported": "--c5",
    "estimate": "--c1",
    "opinion": "--c6",
    "alleged": "--c4",
    "assumption": "--c-other",
}
"""The same as in the style sheet's `.s-` classes."""


def section(view: View) -> Section | None:
    """What rests on which inputs, and the full table of them, by part of the scenario."""
    if not view.has("inputs"):
        return None
    rows = list(view.table("inputs").rows())
    effects = _effects(view)
    present = [topic for topic in lineage.TOPICS if lineage.shown(topic, view.results)]
    parts: list[Any] = [
        _chart(rows),
        behind("Inputs by part and status", _counts(rows)),
        *(_from(topic, rows) for topic in present),
        _search(),
    ]
    for title, found in groupby(rows, key=lambda row: _part(row["path"])):
        made = _table(title, list(found), effects, present)
        parts.append(behind(f"{title[0].upper()}{title[1:]} ({len(made.bodies[0][1]):,})", made))
    return Section("inputs", "Inputs", "What does all this rest on?", answer(view), parts, how=HOW)


def answer(view: View) -> str:
    """How many inputs there are and what kind of statements they are."""
    summary = view.results.summary
    counts = summary.get("inputs_by_status", {})
    words = ", ".join(counted(counts[status], status) for status in STATUSES if counts.get(status))
    ranged = sum(is_range(row) for row in view.table("inputs").rows())
    return f"{summary.get('inputs', 0):,} inputs: {words}; {ranged:,} of them are ranges, given as P10 to P90."


def _counted(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """How many inputs each part of the scenario has, by status."""
    found: dict[str, dict[str, int]] = {}
    for row in rows:
        part = found.setdefault(_part(row["path"]), {})
        part[row["status"]] = part.get(row["status"], 0) + 1
    return found


def _chart(rows: list[dict[str, Any]]) -> Figure:
    """Inputs by part of the scenario and status."""
    found = _counted(rows)
    present = [status for status in STATUSES if any(status in part for part in found.values())]
    traces = [
        {
            **bars([], [part.get(status, 0) for part in found.values()], status, COLORS[status]),
            "orientation": "h",
            "y": list(found),
            "x": [part.get(status, 0) for part in found.values()],
        }
        for status in present
    ]
    layout = {
        "barmode": "stack",
        "xaxis": axis("inputs", showgrid=True),
        "yaxis": axis("", autorange="reversed", type="category"),
        "margin": {"t": 8},
    }
    return Figure("chart-inputs", "Inputs by status", traces, layout, height_px=90 + 26 * len(found), table=COUNTS)


def _counts(rows: list[dict[str, Any]]) -> Listing:
    how = "Rows of the table inputs of that part and status"
    heads = ["part", *(n(status, "", how) for status in STATUSES)]
    lines = [
        [part, *(numbers.count(one.get(status, 0)) for status in STATUSES)] for part, one in _counted(rows).items()
    ]
    return table("Inputs by part of the scenario and status", heads, lines, ident=COUNTS)


def _part(path: str) -> str:
    top = path.split(".", 1)[0]
    return TITLES.get(top, "the frame")


def row_id(path: str) -> str:
    """The address of an input's row."""
    return "in-" + re.sub(r"[^a-z0-9]+", "-", path.lower()).strip("-")


def group_id(title: str) -> str:
    """The address of a part's table."""
    return f"t-inputs-{title.removeprefix('the ')}"


def _from(topic: str, rows: list[dict[str, Any]]) -> Html:
    """What one kind of result rests on: its inputs by the first parts of their paths, with their statuses."""
    told = lineage.TOPICS[topic]
    mine = lineage.under(topic, rows)
    heads = ["inputs", n("count"), n("ranges"), *(n(status) for status in STATUSES)]
    lines: list[list[Any]] = []
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in mine:
        groups.setdefault(".".join(row["path"].split(".")[:2]), []).append(row)
    for begin, found in groups.items():
        first = tag("a", tag("code", begin), href=f"#{group_id(_part(begin))}")
        by = [sum(row["status"] == status for row in found) for status in STATUSES]
        ranges = sum(is_range(row) for row in found)
        lines.append(
            [
                first,
                numbers.count(len(found)),
                numbers.count(ranges),
                *(numbers.count(one) if one else "" for one in by),
            ]
        )
    caption = f"What it rests on: {told.title}"
    made = table(caption, heads, lines, ident=f"from-{topic}")
    summary = tag("summary", f"{told.title}: {len(mine):,} inputs under it")
    begins = " ".join(begin for begin, keys in lineage.RULES if topic in keys)
    return tag("details", summary, tag("p", told.how), made, class_="behind", data_topic=topic, data_begins=begins)


def _effects(view: View) -> dict[str, str]:
    """What a range does on its own where the run tried it: effect by path."""
    found: dict[str, str] = {}
    if view.has("movers"):
        for row in view.table("movers").rows():
            metric = row["metric"].replace("_", " ").replace("h100e", "H100e")
            found[row["path"]] = f"{numbers.signed(row['low'])} to {numbers.signed(row['high'])} {metric}"
    if view.has("cost_movers"):
        for row in view.table("cost_movers").rows():
            if row["low_usd_per_gpu_h"] == row["low_usd_per_gpu_h"]:
                ends = sorted((row["low_usd_per_gpu_h"], row["high_usd_per_gpu_h"]))
                told = f"GPU-hour {numbers.money(ends[0])} to {numbers.money(ends[1])}"
                found[row["input"]] = f"{found[row['input']]}; {told}" if row["input"] in found else told
    return found


def _search() -> Html:
    field = tag(
        "input", type="search", id="find-input", placeholder="for example licence, gb300, opinion", autocomplete="off"
    )
    return tag("p", tag("label", "Find an input ", field), tag("span", id="found-inputs", role="status"), class_="find")


def _table(title: str, rows: list[dict[str, Any]], effects: dict[str, str], present: list[str]) -> Listing:
    heads = ["path", "value", "status", "source", "as of", "results that rest on it", "note"]
    caption = f"Inputs of {title}: {len(rows):,}"
    return table(caption, heads, [_row(row, effects, present) for row in rows], class_="inputs", ident=group_id(title))


def _row(row: dict[str, Any], effects: dict[str, str], present: list[str]) -> list[Any]:
    marks = [
        tag("span", word, class_="flag") for word, on in (("stale", row["stale"]), ("default", row["default"])) if on
    ]
    basis = f" ({row['basis']})" if row["basis"] and row["basis"] not in row["text"].lower() else ""
    return [
        tag("code", _breakable(row["path"]), id=row_id(row["path"])),
        join(f"{row['text']}{basis}", " ", _median(row)),
        tag("span", row["status"], class_=f"status s-{row['status']}"),
        join(link(row["source"]) if row["source"] else "–"),
        row["as_of"] or "–",
        _rests(row["path"], effects, present),
        join(row["note"], " " if marks and row["note"] else "", *marks),
    ]


def _median(row: dict[str, Any]) -> Html | None:
    """The median that the run takes, where the text gives the ends alone."""
    value = row["value"]
    if not is_range(row) or value != value:
        return None
    shown = (
        SCALED[row["unit"]](value)
        if row["unit"] in SCALED
        else f"{numbers.figure(value)} {UNITS.get(row['unit'], row['unit'])}"
    )
    return tag("small", f"median {shown}", class_="mid")


def _rests(path: str, effects: dict[str, str], present: list[str]) -> Html:
    keys = [key for key in lineage.resting(path) if key in present]
    links = [
        join(", " if k else "", tag("a", SHORT[key], href=f"#{lineage.TOPICS[key].section}"))
        for k, key in enumerate(keys)
    ]
    effect = tag("small", f"alone: {effects[path]}", class_="mid") if path in effects else None
    return join("all of them" if len(keys) == len(present) else links or "none of these", effect)


def _breakable(path: str) -> Html:
    """A path that may break after its dots."""
    pieces = path.split(".")
    return join(*(join("." if k else "", tag("wbr") if k else "", piece) for k, piece in enumerate(pieces)))
