"""What moved: headline numbers, and for each party what it loses or gains, and from when."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from gigacampus.compare.case import ROLES, Case, Holding
from gigacampus.compare.intervals import of_draws, of_mean

HEADLINES: dict[str, tuple[str, str, float]] = {
    "live_chips": ("live chips at the end", "chips", 1.0),
    "live_h100e": ("live at the end, in H100e", "H100e", 1.0),
    "h100e_months": ("H100e-months live over the horizon", "H100e-months", 1.0),
    "provisioned_it_w": ("provisioned IT power at the end", "MW", 1e6),
    "jobs": ("jobs", "jobs", 1.0),
    "wait_mean_s": ("mean wait", "h", 3600.0),
    "wait_p95_s": ("wait, 95 of 100 jobs", "h", 3600.0),
    "utilisation_fraction": ("utilisation", "%", 0.01),
    "goodput_fraction": ("goodput", "%", 0.01),
    "useful_h100e_h": ("useful H100e-hours", "million H100e h", 1e6),
    "facility_energy_j": ("energy at the meter", "GWh", 3.6e12),
    "peak_facility_w": ("highest hour at the meter", "MW", 1e6),
    "pue_mean": ("PUE", "", 1.0),
    "water_l": ("water", "thousand m³", 1e6),
    "carbon_kg": ("carbon", "kt", 1e6),
    "cost_usd": ("cost", "million USD", 1e6),
    "usd_per_gpu_h": ("cost per GPU-hour", "USD", 1.0),
    "usd_per_h100e_h": ("cost per H100e-hour", "USD", 1.0),
    "matching_due_usd": ("matching money due", "million USD", 1e6),
    "jct_mean_s": ("mean completion time", "h", 3600.0),
    "jct_p99_s": ("completion time, 99 of 100 jobs", "h", 3600.0),
    "makespan_s": ("makespan", "h", 3600.0),
    "wait_p90_s": ("wait, 90 of 100 jobs", "h", 3600.0),
    "wait_p99_s": ("wait, 99 of 100 jobs", "h", 3600.0),
    "unplaced": ("jobs without a place", "jobs", 1.0),
    "allocation_fraction": ("allocated", "%", 0.01),
}
"""Numbers that are told: label, unit, and how much of SI one unit is."""
SPREADS = {
    "h100e_months": "h100e_months",
    "live_chips": "live_chips",
    "live_h100e": "live_h100e",
    "provisioned_it_w": "live_it_w",
}
TOLERANCE = 1e-9
LEAST_USD = 1.0
"""Monthly sums of a party that differ by less are the same."""


@dataclass(frozen=True)
class Move:
    """One number in both cases, in SI; `low` to `high` is the interval of the difference where there is one."""

    key: str
    label: str
    unit: str
    per_unit: float
    old: float
    new: float
    low: float = math.nan
    high: float = math.nan
    interval: str = ""
    """What the interval is: `P10-P90 of paired samples` or `95 % of paired seeds`."""

    @property
    def is_moved(self) -> bool:
        """Whether the two differ at all."""
        return differs(self.old, self.new)

    def as_dict(self) -> dict[str, Any]:
        """Plain values; what is no number is None."""
        told = asdict(self) | {"difference": self.new - self.old}
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in told.items()}


@dataclass(frozen=True)
class PartyMove:
    """What a party loses (negative) or gains in one role. `usd` is its cash in less cash out, told in its first row."""

    party: str
    name: str
    role: str
    chips: float
    h100e_months: float
    it_w: float
    usd: float
    since: str
    """First month in which its chips, H100e-months or watts differ; empty where they never do."""
    usd_since: str
    old_share: float
    """Share of all tenants' (operators', owners') H100e-months before; NaN where there are none."""
    new_share: float

    def as_dict(self) -> dict[str, Any]:
        """Plain values; what is no number is None."""
        return {k: None if isinstance(v, float) and not math.isfinite(v) else v for k, v in asdict(self).items()}


def differs(old: float, new: float) -> bool:
    """Whether two numbers differ by more than the last digits; two that are missing do not."""
    if math.isnan(old) or math.isnan(new):
        return math.isnan(old) != math.isnan(new)
    return abs(new - old) > TOLERANCE * max(abs(old), abs(new))


def moves(base: Case, other: Case) -> list[Move]:
    """The headline numbers that either case has, in a fixed order."""
    return [
        _move(base, other, key, *told) for key, told in HEADLINES.items() if key in base.numbers or key in other.numbers
    ]


def _move(base: Case, other: Case, key: str, label: str, unit: str, per_unit: float) -> Move:
    old, new = (one.numbers.get(key, math.nan) for one in (base, other))
    spread = SPREADS.get(key, "")
    if spread in base.spread and spread in other.spread:
        low, high = of_draws(base.spread[spread], other.spread[spread])
        return Move(key, label, unit, per_unit, old, new, low, high, "P10-P90 of paired samples")
    if key in base.seeded and key in other.seeded:
        found = of_mean(other.seeded[key] - base.seeded[key])
        if found is not None:
            return Move(key, label, unit, per_unit, old, new, *found, "95 % interval of the mean over paired seeds")
    return Move(key, label, unit, per_unit, old, new)


def party_moves(base: Case, other: Case) -> list[PartyMove]:
    """Every party and role in which something differs, the largest change of H100e-months first, then of dollars."""
    if base.months != other.months:
        return []
    roles = {role: _totals(base, other, role) for role in ROLES}
    keys = dict.fromkeys([*base.holdings, *other.holdings])
    found: list[PartyMove] = []
    for party in dict.fromkeys(party for party, _ in keys):
        found += _of_party(base, other, party, [r for r in ROLES if (party, r) in keys], roles)
    return sorted(found, key=lambda one: (one.role == "books", -abs(one.h100e_months), -abs(one.usd), one.party))


def _totals(base: Case, other: Case, role: str) -> tuple[float, float]:
    return tuple(  # type: ignore[return-value]
        sum(one.total("h100e_months") for (_, as_), one in case.holdings.items() if as_ == role)
        for case in (base, other)
    )


def _of_party(
    base: Case, other: Case, party: str, roles: list[str], totals: dict[str, tuple[float, float]]
) -> Iterator[PartyMove]:
    name = other.parties.get(party) or base.parties.get(party, party)
    books = [case.holding((party, "books")) for case in (base, other)]
    usd, usd_since = _gap(books[0], books[1], "usd"), _since(base.months, books[0], books[1], ("usd",))
    if np.abs(books[1].usd - books[0].usd).max(initial=0.0) < LEAST_USD:
        usd, usd_since = 0.0, ""  # cents that fall on the other side in rounding
    if not any(role == "books" for _, role in (*base.holdings, *other.holdings)):
        usd = math.nan  # a plan keeps no books
    told = False
    for role in roles:
        old, new = base.holding((party, role)), other.holding((party, role))
        since = _since(base.months, old, new, ("chips", "h100e_months", "it_w"))
        if not since:
            continue
        before, after = (
            one.total("h100e_months") / whole if whole else math.nan
            for one, whole in zip((old, new), totals[role], strict=True)
        )
        chips, h100e_months, it_w = (_gap(old, new, one) for one in ("chips", "h100e_months", "it_w"))
        money = (math.nan, "") if told else (usd, usd_since)
        yield PartyMove(party, name, role, chips, h100e_months, it_w, money[0], since, money[1], before, after)
        told = True
    if usd_since and not told:
        yield PartyMove(party, name, "books", 0.0, 0.0, 0.0, usd, "", usd_since, math.nan, math.nan)


def _gap(old: Holding, new: Holding, measure: str) -> float:
    before, after = old.total(measure), new.total(measure)
    return after - before if differs(before, after) else 0.0


def _since(months: list[str], old: Holding, new: Holding, measures: tuple[str, ...]) -> str:
    """The first month in which one of the measures differs."""
    first = len(months)
    for measure in measures:
        before, after = getattr(old, measure), getattr(new, measure)
        size = np.maximum(np.abs(before), np.abs(after)).max(initial=0.0)
        differ = np.flatnonzero(np.abs(after - before) > TOLERANCE * size)
        if len(differ):
            first = min(first, int(differ[0]))
    return months[first] if first < len(months) else ""
