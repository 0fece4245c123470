"""Checks of the costs that need more than one of their sections: names, list prices, loans, owners' money."""

from __future__ import annotations

from collections.abc import Iterator

from gigacampus.catalog import names_of
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.problem import Problem
from gigacampus.scenario.unknown import where_known

RESERVED = {
    "deal.parties": {
        "outside": "whoever the scenario does not name",
        "project": "all owners and operators together",
    },
    "tenants": {
        "idle": "chips that are nobody's to use",
        "let again": "chips whose tenant has left",
    },
}
"""Names that tables of the accounts use themselves, and for what."""
PURPOSES = ("chips", "building", "other")
"""What a loan of purpose `all` draws on; those for chips and buildings draw on one of them."""


def reserved(scenario: Scenario) -> Iterator[Problem]:
    """No party and no tenant is called as a row of the tables that stands for something else."""
    for path, keys in (("deal.parties", scenario.deal.parties), ("tenants", scenario.tenants)):
        with where_known:
            for name, meaning in RESERVED[path].items():
                if name in keys:
                    yield Problem("S350", f'"{name}" stands for {meaning}', f"{path}.{name}", "choose another name")


def listed(scenario: Scenario) -> Iterator[Problem]:
    """Where GPU-hours have list prices, those of every chip that comes here have one."""
    prices, deal = scenario.costs.gpu_hour_price, scenario.deal
    for name, delivery in deal.deliveries.items() if prices else ():
        with where_known:
            licence, chip = deal.licences.get(delivery.licence), delivery.chip
            if licence is not None and licence.site == "campus" and chip not in prices and chip in names_of("chip"):
                told, fix = f"an hour of {chip} has no list price", f"add `{chip}:` under costs.gpu_hour_price"
                path = f"deal.deliveries.{name}.chip"
                yield Problem("S306", told, path, f"{fix}; 0 USD/GPU/h where it is free")


def gearing(scenario: Scenario) -> Iterator[Problem]:
    """Loans of a borrower fund no more than all of its payments for a purpose."""
    loans: dict[str, tuple[str, str, float]] = {}
    for name, one in scenario.costs.tranches.items():
        with where_known:
            loans[name] = str(one.borrower), str(one.purpose), float(one.gearing)
    named = {borrower for borrower, _, _ in loans.values()} - {""}
    told: set[str] = set()
    for borrower in sorted(named) or [""]:
        for purpose in PURPOSES:
            drawn = {
                name: gearing
                for name, (whose, what, gearing) in loans.items()
                if whose in {"", borrower} and what in {"all", purpose}
            }
            last = next(reversed(drawn), "")
            if sum(drawn.values()) > 1.0 + 1e-9 and last not in told:
                told.add(last)
                who = f"{borrower}'s payments" if borrower else "a party's payments"
                message = f"{', '.join(drawn)} fund {100 * sum(drawn.values()):.6g} % of {who} for {purpose}"
                fix = "lower them to 100 % together, or give them different purposes or borrowers"
                yield Problem("S351", message, f"costs.tranches.{last}.gearing", fix)


def circles(scenario: Scenario) -> Iterator[Problem]:
    """Nobody lends to itself, or stands behind itself, over however many steps."""
    for name, loan in scenario.costs.tranches.items():
        with where_known:
            if loan.lender and loan.lender == loan.borrower:
                path = f"costs.tranches.{name}.lender"
                yield Problem("S352", f"{loan.lender} lends to itself", path, "name another lender or borrower")
    rules = scenario.costs.equity
    for party in rules:
        with where_known:
            at, seen = rules[party].investor, [party]
            while at in rules and at not in seen:
                seen.append(at)
                at = rules[at].investor
            if at == party and party == min(seen):
                around = " → ".join([*seen, party])
                yield Problem(
                    "S352", f"owners' money goes round in a circle: {around}", f"costs.equity.{party}.investor",
                    "leave one of the investors out: the outside world",
                )  # fmt: skip


COST_CHECKS = (reserved, listed, gearing, circles)
"""Every check of the costs, in the order of the report."""
