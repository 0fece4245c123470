"""How much matching money is due, by when, and what is paid."""

from __future__ import annotations

from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.charts import Figure, stock, time_figure
from gigacampus.report.listing import MOST_ROWS, n, parted
from gigacampus.report.section import Section, behind
from gigacampus.report.view import PROJECTION, RECORD, View, short

MOST_CHARTS = 4
UNTOLD = "not stated"
HOW = (
    "Sums of `due_usd` and `paid_usd` of obligations whose day lies within the horizon; late is what is paid after its "
    "due day. Amounts follow from the scenario's obligations and their dates, in the record too: nobody recorded them."
)
DUE, PAID = n("due", "$ million", "obligations.due_usd"), n("paid", "$ million", "obligations.paid_usd")
SUM_HEADS = (n("sums", "", "Rows of obligations"), DUE, PAID)
TOTALS, BY_MONTH = "t-obligations", "t-obligations-by-month"


def section(view: View) -> Section | None:
    """Obligations due and paid."""
    if not view.has("obligations"):
        return None
    parts: list[Any] = [
        *_charts(view),
        behind("By obligation", _totals(view)),
        behind("Month by month", _by_month(view)),
    ]
    parts.append(behind("Lot by lot", _lots(view)))
    return Section(
        "obligations",
        "Obligations",
        "How much is owed in return, and is it paid?",
        answer(view),
        parts,
        how=HOW,
        topic="clearances",
    )


def answer(view: View) -> str:
    """Due, paid and late in words."""
    owed = view.table("obligations")
    end_s = view.clock.end_s
    known, said = view.meta["known_as_of"], []
    for name in dict.fromkeys(str(one) for one in owed["obligation"]):
        mine = owed.where((owed["obligation"] == name) & (owed["due_s"] < end_s))
        due, paid = float(np.nansum(mine["due_usd"])), float(np.nansum(mine["paid_usd"][mine["paid_s"] < end_s]))
        by_now = float(np.nansum(mine["due_usd"][mine["due_s"] < view.clock.known_s]))
        is_told = _tells_payments(owed, name)
        said.append((due, f"`{name}`: {numbers.money(due)} due{_by(by_now, due, known)}, {_paid(paid, due, is_told)}"))
    kept = "; ".join(text for _, text in sorted(said, key=lambda one: -one[0])[:MOST_CHARTS])
    late = (owed["paid_s"] > owed["due_s"]) & (owed["paid_s"] < NEVER)
    tail = ""
    if late.any():
        days = float(np.mean((owed["paid_s"] - owed["due_s"])[late])) / 86_400
        tail = f" {int(late.sum()):,} of {len(owed):,} sums are paid late, by {numbers.figure(days)} days in the mean."
    return f"Within the horizon, {kept}.{tail}"


def _by(by_now: float, due: float, known: str) -> str:
    if by_now <= 0 or by_now >= due:
        return "" if by_now <= 0 else f", all of it by {known}"
    return f", {numbers.money(by_now)} of it by {known}"


def _tells_payments(owed: Any, name: str) -> bool:
    """Whether the scenario says when an obligation is paid; else nothing is known of it, not that nothing was paid."""
    return bool((owed["paid_s"][owed["obligation"] == name] < NEVER).any())


def _paid(paid: float, due: float, is_told: bool) -> str:
    if not is_told:
        return "payments are not stated"
    if paid <= 0:
        return "none of it paid"
    return "all of it paid" if paid >= due * (1 - 1e-9) else f"{numbers.money(paid)} of it paid"


def _sums(at_s: Any, usd: Any, edges_s: Any) -> Any:
    keep = at_s < edges_s[-1]
    index = np.clip(np.searchsorted(edges_s, at_s[keep], side="right") - 1, 0, len(edges_s) - 2)
    return np.cumsum(np.bincount(index, weights=np.nan_to_num(usd[keep]), minlength=len(edges_s) - 1))


def _cumulative(view: View, name: str) -> Any:
    """Billions due and paid up to each month's end of one obligation."""
    owed = view.table("obligations")
    mine = owed.where(owed["obligation"] == name)
    return [
        _sums(mine[at], mine[usd], view.edges_s) / 1e9 for at, usd in (("due_s", "due_usd"), ("paid_s", "paid_usd"))
    ]


def _charts(view: View) -> list[Figure]:
    """One chart an obligation: their sums differ by orders of magnitude."""
    owed = view.table("obligations")
    figures = []
    for position, name in enumerate(list(dict.fromkeys(str(one) for one in owed["obligation"]))[:MOST_CHARTS]):
        due, paid = _cumulative(view, name)
        traces = [stock(view, due, "due", "--c4", line={"dash": "dot"})]
        if _tells_payments(owed, name):
            traces.append(stock(view, paid, "paid", "--c3", width=3))
        title = f"{short(name, 60)}: {'due and paid' if len(traces) > 1 else 'due'}, cumulative"
        figures.append(
            time_figure(view, f"chart-obligation-{position}", title, traces, "$ billion", table=BY_MONTH, height_px=260)
        )
    return figures


def _by_month(view: View) -> Any:
    """Cumulative sums at the months' ends, an obligation after the other."""
    owed = view.table("obligations")
    heads = [
        "month",
        "obligation",
        n("due so far", "$ billion", "obligations.due_usd Summed up to the month's end."),
        n("paid so far", "$ billion", "obligations.paid_usd Summed up to the month's end."),
    ]
    rows = []
    for name in list(dict.fromkeys(str(one) for one in owed["obligation"]))[:MOST_CHARTS]:
        due, paid = _cumulative(view, name)
        is_told = _tells_payments(owed, name)
        for k, at in enumerate(view.edges_s[:-1]):
            settled = numbers.figure(paid[k], 4) if is_told else UNTOLD
            rows.append((view.month_part(at), [view.month(at), name, numbers.figure(due[k], 4), settled]))
    return parted(view, "Obligations due and paid, cumulative, at each month's end", heads, rows, ident=BY_MONTH)


def _totals(view: View) -> Any:
    owed = view.table("obligations")
    known = owed["due_s"] < view.clock.known_s
    heads = ["obligation", "debtor", "creditor", *SUM_HEADS]
    rows = []
    for part, mask in ((RECORD, known), (PROJECTION, ~known)):
        for name in dict.fromkeys(str(one) for one in owed["obligation"][mask]):
            mine = owed.where(mask & (owed["obligation"] == name))
            rows.append(
                (
                    part,
                    [
                        name,
                        view.name(str(mine["debtor"][0])),
                        view.name(str(mine["creditor"][0])),
                        numbers.count(len(mine)),
                        numbers.figure(float(np.nansum(mine["due_usd"])) / 1e6, 4),
                        numbers.figure(float(np.nansum(mine["paid_usd"])) / 1e6, 4)
                        if _tells_payments(owed, name)
                        else UNTOLD,
                    ],
                )
            )
    return parted(view, "Obligations, by whether they fall due within the record", heads, rows, ident=TOTALS)


def _lots(view: View) -> Any:
    owed = view.table("obligations")
    heads = ["obligation", "lot", "due", "paid on", DUE, PAID]
    order = np.argsort(owed["due_s"], kind="stable")[:MOST_ROWS]
    rows = [
        (
            RECORD if row["is_record"] else PROJECTION,
            [
                row["obligation"],
                row["delivery_id"] or "–",
                view.day(row["due_s"]),
                view.day(row["paid_s"]),
                numbers.figure(row["due_usd"] / 1e6, 4),
                numbers.figure(row["paid_usd"] / 1e6, 4),
            ],
        )
        for row in owed.where(order).rows()
    ]
    return parted(
        view, "Obligations, in the order in which they fall due", heads, rows, total=len(owed), stored="obligations"
    )
