"""What each month would gain if one limit alone were relaxed: the computation behind what binds."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, series, time_figure
from gigacampus.report.listing import MOST_ROWS, n, parted
from gigacampus.report.view import View, short

GAINS = "t-gain-of-one-limit"
GAIN_HEADS = (
    n("gain", "chips", "buildout_shadow.gain_chips"),
    n("gain", "H100e", "buildout_shadow.gain_h100e"),
    n("gain", "MW IT", "buildout_shadow.gain_it_w"),
)


def chart(view: View) -> Figure:
    """Gain by limit and month."""
    shadow = view.table("buildout_shadow")
    limits = list(dict.fromkeys(str(one) for one in shadow["limit"]))
    words = {limit: str(shadow["relaxation"][shadow["limit"] == limit][0]) for limit in limits}
    gains = np.zeros((len(limits), len(view.months)))
    index = view.month_index(shadow["month_s"])
    for row in range(len(shadow)):
        gains[limits.index(str(shadow["limit"][row])), index[row]] += shadow["gain_chips"][row]
    edges = [view.day(at) for at in view.edges_s]
    trace = {
        "type": "heatmap",
        "x": edges,
        "y": [short(limit, 20) for limit in limits],
        "z": [series(np.where(row == 0, np.nan, row)) for row in gains],
        "colorscale": "Viridis",
        "showscale": len(limits) > 1,
        "ygap": 2,
        "colorbar": {"title": {"text": "chips"}, "thickness": 12},
        "customdata": [[words[limit]] * len(view.months) for limit in limits],
        "hovertemplate": "%{x|%Y-%m}: %{z:,.0f} chips more<br>with %{customdata}<extra></extra>",
    }
    said = "; ".join(f"{limit}: {word}" for limit, word in words.items())
    figure = time_figure(
        view,
        "chart-shadow",
        "What a month would gain if one limit alone were relaxed",
        [trace],
        "",
        table=GAINS,
        hovermode="closest",
        height_px=110 + 26 * len(limits),
        note=f"The limits are relaxed one at a time ({said}). A limit binds where it gains chips; a "
        "month is named after what gains most, but not after a limit with a balance left that keeps nothing out.",
    )
    figure.layout["yaxis"] = axis("", autorange="reversed", type="category")
    return figure


def listing(view: View) -> Any:
    """The same as a table."""
    heads = ["month", "limit", "relaxed to", *GAIN_HEADS]
    rows = [
        (
            view.month_part(row["month_s"]),
            [
                view.month(row["month_s"]),
                row["limit"],
                row["relaxation"],
                numbers.count(row["gain_chips"]),
                numbers.count(row["gain_h100e"]),
                numbers.figure(row["gain_it_w"] / 1e6),
            ],
        )
        for row in view.table("buildout_shadow").rows()
    ][:MOST_ROWS]
    total = len(view.table("buildout_shadow"))
    caption = "Gain in live chips at the month's end"
    return parted(view, caption, heads, rows, total=total, stored="buildout_shadow", ident=GAINS)
