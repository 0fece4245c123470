"""What is left on each licence and quota, and where the ledger is tightest."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.report import numbers
from gigacampus.report.charts import Figure, axis, bars
from gigacampus.report.listing import MOST_ROWS, n, parted
from gigacampus.report.section import Section, behind
from gigacampus.report.view import PROJECTION, RECORD, View, short

TIGHT = 8
HOW = (
    "`left` of licences and of quota_windows at the end of the horizon: what is allowed less all that was drawn. The "
    "tightest is the one with the smallest share left."
)
QUOTAS = "t-quota-windows"
LABEL = 12
"""Characters of a label that still stand beside their neighbours."""
USED_UP = 0.001
"""A licence with less than this share left counts as used up: what remains is smaller than a lot."""


def section(view: View) -> Section | None:
    """Quota windows, licences, the tightest spots, and the ledger."""
    if not view.has("licences") and not view.has("quota_windows") and not view.has("compliance"):
        return None
    parts: list[Any] = []
    if view.has("quota_windows"):
        parts += [_quota_chart(view), behind("Quota windows", _quotas(view))]
    if view.has("licences"):
        parts += [_licences(view)]
    if view.has("compliance"):
        parts += [_tightest(view), behind("The compliance ledger, request by request", _ledger(view))]
    if view.has("gates"):
        parts.append(behind("Gates", _gates(view)))
    return Section(
        "licences",
        "Licences and quotas",
        "What is left on each licence and quota?",
        answer(view),
        parts,
        how=HOW,
        topic="clearances",
        nav="Licences",
        warning="Arithmetic on the rules as this scenario states them: not legal advice.",
    )


def answer(view: View) -> str:
    """The tightest licence and quota window in words."""
    said = []
    if view.has("licences"):
        licences = view.table("licences")
        share = _left(licences["left"], licences["quantity"])
        spent = int((share < USED_UP).sum())
        said.append(f"{_spent(spent, len(licences))} by the end of the horizon")
        if spent < len(licences):
            k = int(np.argmin(np.where(share < USED_UP, np.inf, share)))
            rest = "of the others " if spent else ""
            said[-1] += (
                f"; {rest}the tightest is {licences['licence'][k]}, with {numbers.count(licences['left'][k])} of "
                f"{numbers.count(licences['quantity'][k])} {licences['unit'][k]} left"
            )
    if view.has("quota_windows"):
        quotas = view.table("quota_windows")
        k = int(np.argmin(_left(quotas["left"], quotas["cap"])))
        said.append(
            f"the tightest quota window is {quotas['window'][k]} for {group(view, quotas['party_class'][k])}, with "
            f"{numbers.count(quotas['left'][k])} of {numbers.count(quotas['cap'][k])} {quotas['unit'][k]} left"
        )
    sentence = "; ".join(said) or "No licence or quota is in the ledger"
    return f"{sentence[0].upper()}{sentence[1:]}."


def group(view: View, key: Any) -> str:
    """A class of parties as people write it: a party's own name, else `US operators` for `us_operators`."""
    name = view.name(str(key))
    return re.sub(r"\bus\b", "US", name.replace("_", " ")) if name == str(key) else name


def _spent(spent: int, count: int) -> str:
    if not spent:
        return "no licence is used up"
    if spent == count:
        return f"all {count} licences are used up" if count > 1 else "the licence is used up"
    return f"{spent} of {count} licences {'is' if spent == 1 else 'are'} used up"


def _left(left: Any, whole: Any) -> Any:
    return np.where(whole > 0, left / np.where(whole > 0, whole, 1.0), 1.0)


def _windows(view: View) -> list[Any]:
    """Labels of the quota windows: classes under their window where the words are short, else one line for each."""
    quotas = view.table("quota_windows")
    classes = [short(group(view, one), LABEL) for one in quotas["party_class"]]
    windows = [short(str(one), LABEL) for one in quotas["window"]]
    names = [short(str(one), LABEL) for one in quotas["quota"]]
    if len(set(names)) == 1 and max(map(len, [*classes, *windows])) < LABEL:
        return [windows, classes] if len(set(classes)) > 1 else list(windows)
    told = [names] * (len(set(names)) > 1) + [windows] + [classes] * (len(set(classes)) > 1)
    lines = [" ".join(words) for words in zip(*told, strict=True)]
    return lines if len(set(lines)) == len(lines) else [f"{k} {one}" for k, one in enumerate(lines, 1)]


def _quota_chart(view: View) -> Figure:
    quotas = view.table("quota_windows")
    x = _windows(view)
    parts = (
        ("drawn for this campus", "drawn_here", "--c1"),
        ("drawn elsewhere", "drawn_elsewhere", "--c5"),
        ("left", "left", "--c-none"),
    )
    traces = [bars([], np.maximum(0, quotas[column]), name, color) | {"x": x} for name, column, color in parts]
    units = list(dict.fromkeys(str(one) for one in quotas["unit"]))
    is_nested = isinstance(x[0], list)
    layout = {
        "barmode": "stack",
        "yaxis": axis(f"{short(' or '.join(units), 24)} in the window"),
        "xaxis": {"type": "multicategory"} if is_nested else {"type": "category", "automargin": True},
    }
    note = (
        "Each window is a calendar year of the quota; what is left of one does not go over unless the scenario says so."
    )
    return Figure("chart-quota", "Quota windows: drawn here, drawn elsewhere, left", traces, layout, note, table=QUOTAS)


def _quotas(view: View) -> Any:
    heads = [
        "quota",
        "window",
        "class",
        "unit",
        n("cap", "", "quota_windows.cap"),
        n("drawn here", "", "quota_windows.drawn_here"),
        n("drawn elsewhere", "", "quota_windows.drawn_elsewhere"),
        n("left", "", "quota_windows.left"),
        n("left", "%", "What is left over the cap"),
    ]
    rows = [
        (
            RECORD if row["window_end_s"] <= view.clock.known_s else PROJECTION,
            [
                row["quota"],
                row["window"],
                view.name(row["party_class"]),
                row["unit"],
                numbers.count(row["cap"]),
                numbers.count(row["drawn_here"]),
                numbers.count(row["drawn_elsewhere"]),
                numbers.count(row["left"]),
                numbers.percent(row["left"] / row["cap"] if row["cap"] else None),
            ],
        )
        for row in view.table("quota_windows").rows()
    ]
    return parted(view, "Quota windows", heads, rows, ident=QUOTAS)


def _licences(view: View) -> Any:
    heads = [
        "licence",
        "licensee",
        "site",
        "state",
        "status",
        "unit",
        n("allowed", "", "licences.quantity"),
        n("drawn", "", "licences.drawn"),
        n("left", "", "licences.left"),
        "usable from",
        "expires",
    ]
    rows = [
        (
            RECORD if row["state"] == "issued" else PROJECTION,
            [
                row["licence"],
                view.name(row["licensee"]),
                row["site"],
                row["state"],
                row["status"],
                row["unit"],
                numbers.count(row["quantity"]),
                numbers.count(row["drawn"]),
                numbers.count(row["left"]),
                view.day(row["issued_s"]),
                "–" if row["expires_s"] == NEVER else view.day(row["expires_s"]),
            ],
        )
        for row in view.table("licences").rows()
    ]
    end = view.day(view.clock.end_s - 1)
    caption = f"Licences: issued ones are record, planned ones the scenario's; what is drawn and left on {end}"
    return parted(view, caption, heads, rows)


def _tightest(view: View) -> Any:
    ledger = view.table("compliance")
    tight = np.minimum(
        _left(ledger["licence_after"], ledger["licence_before"]), _left(ledger["quota_after"], ledger["quota_before"])
    )
    tight = np.where(np.isnan(tight), 1.0, tight)
    order = np.argsort(tight, kind="stable")[:TIGHT]
    return _rows(
        view, "The tightest spots: requests that left the least of a licence or a quota window", np.sort(order), None
    )


def _ledger(view: View) -> Any:
    count = len(view.table("compliance"))
    return _rows(view, "Requests to ship, in the order of decisions", np.arange(min(count, MOST_ROWS)), count)


def _rows(view: View, caption: str, order: Any, total: int | None) -> Any:
    heads = [
        "decided",
        "lot",
        "outcome",
        "site",
        "licence",
        "chip",
        n("asked", "chips", "compliance.requested_chips"),
        n("cleared", "chips", "compliance.cleared_chips"),
        n("licence left", "", "compliance.licence_after"),
        n("quota left", "", "compliance.quota_after"),
        "window",
        "bound by",
    ]
    rows = [
        (
            RECORD if row["is_record"] else PROJECTION,
            [
                view.day(row["at_s"]),
                row["delivery_id"],
                row["outcome"],
                row["site"],
                row["licence"] or "–",
                row["chip"],
                numbers.count(row["requested_chips"]),
                numbers.count(row["cleared_chips"]),
                numbers.count(row["licence_after"]),
                numbers.count(row["quota_after"]),
                row["quota_window"],
                row["bound_by"],
            ],
        )
        for row in view.table("compliance").where(order).rows()
    ]
    return parted(view, caption, heads, rows, total=total, stored="compliance")


def _gates(view: View) -> Any:
    heads = ["gate", "kind", "opens", "requires", "opens within the horizon", "status"]
    rows = [
        (
            view.part(row["opens_s"]),
            [
                row["gate"],
                row["kind"],
                view.day(row["opens_s"]),
                row["requires"] or "–",
                "yes" if row["is_met"] else "no",
                row["status"],
            ],
        )
        for row in view.table("gates").rows()
    ]
    return parted(view, "Gates: what must happen first", heads, rows, topic="clearances")
