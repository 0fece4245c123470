"""Who really gets what: live chips by role and month, and the same as the edges of a Sankey diagram."""

from __future__ import annotations

from gigacampus.tables.table import Column, Spec

C = Column

HOLDINGS = Spec(
    "holdings",
    "Live chips by role, party and month: quota holder to end users' country, and owners behind owners and tenants. "
    "Where shares are not known there is a range; what nobody is known for is a row.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("role", "str", "", "quota_holder, licensee, owner, operator, tenant, end_user_country, access, look_through (behind owners) or tenant_look_through."),
        C("party", "str", "", "Party in that role; a country's ISO code, or remote and local, for end users; `unknown` and `not let` are rows."),
        C("through", "str", "", "Owner or tenant behind which it stands; empty for the other roles."),
        C("low_chips", "f8", "chips", "Live chips at the month's end; the least where shares are not known."),
        C("high_chips", "f8", "chips", "The most."),
        C("low_h100e", "f8", "H100e", "The same in H100 equivalents by dense 8-bit rate."),
        C("high_h100e", "f8", "H100e", "The most."),
        C("low_it_w", "f8", "W", "Provisioned IT power of those chips."),
        C("high_it_w", "f8", "W", "The most."),
        C("low_gpu_h", "f8", "GPU h", "Chip-hours live in the month, used or not."),
        C("high_gpu_h", "f8", "GPU h", "The most."),
        C("low_value_usd", "f8", "USD", "Those chips at the scenario's prices; chips without a price count nothing."),
        C("high_value_usd", "f8", "USD", "The most."),
    ),
)  # fmt: skip

HOLDING_EDGES = Spec(
    "holding_edges",
    "Who hands what to whom, from quota holders to end users' countries and up to the owners behind: a Sankey's edges.",
    (
        C("source", "str", "", "Party that chips come from; the owner, where the kind is `owns`."),
        C("source_role", "str", "", "In which role: with the party it is one node of the diagram, which has no circles."),
        C("target", "str", "", "Party, or country, that they go to; the owned party."),
        C("target_role", "str", "", "In which role."),
        C("kind", "str", "", "licenses, sells, hands_over, lets, serves, or owns."),
        C("low_chips", "f8", "chips", "Chips live at the end of the horizon; the least where shares are not known."),
        C("high_chips", "f8", "chips", "The most."),
        C("low_h100e_years", "f8", "H100e years", "Live H100 equivalents over the horizon."),
        C("high_h100e_years", "f8", "H100e years", "The most."),
    ),
)  # fmt: skip
