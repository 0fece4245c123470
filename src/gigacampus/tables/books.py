"""What the accounts room hands on: the double-entry ledger and the measures made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from gigacampus.tables.table import Column, Spec, Table

C = Column

POSTINGS = Spec(
    "postings",
    "The double-entry ledger: the postings of a transaction sum to exactly zero.",
    (
        C("transaction_id", "i8", "", "Transaction; its postings sum to zero."),
        C("at_s", "i8", "s", "When it is posted."),
        C("party", "str", "", "Whose books."),
        C("account", "str", "", "Account in that party's books, such as Assets:Chips or Expenses:Energy:grid."),
        C("amount_cents", "i8", "cents", "Debit positive, credit negative."),
        C("counterparty", "str", "", "The other side."),
        C("kind", "str", "", "capex, energy, water, opex, matching, revenue, financing or depreciation."),
        C("cause", "str", "", "What caused it: a lot, a hall, a month, an obligation."),
        C("is_record", "b1", "", "Whether it lies before `known_as_of`."),
    ),
)

PARTY_MONTHS = Spec(
    "party_months",
    "Money in and out by party, kind and month.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("party", "str", "", "Party."),
        C("kind", "str", "", "capex, energy, water, opex, matching, revenue, financing or depreciation."),
        C("paid_cents", "i8", "cents", "Cash out less cash in."),
    ),
)

TENANT_COST = Spec(
    "tenant_cost",
    "What each tenant got and what it cost to deliver.",
    (
        C("tenant", "str", "", "Tenant."),
        C("gpu_h", "f8", "GPU h", "Useful GPU-hours delivered."),
        C("h100e_h", "f8", "H100e h", "The same in H100 equivalents."),
        C("cost_usd", "f8", "USD", "Its share of levelised capital cost, energy, water and operation."),
        C("usd_per_gpu_h", "f8", "USD/GPU h", "Cost per useful GPU-hour; NaN where none was delivered."),
        C("usd_per_h100e_h", "f8", "USD/H100e h", "Cost per useful H100e-hour."),
    ),
)

COST_PARTS = Spec(
    "cost_parts",
    "Levelised cost by month, tenant and part: capital charges and bills.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("tenant", "str", "", "Tenant; `idle` for chips that are owned and nobody's to use."),
        C("part", "str", "", "Chips, Network, Storage, Spares, a part of the buildings, Energy, Water, Operation."),
        C("cost_usd", "f8", "USD", "Cost of the month in real money."),
    ),
)


@dataclass(frozen=True, slots=True)
class Books:
    """Who pays, who earns."""

    postings: Table
    party_months: Table
    tenant_cost: Table
    cost_parts: Table = field(default_factory=COST_PARTS.empty)
    summary: dict[str, Any] = field(default_factory=dict)
