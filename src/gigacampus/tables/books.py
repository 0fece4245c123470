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
        C(
            "kind",
            "str",
            "",
            "capex, energy, water, opex, matching, revenue, rent, lease, financing, tax, depreciation.",
        ),
        C(
            "cause",
            "str",
            "",
            "What caused it: a lot, a hall, a month, an obligation; for revenue tenant, month and class of work.",
        ),
        C("is_record", "b1", "", "Whether it lies before `known_as_of`."),
        C("currency", "str", "", "Currency in which its price is fixed."),
        C(
            "currency_cents",
            "i8",
            "",
            "The amount in hundredths of that currency; 0 for what the rate of the day adds in USD.",
        ),
    ),
)

PARTY_MONTHS = Spec(
    "party_months",
    "Money in and out by party, kind and month.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("party", "str", "", "Party."),
        C("kind", "str", "", "capex, energy, water, opex, matching, revenue, rent, lease, financing or tax."),
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

TENANT_MONTHS = Spec(
    "tenant_months",
    "What each tenant got, what it cost to deliver and what it paid, by month.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("tenant", "str", "", "Tenant."),
        C("gpu_h", "f8", "GPU h", "Useful GPU-hours delivered."),
        C("h100e_h", "f8", "H100e h", "The same in H100 equivalents."),
        C("cost_usd", "f8", "USD", "Its share of capital charges and bills of the month, in money of the price date."),
        C("usd_per_gpu_h", "f8", "USD/GPU h", "Cost per useful GPU-hour; NaN where none was delivered."),
        C("usd_per_h100e_h", "f8", "USD/H100e h", "Cost per useful H100e-hour."),
        C("revenue_usd", "f8", "USD", "What it was billed, less credits, in money of the day."),
    ),
)

REVENUE = Spec(
    "revenue",
    "Revenue by month, tenant and class of work.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("tenant", "str", "", "Tenant; `let again` for chips whose tenant has left."),
        C("job_class", "str", "", "Class of work; `unused` for reserved hours not held, `credit` for missed ones."),
        C("gpu_h", "f8", "GPU h", "Chip-hours behind it; for credits those missed."),
        C("revenue_usd", "f8", "USD", "What was billed; credits are negative."),
    ),
)

SERVICE_COST = Spec(
    "service_cost",
    "What the tokens of each tenant's services cost, where `costs.tokens_per_gpu_h` is stated.",
    (
        C("tenant", "str", "", "Tenant."),
        C("gpu_h", "f8", "GPU h", "Chip-hours held by its services, replicas that wait included."),
        C("cost_usd", "f8", "USD", "Cost of these: the tenant's cost by its held chip-hours."),
        C("tokens", "f8", "", "Tokens turned out in them."),
        C("usd_per_million_tokens", "f8", "USD", "Cost of a million tokens."),
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

LOANS = Spec(
    "loans",
    "Debt by tranche, borrower and month.",
    (
        C("month_s", "i8", "s", "First second of the month."),
        C("tranche", "str", "", "Tranche, a key of the scenario's `costs.tranches`."),
        C("borrower", "str", "", "Party that borrows."),
        C("drawn_cents", "i8", "cents", "Drawn in the month."),
        C("interest_cents", "i8", "cents", "Interest paid."),
        C("repaid_cents", "i8", "cents", "Repaid."),
        C("balance_cents", "i8", "cents", "Owed at the month's end."),
        C("cover_fraction", "f8", "", "Operating cash over debt service of the borrower in twelve months; NaN till a year after the first grace."),
        C("is_breached", "b1", "", "Whether that cover is below the tranche's covenant."),
    ),
)  # fmt: skip

PARTY_MEASURES = Spec(
    "party_measures",
    "What each party gets out of it over the horizon; matching money is told apart.",
    (
        C("party", "str", "", "Party; `project` is all owners and operators of the campus and its chips together."),
        C("cash_usd", "f8", "USD", "Cash in less cash out, matching money left out."),
        C("matching_usd", "f8", "USD", "Matching money in less out."),
        C("cash_real_usd", "f8", "USD", "The same cash in money of the price date: each sum over the inflation since."),
        C("worth_usd", "f8", "USD", "What it owns at the end: assets at straight-line book value, those paid ahead at what was paid, less what is still to be paid, loans lent less owed."),
        C("npv_usd", "f8", "USD", "Present value of its cash and of that worth, at the nominal discount rate."),
        C("irr_fraction", "f8", "", "Internal rate of return a year, worth included; NaN where there is none, or may be several."),
        C("cash_low_usd", "f8", "USD", "Lowest point of its cumulated cash."),
        C("cash_low_s", "i8", "s", "When that is."),
        C("payback_s", "i8", "s", "When its cumulated cash comes back to zero for good; the largest int64 where never, or never below."),
    ),
)  # fmt: skip

CAPEX_PHASES = Spec(
    "capex_phases",
    "Capital by phase of the campus: its halls that are ready within the horizon, and the most chips in them.",
    (
        C("phase", "str", "", "Phase."),
        C("it_limit_w", "f8", "W", "IT power that its halls hold."),
        C("chips", "i8", "chips", "Most chips that stand in them."),
        C("it_w", "f8", "W", "Provisioned IT power of those."),
        C("compute_usd", "f8", "USD", "Chips with network, storage and spares."),
        C("building_usd", "f8", "USD", "Buildings, power and cooling, without contingency."),
        C("contingency_usd", "f8", "USD", "Contingency."),
        C("capex_usd", "f8", "USD", "All of it."),
        C("carry_usd", "f8", "USD", "Capital charge of one day: what a day's delay costs at the least."),
        C("revenue_usd", "f8", "USD", "List price of one day of its chips: what a day's delay forgoes at the most."),
    ),
)

CAPEX_PUBLISHED = Spec(
    "capex_published",
    "Published figures for the capital of a campus beside what the scenario's prices give for the same bill of quantities.",
    (
        C("name", "str", "", "Key of the scenario's `costs.published`."),
        C("title", "str", "", "Whose figure for what."),
        C("it_w", "f8", "W", "IT power it is about."),
        C("published_usd", "f8", "USD", "The figure."),
        C("published_low_usd", "f8", "USD", "Its lower end."),
        C("published_high_usd", "f8", "USD", "Its upper end."),
        C("ours_usd", "f8", "USD", "The same quantities at our median prices."),
        C("ours_low_usd", "f8", "USD", "All of our prices at P10 at once."),
        C("ours_high_usd", "f8", "USD", "All of our prices at P90 at once."),
        C("difference_usd", "f8", "USD", "Ours less the figure."),
        C("compute_difference_usd", "f8", "USD", "The part of it in chips, network, storage and spares; NaN where it names none."),
        C("building_difference_usd", "f8", "USD", "The part in buildings, contingency included; NaN where it names none."),
        C("built_usd", "f8", "USD", "Capital of this run's own phases, in order, up to that IT power; NaN where it stays smaller."),
        C("built_it_w", "f8", "W", "IT power of the chips that stand in them."),
        C("why", "str", "", "Where the difference comes from, and the inputs that move our figure most."),
        C("source", "str", "", "Where the figure is from."),
        C("status", "str", "", "What kind of statement it is."),
    ),
)  # fmt: skip

PUBLISHED = Spec(
    "published",
    "Published figures beside ours: the same quantities at the scenario's prices, and this run's own phases as built.",
    (
        C("what", "str", "", "Whose figure for what."),
        C("basis", "str", "", "What our figure is of, and why it differs."),
        C("published", "f8", "", "The figure, in `unit`."),
        C("ours", "f8", "", "Ours, in `unit`."),
        C("unit", "str", "", "Unit of both."),
        C("status", "str", "", "What kind of statement theirs is."),
        C("as_of", "str", "", "Date of the statement."),
        C("source", "str", "", "Where it is from."),
    ),
)

PARTY_DIFFERENCES = Spec(
    "party_differences",
    "What one run costs or brings each party against another; every kind sums to zero over the parties.",
    (
        C("party", "str", "", "Party."),
        C("kind", "str", "", "capex, energy, water, opex, matching, revenue, rent, lease, financing or tax."),
        C("base_cents", "i8", "cents", "Cash in less cash out in the base run."),
        C("other_cents", "i8", "cents", "The same in the other run."),
        C("difference_cents", "i8", "cents", "Other less base: what it brings the party, negative where it costs."),
    ),
)

PARTY_TOTALS = Spec(
    "party_totals",
    "What one run costs or brings each party against another; every column sums to zero over the parties.",
    (
        C("party", "str", "", "Party; `outside` is whoever the scenario does not name."),
        C("business_cents", "i8", "cents", "Cash of all kinds but financing and matching money, other less base."),
        C("matching_cents", "i8", "cents", "Matching money."),
        C("financing_cents", "i8", "cents", "Loans, fees, interest, owners' money."),
        C("total_cents", "i8", "cents", "All of it."),
    ),
)

COST_MOVERS = Spec(
    "cost_movers",
    "What each uncertain price, life or rate does on its own, from P10 to P90, the run's quantities unchanged.",
    (
        C("input", "str", "", "Path in the scenario."),
        C("low", "f8", "", "P10 of the input, in its own unit."),
        C("high", "f8", "", "P90 of the input."),
        C("unit", "str", "", "Unit of the input."),
        C("capex_low_usd", "f8", "USD", "Capital of the campus with the input at P10."),
        C("capex_high_usd", "f8", "USD", "Capital with the input at P90."),
        C("low_usd_per_gpu_h", "f8", "USD/GPU h", "Levelised cost of a useful GPU-hour with the input at P10."),
        C("high_usd_per_gpu_h", "f8", "USD/GPU h", "Levelised cost with the input at P90."),
    ),
)

MEASURES: dict[str, tuple[str, str]] = {
    "capex_usd": (
        "USD",
        "Price of all that goes into service within the horizon: lots, halls with contingency, other assets.",
    ),
    "capex_compute_usd": ("USD", "The part of it that is chips, network, storage and spares."),
    "capex_by_class_usd": ("USD", "capex_usd by class of asset."),
    "levelised_cost_usd": (
        "USD",
        "Capital charges and bills of the horizon. Charge of an asset a year: (C - R/(1+r)^L) r / (1 - (1+r)^-L), with "
        "price C, residual R, life L and the real discount rate r, from its first day in service to the end of its life. "
        "In money of the price date: prices and bills over the inflation till they were set.",
    ),
    "levelised_usd_per_gpu_h": (
        "USD/GPU h",
        "levelised_cost_usd over useful GPU-hours delivered; idle chips are in it.",
    ),
    "levelised_usd_per_h100e_h": ("USD/H100e h", "levelised_cost_usd over useful H100e-hours delivered."),
    "levelised_by_part_usd": ("USD", "levelised_cost_usd by capital of each class of asset and by each kind of bill."),
    "idle_chips_cost_usd": (
        "USD",
        "The part of levelised_cost_usd that falls on chip-hours owned but nobody's to use: stored, being commissioned, "
        "not let, and on halls that stand before there are chips.",
    ),
    "idle_chips_gpu_h": ("GPU h", "Chip-hours arrived and within their life, less entitled ones."),
    "delay_carry_usd_per_day": ("USD", "By phase: capital charge of one day of its halls and chips."),
    "delay_revenue_usd_per_day": ("USD", "By phase: 24 h times its chips at list price, without fall or inflation."),
    "usd_per_exaflop_day_at_peak": (
        "USD",
        "levelised_cost_usd over useful H100e-hours times 1.979e15 dense 8-bit operations a second, in 8.64e22 operations.",
    ),
    "usd_per_exaflop_day": (
        "USD",
        "usd_per_exaflop_day_at_peak over `costs.flop_utilisation`, the useful share of the dense 8-bit rate.",
    ),
    "usd_per_million_tokens": (
        "USD",
        "Cost of the chip-hours that services hold (each tenant's cost by its held chip-hours) over those hours times "
        "`costs.tokens_per_gpu_h`, times a million; where nobody serves, levelised_usd_per_gpu_h over it.",
    ),
    "revenue_usd": ("USD", "What tenants were billed within the horizon, less credits, chips let again included."),
    "credits_usd": ("USD", "Service credits in it, for hours missed below what was promised."),
    "project_cash_real_usd": (
        "USD",
        "Sum of c / (1+f)^t over the project's cash, with the inflation f and years t since the price date.",
    ),
    "project_cash_usd": ("USD", "Cash in less out of all owners and operators, financing and matching money left out."),
    "project_worth_usd": (
        "USD",
        "What all owners and operators own at the horizon's end: C - (C - R) min(age / L, 1) of all in service (price C, "
        "residual R, life L), and what is paid ahead less what is still to be paid.",
    ),
    "project_npv_usd": (
        "USD",
        "Sum of c / (1+k)^t over the cash c of all owners and operators, financing and matching money left out, with "
        "project_worth_usd on the last day; t in years of 365.25 days from the first day, k = (1+r)(1+f) - 1 with the "
        "real discount rate r and the inflation f.",
    ),
    "project_irr_fraction": (
        "",
        "The yearly rate k at which the sum of c / (1+k)^(m/12) is zero over the cash c of month m, as in "
        "project_npv_usd; none where several are.",
    ),
    "project_cash_low_usd": (
        "USD",
        "Least running total, at a day's end, of the project's cash, financing and matching money left out.",
    ),
    "project_cash_low_s": ("s", "When project_cash_low_usd is reached."),
    "project_payback_s": (
        "s",
        "When the running total of the project's cash, without project_worth_usd, comes back to zero for good; none "
        "within the horizon where it does not.",
    ),
    "dscr_least": (
        "",
        "Least over months and borrowers of (energy + water + operation + revenue + rent + lease + tax, cash in less out) "
        "/ (interest + repayments), each over the twelve months to it; from a year after the first grace on.",
    ),
    "covenant_breaches": ("", "Months in which a tranche's cover is below its covenant."),
    "debt_highest_usd": ("USD", "Most that is owed at a month's end, over all loans."),
    "obligations_due_usd": ("USD", "By obligation: what is due by the end of the horizon."),
    "obligations_paid_usd": ("USD", "By obligation: what is paid by then."),
    "obligations_gap_widest_usd": ("USD", "By obligation: the widest gap of the two at any time."),
    "obligations_gap_usd": ("USD", "By obligation: due less paid at the end of the horizon."),
}
"""The room's headline measures: unit, and a sentence with the formula."""


@dataclass(frozen=True, slots=True)
class Books:
    """Who pays, who earns."""

    postings: Table
    party_months: Table
    tenant_cost: Table
    cost_parts: Table = field(default_factory=COST_PARTS.empty)
    loans: Table = field(default_factory=LOANS.empty)
    party_measures: Table = field(default_factory=PARTY_MEASURES.empty)
    capex_phases: Table = field(default_factory=CAPEX_PHASES.empty)
    capex_published: Table = field(default_factory=CAPEX_PUBLISHED.empty)
    published: Table = field(default_factory=PUBLISHED.empty)
    cost_movers: Table = field(default_factory=COST_MOVERS.empty)
    tenant_months: Table = field(default_factory=TENANT_MONTHS.empty)
    revenue: Table = field(default_factory=REVENUE.empty)
    service_cost: Table = field(default_factory=SERVICE_COST.empty)
    summary: dict[str, Any] = field(default_factory=dict)
