"""How much matching money is due, by when, and what is paid."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.charts import Figure, line, time_figure
from gigacampus.report.listing import MOST_ROWS, n, parted
from gigacampus.report.section import Section, behind
from gigacampus.report.view import PROJECTION, RECORD, View


def section(view: View) -> Section | None:
    """Obligations due and paid."""
    if not view.has("obligations"):
        return None
    parts = [_chart(view), behind("By obligation", _totals(view)), behind("Lot by lot", _lots(view))]
    return Section("obligations", "Obligations", "How much is owed in return, and is it paid?", answer(view), parts)


def answer(view: View) -> str:
    """Due, paid and late in words."""
    owed = view.table("obligations")
    end_s = view.clock.end_s
    due = float(np.nansum(owed["due_usd"][owed["due_s"] < end_s]))
    paid = float(np.nansum(owed["paid_usd"][owed["paid_s"] < end_s]))
    known = float(np.nansum(owed["due_usd"][owed["due_s"] < view.clock.known_s]))
    late = (owed["paid_s"] > owed["due_s"]) & (owed["paid_s"] < NEVER)
    said = f"{numbers.money(due)} fall due within the horizon ({numbers.money(known)} of it by {view.meta['known_as_of']}) and {numbers.money(paid)} are paid"
    if late.any():
        days = float(np.mean((owed["paid_s"] - owed["due_s"])[late])) / 86_400
        said += f"; {int(late.sum()):,} of {len(owed):,} sums are paid after they fall due, by {numbers.figure(days)} days in the mean"
    return f"{said}."


def _sums(at_s: Any, usd: Any, edges_s: Any) -> Any:
    keep = at_s < edges_s[-1]
    index = np.clip(np.searchsorted(edges_s, at_s[keep], side="right") - 1, 0, len(edges_s) - 2)
    return np.cumsum(np.bincount(index, weights=np.nan_to_num(usd[keep]), minlength=len(edges_s) - 1))


def _chart(view: View) -> Figure:
    owed = view.table("obligations")
    ends = view.days(view.edges_s[1:])
    traces = [
        line(ends, _sums(owed["due_s"], owed["due_usd"], view.edges_s) / 1e9, "due", "--c4", line={"shape": "hv"}),
        line(
            ends,
            _sums(owed["paid_s"], owed["paid_usd"], view.edges_s) / 1e9,
            "paid",
            "--c3",
            width=3,
            line={"shape": "hv"},
        ),
    ]
    return time_figure(view, "chart-obligations", "Obligations due and paid, cumulative", traces, "B$")


def _totals(view: View) -> Any:
    owed = view.table("obligations")
    known = owed["due_s"] < view.clock.known_s
    heads = ["obligation", "debtor", "creditor", n("sums"), n("due", "M$"), n("paid", "M$")]
    rows = []
    for part, mask in ((RECORD, known), (PROJECTION, ~known)):
        for name in dict.fromkeys(str(one) for one in owed["obligation"][mask]):
            mine = owed.where(mask & (owed["obligation"] == name))
            rows.append((
                part,
                [
                    name, view.name(str(mine["debtor"][0])), view.name(str(mine["creditor"][0])), numbers.count(len(mine)),
                    numbers.figure(float(np.nansum(mine["due_usd"])) / 1e6, 4), numbers.figure(float(np.nansum(mine["paid_usd"])) / 1e6, 4),
                ],
            ))  # fmt: skip
    return parted(view, "Obligations, by whether they fall due within the record", heads, rows)


def _lots(view: View) -> Any:
    owed = view.table("obligations")
    heads = ["obligation", "lot", "due", "paid on", n("due", "M$"), n("paid", "M$")]
    order = np.argsort(owed["due_s"], kind="stable")[:MOST_ROWS]
    rows = [
        (
            RECORD if row["is_record"] else PROJECTION,
            [
                row["obligation"], row["delivery_id"] or "–", view.day(row["due_s"]), view.day(row["paid_s"]),
                numbers.figure(row["due_usd"] / 1e6, 4), numbers.figure(row["paid_usd"] / 1e6, 4),
            ],
        )
        for row in owed.where(order).rows()
    ]  # fmt: skip
    return parted(
        view, "Obligations, in the order in which they fall due", heads, rows, total=len(owed), stored="obligations"
    )
