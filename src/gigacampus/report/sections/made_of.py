"""What the cost of a useful GPU-hour is made of, and what moves it."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, series
from gigacampus.report.listing import n, table
from gigacampus.report.view import View
from gigacampus.units import human

COST = "cost_parts.cost_usd"
IDLE = "idle"
MOST_PARTS, MOST_MOVERS = 9, 10
PARTS, MOVERS = "t-cost-parts", "t-cost-movers"
UNIT = "$ per useful GPU-hour"


def _parts(view: View) -> dict[str, float]:
    """Dollars by part over the horizon, tenants' chips only, the largest first."""
    found = view.table("cost_parts")
    used = found["tenant"] != IDLE
    names = dict.fromkeys(str(one) for one in found["part"][used])
    sums = {name: float(np.nansum(found["cost_usd"][used & (found["part"] == name)])) for name in names}
    return dict(sorted(sums.items(), key=lambda one: -one[1]))


def chart(view: View) -> Figure:
    """A waterfall from the first part to the whole."""
    hours = float(np.nansum(view.table("tenant_cost")["gpu_h"]))
    parts = {name: usd / hours if hours else 0.0 for name, usd in _parts(view).items()}
    names = list(parts)
    shown = {name: parts[name] for name in names[:MOST_PARTS]}
    rest = sum(parts[name] for name in names[MOST_PARTS:])
    if rest:
        shown[f"{len(names) - MOST_PARTS} others"] = rest
    total = sum(shown.values())
    trace = {
        "type": "waterfall",
        "x": [*shown, "all"],
        "y": series([*shown.values(), 0.0]),
        "measure": ["relative"] * len(shown) + ["total"],
        "text": [numbers.money(one) for one in (*shown.values(), total)],
        "textposition": "outside",
        "cliponaxis": False,
        "increasing": {"marker": {"color": "--c1"}},
        "decreasing": {"marker": {"color": "--c3"}},
        "totals": {"marker": {"color": "--c8"}},
        "connector": {"line": {"color": "--grid", "width": 1}},
        "hoverinfo": "x+text",
    }
    layout = {
        "yaxis": axis(UNIT, rangemode="tozero"),
        "showlegend": False,
        "margin": {"t": 36},
        "xaxis": {"type": "category"},
    }
    note = (
        "Levelised: capital is charged over its life with interest. Whole "
        "horizon; chips that are nobody's to use are left out."
    )
    return Figure("chart-made-of", "What a useful GPU-hour is made of", [trace], layout, note, 330, table=PARTS)


def parts_table(view: View) -> Any:
    """The waterfall's steps."""
    hours = float(np.nansum(view.table("tenant_cost")["gpu_h"]))
    found = _parts(view)
    total = sum(found.values())
    heads = [
        "part",
        n("cost", "$ million", f"{COST} Over the horizon, tenants' chips."),
        n("a useful GPU-hour", "$", "The part over the useful GPU-hours of all tenants"),
        n("share", "%", "The part over all parts"),
    ]
    rows = [
        [
            name,
            numbers.figure(usd / 1e6, 4),
            numbers.figure(usd / hours if hours else None),
            numbers.percent(usd / total if total else None),
        ]
        for name, usd in [*found.items(), ("all", total)]
    ]
    return table("What a useful GPU-hour is made of", heads, rows, ident=PARTS)


def by_year(view: View) -> Any:
    """The same by calendar year."""
    found = view.table("cost_parts")
    names = list(_parts(view))
    years = np.array([view.day(at)[:4] for at in found["month_s"].tolist()])
    rows = []
    for year in sorted(set(years.tolist())):
        mine = (years == year) & (found["tenant"] != IDLE)
        sums = [float(np.nansum(found["cost_usd"][mine & (found["part"] == name)])) / 1e6 for name in names]
        rows.append([_marked(view, year), *(numbers.figure(one, 4) for one in sums), numbers.figure(sum(sums), 4)])
    return table(
        "Levelised cost by part and calendar year",
        ["year", *(n(name, "$ million", COST) for name in names), n("all", "$ million", COST)],
        rows,
    )


def _marked(view: View, year: str) -> str:
    known = view.meta["known_as_of"]
    if f"{year}-12-31" <= known:
        return f"{year} (record)"
    return f"{year} (projection)" if f"{year}-01-01" > known else f"{year} (record to {known}, then projection)"


def _swings(view: View) -> list[dict[str, Any]]:
    rows = list(view.table("cost_movers").rows())
    return sorted(rows, key=lambda row: -abs(row["high_usd_per_gpu_h"] - row["low_usd_per_gpu_h"]))


def movers(view: View) -> Figure:
    """A tornado: the cost of a GPU-hour with each input at its P10 and P90."""
    rows = [row for row in _swings(view) if np.isfinite(row["low_usd_per_gpu_h"])][:MOST_MOVERS]
    names = [str(row["input"]) for row in rows]
    base = _base(view, rows)
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "y": names,
            "x": series([row[column] - base for row in rows]),
            "base": series([base] * len(rows)),
            "name": f"input at its {end}",
            "marker": {"color": color},
            "customdata": series([row[column] for row in rows]),
            "hovertemplate": "%{y} at its " + end + ": %{customdata:$,.3r}<extra></extra>",
        }
        for column, end, color in (("low_usd_per_gpu_h", "P10", "--c5"), ("high_usd_per_gpu_h", "P90", "--c2"))
    ]
    layout = {
        "xaxis": axis(UNIT, showgrid=True),
        "yaxis": axis("", autorange="reversed", type="category", tickfont={"size": 11}),
        "barmode": "overlay",
        "shapes": [
            {
                "type": "line",
                "x0": base,
                "x1": base,
                "y0": 0,
                "y1": 1,
                "yref": "paper",
                "line": {"color": "--ink", "width": 1},
            }
        ],
        "margin": {"t": 8},
    }
    note = (
        "Each input alone goes from its P10 to its P90; the run's quantities stay. The chips that are nobody's to use "
        f"are paid for here too, so that the line stands at {numbers.money(base)}."
    )
    return Figure(
        "chart-movers",
        "What moves the cost of a useful GPU-hour",
        traces,
        layout,
        note,
        90 + 26 * len(rows),
        table=MOVERS,
    )


def _base(view: View, rows: list[dict[str, Any]]) -> float:
    """The cost with all inputs at their medians, idle chips included; the ends' median where none is named."""
    named = (view.results.summary.get("accounts") or {}).get("levelised_usd_per_gpu_h")
    ends = [row[column] for row in rows for column in ("low_usd_per_gpu_h", "high_usd_per_gpu_h")]
    return float(named) if isinstance(named, (int, float)) else float(np.median(ends or [0.0]))


def movers_table(view: View) -> Any:
    """All inputs that the accounts moved."""
    heads = [
        "input",
        n("P10", "", "cost_movers.low"),
        n("P90", "", "cost_movers.high"),
        n("GPU-hour at P10", "$", "cost_movers.low_usd_per_gpu_h"),
        n("at P90", "$", "cost_movers.high_usd_per_gpu_h"),
        n("capital at P10", "$ million", "cost_movers.capex_low_usd"),
        n("at P90", "$ million", "cost_movers.capex_high_usd"),
    ]
    rows = [
        [
            row["input"],
            human(row["low"], row["unit"]),
            human(row["high"], row["unit"]),
            numbers.figure(row["low_usd_per_gpu_h"]),
            numbers.figure(row["high_usd_per_gpu_h"]),
            numbers.figure(row["capex_low_usd"] / 1e6, 4),
            numbers.figure(row["capex_high_usd"] / 1e6, 4),
        ]
        for row in _swings(view)
    ]
    return table("Each uncertain price, life and rate on its own", heads, rows, ident=MOVERS, topic="cost")
