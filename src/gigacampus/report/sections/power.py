"""What power is drawn, from which source, and how far it stays below what is provisioned."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import (
    SOFT,
    Figure,
    Trace,
    area_steps,
    instants,
    line,
    min_max,
    stack,
    steps,
    time_figure,
)
from gigacampus.report.listing import n, parted
from gigacampus.report.section import Section, behind
from gigacampus.report.view import View, colored

HOW = (
    "Drawn: energy of the last month over its seconds (`it_j`, `facility_j` of flows_months). Provisioned: "
    "`provisioned_it_w` of the same row. The peak is the highest `peak_facility_w`; sources by their `energy_j`."
)
LIMITS = {
    "limit of grid and sources": "flows_months.limit_w",
    "cleared chips at full draw": "Chips cleared so far × provisioned power of a live chip × PUE of the month",
    "energised halls at full draw": "IT power that energised halls can hold × PUE of the month",
}
MOST_ROOM = 4.0
"""A ceiling this many times above the peak would flatten the chart; it is named under it instead."""
MONTHS, SOURCES = "t-power-by-month", "t-energy-by-source"

FLAT = 0.005
"""A PUE that moves less than this over the horizon is drawn as the flat line that it is."""


def section(view: View) -> Section | None:
    """Sources, provisioned against drawn, PUE."""
    if not view.has("flows_months"):
        return None
    parts: list[Any] = [_provisioned(view)]
    if view.has("source_months"):
        parts += [_sources(view), behind("Energy by source, month by month", _source_table(view))]
    if view.has("flows_hours"):
        parts.append(_hours(view))
    if np.isfinite(view.table("flows_months")["pue_fraction"]).sum() > 1:
        parts.append(_pue(view))
    parts += [behind("Power and energy month by month", _months(view))]
    return Section(
        "power", "Power", "What power is drawn, and from where?", answer(view), parts, how=HOW, topic="power"
    )


def mean_w(view: View, column: str) -> Any:
    """Mean power of each month from its energy; shape (months,)."""
    return view.per_month("flows_months", column) / np.diff(view.edges_s)


def answer(view: View) -> str:
    """Provisioned against drawn in the last month, the peak, and the largest source."""
    months = view.table("flows_months")
    provisioned = float(months["provisioned_it_w"][-1])
    drawn, meter = float(mean_w(view, "it_j")[-1]), float(mean_w(view, "facility_j")[-1])
    month = view.month(view.edges_s[-2])
    said = (
        f"In {month}, {numbers.power(provisioned)} of IT power are provisioned "
        f"and {numbers.power(drawn)} really drawn in the mean"
    )
    if provisioned:
        said += f" ({numbers.percent(drawn / provisioned)})"
    said += (
        f", {numbers.power(meter)} at the meter; the peak hour of the horizon "
        f"takes {numbers.power(view.number('peak_facility_w'))}"
    )
    if view.has("source_months"):
        sums = view.source_sums_j
        total = sum(sums.values())
        top = max(sums, key=lambda name: sums[name])
        if total:
            said += f". The largest source is {top}, with {numbers.percent(sums[top] / total)} of the energy"
    return f"{said}."


def _provisioned(view: View) -> Figure:
    provisioned = view.per_month("flows_months", "provisioned_it_w") / 1e6
    peak = view.per_month("flows_months", "peak_facility_w") / 1e6
    traces = [
        steps(view, provisioned, "provisioned IT", "--c2", line={"dash": "dash"}),
        steps(view, peak, "peak hour at the meter", "--c4", width=1.5),
        steps(view, mean_w(view, "facility_j") / 1e6, "mean at the meter", "--c5"),
        steps(view, mean_w(view, "it_j") / 1e6, "mean IT drawn", "--c1", width=3, **SOFT),
    ]
    return time_figure(view, "chart-drawn", "Provisioned and really drawn", traces, "MW", table=MONTHS)


def _sources(view: View) -> Figure:
    def band(keys: list[str], name: str, color: str) -> Trace:
        joules = sum(view.per_month("source_months", "energy_j", source=key) for key in keys)
        return area_steps(view, joules / np.diff(view.edges_s) / 1e6, name, color)

    traces = stack(view.source_sums_j, band, str, colored(view.source_sums_j))
    ceilings = limits_w(view)
    drawn = view.per_month("flows_months", "peak_facility_w").max()
    shown = {name: w for name, w in ceilings.items() if w.max() <= MOST_ROOM * max(1.0, drawn)}
    colors = dict(zip(ceilings, ("--ink", "--c4", "--muted"), strict=False))
    traces += [steps(view, w / 1e6, name, colors[name], width=1.5, line={"dash": "dot"}) for name, w in shown.items()]
    above = [f"{name}: {numbers.power(float(w[-1]))}" for name, w in ceilings.items() if name not in shown]
    note = f"Beyond the scale of this chart, at the end of the horizon: {'; '.join(above)}." if above else ""
    title = "Power by source, against what grid and licences allow"
    unit = "MW at the meter, mean of the month"
    return time_figure(view, "chart-sources", title, traces, unit, note=note, table=SOURCES)


def limits_w(view: View) -> dict[str, Any]:
    """Ceilings on the load at the meter, W by month: what sources may give, and what live and cleared chips could draw.

    Chips cleared but not live count at the provisioned power of the live ones (of all models where none is live).
    """
    months = view.table("flows_months")
    found: dict[str, Any] = {}
    if "limit_w" in months.columns and np.isfinite(months["limit_w"]).all():
        found["limit of grid and sources"] = months["limit_w"]
    if view.has("buildout_months"):
        built = view.table("buildout_months")
        known = list(view.meta.get("chip_it_w", {}).values())
        live = built["live_chips"] > 0
        per_chip = np.where(
            live, built["live_it_w"] / np.maximum(built["live_chips"], 1), np.mean(known) if known else 0.0
        )
        ratio = np.nan_to_num(months["pue_fraction"], nan=float(view.number("pue_mean") or 1.0))
        found["cleared chips at full draw"] = built["cleared_chips"] * per_chip * ratio
        found["energised halls at full draw"] = built["power_limit_w"] * ratio
    return found


def _hours(view: View) -> Figure:
    hours = view.table("flows_hours")
    traces = []
    for column, name, color in (("facility_w", "at the meter", "--c5"), ("it_w", "IT", "--c1")):
        at, values = min_max(hours["hour_s"], hours[column] / 1e6)
        traces.append(line(instants(view, at), values, name, color, width=1))
    shown = len(traces[0]["x"])
    note = (
        f"{len(hours):,} hours shown as {shown:,} points: the lowest and the highest hour of each "
        "bucket, so every spike is kept. All hours stand in tables/flows_hours.parquet."
    )
    return time_figure(
        view, "chart-hours", "Power hour by hour", traces, "MW", note=note if shown < len(hours) else "", table=MONTHS
    )


def _pue(view: View) -> Figure:
    months = view.table("flows_months")
    traces = [steps(view, months["pue_fraction"], "PUE of the month", "--c1", connectgaps=False)]
    figure = time_figure(view, "chart-pue", "PUE", traces, "facility over IT energy", table=MONTHS, height_px=260)
    ratios = months["pue_fraction"][np.isfinite(months["pue_fraction"])]
    spread = float(np.ptp(ratios))
    figure.layout["yaxis"] |= {"rangemode": "normal", "tickformat": ".2f" if spread > 0.03 else ".3f"}
    if spread < FLAT:
        middle = float(ratios.mean())
        figure.layout["yaxis"] |= {"range": [middle - FLAT, middle + FLAT]}
    return figure


def _months(view: View) -> Any:
    limits = limits_w(view)
    heads = [
        "month",
        n("provisioned", "MW IT", "flows_months.provisioned_it_w"),
        n("drawn", "MW IT", "flows_months.it_j Over the month's seconds."),
        n("at the meter", "MW", "flows_months.facility_j Over the month's seconds."),
        n("peak hour", "MW", "flows_months.peak_facility_w"),
        n("IT", "GWh", "flows_months.it_j"),
        n("losses", "GWh", "flows_months.loss_j"),
        n("cooling", "GWh", "flows_months.cooling_j"),
        n("house", "GWh", "flows_months.misc_j"),
        n("PUE", "", "flows_months.pue_fraction"),
        *(n(name, "MW at the meter", LIMITS[name]) for name in limits),
    ]
    it, meter = mean_w(view, "it_j"), mean_w(view, "facility_j")
    rows = [
        (
            view.month_part(row["month_s"]),
            [
                view.month(row["month_s"]),
                numbers.figure(row["provisioned_it_w"] / 1e6),
                numbers.figure(it[k] / 1e6),
                numbers.figure(meter[k] / 1e6),
                numbers.figure(row["peak_facility_w"] / 1e6),
                *(numbers.figure(row[c] / 3.6e12) for c in ("it_j", "loss_j", "cooling_j", "misc_j")),
                numbers.figure(row["pue_fraction"], 4),
                *(numbers.figure(float(w[k]) / 1e6) for w in limits.values()),
            ],
        )
        for k, row in enumerate(view.table("flows_months").rows())
    ]
    return parted(view, "Power and energy by month", heads, rows, ident=MONTHS)


def _source_table(view: View) -> Any:
    heads = [
        "month",
        "source",
        "supplier",
        n("energy", "GWh", "source_months.energy_j"),
        n("mean", "MW", "source_months.energy_j Over the month's seconds."),
        n("CO₂", "kt", "source_months.carbon_kg"),
        n("cost", "$ million", "source_months.cost_usd"),
        n("price", "USc/kWh", "Cost over energy"),
    ]
    seconds = np.diff(view.edges_s)
    rows = []
    for row in view.table("source_months").rows():
        month = int(view.month_index(np.array([row["month_s"]]))[0])
        kwh = row["energy_j"] / 3.6e6
        rows.append(
            (
                view.month_part(row["month_s"]),
                [
                    view.month(row["month_s"]),
                    row["source"],
                    view.name(row["supplier"]),
                    numbers.figure(kwh / 1e6),
                    numbers.figure(row["energy_j"] / seconds[month] / 1e6),
                    numbers.figure(row["carbon_kg"] / 1e6),
                    numbers.figure(row["cost_usd"] / 1e6),
                    numbers.figure(100 * row["cost_usd"] / kwh if kwh else None),
                ],
            )
        )
    return parted(view, "Energy, carbon and cost by source and month", heads, rows, ident=SOURCES)
