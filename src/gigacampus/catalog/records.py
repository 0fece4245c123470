"""Facts, licence rules, other campuses, racks: typed rows of the bundled tables."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from gigacampus.catalog.read import rows

_URL = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class Fact:
    """A fact of the deal. `source` holds a URL, `derived:` with its formula, or `article`."""

    id: str
    value: str
    unit: str
    date: str
    source: str
    status: str
    note: str

    @property
    def number(self) -> float:
        """The value as a number; NaN where it is words."""
        return number(self.value)

    @property
    def url(self) -> str:
        """The address in the source, empty where it has none."""
        match = _URL.search(self.source)
        return match[0].rstrip(";,") if match else ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A licence rule: a threshold, a condition or a state. `is_verified` is false where the text was not re-checked."""

    id: str
    value: str
    unit: str
    status: str
    date: str
    source: str
    note: str

    @property
    def number(self) -> float:
        """The value as a number; NaN where it is words."""
        return number(self.value)

    @property
    def is_verified(self) -> bool:
        """Whether a source that can be opened states it."""
        return not self.source.startswith("unverified")


@dataclass(frozen=True, slots=True)
class CampusFact:
    """A fact of another campus."""

    campus_id: str
    key: str
    value: str
    unit: str
    date: str
    source: str
    status: str
    note: str


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated step of a campus: a level from then on (Epoch AI, CC BY 4.0)."""

    campus_id: str
    date: str
    kind: str
    buildings: int
    it_mw: float
    facility_mw: float
    h100e_8bit: float
    capex_usd: float
    vintage: str
    source: str


@dataclass(frozen=True, slots=True)
class Slip:
    """A milestone forecast at one vintage and dated again at a later one."""

    campus_id: str
    milestone: str
    forecast_vintage: str
    forecast_date: str
    forecast_facility_mw: float
    later_vintage: str
    later_date: str
    later_facility_mw: float
    slip_d: int
    source: str
    note: str


@dataclass(frozen=True, slots=True)
class RackModel:
    """A rack or server as sold: chips in it, chips that fail together, its power as reported, its liquid share.

    `plant` is the cooling plant that usually stands behind it.
    """

    id: str
    chip: str
    chips: int
    chips_per_node: int
    kw_low: float
    kw_high: float
    liquid_fraction: float
    plant: str
    source: str
    note: str


def number(text: str) -> float:
    """A table's text as a number; NaN where it is none."""
    try:
        return float(text)
    except ValueError:
        return float("nan")


@cache
def facts() -> dict[str, Fact]:
    """The facts of the deal by key."""
    return {
        r["key"]: Fact(r["key"], *(r[k] for k in ("value", "unit", "date", "source", "status", "note")))
        for r in rows("facts")
    }


@cache
def rules() -> dict[str, Rule]:
    """The licence rules by key."""
    return {
        r["key"]: Rule(r["key"], *(r[k] for k in ("value", "unit", "status", "date", "source", "note")))
        for r in rows("licence_rules")
    }


@cache
def campuses() -> dict[str, tuple[CampusFact, ...]]:
    """The facts of the other campuses by campus."""
    found: dict[str, list[CampusFact]] = {}
    for r in rows("campuses"):
        found.setdefault(r["campus_id"], []).append(CampusFact(**r))
    return {campus: tuple(listed) for campus, listed in found.items()}


@cache
def timelines() -> dict[str, tuple[Milestone, ...]]:
    """The dated steps of each campus, in order."""
    found: dict[str, list[Milestone]] = {}
    for r in rows("campus_timelines"):
        found.setdefault(r["campus_id"], []).append(
            Milestone(
                r["campus_id"], r["date"], r["kind"], int(r["buildings_operational"]), float(r["it_mw"]),
                float(r["facility_mw"]), float(r["h100e_8bit"]), 1e9 * float(r["capex_usd_b_2025"]), r["vintage"],
                r["source"],
            )
        )  # fmt: skip
    return {campus: tuple(listed) for campus, listed in found.items()}


@cache
def slips() -> tuple[Slip, ...]:
    """Forecast dates at one vintage against those at a later one."""
    return tuple(
        Slip(
            r["campus_id"], r["milestone"], r["forecast_vintage"], r["forecast_date"],
            number(r["forecast_facility_mw"]), r["later_vintage"], r["later_date"], number(r["later_facility_mw"]),
            int(r["slip_days"]), r["source"], r["note"],
        )
        for r in rows("forecast_slips")
    )  # fmt: skip


@cache
def racks() -> dict[str, RackModel]:
    """Racks and servers by name."""
    return {
        r["rack"]: RackModel(
            r["rack"], r["chip"], int(r["chips"]), int(r["chips_per_node"]), float(r["kw_low"]), float(r["kw_high"]),
            float(r["liquid_fraction"]), r["plant"], r["source"], r["note"],
        )
        for r in rows("racks")
    }  # fmt: skip
