"""Why a quota keeps chips out of the campus: its last window has ended, or a window's cap is used up."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from gigacampus.deal.ledger import CAMPUS, HELD
from gigacampus.scenario import Scenario
from gigacampus.tables.supply import Supply, by_lot

LEAST_FRACTION = 1e-3
"""A window of which less is left than this share of its cap is used up: the rest is smaller than a lot."""
MOST = 3
"""So many windows are named."""
WHY = {
    "held": "find no room beside what is kept for other sites",
    "large": "are in lots that are larger than the room left",
    "past": "outlived the window in which they were wanted",
    "shut": "come before its first window",
}

Row = dict[str, Any]


@dataclass(slots=True)
class Group:
    """Chips that one quota keeps out, or lets in late, for one reason."""

    out: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    windows: dict[tuple[str, str], Row] = field(default_factory=dict)


def said(scenario: Scenario, supply: Supply) -> str:
    """What the quotas keep out of the campus to the horizon's end, by whom and why; empty where they keep out nothing.

    A window that is used up also tells what it lets in late.
    """
    windows: dict[tuple[str, str], list[Row]] = {}
    for row in supply.quotas.rows():
        windows.setdefault((row["quota"], row["party_class"]), []).append(row)
    groups: dict[tuple[str, str], Group] = {}
    for rows in by_lot(row for row in supply.compliance.rows() if row["site"] == CAMPUS):
        last, left = rows[-1], _rest(rows[-1])
        stays = left if last["bound_by"] == "quota" else 0
        if stays:
            why = _why(scenario, last, windows[last["quota"], last["party_class"]])
            _add(groups.setdefault((last["quota"], why), Group()), last, windows, stays, is_late=False)
        full = next((row for row in rows if row["quota_window"] and row["bound_by"] == "quota" and _rest(row)), None)
        if full is None or _rest(full) == left:
            continue
        why = _why(scenario, full, windows[full["quota"], full["party_class"]])
        _add(groups.setdefault((full["quota"], why), Group()), full, windows, _rest(full) - left, is_late=True)
    return " ".join(_sentence(scenario, quota, why, group) for (quota, why), group in groups.items())


def _rest(row: Row) -> int:
    return int(row["requested_chips"] - row["cleared_chips"])


def _why(scenario: Scenario, row: Row, windows: list[Row]) -> str:
    """Why a decision that the quota bound did not let all through."""
    if row["quota_window"]:
        (mine,) = (one for one in windows if one["window"] == row["quota_window"])
        if HELD in row["evidence"]:
            return "held"
        is_whole = scenario.deal.quotas[row["quota"]].on_excess == "block"
        return "large" if is_whole and row["quota_after"] > LEAST_FRACTION * mine["cap"] else "spent"
    if row["at_s"] >= max(one["window_end_s"] for one in windows):
        return "ended"
    return "shut" if row["at_s"] < min(one["window_start_s"] for one in windows) else "past"


def _add(group: Group, row: Row, windows: dict[tuple[str, str], list[Row]], chips: int, *, is_late: bool) -> None:
    by = group.late if is_late else group.out
    by[row["licensee"]] = by.get(row["licensee"], 0) + chips
    mine = windows[row["quota"], row["party_class"]]
    one = next((one for one in mine if one["window"] == row["quota_window"]), mine[-1])
    group.windows[one["window"], one["party_class"]] = one


def _sentence(scenario: Scenario, quota: str, why: str, group: Group) -> str:
    windows = [group.windows[key] for key in sorted(group.windows)]
    out, late = _chips(scenario, group.out), _chips(scenario, group.late)
    stay = " and ".join(text for text in (out and f"{out} stay out", late and f"{late} come late") if text)
    if why == "ended":
        left, cap = (sum(one[name] for one in windows) for name in ("left", "cap"))
        end = max(one["window_end_s"] for one in windows)
        return (
            f"The last window of the quota {quota} ends on {scenario.clock.iso(end - 1)}, with {left:,.0f} of "
            f"{cap:,.0f} {windows[0]['unit']} unused: {out} could come only after it and stay out."
        )
    if why == "spent":
        return f"The cap of the quota {quota} is used up ({_named(scenario, windows)}): {stay}."
    return f"The quota {quota} has room, but {out or late} {WHY[why]} and {'stay out' if out else 'come late'}."


def _chips(scenario: Scenario, by: dict[str, int]) -> str:
    """So many chips, with who would have got them; empty for none."""
    if not by:
        return ""
    who = ", ".join(f"{_name(scenario, one)} {chips:,}" for one, chips in by.items())
    return f"{sum(by.values()):,} chips ({who})"


def _named(scenario: Scenario, windows: list[Row]) -> str:
    texts = [
        f"{one['window']}{'' if one['party_class'] == 'all' else ' for ' + _name(scenario, one['party_class'])}: "
        f"{one['cap']:,.0f} {one['unit']}"
        for one in windows[:MOST]
    ]
    more = [f"{len(windows) - MOST} more"] if len(windows) > MOST else []
    return "; ".join([*texts, *more])


def _name(scenario: Scenario, key: str) -> str:
    """A party's name, or a class of parties in words."""
    party = scenario.deal.parties.get(key)
    return party.name if party else re.sub(r"\bus\b", "US", key.replace("_", " "))
