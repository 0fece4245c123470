"""The head: what kind of statement this is, what it rests on, and what moves it."""

from __future__ import annotations

from typing import Any

from gigacampus.report import numbers
from gigacampus.report.html import Child, Html, join, prose, tag
from gigacampus.report.view import STATUSES, View

STATUS_WORDS = {
    "official": "on the record by a party to the deal or a regulator (the page cited may be one that quotes it)",
    "reported": "reported by the press or a vendor",
    "estimate": "estimated by a third party",
    "opinion": "somebody's opinion",
    "alleged": "alleged",
    "assumption": "assumed by this scenario",
}


METRICS = {
    "live_h100e_years": "H100e-years live over the horizon",
    "live_h100e": "H100e live at the end",
    "live_chips": "chips live at the end",
}
PLURAL = frozenset({"estimate", "opinion", "assumption"})
"""Statuses that are nouns."""


def counted(count: int, status: str) -> str:
    """So many inputs of a status: 13 official, 55 estimates."""
    return f"{count:,} {status}{'s' if status in PLURAL and count != 1 else ''}"


def statement(view: View) -> Html:
    """What kind of statement the report is: ranges, sources, movers, the record's last day, variants."""
    known = view.meta["known_as_of"]
    kind = join(
        tag("strong", "A simulation, not a forecast. "),
        "Where inputs are ranges, the range runs from P10 to P90 of what their sources say; it does not say how likely "
        "the outcome is. ",
        f"Until {known} licences, deliveries and halls are those on record; what comes after is projection. Money, "
        "power and work follow from them by the model on both sides of that day.",
    )
    parts = [tag("p", kind), _statuses(view), _movers(view), _variants(view), _warnings(view)]
    return tag("aside", *parts, class_="statement", aria_label="What kind of statement this is")


def _statuses(view: View) -> Html | None:
    counts = view.results.summary.get("inputs_by_status") or {}
    total = sum(counts.values())
    if not total:
        return None
    present = [status for status in STATUSES if counts.get(status)]
    bar = [
        tag("span", class_=f"s-{status}", style=f"flex-grow:{counts[status]}", title=f"{counts[status]} {status}")
        for status in present
    ]
    words = [
        tag(
            "span",
            tag("i", class_=f"s-{status}"),
            f" {counted(counts[status], status)}",
            title=STATUS_WORDS[status],
            class_="key",
        )
        for status in present
    ]
    summary = view.results.summary
    defaults, stale = summary.get("default_inputs", 0), summary.get("stale_inputs", 0)
    rest = f"{defaults:,} {'is a default' if defaults == 1 else 'are defaults'}"
    rest += f", {stale:,} {'is' if stale == 1 else 'are'} flagged stale." if stale else "."
    return tag(
        "div",
        tag("p", tag("span", tag("a", f"{total:,} inputs", href="#inputs"), ":"), words, " ", rest, class_="keys"),
        tag("div", bar, class_="status-bar", aria_hidden="true"),
    )


def _movers(view: View) -> Html | None:
    """The three that move the results most: of the build-out where the run sampled it, else of the cost."""
    movers = [one for one in view.results.summary.get("movers") or [] if isinstance(one, dict)][:3]
    if not movers and view.has("movers"):
        movers = list(view.table("movers").rows())[:3]
    items = [_mover(one) for one in movers]
    said = "The inputs that move the results most, each alone from its P10 to its P90:"
    if not items and view.has("cost_movers"):
        rows = sorted(view.table("cost_movers").rows(), key=_swing, reverse=True)[:3]
        items = [_cost_mover(row) for row in rows if row["low"] == row["low"]]
        said = "The inputs that move the cost of a GPU-hour most, each alone from its P10 to its P90:"
    if len(items) == 1:
        said = said.replace("inputs that move", "input that moves").replace("each alone from", "alone from")
    return tag("div", tag("p", said), tag("ol", [tag("li", one) for one in items])) if items else None


def _swing(row: dict[str, Any]) -> float:
    return float(abs(row["high_usd_per_gpu_h"] - row["low_usd_per_gpu_h"]))


def _cost_mover(row: dict[str, Any]) -> Html:
    ends = sorted((row["low_usd_per_gpu_h"], row["high_usd_per_gpu_h"]))
    return join(tag("code", row["input"]), f": {numbers.money(ends[0])} to {numbers.money(ends[1])}")


def _mover(one: dict[str, Any]) -> Html:
    text = f" ({one['text']})" if one.get("text") else ""
    metric = METRICS.get(str(one.get("metric", "live_chips")), str(one.get("metric", "")).replace("_", " "))
    ends = [float(end) for end in (one.get("low"), one.get("high")) if isinstance(end, (int, float))]
    effect = " to ".join(f"{'+' if end > 0 else ''}{_rounded(end)}" for end in sorted(ends))
    return join(tag("code", str(one.get("path", ""))), text, f": {effect} {metric}" if len(ends) == 2 else "")


def _rounded(value: float) -> str:
    return numbers.large(value) if abs(value) >= 1e6 else numbers.figure(value)


def _variants(view: View) -> Html | None:
    if not view.has("variants"):
        return None
    rows = list(view.table("variants").rows())
    on = [row for row in rows if row["is_active"]]
    alleged = [row["variant"] for row in rows if row["status"] == "alleged" and not row["is_active"]]
    said: list[Child] = []
    if on:
        said.append("Variants turned on: ")
        for position, row in enumerate(on):
            mark = tag("span", "alleged", class_="flag") if row["status"] == "alleged" else None
            said += [
                "; " if position else "",
                tag("strong", row["variant"]),
                f" ({row['title']})",
                join(" ", mark) if mark else "",
            ]
        said.append(". ")
    else:
        said.append("The base case: no variant is turned on. ")
    if alleged:
        said.append(f"Alleged, and off, so that nothing here rests on them: {', '.join(alleged)}.")
    return tag("p", said)


def _warnings(view: View) -> Html | None:
    warnings = view.meta.get("warnings") or []
    if not warnings:
        return None
    items = tag("ul", [tag("li", prose(text)) for text in warnings])
    count = "1 warning" if len(warnings) == 1 else f"{len(warnings)} warnings"
    return tag("details", tag("summary", f"{count} from the deal's rules"), items)
