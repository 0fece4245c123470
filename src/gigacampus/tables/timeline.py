"""What the build-out room hands on: what stands, is powered and is live, and what binds."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gigacampus.tables.table import Column, Spec, Table

C = Column

HALLS = Spec(
    "halls",
    "Each hall with its dates and limits.",
    (
        C("hall", "str", "", "Hall."),
        C("phase", "str", "", "Phase or block it belongs to."),
        C("building_s", "i8", "s", "When the building is ready for racks."),
        C("power_s", "i8", "s", "When it is energised."),
        C("it_limit_w", "f8", "W", "Provisioned IT power it can hold."),
        C("lost_from_s", "i8", "s", "When it is lost (outage of the hall); the largest int64 where never."),
        C("lost_until_s", "i8", "s", "When it is back."),
    ),
)

INSTALLS = Spec(
    "installs",
    "Chips going live (positive) and out of service (negative), in order of time; the live stock is the running sum.",
    (
        C("at_s", "i8", "s", "When."),
        C("hall_index", "i4", "", "Row of the halls table."),
        C("delivery_id", "str", "", "Lot the chips came in."),
        C("party", "str", "", "Licensee of the lot."),
        C("chip", "str", "", "Chip model."),
        C("chips", "i8", "chips", "Change in live chips."),
        C("it_w", "f8", "W", "Change in provisioned IT power."),
        C("h100e", "f8", "H100e", "Change in H100 equivalents by dense 8-bit rate."),
    ),
)

MONTHS = Spec(
    "buildout_months",
    "Month by month: what is live at the month's end, what each limit would allow, and what binds.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("cleared_chips", "i8", "chips", "Cumulative chips cleared for this campus."),
        C("arrived_chips", "i8", "chips", "Cumulative chips arrived."),
        C("installed_chips", "i8", "chips", "Cumulative chips installed in racks (commissioning included)."),
        C("live_chips", "i8", "chips", "Chips live at the end of the month."),
        C("live_h100e", "f8", "H100e", "Live chips in H100 equivalents by dense 8-bit rate."),
        C("live_it_w", "f8", "W", "Provisioned IT power of live chips, network and storage included."),
        C("building_limit_w", "f8", "W", "IT power that the buildings ready by then can hold."),
        C("power_limit_w", "f8", "W", "IT power that is energised by then."),
        C("stored_chips", "i8", "chips", "Arrived but not installed: they wait for a hall, for power or for hands."),
        C("transit_chips", "i8", "chips", "Cleared but not arrived."),
        C("commissioning_chips", "i8", "chips", "Installed but not yet live: burn-in, acceptance, early failures."),
        C("lost_chips", "i8", "chips", "Installed and out of service because their hall, or part of it, is lost."),
        C("removed_chips", "i8", "chips", "Once installed and taken away for good; no part of the installed ones."),
        C("binding", "str", "", "What binds in this month: quota, licence, gate, obligation, delivery, building, cooling, power, install, commissioning, loss or nothing."),
        C("next_binding", "str", "", "What would bind next if that were relaxed; `tie:` names a limit that gains as much or must give way together with it, `also:` one that gains less alone."),
        C("is_record", "b1", "", "Whether the month ended before `known_as_of`."),
    ),
)  # fmt: skip

SHADOW = Spec(
    "buildout_shadow",
    "The shadow answer: what a month would gain if one limit alone were relaxed. A limit binds where it gains chips.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("limit", "str", "", "Limit that is relaxed."),
        C("relaxation", "str", "", "By how much it is relaxed."),
        C("gain_chips", "i8", "chips", "Live chips more at the month's end."),
        C("gain_h100e", "f8", "H100e", "Live H100 equivalents more."),
        C("gain_it_w", "f8", "W", "Provisioned IT power of live chips more."),
    ),
)

UNITS = Spec(
    "buildout_units",
    "One more unit of what would bring how much: each limit alone, by one unit, over the whole horizon.",
    (
        C("limit", "str", "", "Limit that is relaxed."),
        C("unit", "str", "", "What one unit of it is."),
        C("gain_chips", "i8", "chips", "Live chips more at the end of the horizon."),
        C("gain_h100e", "f8", "H100e", "Live H100 equivalents more then."),
        C("gain_it_w", "f8", "W", "Provisioned IT power of live chips more then."),
        C("most_chips", "i8", "chips", "Live chips more in the month that gains most; a date gained passes again."),
        C("most_month_s", "i8", "s", "First second of that month; the largest int64 where none gains."),
        C("gain_h100e_years", "f8", "H100e years", "Live H100 equivalents more, summed over the horizon."),
    ),
)

CAPACITY = Spec(
    "capacity",
    "Chips that each tenant may use: a step function, one row a change, each row the new level for that tenant.",
    (
        C("at_s", "i8", "s", "From when."),
        C("tenant_index", "i4", "", "Row of the tenants table."),
        C("chips", "i8", "chips", "Chips from then on."),
        C("h100e", "f8", "H100e", "The same in H100 equivalents."),
    ),
)

TENANTS = Spec(
    "tenants",
    "The tenants, in the order that `tenant_index` counts.",
    (
        C("tenant", "str", "", "Tenant, a key of the scenario's `tenants`."),
        C("party", "str", "", "Party behind it."),
        C("kind", "str", "", "What work it does."),
    ),
)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What stands, is powered, is live, and for which tenant."""

    halls: Table
    installs: Table
    months: Table
    capacity: Table
    tenants: Table
    chip_it_w: dict[str, float]
    """Provisioned IT watts per chip of each model, network and storage included."""
    shadow: Table = field(default_factory=SHADOW.empty)
    units: Table = field(default_factory=UNITS.empty)
    summary: dict[str, Any] = field(default_factory=dict)
    """Milestones, consistency checks and who fills what, as numbers and as sentences made from them."""
