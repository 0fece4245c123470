"""How many chips are live in each month, and what binds."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.charts import SOFT, Figure, axis, bars, series, stock, time_figure
from gigacampus.report.listing import MOST_ROWS, Head, n, parted, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import BINDING, View, short

WORDS = {
    "quota": "the quota binds", "licence": "licences bind", "gate": "a gate binds", "obligation": "obligations bind",
    "delivery": "deliveries bind", "building": "buildings bind", "power": "power binds", "install": "installation binds",
    "commissioning": "commissioning binds", "nothing": "nothing binds",
}  # fmt: skip
GANTT_HALLS = 60
LIGHT = ("--c2", "--c3", "--c5", "--c6", "--c7", "--c-none", "--c-other")
"""Colours on which dark text reads."""


def section(view: View) -> Section | None:
    """Live chips, power against its limits, halls, and what binds."""
    if not view.has("buildout_months"):
        return None
    parts: list[Any] = [_chips(view), _binding(view), _power(view)]
    if view.has("buildout_shadow"):
        parts.insert(2, _shadow(view))
    if view.has("halls"):
        parts.append(_gantt(view))
    parts.append(behind("Month by month", _months(view)))
    if view.has("buildout_shadow"):
        parts.append(behind("Relaxing one limit at a time", _gains(view)))
    if view.has("halls"):
        parts.append(behind("Halls", _halls(view)))
    return Section("build-out", "Build-out", "How many chips are live, and what binds?", answer(view), parts)


def spells(view: View) -> list[tuple[str, str, str]]:
    """What binds, as spells of months: word, first month, last month."""
    months = view.table("buildout_months")
    pairs = [(str(word), view.month(at)) for word, at in zip(months["binding"], months["month_s"], strict=True)]
    grouped = [(word, [month for _, month in group]) for word, group in groupby(pairs, key=lambda pair: pair[0])]
    return [(word, found[0], found[-1]) for word, found in grouped]


def answer(view: View) -> str:
    """What binds from when to when, in words."""
    found = spells(view)
    months = view.table("buildout_months")
    live = int(months["live_chips"][-1])
    said = [
        WORDS.get(word, f"{word} binds") + (f" until {last}" if k < len(found) - 1 else " to the end")
        for k, (word, _, last) in enumerate(found)
    ]
    if len(said) > 6:
        said = [*said[:3], f"{len(said) - 5} changes more", *said[-2:]]
    sentence = "; then ".join(said)
    return f"{sentence[0].upper()}{sentence[1:]}. {numbers.count(live)} chips are live at the end of {view.month(months['month_s'][-1])}."


def _chips(view: View) -> Figure:
    months = view.table("buildout_months")
    traces = [
        stock(view, months["cleared_chips"], "cleared", "--c2", line={"dash": "dot"}),
        stock(view, months["arrived_chips"], "arrived", "--c5"),
        stock(view, months["installed_chips"], "installed", "--c6"),
        stock(view, months["live_chips"], "live", "--c1", width=3, **SOFT),
    ]
    title = "Chips cleared, arrived, installed and live"
    return time_figure(view, "chart-chips", title, traces, "chips at the month's end")


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
            bars(starts, np.ones(len(at)), word, BINDING.get(word, "--c-other"), width=widths, offset=0, customdata=next_words,
                 hovertemplate="%{x|%Y-%m}: " + word + "; next: %{customdata}<extra></extra>")
        )  # fmt: skip
    hidden = {"visible": False, "range": [0, 1], "fixedrange": True}
    figure = time_figure(
        view, "chart-binding", "What binds, month by month", traces, "", height_px=150, barmode="overlay", bargap=0,
        hovermode="closest", note="Point at a month to see what would bind next.",
    )  # fmt: skip
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
            found.append({
                "text": word, "x": view.day(middle), "xref": "x", "y": 0.5, "yref": "y", "showarrow": False,
                "font": {"color": "--on-light" if BINDING.get(word) in LIGHT else "--on-dark", "size": 12},
            })  # fmt: skip
        at += length
    return found


def _shadow(view: View) -> Figure:
    """What each month would gain if one limit alone were relaxed: the computation behind what binds."""
    shadow = view.table("buildout_shadow")
    limits = list(dict.fromkeys(str(one) for one in shadow["limit"]))
    words = {limit: str(shadow["relaxation"][shadow["limit"] == limit][0]) for limit in limits}
    gains = np.zeros((len(limits), len(view.months)))
    index = view.month_index(shadow["month_s"])
    for row in range(len(shadow)):
        gains[limits.index(str(shadow["limit"][row])), index[row]] += shadow["gain_chips"][row]
    edges = [view.day(at) for at in view.edges_s]
    trace = {
        "type": "heatmap", "x": edges, "y": [short(limit, 20) for limit in limits],
        "z": [series(np.where(row == 0, np.nan, row)) for row in gains], "colorscale": "Viridis", "ygap": 2,
        "colorbar": {"title": {"text": "chips"}, "thickness": 12}, "customdata": [[words[limit]] * len(view.months) for limit in limits],
        "hovertemplate": "%{x|%Y-%m}: %{z:,.0f} chips more<br>with %{customdata}<extra></extra>",
    }  # fmt: skip
    said = "; ".join(f"{limit}: {word}" for limit, word in words.items())
    figure = time_figure(
        view, "chart-shadow", "What a month would gain if one limit alone were relaxed", [trace], "", hovermode="closest",
        height_px=110 + 26 * len(limits), note=f"The limits are relaxed one at a time ({said}). A limit binds where it gains chips.",
    )  # fmt: skip
    figure.layout["yaxis"] = axis("", autorange="reversed", type="category")
    return figure


def _gains(view: View) -> Any:
    heads = ["month", "limit", "relaxed to", n("gain", "chips"), n("gain", "H100e"), n("gain", "MW IT")]
    rows = [
        (
            view.month_part(row["month_s"]),
            [
                view.month(row["month_s"]), row["limit"], row["relaxation"], numbers.count(row["gain_chips"]),
                numbers.count(row["gain_h100e"]), numbers.figure(row["gain_it_w"] / 1e6),
            ],
        )
        for row in view.table("buildout_shadow").rows()
    ][:MOST_ROWS]  # fmt: skip
    total = len(view.table("buildout_shadow"))
    return parted(view, "Gain in live chips at the month's end", heads, rows, total=total, stored="buildout_shadow")


def _power(view: View) -> Figure:
    months = view.table("buildout_months")
    traces = [
        stock(view, months["building_limit_w"] / 1e6, "buildings ready", "--c6", line={"dash": "dash"}),
        stock(view, months["power_limit_w"] / 1e6, "energised", "--c2"),
        stock(view, months["live_it_w"] / 1e6, "live", "--c1", width=3, **SOFT),
    ]
    title = "Provisioned IT power against what the halls allow"
    return time_figure(view, "chart-it-power", title, traces, "MW of IT at the month's end")


def _gantt(view: View) -> Figure:
    halls = view.table("halls")
    shown = min(len(halls), GANTT_HALLS)
    names = [f"{short(str(name), 24)}" for name in halls["hall"][:shown]]
    if len(set(names)) < len(names):
        names = [f"{k + 1} {name}" for k, name in enumerate(names)]
    end_s = view.clock.end_s
    first, last = _filling(view)
    ready, powered = np.minimum(halls["building_s"], end_s), np.minimum(halls["power_s"], end_s)
    first, last = np.minimum(first, end_s), np.minimum(last, end_s)
    stages = (
        ("built, without power", ready, np.maximum(ready, powered), "--c6"),
        ("energised, empty", np.maximum(ready, powered), np.maximum(first, np.maximum(ready, powered)), "--c5"),
        ("filling", first, last, "--c3"),
        ("filled", last, np.full(len(halls), end_s), "--c1"),
    )
    traces = [_stage(view, names, *stage) for stage in stages]
    lost = halls["lost_from_s"] < end_s
    if lost.any():
        until = np.minimum(halls["lost_until_s"], end_s)
        traces.append(
            _stage(view, names, "lost", np.where(lost, halls["lost_from_s"], 0), np.where(lost, until, 0), "--c4")
        )
    note = (
        "" if shown == len(halls) else f"The first {shown} of {len(halls)} halls; all of them stand in the table below."
    )
    figure = time_figure(
        view, "chart-halls", "Halls: built, energised, filled", traces, "", height_px=max(220, 90 + 19 * shown),
        barmode="overlay", hovermode="closest", note=note,
    )  # fmt: skip
    figure.layout["yaxis"] = axis("", autorange="reversed", type="category", tickfont={"size": 11})
    return figure


def _stage(view: View, names: list[str], stage: str, start_s: Any, end_s: Any, color: str) -> dict[str, Any]:
    shown = len(names)
    length = np.maximum(0, np.asarray(end_s)[:shown] - np.asarray(start_s)[:shown])
    starts = view.days(np.asarray(start_s)[:shown].astype(np.int64))
    return {
        "type": "bar", "orientation": "h", "y": names, "x": series(length * 1000.0, 9), "base": starts, "name": stage,
        "marker": {"color": color}, "customdata": view.days((np.asarray(start_s)[:shown] + length).astype(np.int64)),
        "hovertemplate": "%{y}: " + stage + " from %{base} to %{customdata}<extra></extra>",
    }  # fmt: skip


def _filling(view: View) -> tuple[Any, Any]:
    """When each hall gets its first live chips and when it stops growing; NEVER where it gets none."""
    halls = len(view.table("halls"))
    first, last = np.full(halls, NEVER), np.full(halls, NEVER)
    if not view.has("installs"):
        return first, last
    installs = view.table("installs")
    grows = installs["chips"] > 0
    index, at = installs["hall_index"][grows], installs["at_s"][grows]
    lowest, highest = np.full(halls, NEVER), np.full(halls, -1)
    np.minimum.at(lowest, index, at)
    np.maximum.at(highest, index, at)
    return lowest, np.where(highest >= 0, highest, NEVER)


def _months(view: View) -> Any:
    months = view.table("buildout_months")
    heads = [
        "month", n("cleared", "chips"), n("arrived", "chips"), n("waiting", "chips"), n("live", "chips"), n("live", "H100e"),
        n("live", "MW IT"), n("buildings", "MW IT"), n("energised", "MW IT"), Head("binds"), Head("next"),
    ]  # fmt: skip
    rows = [
        (
            "record" if row["is_record"] else "projection",
            [
                view.month(row["month_s"]), numbers.count(row["cleared_chips"]), numbers.count(row["arrived_chips"]),
                numbers.count(row["stored_chips"]), numbers.count(row["live_chips"]), numbers.count(row["live_h100e"]),
                numbers.figure(row["live_it_w"] / 1e6), numbers.figure(row["building_limit_w"] / 1e6),
                numbers.figure(row["power_limit_w"] / 1e6), row["binding"], row["next_binding"],
            ],
        )
        for row in months.rows()
    ]  # fmt: skip
    return parted(view, "What is live at each month's end, and what binds", heads, rows)


def _halls(view: View) -> Any:
    halls = view.table("halls")
    heads = [
        "hall",
        "phase",
        n("can hold", "MW IT"),
        "building ready",
        "energised",
        "first chips live",
        "filled",
        "lost",
    ]
    first, last = _filling(view)
    rows = [
        [
            row["hall"], row["phase"], numbers.figure(row["it_limit_w"] / 1e6), view.day(row["building_s"]),
            view.day(row["power_s"]), view.day(first[k]), view.day(last[k]),
            "" if row["lost_from_s"] == NEVER else f"{view.day(row['lost_from_s'])} to {view.day(row['lost_until_s'])}",
        ]
        for k, row in enumerate(halls.rows())
    ]  # fmt: skip
    return table("Halls with their dates; those after the record's last day are the scenario's", heads, rows)
