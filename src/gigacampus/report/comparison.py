"""A comparison as one self-contained HTML file: what differs, what moved, because of what, and charts laid over each
other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import resources
from typing import Any

from gigacampus import __version__
from gigacampus.report import numbers
from gigacampus.report.charts import FEW_MONTHS, Figure, axis, series
from gigacampus.report.html import Html, data, join, link, prose, tag
from gigacampus.report.listing import n, table
from gigacampus.report.page import POLICY, SCRIPTS, plotly, whole
from gigacampus.report.section import Section, behind, listed
from gigacampus.report.view import SERIES, short

OVERLAID = {
    "live_chips": ("Live chips", "chips at the month's end", 1.0),
    "live_h100e": ("Live chips in H100 equivalents", "H100e at the month's end", 1.0),
    "live_it_w": ("Provisioned IT power of live chips", "MW of IT at the month's end", 1e6),
    "facility_w": ("Power at the meter", "MW, mean over the month", 1e6),
}
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
MOST_BARS = 12


def render(told: Mapping[str, Any], levels: Mapping[str, Any]) -> str:
    """The page of a comparison, from `Comparison.as_dict()` and `Comparison.series()`."""
    sections = [_glance(told), _charts(told, levels), *(_case(told, one, k) for k, one in enumerate(told["cases"]))]
    title = f"{told['title']}: {1 + len(told['cases'])} cases compared"
    return paged(title, "compare", _said(told), [one for one in sections if one], told.get("known_as_of") or "")


def paged(title: str, kicker: str, lead: Any, sections: Sequence[Section], known: str = "") -> str:
    """A page of sections with charts, self-contained: the same frame for all that is no single run."""
    head = tag("header", tag("p", kicker, class_="kicker"), tag("h1", title), lead, class_="head")
    foot = tag("footer", tag("p", "gigacampus · a simulation, not a forecast"))
    body = join(_top(sections), tag("main", head, [one.render() for one in sections], foot, id="main"), whole())
    figures = {figure.id: figure.as_data() for one in sections for figure in one.figures}
    about = {"title": title, "known": known, "run": f"gigacampus {__version__}", "seed": "", "page": "report.html"}
    scripts = join(
        tag("script", data(figures), type="application/json", id="figures"),
        tag("script", data(about), type="application/json", id="about"),
        tag("script", plotly(), type="text/plain", id="plotly"),
        tag("script", Html("\n".join(_asset(f"js/{name}.js") for name in SCRIPTS))),
    )
    return f"<!doctype html>\n{tag('html', _meta(title), tag('body', body, scripts), lang='en', class_='no-js')}\n"


def _asset(name: str) -> str:
    return resources.files("gigacampus.report").joinpath(name).read_text(encoding="utf-8")


def _meta(title: str) -> Html:
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("title", f"{title} · gigacampus"),
        tag("style", Html(_asset("page.css"))),
        tag("script", Html("document.documentElement.className='js'")),
    )


def _top(sections: Sequence[Section]) -> Html:
    links = [tag("a", one.title, href=f"#{one.id}") for one in sections]
    theme = tag("button", "◐", type="button", id="theme", aria_label="Switch between light and dark")
    return join(
        tag("a", "Skip to the report", href="#main", class_="skip"),
        tag(
            "nav",
            tag("a", "gigacampus", href="#main", class_="brand"),
            tag("div", links, class_="links"),
            theme,
            aria_label="Sections",
        ),
    )


def _said(told: Mapping[str, Any]) -> Html:
    """A case's first sentences: what the campus holds, and who gains or loses most; and which cases are the same."""
    items = [
        join(tag("strong", one["name"]), ": ", prose(" ".join(one["sentences"][:2]) or one["title"]))
        for one in told["cases"]
    ]
    same = [f"Identical numbers: {', '.join(names)}." for names in told["identical"]]
    return tag("div", listed([*items, *same, *told["notes"]]), class_="statements")


def _known(told: Mapping[str, Any], starts: Sequence[str]) -> dict[str, Any]:
    """A line where the record of the first case ends."""
    known = told.get("known_as_of") or ""
    if not starts[0] < known < starts[-1]:
        return {}
    mark = {"type": "line", "x0": known, "x1": known, "yref": "paper", "y0": 0, "y1": 1.02}
    note = {"text": f"known as of {known}", "x": known, "yref": "paper", "y": 1.0, "xanchor": "left"}
    return {
        "shapes": [{**mark, "line": {"color": "--known", "width": 1.2, "dash": "dot"}}],
        "annotations": [{**note, "yanchor": "bottom", "showarrow": False, "font": {"size": 11, "color": "--known"}}],
    }


def _glance(told: Mapping[str, Any]) -> Section | None:
    """What each tenant gains or loses in every case, and the headline numbers of all cases in one table."""
    cases = told["cases"]
    parts: list[Any] = []
    tenants = list(dict.fromkeys(row["name"] for one in cases for row in one["parties"] if row["role"] == "tenant"))
    gains = {
        one["name"]: {row["name"]: row["h100e_months"] for row in one["parties"] if row["role"] == "tenant"}
        for one in cases
    }
    most = max((abs(value) for found in gains.values() for value in found.values()), default=0.0)
    if most > 0:
        size, word = numbers.prefix(most)
        traces = [
            {
                "type": "bar", "orientation": "h", "name": name, "y": [short(one, 40) for one in tenants[:MOST_BARS]],
                "x": series([found.get(one, 0.0) / size for one in tenants[:MOST_BARS]]),
                "marker": {"color": SERIES[(k + 1) % len(SERIES)]}, "hovertemplate": "%{y}: %{x:+,.4r}",
            }
            for k, (name, found) in enumerate(gains.items())
        ]  # fmt: skip
        layout = {
            "xaxis": axis(f"{word}H100e-months gained (right) or lost (left)", showgrid=True, zeroline=True),
            "yaxis": axis("", autorange="reversed", type="category"),
            "margin": {"t": 8},
            "bargap": 0.25,
        }
        high = 90 + min(MOST_BARS, len(tenants)) * (16 + 15 * len(traces))
        title = f"What each tenant gains or loses against {short(told['base'], 40)}"
        parts.append(Figure("glance-tenants", title, traces, layout, "", high, table=GLANCE))
    moved = [row for row in (cases[0]["results"] if cases else []) if any(_moves(one, row["key"]) for one in cases)]
    if not moved:
        return None
    heads = ["", "unit", n(told["base"]), *(n(one["name"]) for one in cases)]
    rows = [
        [row["label"], row["unit"], _level(row, "old"), *(_against(one, row["key"]) for one in cases)] for row in moved
    ]
    parts.append(table("Headline numbers that moved, each case with its difference", heads, rows, ident=GLANCE))
    answer = (
        f"{len(moved)} headline numbers move in some case; what each case moves, and because of what, stands below."
    )
    return Section("glance", "At a glance", "Who gains, who loses, and what moves?", answer, parts)


GLANCE = "t-glance"
ROUNDING = 1e-9
"""Differences below this share of a number are rounding."""


def _row(one: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    return next((row for row in one["results"] if row["key"] == key), None)


def _moves(one: Mapping[str, Any], key: str) -> bool:
    row = _row(one, key)
    if row is None or row["old"] is None or row["new"] is None:
        return row is not None and row["old"] != row["new"]
    return bool(abs(row["new"] - row["old"]) > ROUNDING * max(abs(row["new"]), abs(row["old"])))


def _level(row: Mapping[str, Any], end: str) -> str:
    return numbers.figure(None if row[end] is None else row[end] / row["per_unit"], 4)


def _against(one: Mapping[str, Any], key: str) -> Any:
    """A case's number with its difference from the first under it."""
    row = _row(one, key)
    if row is None:
        return numbers.NONE
    gap = None if row["difference"] is None else row["difference"] / row["per_unit"]
    said = numbers.signed(gap) if gap and _moves(one, key) else "the same"
    return join(_level(row, "new"), tag("small", said, class_="mid"))


def _starts(months: Sequence[str]) -> list[str]:
    """First days of the months, and the day after the last: a level stands to its month's end."""
    if not months:
        return []
    year, month = (int(one) for one in months[-1].split("-"))
    return [*(f"{one}-01" for one in months), f"{year + month // 12}-{month % 12 + 1:02d}-01"]


def _drawn(months: Sequence[str], values: Sequence[float], *, is_mean: bool) -> dict[str, Any]:
    """A mean stands over its month, a level at its month's end until the next; few months are drawn whole."""
    starts = _starts(months)
    if is_mean or len(months) < FEW_MONTHS:
        return {"x": starts, "y": series([*values, *values[-1:]])}
    return {"x": starts[1:], "y": series(values)}


def _charts(told: Mapping[str, Any], levels: Mapping[str, Any]) -> Section:
    """Every level over the months, all cases in one chart."""
    names = [told["base"], *(one["name"] for one in told["cases"])]
    figures = []
    for key, (title, unit, scale) in OVERLAID.items():
        shown = [(name, levels[name][key]) for name in names if key in levels[name]]
        if len(shown) < 2:
            continue
        traces = [
            {
                "type": "scatter", "mode": "lines", "name": name,
                **_drawn(levels[name]["months"], [one / scale for one in values], is_mean=key == "facility_w"),
                "line": {"color": SERIES[k % len(SERIES)], "width": 3 if k == 0 else 2, "dash": DASHES[k % len(DASHES)],
                         "shape": "hv"},
            }
            for k, (name, values) in enumerate(shown)
        ]  # fmt: skip
        starts = _starts(levels[names[0]]["months"])
        layout = {
            "xaxis": {"type": "date", "range": [starts[0], starts[-1]], "hoverformat": "%Y-%m"},
            "yaxis": axis(unit, rangemode="tozero"),
            "hovermode": "x unified",
            **_known(told, starts),
        }
        figures.append(Figure(f"over-{key}", title, traces, layout, "", is_time=True))
    moved = sum(bool(one["parties"]) or any(r["old"] != r["new"] for r in one["results"]) for one in told["cases"])
    answer = f"{moved} of {len(told['cases'])} cases move results of {told['base']}."
    return Section("over", "All cases", "How do they run over time?", answer, figures)


def _case(told: Mapping[str, Any], one: Mapping[str, Any], position: int) -> Section:
    parts: list[Any] = [listed([prose(text) for text in one["sentences"]])]
    if one["parties"]:
        parts += [_party_bars(one, position), behind("What each party loses or gains", _parties(one))]
    if one["because"] and len(one["because"]["causes"]) > 1:
        parts.append(_because(one))
    parts.append(behind("Results that moved", _results(told["base"], one)))
    parts.append(behind("Inputs that differ", _inputs(one)))
    parts += [tag("p", note, class_="note") for note in one["notes"]]
    status = f" ({one['status']})" if one["status"] else ""
    return Section(f"case-{position}", one["name"], f"What does {one['name']} move?", f"{one['title']}{status}.", parts)


def _party_bars(one: Mapping[str, Any], position: int) -> Figure:
    rows = [row for row in one["parties"] if row["h100e_months"]][:MOST_BARS]
    names = [f"{row['name']} ({row['role']})" for row in rows]
    trace = {
        "type": "bar", "orientation": "h", "y": names, "x": series([row["h100e_months"] for row in rows]),
        "name": "H100e-months", "marker": {"color": "--c1"}, "hovertemplate": "%{y}: %{x:+,.4r}<extra></extra>",
    }  # fmt: skip
    layout = {
        "xaxis": axis("H100e-months gained (right) or lost (left)", showgrid=True, zeroline=True),
        "yaxis": axis("", autorange="reversed", type="category"),
        "margin": {"t": 8},
    }
    return Figure(f"parties-{position}", "Who gains, who loses", [trace], layout, "", 90 + 26 * len(rows))


def _parties(one: Mapping[str, Any]) -> Any:
    heads = ["party", "as", n("chips"), n("H100e-months"), n("power", "MW IT"), n("net cash"), "from",
             n("share before", "%"), n("share after", "%")]  # fmt: skip
    rows = [
        [
            row["name"], row["role"], numbers.figure(row["chips"]), numbers.figure(row["h100e_months"]),
            numbers.figure(row["it_w"] / 1e6), numbers.money(row["usd"]), row["since"] or row["usd_since"],
            numbers.percent(row["old_share"]), numbers.percent(row["new_share"]),
        ]
        for row in one["parties"]
    ]  # fmt: skip
    return table("Chips and power at the end of the horizon, the others over all of it", heads, rows)


def _because(one: Mapping[str, Any]) -> Any:
    """Contributions to the numbers that were told, cause by cause."""
    causes = [cause["name"] for cause in one["because"]["causes"]]
    parts = one["because"]["contributions"]
    labels = {row["key"]: (row["label"], row["unit"], row["per_unit"]) for row in one["results"]}
    labels |= {
        f"parties.{row['party']}.{row['role']}.h100e_months": (
            f"{row['name']} ({row['role']}), H100e-months",
            "",
            1.0,
        )
        for row in one["parties"]
    }
    rows = [
        [label, *(numbers.figure(parts[key][cause] / scale) for cause in causes), unit]
        for key, (label, unit, scale) in labels.items()
        if key in parts
    ]
    played = "planned" if one["because"]["by"] == "plan" else "played whole"
    how = f"Shapley values over {one['because']['combinations']} combinations, each {played}"
    return table(f"What each change adds: {how}", ["", *(n(cause) for cause in causes), "unit"], rows)


def _results(base: str, one: Mapping[str, Any]) -> Any:
    rows = []
    for row in one["results"]:
        old, new = (None if row[key] is None else row[key] / row["per_unit"] for key in ("old", "new"))
        gap = None if row["difference"] is None else row["difference"] / row["per_unit"]
        ends = [None if row[key] is None else row[key] / row["per_unit"] for key in ("low", "high")]
        between = (
            f"{numbers.figure(ends[0])} to {numbers.figure(ends[1])}: {row['interval']}" if row["interval"] else ""
        )
        rows.append(
            [row["label"], numbers.figure(old, 4), numbers.figure(new, 4), numbers.figure(gap), row["unit"], between]
        )
    heads = ["", n(base), n(one["name"]), n("difference"), "unit", "interval of the difference"]
    return table("Headline numbers", heads, rows)


def _inputs(one: Mapping[str, Any]) -> Any:
    rows = [
        [tag("code", row["path"]), row["old"], row["new"], row["status"], link(row["source"])] for row in one["inputs"]
    ]
    return table("Every input that differs", ["path", "old", "new", "status", "source of the new value"], rows)
