"""Who stands behind the parties, link by link and looked through; and money beside the deal, kept apart."""

from __future__ import annotations

import math
from typing import Any

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.html import link
from gigacampus.report.listing import MOST_ROWS, n, parted, table
from gigacampus.report.section import behind
from gigacampus.report.view import View


def listings(view: View) -> list[Any]:
    """What the run has of it, each to be opened."""
    found = []
    if view.has("look_through"):
        found.append(behind("Owners behind owners, looked through", _look_through(view)))
    if view.has("party_links"):
        found.append(behind("Links of ownership and control", _links(view)))
    elif view.meta.get("ownership"):
        found.append(behind("Links of ownership and control", _stated(view)))
    if view.has("outside_flows"):
        found.append(behind("Money beside the deal: kept apart, no result depends on it", _beside(view)))
    return found


def _share(low: float, high: float) -> str:
    if high - low < 1e-9:
        return numbers.percent(low)
    return "not public" if low <= 0 and high >= 1 else f"{numbers.percent(low)} to {numbers.percent(high)}"


def _look_through(view: View) -> Any:
    heads = ["party", "owner behind it", "share", n("links", "", "look_through.steps"), "way"]
    rows = [
        [
            view.name(row["party"]),
            view.name(row["owner"]),
            _share(row["low_fraction"], row["high_fraction"]),
            row["steps"] or numbers.NONE,
            row["way"],
        ]
        for row in view.table("look_through").rows()
    ][:MOST_ROWS]
    caption = "Owners through all links; a share that is not public is not guessed"
    return table(caption, heads, rows, topic="parties", total=len(view.table("look_through")), stored="look_through")


def _links(view: View) -> Any:
    heads = ["owner", "of", "kind", "share", "since", "status", "source", "note"]
    rows = [
        [
            view.name(row["owner"]),
            view.name(row["owned"]),
            row["kind"],
            numbers.NONE if row["kind"] == "board" else _share(row["low_fraction"], row["high_fraction"]),
            numbers.NONE if row["since_s"] == NEVER else view.day(row["since_s"]),
            row["status"],
            link(row["source"]) if row["source"] else numbers.NONE,
            row["note"],
        ]
        for row in view.table("party_links").rows()
    ]
    return table(f"Links that were known at {view.meta['known_as_of']}", heads, rows, topic="parties")


def _stated(view: View) -> Any:
    rows: list[Any] = []
    for owner, owned, kind, share, status in view.meta["ownership"]:
        known = share is not None and not math.isnan(share)
        rows.append(
            [view.name(owner), view.name(owned), kind, numbers.percent(share) if known else "not public", status]
        )
    return table("Links as the scenario states them", ["owner", "of", "kind", "share", "status"], rows, topic="parties")


def _beside(view: View) -> Any:
    heads = [
        "payer",
        "payee",
        "when",
        n("amount", "", "outside_flows.amount_usd"),
        "for what",
        "term of the deal",
        "status",
        "note",
    ]
    rows = [
        (
            view.part(row["at_s"]),
            [
                view.name(row["payer"]),
                view.name(row["payee"]),
                view.day(row["at_s"]),
                numbers.money(row["amount_usd"]),
                row["instrument"],
                row["in_deal"],
                row["status"],
                row["note"],
            ],
        )
        for row in view.table("outside_flows").rows()
    ]
    return parted(view, "Payments that are set beside the deal", heads, rows)
