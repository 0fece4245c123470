"""A sweep as one self-contained HTML file: pairs of inputs and outcomes, what drives them, fans, the Pareto front."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, series
from gigacampus.report.comparison import paged
from gigacampus.report.html import tag
from gigacampus.report.listing import n, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import OTHERS, SERIES, short

SYMBOLS = ("circle-open", "square-open", "diamond-open", "triangle-up-open", "cross-thin-open", "x-thin-open")
"""Open shapes: runs that give the same stand in each other and are still seen."""
MOST_PAIRS = 6
MOST_BARS = 16
MOST_ROWS = 200


def render(told: Mapping[str, Any]) -> str:
    """The page of a sweep, from the plain values of `sweep.picture.pictured`."""
    study = told["study"]
    title = f"{study.get('scenario', '')}: {told['points']:,} runs"
    varied = ", ".join(told["inputs"]) or "variants and seeds"
    lead = f"Kind of run: {study.get('kind')}. What varies: {varied}. {_failed(told['failed'])}"
    sections = [
        one for one in (_pairs(told), _drivers(told), _fans(told), _front(told), _points(told)) if one is not None
    ]
    return paged(title, "sweep", tag("p", lead, class_="lead"), sections)


def _failed(count: int) -> str:
    return "No run failed." if not count else "1 run failed." if count == 1 else f"{count:,} runs failed."


def _color(told: Mapping[str, Any]) -> dict[str, str]:
    names = list(dict.fromkeys(told["variants"]))
    return {name: SERIES[k] if k < len(SERIES) else OTHERS for k, name in enumerate(names)}


def _name(variant: str) -> str:
    return variant or "no variant"


def _pairs(told: Mapping[str, Any]) -> Section | None:
    """Every input against every measure, by variant."""
    inputs = list(told["inputs"])[:MOST_PAIRS]
    if not inputs or not told["measures"]:
        return None
    figures = [
        _scatter(told, f"pair-{k}-{i}", path, measure)
        for k, measure in enumerate(told["measures"])
        for i, path in enumerate(inputs)
    ]
    more = len(told["inputs"]) - len(inputs)
    answer = f"Each point is a run, each colour a variant.{f' {more} further inputs are in the table.' if more else ''}"
    return Section("pairs", "Pairs", "How do the results follow the inputs?", answer, figures)


def _scatter(told: Mapping[str, Any], ident: str, path: str, measure: Mapping[str, Any]) -> Figure:
    traces: list[Any] = []
    for variant, color in _color(told).items():
        mine = [k for k, one in enumerate(told["variants"]) if one == variant]
        values = [told["inputs"][path][k] for k in mine]
        words = any(isinstance(one, str) for one in values)
        traces.append(
            {
                "type": "scatter", "mode": "markers", "name": _name(variant),
                "x": values if words else series(values, 7), "y": series([measure["values"][k] for k in mine]),
                "marker": {"color": color, "size": 9, "symbol": SYMBOLS[len(traces) % len(SYMBOLS)],
                           "line": {"width": 1.6}},
            }
        )  # fmt: skip
    layout = {"xaxis": axis(path), "yaxis": axis(_label(measure)), "hovermode": "closest"}
    title = f"{measure['label']} against {path}"
    return Figure(ident, f"{title[0].upper()}{title[1:]}", traces, layout, "", 300)


def _label(measure: Mapping[str, Any]) -> str:
    return f"{measure['label']}, {measure['unit']}" if measure["unit"] else str(measure["label"])


def _drivers(told: Mapping[str, Any]) -> Section | None:
    """Tornado and Sobol indices of each measure."""
    figures = []
    for k, measure in enumerate(told["measures"]):
        if measure["tornado"]:
            figures.append(_tornado(f"tornado-{k}", measure))
        if measure["sobol"]:
            figures.append(_sobol(f"sobol-{k}", measure))
    if not figures:
        return None
    first = next((m["tornado"][0] for m in told["measures"] if m["tornado"]), None)
    answer = f"{first['path']} moves {told['measures'][0]['label']} most." if first else "Nothing moves it."
    return Section("drivers", "What drives it", "Which input matters most?", answer, figures)


def _tornado(ident: str, measure: Mapping[str, Any]) -> Figure:
    rows = measure["tornado"][:MOST_BARS]
    trace = {
        "type": "bar", "orientation": "h", "y": [row["path"] for row in rows],
        "x": series([row["high"] - row["low"] for row in rows]), "base": series([row["low"] for row in rows]),
        "name": measure["label"], "marker": {"color": "--c1"},
        "hovertemplate": "%{y}: from %{base:,.4~r} to %{x:,.4~r}<extra></extra>",
    }  # fmt: skip
    layout = {
        "xaxis": axis(_label(measure), showgrid=True), "margin": {"t": 8},
        "yaxis": axis("", autorange="reversed", type="category"),
    }  # fmt: skip
    note = "Mean of the runs with the input in its lowest fifth, and in its highest; of words, the least and the most."
    return Figure(ident, f"What moves {measure['label']}", [trace], layout, note, 90 + 28 * len(rows))


def _sobol(ident: str, measure: Mapping[str, Any]) -> Figure:
    found = measure["sobol"]
    traces = [
        {"type": "bar", "orientation": "h", "y": found["inputs"], "x": series(found[key]), "name": name,
         "marker": {"color": color}}
        for key, name, color in (("first", "alone", "--c1"), ("total", "with interactions", "--c2"))
    ]  # fmt: skip
    layout = {"xaxis": axis("share of the variance"), "yaxis": axis("", autorange="reversed", type="category")}
    note = "Sobol indices by scipy.stats.sobol_indices (Saltelli et al. 2010)."
    height_px = 120 + 40 * len(found["inputs"])
    return Figure(ident, f"Sobol indices of {measure['label']}", traces, layout, note, height_px)


def _fans(told: Mapping[str, Any]) -> Section | None:
    figures = []
    for name, fan in told["fans"].items():
        traces: list[Any] = []
        for (variant, (low, mid, high)), color in zip(fan["variants"].items(), (*SERIES, *[OTHERS] * 99), strict=False):
            x = list(range(1, fan["months"] + 1))
            thin = {"color": color, "width": 1, "dash": "dot"}
            traces += [
                {"type": "scatter", "mode": "lines", "x": x, "y": series(level), "name": f"{short(_name(variant))} {p}",
                 "line": {"shape": "hv"} | ({"color": color, "width": 2.5} if p == "P50" else thin),
                 "showlegend": p == "P50"}
                for level, p in ((low, "P10"), (mid, "P50"), (high, "P90"))
            ]  # fmt: skip
        ticks = {"tick0": 1, "dtick": 1 if fan["months"] <= 12 else 6 if fan["months"] <= 72 else 12}
        layout = {
            "xaxis": axis("month of the horizon", **ticks), "yaxis": axis(fan["label"], rangemode="tozero"),
            "hovermode": "x unified",
        }  # fmt: skip
        note = "Thick: P50; dotted: P10 and P90, where they lie apart."
        title = f"{fan['label']}: P10, P50, P90 over the runs"
        figures.append(Figure(f"fan-{name}", f"{title[0].upper()}{title[1:]}", traces, layout, note))
    if not figures:
        return None
    return Section("fans", "Fans", "How wide is the spread over time?", "By variant, over all points.", figures)


def _front(told: Mapping[str, Any]) -> Section | None:
    """The first two measures against each other, with the points that no other beats in both."""
    if len(told["measures"]) < 2:
        return None
    one, two = told["measures"][:2]
    best = told["front"]
    traces = [
        {"type": "scatter", "mode": "markers", "x": series(one["values"]), "y": series(two["values"]),
         "name": "all runs", "marker": {"color": "--c-other", "size": 6}},
        {"type": "scatter", "mode": "lines+markers", "x": series([one["values"][k] for k in best]),
         "y": series([two["values"][k] for k in best]), "name": "Pareto front", "line": {"color": "--c4", "width": 2},
         "marker": {"color": "--c4", "size": 8}},
    ]  # fmt: skip
    words = [f"{m['label']} ({'more' if told['is_more_better'][m['key']] else 'less'} is better)" for m in (one, two)]
    layout = {"xaxis": axis(_label(one)), "yaxis": axis(_label(two)), "hovermode": "closest"}
    figure = Figure("pareto", " and ".join(words), traces, layout)
    answer = f"{len(best)} of {told['points']:,} runs are beaten by none in both {one['label']} and {two['label']}."
    return Section("front", "Pareto front", "Which runs are beaten by none?", answer, [figure])


def _points(told: Mapping[str, Any]) -> Section:
    heads = ["variant", *(n(path) for path in told["inputs"]), *(n(m["label"], m["unit"]) for m in told["measures"])]
    rows = []
    for k, variant in enumerate(told["variants"][:MOST_ROWS]):
        varied = [_cell(values[k]) for values in told["inputs"].values()]
        rows.append([_name(variant), *varied, *(numbers.figure(m["values"][k], 4) for m in told["measures"])])
    made = table("Inputs and outcomes", heads, rows, total=told["points"], stored="results")
    answer = "All of them, and every number of every run, stand in results.parquet."
    return Section("points", "Points", "What are the numbers?", answer, [behind("The first rows", made)])


def _cell(value: Any) -> str:
    return numbers.figure(value, 5) if isinstance(value, (int, float)) else str(value)
