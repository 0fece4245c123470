"""What the deal room hands on: what was asked for, what was cleared, and the books that prove it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from gigacampus.tables.table import Column, Spec, Table

C = Column

DELIVERIES = Spec(
    "deliveries",
    "Chips that were cleared for a site, one row a lot, in the order of arrival.",
    (
        C("delivery_id", "str", "", "Lot, unique in the run."),
        C("site", "str", "", "Where the chips go: the campus, or an `elsewhere` site on the same quota."),
        C("party", "str", "", "Licensee: the party whose licence and quota share the lot uses."),
        C("owner", "str", "", "Party that owns the chips."),
        C("operator", "str", "", "Party that operates the chips."),
        C("chip", "str", "", "Chip model, a row of the chip catalog."),
        C("chips", "i8", "chips", "Chips in the lot."),
        C("h100e", "f8", "H100e", "The lot in H100 equivalents by dense 8-bit rate."),
        C("wanted_s", "i8", "s", "When the plan wanted the lot cleared."),
        C("cleared_s", "i8", "s", "When the lot cleared."),
        C("arrive_s", "i8", "s", "When the lot reaches the site: cleared plus transit."),
        C("licence", "str", "", "Licence that the lot draws on."),
        C("quota", "str", "", "Quota that the lot draws on."),
        C("bound_by", "str", "", "What delayed or cut the lot: quota, licence, gate, obligation or nothing."),
        C("is_record", "b1", "", "Whether the row lies before `known_as_of`: record, not projection."),
    ),
)

COMPLIANCE = Spec(
    "compliance",
    "The compliance ledger: one row for each request to ship, whatever became of it. Not legal advice.",
    (
        C("row_id", "i8", "", "Row, in the order of decisions."),
        C("at_s", "i8", "s", "Day of the decision."),
        C("delivery_id", "str", "", "Lot that was asked for."),
        C("outcome", "str", "", "cleared, deferred, scaled or blocked."),
        C("site", "str", "", "Site of the consignee."),
        C("hall", "str", "", "Halls of this campus in which what was cleared is installed; empty for other sites."),
        C("licence", "str", "", "Licence drawn on, empty where there is none."),
        C("licensee", "str", "", "Party that holds the licence."),
        C("regime", "str", "", "Rule module under which it was decided."),
        C("exporter", "str", "", "Exporter."),
        C("consignee", "str", "", "Consignee."),
        C("end_user", "str", "", "End user."),
        C("operator", "str", "", "Operator."),
        C("ultimate_parent", "str", "", "Topmost controlling owner that is known."),
        C("eccn", "str", "", "Export control classification number of the item."),
        C("chip", "str", "", "Chip model."),
        C("wanted_s", "i8", "s", "When the plan wanted it cleared."),
        C("arrive_s", "i8", "s", "When what was cleared reaches the site; the largest int64 where nothing was."),
        C("requested_chips", "i8", "chips", "Chips asked for."),
        C("cleared_chips", "i8", "chips", "Chips cleared."),
        C("total_tpp", "f8", "TPP", "Total processing performance of what was cleared."),
        C("value_usd", "f8", "USD", "Value of what was cleared at the scenario's chip price, NaN where it has none."),
        C("quota", "str", "", "Quota drawn on."),
        C("party_class", "str", "", "Class of parties whose share of the quota is drawn on."),
        C("quota_window", "str", "", "Window of the quota, such as 2026."),
        C("quota_unit", "str", "", "Unit in which the quota counts."),
        C("quota_before", "f8", "", "Balance of the party class in the window before, in the quota's unit."),
        C("quota_after", "f8", "", "Balance after."),
        C("licence_unit", "str", "", "Unit in which the licence counts."),
        C("licence_before", "f8", "", "Balance of the licence before, in its unit."),
        C("licence_after", "f8", "", "Balance after."),
        C("gate", "str", "", "Gate that was waited for, empty where none."),
        C("evidence", "str", "", "Gates passed with their days, and the obligation whose evidence was waited for."),
        C("bound_by", "str", "", "What bound: quota, licence, gate, obligation, delivery or nothing."),
        C("is_record", "b1", "", "Whether the decision lies before `known_as_of`."),
    ),
)

QUOTAS = Spec(
    "quota_windows",
    "Each quota window by party class: cap, drawn here, drawn elsewhere, left.",
    (
        C("quota", "str", "", "Quota."),
        C("window", "str", "", "Window, such as 2026."),
        C("window_start_s", "i8", "s", "First second of the window."),
        C("window_end_s", "i8", "s", "First second after it."),
        C("party_class", "str", "", "Class of parties that shares the allocation."),
        C("unit", "str", "", "Unit in which the quota counts."),
        C("cap", "f8", "", "Allocation, in that unit."),
        C("drawn_here", "f8", "", "Drawn by lots for this campus."),
        C("drawn_elsewhere", "f8", "", "Drawn by lots for other sites."),
        C("left", "f8", "", "Cap less both."),
    ),
)

LICENCES = Spec(
    "licences",
    "Each licence: what it allows, what was drawn, what is left.",
    (
        C("licence", "str", "", "Licence."),
        C("licensee", "str", "", "Party that holds it."),
        C("site", "str", "", "Site it names."),
        C("quota", "str", "", "Quota that it draws on; empty where on none."),
        C("party_class", "str", "", "Class of parties whose share of that quota it draws on."),
        C("regime", "str", "", "Rule module."),
        C("unit", "str", "", "Unit in which it counts."),
        C("quantity", "f8", "", "Quantity allowed, in that unit."),
        C("drawn", "f8", "", "Quantity drawn at the end of the horizon."),
        C("left", "f8", "", "What is left."),
        C("issued_s", "i8", "s", "When it is usable, gates included; the largest int64 where never."),
        C("expires_s", "i8", "s", "When it expires; the largest int64 where never."),
        C("state", "str", "", "issued (record) or planned (projection)."),
        C("status", "str", "", "official, reported, estimate, opinion, alleged or assumption."),
    ),
)

OBLIGATIONS = Spec(
    "obligations",
    "What each obligation asks for, lot by lot: due, paid, late.",
    (
        C("obligation", "str", "", "Obligation."),
        C("debtor", "str", "", "Who owes."),
        C("creditor", "str", "", "To whom."),
        C("delivery_id", "str", "", "Lot that caused it, empty for scheduled sums."),
        C("due_s", "i8", "s", "When it is due."),
        C("paid_s", "i8", "s", "When it is paid; the largest int64 where never."),
        C("due_usd", "f8", "USD", "What is due."),
        C("paid_usd", "f8", "USD", "What is paid."),
        C("is_record", "b1", "", "Whether due before `known_as_of`."),
    ),
)

OBLIGATION_MONTHS = Spec(
    "obligation_months",
    "What each obligation asks for month by month: due, paid, late, and the chips that wait for it.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("obligation", "str", "", "Obligation."),
        C("debtor", "str", "", "Who owes."),
        C("creditor", "str", "", "To whom."),
        C("due_usd", "f8", "USD", "What falls due in the month."),
        C("paid_usd", "f8", "USD", "What is paid in it: its evidence is in."),
        C("late_usd", "f8", "USD", "Due by the month's end and without evidence of payment then."),
        C("waiting_chips", "i8", "chips", "Chips, all sites, that wait at the month's end until evidence is in."),
    ),
)

TRANSITIONS = Spec(
    "gates",
    "Each gate: when it opens and what holds it shut.",
    (
        C("gate", "str", "", "Gate."),
        C("kind", "str", "", "approval, investment, security_audit, government_assurance or legislation."),
        C("opens_s", "i8", "s", "When it opens; the largest int64 where never."),
        C("requires", "str", "", "What must hold, empty for a plain date."),
        C("is_met", "b1", "", "Whether it opens within the horizon."),
        C("status", "str", "", "What kind of statement it rests on."),
    ),
)


LOOK_THROUGH = Spec(
    "look_through",
    "Who stands behind whom, through all links: shares as ranges where some are not known; the unknown rest is a row.",
    (
        C("party", "str", "", "Party that is owned."),
        C("owner", "str", "", "Party that owns, directly or through others; `unknown` for the rest."),
        C("low_fraction", "f8", "", "Least share, from known shares only."),
        C("high_fraction", "f8", "", "Most that it can be, given the known shares of others."),
        C("is_known", "b1", "", "Whether every share on the way is known."),
        C("steps", "i4", "", "Links on the shortest way; 0 for the unknown rest."),
        C("way", "str", "", "The shortest way, from the owner down to the party."),
    ),
)

PARTY_LINKS = Spec(
    "party_links",
    "Every link of ownership, control or board that was known at `known_as_of`: the edges of a Sankey diagram.",
    (
        C("owner", "str", "", "Party that owns, controls or chairs."),
        C("owned", "str", "", "Party that is owned, controlled or chaired."),
        C("kind", "str", "", "parent, control, equity, fund, board or debt."),
        C("low_fraction", "f8", "", "Least share; equal to the most where it is known."),
        C("high_fraction", "f8", "", "Most that the share can be."),
        C("since_s", "i8", "s", "From when; the largest int64 where the date is not known."),
        C("status", "str", "", "What kind of statement it rests on."),
        C("source", "str", "", "Where it is known from."),
        C("note", "str", "", "What to know about it."),
    ),
)

OUTSIDE_FLOWS = Spec(
    "outside_flows",
    "Money that is set beside the deal: kept apart, no result depends on it.",
    (
        C("flow", "str", "", "Flow."),
        C("payer", "str", "", "Who paid."),
        C("payee", "str", "", "Who was paid."),
        C("at_s", "i8", "s", "When."),
        C("amount_usd", "f8", "USD", "How much."),
        C("instrument", "str", "", "What was bought."),
        C("in_deal", "str", "", "Whether it is a term of the deal: yes, no or alleged."),
        C("status", "str", "", "What kind of statement the amount rests on."),
        C("note", "str", "", "What to know about it."),
    ),
)

ROLE_MONTHS = Spec(
    "role_months",
    "Chips cleared for this campus by the end of each month, by role; owners behind owners as ranges.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("role", "str", "", "quota_holder, licensee, owner, operator, end_user or look_through."),
        C("party", "str", "", "Party in that role; `unknown` where nobody is named."),
        C("low_chips", "f8", "chips", "Chips; the least where shares are not known."),
        C("high_chips", "f8", "chips", "Chips; the most."),
        C("low_h100e", "f8", "H100e", "The same in H100 equivalents by dense 8-bit rate."),
        C("high_h100e", "f8", "H100e", "The most."),
    ),
)


LOCATION_CHECKS = Spec(
    "location_checks",
    "Verifications of where the campus's chips are: due by the ledger policy, and done by the ledger of actuals.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("due_chips", "i8", "chips", "Chips whose check falls due in the month."),
        C("done_chips", "i8", "chips", "Chips checked in it, by the ledger of actuals."),
        C("missing_chips", "i8", "chips", "Checks due by the month's end less those done; 0 after `known_as_of`."),
        C("is_record", "b1", "", "Whether the month ended before `known_as_of`."),
    ),
)

ACTUALS = Spec(
    "actuals",
    "The ledger of what really happened, until `known_as_of`.",
    (
        C("row_id", "i8", "", "Row of the ledger file, from 1."),
        C("at_s", "i8", "s", "When."),
        C("kind", "str", "", "shipment, licence, commissioning, investment or check."),
        C("name", "str", "", "Shipment, licence, hall or phase, or obligation."),
        C("licence", "str", "", "Licence that a shipment drew on."),
        C("chip", "str", "", "Chip model."),
        C("chips", "i8", "chips", "Chips."),
        C("amount_usd", "f8", "USD", "Dollars of an investment."),
        C("note", "str", "", "What to know about it."),
    ),
)

PLAN_ACTUAL = Spec(
    "plan_actual",
    "Plan against actual, month by month until `known_as_of`; empty without a ledger.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("licence", "str", "", "Licence."),
        C("planned_chips", "i8", "chips", "Cleared by the month's end by the plan alone."),
        C("actual_chips", "i8", "chips", "Cleared by the month's end by the ledger."),
    ),
)

_LOT = re.compile(r"^(.*-\d{3,})(?:\.\d+)?$")


def lot_of(delivery_id: str) -> str:
    """The lot that a part of it belongs to: `stream-003.2` is the second part of `stream-003` that cleared."""
    match = _LOT.match(delivery_id)
    return match[1] if match else delivery_id


def by_lot(rows: Iterable[dict[str, Any]]) -> Iterable[list[dict[str, Any]]]:
    """The decisions (rows of `COMPLIANCE`) on each lot, in their order."""
    found: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        found.setdefault(lot_of(row["delivery_id"]), []).append(row)
    return found.values()


Relaxed = Callable[[frozenset[str], bool], Table]
"""Deliveries (a `DELIVERIES` table) with the named limits (quota, licence, gate, obligation, delivery) relaxed by a stated
step, or wholly dropped where the second argument is true; `quota:unit` and so on are one unit more of that limit."""


@dataclass(frozen=True, slots=True)
class Supply:
    """What may come in, when, for whom; and the books."""

    deliveries: Table
    compliance: Table
    quotas: Table
    licences: Table
    obligations: Table
    gates: Table
    warnings: tuple[str, ...] = ()
    relaxed: Relaxed | None = None
    """What would be delivered with some limits relaxed, so that the build-out can say what binds."""
    look_through: Table = field(default_factory=LOOK_THROUGH.empty)
    party_links: Table = field(default_factory=PARTY_LINKS.empty)
    outside_flows: Table = field(default_factory=OUTSIDE_FLOWS.empty)
    role_months: Table = field(default_factory=ROLE_MONTHS.empty)
    actuals: Table = field(default_factory=ACTUALS.empty)
    plan_actual: Table = field(default_factory=PLAN_ACTUAL.empty)
    obligation_months: Table = field(default_factory=OBLIGATION_MONTHS.empty)
    location_checks: Table = field(default_factory=LOCATION_CHECKS.empty)
