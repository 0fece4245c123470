"""How many chips are live in each month, and what binds."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import SOFT, Figure, bars, stock, time_figure
from gigacampus.report.html import tag
from gigacampus.report.listing import Head, n, parted
from gigacampus.report.section import Section, behind
from gigacampus.report.sections import halls, shadow
from gigacampus.report.view import BINDING, View

WORDS = {
    "quota": "the quota binds",
    "licence": "licences bind",
    "gate": "a gate binds",
    "obligation": "obligations bind",
    "delivery": "deliveries bind",
    "building": "buildings bind",
    "power": "power binds",
    "install": "installation binds",
    "commissioning": "commissioning binds",
    "nothing": "nothing binds",
    "loss": "lost halls bind",
    "cooling": "cooling binds",
}
NOUNS = {
    "quota": "the quota",
    "licence": "licences",
    "gate": "a gate",
    "obligation": "obligations",
    "delivery": "deliveries",
    "building": "buildings",
    "install": "installation",
    "loss": "lost halls",
    "nothing": "nothing",
}
SHORT_SPELL, MANY_SPELLS = 6, 4
"""A spell is brief below this part of the horizon; so many brief ones in a row are told as one."""
HOW = (
    "What binds is the column `binding` of buildout_months, month by month, neighbours of one name taken together; the "
    "chips are `live_chips` of its last row. What a quota keeps out: what the last row of each lot in compliance asks "
    "for and does not clear, where it is `bound_by` the quota."
)
MONTHS = "t-build-out-months"
LIGHT = ("--c-cool", "--c2", "--c3", "--c5", "--c6", "--c7", "--c-none", "--c-other")
"""Colours on which dark text reads."""


def section(view: View) -> Section | None:
    """Live chips, power against its limits, halls, and what binds."""
    if not view.has("buildout_months"):
        return None
    parts: list[Any] = [_statements(view), _chips(view), _binding(view), _power(view)]
    if view.has("buildout_shadow"):
        parts.insert(3, shadow.chart(view))
    if view.has("halls"):
        parts.append(halls.chart(view))
    parts.append(behind("Month by month", _months(view)))
    if view.has("buildout_shadow"):
        parts.append(behind("Relaxing one limit at a time", shadow.listing(view)))
    if view.has("halls"):
        parts.append(behind("Halls", halls.listing(view)))
    return Section(
        "build-out", "Build-out", "How many chips are live, and what binds?", answer(view), parts, how=HOW, topic="live"
    )


def _statements(view: View) -> Any:
    """What the variants that are on changed against the base case."""
    said = [str(one) for one in (view.results.summary.get("against_base") or {}).get("sentences") or []]
    return tag("ul", [tag("li", one) for one in said], class_="statements") if said else None


def spells(view: View) -> list[tuple[str, str, str]]:
    """What binds, as spells of months: word, first month, last month."""
    months = view.table("buildout_months")
    pairs = [(str(word), view.month(at)) for word, at in zip(months["binding"], months["month_s"], strict=True)]
    grouped = [(word, [month for _, month in group]) for word, group in groupby(pairs, key=lambda pair: pair[0])]
    return [(word, found[0], found[-1]) for word, found in grouped]


def _turns(found: list[tuple[str, str, str]], view: View) -> list[tuple[str, str]]:
    """The spells in words with their last months; brief ones in a row are told as one."""
    lengths = {month: k for k, month in enumerate(at[:7] for at in view.months)}
    brief = max(3, len(view.months) // SHORT_SPELL)
    told: list[tuple[str, str]] = []
    for is_brief, group in groupby(found, key=lambda one: lengths[one[2]] - lengths[one[1]] + 1 < brief):
        spells_ = list(group)
        if not is_brief or len(spells_) < MANY_SPELLS:
            told += [(WORDS.get(word, f"{word} binds"), last) for word, _, last in spells_]
            continue
        names = [NOUNS.get(word, word) for word in dict.fromkeys(word for word, _, _ in spells_)]
        told.append((f"{', '.join(names[:-1])} and {names[-1]} bind in turn", spells_[-1][2]))
    return told


def answer(view: View) -> str:
    """What binds from when to when, in words."""
    found = spells(view)
    months = view.table("buildout_months")
    live = int(months["live_chips"][-1])
    told = _turns(found, view)
    said = [f"{words} {'until ' + last if k < len(told) - 1 else 'to the end'}" for k, (words, last) in enumerate(told)]
    sentence = "; then ".join(said)
    out = (view.results.summary.get("plan") or {}).get("quota")
    return (
        f"{sentence[0].upper()}{sentence[1:]}. {numbers.count(live)} chips are "
        f"live at the end of {view.month(months['month_s'][-1])}.{f' {out}' if out else ''}"
    )


def _chips(view: View) -> Figure:
    months = view.table("buildout_months")
    traces = [
        stock(view, months["cleared_chips"], "cleared", "--c2", line={"dash": "dot"}),
        stock(view, months["arrived_chips"], "arrived", "--c5"),
        stock(view, months["installed_chips"], "installed", "--c6"),
        stock(view, months["live_chips"], "live", "--c1", width=3, **SOFT),
    ]
    title = "Chips cleared, arrived, installed and live"
    return time_figure(view, "chart-chips", title, traces, "chips at the month's end", table=MONTHS)


def _binding(view: View) -> Figure:
    months = view.table("buildout_months")
    words = [str(one) for one in months["binding"]]
    traces = []
    for word in dict.fromkeys(words):
        at = [k for k, one in enumerate(words) if one == word]
        starts = [view.months[k] for k in at]
        widths = [int(view.edges_s[k + 1] - view.edges_s[k]) * 1000 for k in at]
        next_words = [str(months["next_binding"][k]) or "nothing" for k in at]
        traces.append(
            bars(
                starts,
                np.ones(len(at)),
                word,
                BINDING.get(word, "--c-other"),
                width=widths,
                offset=0,
                customdata=next_words,
                hovertemplate="%{x|%Y-%m}: " + word + "; next: %{customdata}<extra></extra>",
            )
        )
    hidden = {"visible": False, "range": [0, 1], "fixedrange": True}
    figure = time_figure(
        view,
        "chart-binding",
        "What binds, month by month",
        traces,
        "",
        table=MONTHS,
        height_px=150,
        barmode="overlay",
        bargap=0,
        hovermode="closest",
        note="Point at a month to see what would bind next.",
    )
    figure.layout["yaxis"] = hidden
    figure.layout["annotations"] = [*figure.layout.get("annotations", []), *_spell_names(view)]
    return figure


def _spell_names(view: View) -> list[dict[str, Any]]:
    """The words written into the spells that are wide enough, so that colour is not all there is."""
    found = []
    at = 0
    words = [str(one) for one in view.table("buildout_months")["binding"]]
    for word, group in groupby(words):
        length = len(list(group))
        if length >= max(1, len(words) * (0.02 + 0.011 * len(word))):
            middle = int(view.edges_s[at] + view.edges_s[at + length]) // 2
            found.append(
                {
                    "text": word,
                    "x": view.day(middle),
                    "xref": "x",
                    "y": 0.5,
                    "yref": "y",
                    "showarrow": False,
                    "font": {"color": "--on-light" if BINDING.get(word) in LIGHT else "--on-dark", "size": 12},
                }
            )
        at += length
    return found


def _power(view: View) -> Figure:
    months = view.table("buildout_months")
    traces = [
        stock(view, months["building_limit_w"] / 1e6, "buildings ready", "--c6", line={"dash": "dash"}),
        stock(view, months["power_limit_w"] / 1e6, "energised", "--c2"),
        stock(view, months["live_it_w"] / 1e6, "live", "--c1", width=3, **SOFT),
    ]
    title = "Provisioned IT power against what the halls allow"
    return time_figure(view, "chart-it-power", title, traces, "MW of IT at the month's end", table=MONTHS)


def _months(view: View) -> Any:
    months = view.table("buildout_months")
    heads = [
        "month",
        n("cleared", "chips", "buildout_months.cleared_chips"),
        n("arrived", "chips", "buildout_months.arrived_chips"),
        n("installed", "chips", "buildout_months.installed_chips"),
        n("waiting", "chips", "buildout_months.stored_chips"),
        n("live", "chips", "buildout_months.live_chips"),
        n("live", "H100e", "buildout_months.live_h100e"),
        n("live", "MW IT", "buildout_months.live_it_w"),
        n("buildings", "MW IT", "buildout_months.building_limit_w"),
        n("energised", "MW IT", "buildout_months.power_limit_w"),
        Head("binds"),
        Head("next"),
    ]
    rows = [
        (
            "record" if row["is_record"] else "projection",
            [
                view.month(row["month_s"]),
                numbers.count(row["cleared_chips"]),
                numbers.count(row["arrived_chips"]),
                numbers.count(row["installed_chips"]),
                numbers.count(row["stored_chips"]),
                numbers.count(row["live_chips"]),
                numbers.count(row["live_h100e"]),
                numbers.figure(row["live_it_w"] / 1e6),
                numbers.figure(row["building_limit_w"] / 1e6),
                numbers.figure(row["power_limit_w"] / 1e6),
                row["binding"],
                row["next_binding"],
            ],
        )
        for row in months.rows()
    ]
    return parted(view, "What is live at each month's end, and what binds", heads, rows, ident=MONTHS)
