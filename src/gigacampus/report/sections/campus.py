"""The hero: an isometric campus whose halls rise as chips go live, drawn by the page from numbers by hall and month."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.html import Html, data, tag
from gigacampus.report.sections import parties
from gigacampus.report.view import BINDING, OTHERS, SERIES, View, ranked, short

PLANNED, BUILT, POWERED, LIVE, LOST = range(5)
STATES = ("not built", "built, without power", "energised, empty", "live", "lost")
MOST_HALLS = 400


def hero(view: View) -> Html | None:
    """The drawing with its slider and its switch of colours; the page's script moves it."""
    if not view.has("halls", "buildout_months"):
        return None
    months = len(view.months)
    start = months - 1
    slider = tag(
        "input",
        type="range",
        id="month",
        min=0,
        max=months - 1,
        value=start,
        step=1,
        aria_label="Month",
    )
    controls = tag(
        "div",
        tag("button", "▶", type="button", id="play", aria_label="Play", title="Play (space)"),
        slider,
        tag("output", view.months[start][:7], id="month-name", for_="month"),
        class_="controls",
        hidden=months == 1,
    )
    drawn = numbers_by_hall(view)
    modes = [("state", "what binds")]
    modes += [("use", "utilisation")] if drawn["use"] else []
    modes += [("tenant", "tenants")] if drawn["tenants"] else []
    modes += [("heat", "temperature")] if any(one is not None for one in drawn["heat"]) else []
    modes += [("party", "licensee")] if drawn["parties"] else []
    switch = tag(
        "fieldset",
        tag("legend", "Colour by", class_="hidden"),
        tag("span", "colour by", class_="by", aria_hidden="true"),
        [
            tag(
                "label",
                tag("input", type="radio", name="mode", value=value, checked=value == "state"),
                tag("span", name),
            )
            for value, name in modes
        ],
        class_="switch",
        id="mode",
    )
    text = (
        f"Isometric drawing of the campus: {len(view.table('halls'))} halls, each rising as "
        "its chips go live. The same is in the tables of the section Build-out."
    )
    return tag(
        "figure",
        switch,
        tag("div", class_="stage", id="stage", role="img", aria_label=text),
        tag("figcaption", tag("p", id="month-says", aria_live="polite"), tag("div", id="campus-key", class_="keys")),
        tag(
            "div",
            class_="scrub",
            id="scrub",
            title="Live chips, month by month; dotted: where the record ends",
            hidden=months == 1,
        ),
        controls,
        tag("script", data(drawn), type="application/json", id="campus-data"),
        class_="hero",
        id="campus",
    )


def numbers_by_hall(view: View) -> dict[str, Any]:
    """What the drawing needs: each hall's place, and by month its state, how full it is, and what it shows."""
    halls = view.table("halls")
    kept = min(len(halls), MOST_HALLS)
    live = live_w(view)[:kept]
    limit = np.maximum(halls["it_limit_w"][:kept], 1.0)
    full = np.clip(live / limit[:, None], 0, 1)
    state = states(view, live)
    months = view.table("buildout_months")
    licensees, party_of = _licensees(view, kept)
    failed = _failed(view, live)
    tenants, colors, shares = _tenants(view)
    use = [round(float(one), 3) if math.isfinite(one) else None for one in _use(view)] if view.has("usage") else []
    return {
        "months": [day[:7] for day in view.months],
        "halls": [
            {
                "name": short(str(halls["hall"][k]), 40),
                "phase": str(halls["phase"][k]),
                "mw": numbers.figure(float(limit[k]) / 1e6),
                "size": round(float(math.sqrt(limit[k] / limit.max())), 3),
                "full": [round(float(one), 3) for one in full[k]],
                "state": state[k].tolist(),
                "party": party_of[k],
                "failed": failed[k].tolist() if failed.any() else None,
            }
            for k in range(kept)
        ],
        "states": list(STATES),
        "parties": [short(view.name(one), 32) for one in licensees],
        "partyColors": list(SERIES),
        "tenants": tenants,
        "tenantColors": colors,
        "shares": shares,
        "heat": _heat(view),
        "failed": failed.sum(axis=0).tolist(),
        "mostFailed": int(failed.max(initial=0)),
        "events": _events(view),
        "use": use,
        "binding": [str(one) for one in months["binding"]],
        "bindingColors": BINDING,
        "chips": [int(one) for one in months["live_chips"]],
        "mw": [round(float(one) / 1e6, 2) for one in months["live_it_w"]],
        "record": [bool(one) for one in months["is_record"]],
        "known": view.meta["known_as_of"],
        "left": len(halls) - kept,
    }


def live_w(view: View) -> NDArray[np.float64]:
    """Provisioned IT power live in each hall at each month's end; shape (halls, months)."""
    halls, months = len(view.table("halls")), len(view.months)
    change = np.zeros((halls, months))
    if view.has("installs"):
        installs = view.table("installs")
        inside = installs["at_s"] < view.edges_s[-1]
        np.add.at(
            change,
            (installs["hall_index"][inside], view.month_index(installs["at_s"][inside])),
            installs["it_w"][inside],
        )
    return np.cumsum(change, axis=1)


def states(view: View, live: NDArray[np.float64]) -> NDArray[np.int64]:
    """Each hall's state at each month's end; shape (halls, months)."""
    halls = view.table("halls")
    ends = view.edges_s[1:][None, :]
    count = len(live)
    built, powered = halls["building_s"][:count, None] < ends, halls["power_s"][:count, None] < ends
    lost_from, lost_until = halls["lost_from_s"][:count, None], halls["lost_until_s"][:count, None]
    lost = (lost_from < ends) & (lost_until >= ends) & (lost_from != NEVER)
    found = np.where(built, np.where(powered, np.where(live > 0, LIVE, POWERED), BUILT), PLANNED)
    return np.where(lost, LOST, found)


def _licensees(view: View, halls: int) -> tuple[list[str], list[int]]:
    """The licensees, and for each hall the one that brought most of its chips; -1 where none did."""
    if not view.has("installs"):
        return [], [-1] * halls
    installs = view.table("installs")
    names = list(dict.fromkeys(str(one) for one in installs["party"]))
    index = np.array([names.index(str(one)) for one in installs["party"]])
    chips = np.zeros((len(view.table("halls")), len(names)))
    np.add.at(chips, (installs["hall_index"], index), np.maximum(0, installs["chips"]))
    return names, [int(np.argmax(row)) if row.sum() else -1 for row in chips[:halls]]


def _tenants(view: View) -> tuple[list[str], list[str], list[list[float]]]:
    """The largest tenants, their colours, and their shares of the allotted chips by month."""
    if not view.has("capacity"):
        return [], [], []
    found = parties.levels(view)
    totals = {str(k): float(found[k].max(initial=0.0)) for k in range(len(found))}
    kept, rest = ranked({key: value for key, value in totals.items() if value})
    groups = [[int(key)] for key in kept] + ([[int(key) for key in rest]] if rest else [])
    names = [short(view.tenants[int(key)], 32) for key in kept] + ([f"{len(rest)} others"] if rest else [])
    colors = [view.tenant_colors.get(key, OTHERS) for key in kept] + ([OTHERS] if rest else [])
    whole = np.maximum(found.sum(axis=0), 1e-9)
    return names, colors, [[round(float(one), 3) for one in found[group].sum(axis=0) / whole] for group in groups]


def _heat(view: View) -> list[float | None]:
    """The hottest hour of each month outdoors, °C; None where the run drew no weather."""
    if not view.has("conditions_hours"):
        return [None] * len(view.months)
    hours = view.table("conditions_hours")
    month = view.month_index(hours["hour_s"])
    most = np.full(len(view.months), -np.inf)
    np.maximum.at(most, month, np.nan_to_num(hours["dry_bulb_degc"], nan=-np.inf))
    return [round(float(one), 1) if math.isfinite(one) else None for one in most]


def _failed(view: View, live: NDArray[np.float64]) -> NDArray[np.int64]:
    """Node failures by hall and month; shape of `live`.

    A failure strikes the node at its place among all live nodes; places are counted hall after hall, by the IT power
    that is live at the month's end.
    """
    counts = np.zeros(live.shape, dtype=np.int64)
    if not view.has("failures_drawn"):
        return counts
    drawn = view.table("failures_drawn")
    month = view.month_index(drawn["at_s"])
    for k in np.unique(month).tolist():
        edges = np.cumsum(live[:, k])
        if edges[-1] > 0:
            hall = np.searchsorted(edges, drawn["place_fraction"][month == k] * edges[-1], side="right")
            counts[:, k] = np.bincount(np.minimum(hall, len(live) - 1), minlength=len(live))
    return counts


def _events(view: View) -> list[str]:
    """What the grid asks for in each month, in words; empty where it asks for nothing."""
    said: list[list[str]] = [[] for _ in view.months]
    if view.has("grid_events"):
        events = view.table("grid_events")
        for month, kind in zip(view.month_index(events["start_s"]).tolist(), events["kind"].tolist(), strict=True):
            if str(kind) not in said[month]:
                said[month].append(str(kind))
    return [", ".join(one) for one in said]


def _use(view: View) -> Any:
    """Share of the entitled GPU-hours that work holds, by month."""
    entitled = view.per_month("usage", "entitled_gpu_h")
    held = view.per_month("usage", "batch_gpu_h") + view.per_month("usage", "serve_gpu_h")
    return np.divide(held, entitled, out=np.full(len(held), np.nan), where=entitled > 0)
