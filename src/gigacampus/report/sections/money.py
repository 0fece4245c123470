"""How sure the money is: P10, P50 and P90 of each measure over samples of a plan, and what moves each most."""

from __future__ import annotations

from typing import Any

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, series
from gigacampus.report.listing import n, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import View

MEASURES, MOVERS = "t-sample-measures", "t-measure-movers"
TORNADO = "levelised_usd_per_gpu_h"
HEADLINES = (
    "capex_usd", "levelised_usd_per_gpu_h", "levelised_usd_per_h100e_h", "usd_per_million_tokens",
    "usd_per_exaflop_day_at_peak", "usd_per_exaflop_day", "idle_chips_cost_usd", "project_npv_usd",
    "project_irr_fraction", "project_cash_low_usd", "project_payback_s", "dscr_least", "debt_highest_usd",
)  # fmt: skip
"""Measures that stand in the open; the others can be opened."""
WORDS = {
    "capex_usd": "capital",
    "levelised_usd_per_gpu_h": "levelised cost of a useful GPU-hour",
    "levelised_usd_per_h100e_h": "levelised cost of a useful H100e-hour",
    "usd_per_million_tokens": "cost of a million tokens",
    "usd_per_exaflop_day_at_peak": "cost of an exaflop-day at peak",
    "usd_per_exaflop_day": "cost of a useful exaflop-day",
    "idle_chips_cost_usd": "cost of idle chips",
    "project_npv_usd": "net present value of the project",
    "project_irr_fraction": "internal rate of return of the project",
    "project_cash_low_usd": "lowest cash of the project",
    "project_payback_s": "payback of the project",
    "dscr_least": "least debt service coverage",
    "debt_highest_usd": "highest debt",
}
"""Headlines as people write them; the stored names are the columns' own."""
PERCENTILES = ("p10", "p50", "p90")
HOW = (
    "The first samples of the plan are cleared, built and settled by the rooms themselves. Their work is a stand-in: "
    "the same share of the chips busy in all; a live watt draws, drinks and is served as at the medians, at the "
    "sample's prices."
)


def section(view: View) -> Section | None:
    """Measures with their spread and a tornado; None where no sample was played through the accounts."""
    if not view.has("sample_measures"):
        return None
    rows = {row["measure"]: row for row in view.table("sample_measures").rows()}
    first = [rows[name] for name in HEADLINES if name in rows]
    rest = [row for name, row in rows.items() if name not in HEADLINES]
    parts: list[Any] = [_listing(view, "Money in samples of the plan", first, MEASURES)]
    if view.has("measure_movers"):
        parts += [_tornado(view), behind("What each range does to each measure", _movers(view))]
    parts.append(behind("All other measures", _listing(view, "Measures by class, phase and obligation", rest, "")))
    warning = "P10 to P90 of stated inputs, drawn independently; not a forecast."
    return Section(
        "money-ranges", "Ranges of money", "How sure is the money?", answer(view, rows), parts, warning=warning,
        how=HOW, topic="cost",
    )  # fmt: skip


def answer(view: View, rows: dict[str, dict[str, Any]]) -> str:
    """The spread of the cost of a GPU-hour and of the project's worth in words."""
    said = []
    for name, words in (
        ("levelised_usd_per_gpu_h", "a useful GPU-hour costs"),
        ("project_npv_usd", "the project is worth"),
    ):
        if name in rows:
            ends = [_text(view, rows[name], key) for key in PERCENTILES]
            said.append(f"{words} {ends[1]} in the median sample, {ends[0]} to {ends[2]} from P10 to P90")
    drawn = next(iter(rows.values()))["samples"]
    return f"Of {drawn:,} samples with stand-in work: {'; '.join(said)}." if said else ""


def _text(view: View, row: dict[str, Any], key: str) -> str:
    value = row[key]
    if value != value:
        return numbers.NONE
    if row["unit"] == "s":
        return view.day(int(value))
    if row["measure"].endswith("_fraction"):
        return numbers.percent(value)
    return numbers.money(value) if row["unit"].startswith("USD") else numbers.figure(value)


def _listing(view: View, title: str, rows: list[dict[str, Any]], ident: str) -> Any:
    heads = [
        "measure", *(n(p.upper(), "", f"sample_measures.{p}") for p in PERCENTILES),
        n("all inputs at their medians", "", "sample_measures.median_inputs"),
        n("no such number", "% of samples", "sample_measures.none_fraction"),
    ]  # fmt: skip
    listed = [
        [
            WORDS.get(row["measure"], row["measure"]),
            *(_text(view, row, key) for key in (*PERCENTILES, "median_inputs")),
            numbers.percent(row["none_fraction"]),
        ]
        for row in rows
    ]  # fmt: skip
    return table(title, heads, listed, ident=ident)


def _tornado(view: View) -> Figure:
    rows = [row for row in view.table("measure_movers").rows() if row["measure"] == TORNADO]
    traces = [
        {
            "type": "bar",
            "orientation": "h",
            "y": [row["path"] for row in rows],
            "x": series([row[end] for row in rows]),
            "name": f"input at its {word}",
            "marker": {"color": color},
            "customdata": [row["text"] for row in rows],
            "hovertemplate": "%{y} (%{customdata}) at its " + word + ": %{x:+,.3r}<extra></extra>",
        }
        for end, word, color in (("low", "P10", "--c5"), ("high", "P90", "--c2"))
    ]
    layout = {
        "xaxis": axis("$ per useful GPU-hour; against medians", showgrid=True, zeroline=True),
        "yaxis": axis("", autorange="reversed", type="category", tickfont={"size": 11}),
        "barmode": "overlay",
        "margin": {"t": 8},
    }
    title = "What moves the cost of a GPU-hour"
    return Figure("chart-money-tornado", title, traces, layout, "", 90 + 26 * len(rows), table=MOVERS)


def _movers(view: View) -> Any:
    heads = [
        "measure", "input", "range", n("at P10", "", "measure_movers.low"), n("at P90", "", "measure_movers.high"),
        "unit",
    ]  # fmt: skip
    rows = [
        [
            WORDS.get(row["measure"], row["measure"]),
            row["path"],
            row["text"],
            numbers.signed(row["low"], 4),
            numbers.signed(row["high"], 4),
            row["unit"],
        ]
        for row in view.table("measure_movers").rows()
        if row["measure"] in HEADLINES
    ]
    return table("Each ranged input alone, all others at their medians", heads, rows, ident=MOVERS)
