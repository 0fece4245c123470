"""What is owned at the end, what a rate is worth, and money of the price date: the small print of the measures."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gigacampus.accounts import settle, to_beancount
from gigacampus.accounts.measures import internal_rate
from gigacampus.clock import DAY_S, NEVER
from gigacampus.tables import Table
from gigacampus.tables.books import Books
from gigacampus.units import S_PER_YEAR
from tests.accounts.made import SCENARIO, campus
from tests.accounts.test_flows_of_money import SELL, cash
from tests.accounts.test_ledger import FULL, _errors

END_DAY = 1095
"""First day after the horizon of the made-up campus."""


def worth(books: Books, party: str) -> float:
    """What a party owns at the end, USD."""
    rows = books.party_measures
    return float(rows["worth_usd"][rows["party"] == party][0])


def alone(costs: dict[str, Any], arrive_day: int) -> Books:
    """One lot of 1,000 chips, and halls without a price."""
    made = {"building": "0 USD/W", "network_price": {}, "operation": "0 USD/W", "chip_price": {"GB300": "50k USD"}}
    return settle(*campus(made | costs, [arrive_day], [1_000]))


def test_deposits_are_owned_before_the_thing_is_there() -> None:
    plan = {"chip_instalments": [{"share": "30 %", "on": "wanted"}, {"share": "70 %", "on": "arrived"}]}
    books = alone(plan, END_DAY + 10)
    assert cash(books, "vendor", "capex") == 15e6 * 100
    assert worth(books, "host") == worth(books, "project") == pytest.approx(15e6)
    # nothing of it is in service yet
    assert books.summary["capex_usd"] == 0.0
    assert books.summary["project_cash_usd"] == pytest.approx(-15e6)


def test_what_is_still_to_be_paid_is_not_owned() -> None:
    late = {
        "chip_instalments": [
            {"share": "60 %", "on": "arrived"},
            {"share": "40 %", "on": "arrived", "offset": "3 years"},
        ]
    }
    books, whole = alone(late, 365), alone({}, 365)
    age = (END_DAY - 365) * DAY_S / (5 * S_PER_YEAR)
    assert worth(whole, "host") == pytest.approx(50e6 * (1.0 - age))
    assert worth(books, "host") == pytest.approx(50e6 * (1.0 - age) - 20e6)
    assert books.summary["capex_usd"] == whole.summary["capex_usd"] == pytest.approx(50e6)


def test_a_loan_is_owned_by_its_lender_as_it_is_owed_by_its_borrower() -> None:
    loan = {"gearing": "100 %", "lender": "bank", "rate": "6 %", "term": "30 years"}
    books, bare = alone({"tranches": {"long": loan}}, 365), alone({}, 365)
    owed = books.loans["balance_cents"][-1] / 100
    assert 46e6 < owed < 50e6
    assert worth(books, "bank") == pytest.approx(owed)
    assert worth(books, "host") == pytest.approx(worth(bare, "host") - owed)
    # a lender whose loan outlasts the horizon has earned its interest, not lost its money
    rate = books.party_measures["irr_fraction"][books.party_measures["party"] == "bank"][0]
    assert rate == pytest.approx(1.005**12 - 1, rel=1e-3)


def test_halls_after_the_horizon_are_no_capital() -> None:
    given, supply, timeline, log, flows = campus(FULL)
    halls = dict(timeline.halls.columns) | {"building_s": np.array([NEVER]), "power_s": np.array([NEVER])}
    none = settle(given, supply, replace(timeline, halls=Table(timeline.halls.spec, halls)), log, flows)
    assert set(none.summary["capex_by_class_usd"]) == {"Chips", "Network", "Storage", "Spares", "Land"}
    assert none.capex_phases["building_usd"].tolist() == [0.0]


def test_phases_sum_to_capital_with_inflation() -> None:
    books = settle(*campus(FULL | {"assets": {}}))
    assert books.capex_phases["capex_usd"].sum() == pytest.approx(books.summary["capex_usd"], rel=1e-9)


@pytest.mark.parametrize("inflation", ["0 %", "3 %"])
def test_levelised_cost_is_in_money_of_the_price_date(inflation: str) -> None:
    """Prices that rise with inflation cost the same in real money; those that stay, of energy, cost less."""
    real = {"insurance": "1 %", "price_date": "2024-01-01", "inflation": inflation}
    parts = settle(*campus(real)).summary["levelised_by_part_usd"]
    plain = settle(*campus({"insurance": "1 %", "price_date": "2024-01-01"})).summary["levelised_by_part_usd"]
    for name in ("Chips", "Network", "Building", "Operation"):
        assert parts[name] == pytest.approx(plain[name], rel=1e-9)
    assert (parts["Energy"] < plain["Energy"]) == (inflation != "0 %")
    assert parts["Insurance"] <= plain["Insurance"] * (1 + 1e-9)


def test_bills_are_passed_on_to_the_cent() -> None:
    """The campus's operator, without chips of its own, gets back exactly what it paid."""
    books = settle(*campus(FULL | {"tax": {}}, operator="runner"))
    for kind in ("energy", "water"):
        assert cash(books, "host", kind) == 0
        assert cash(books, "runner", kind) < 0


def test_who_only_passes_bills_on_has_neither_cash_nor_a_rate() -> None:
    rows = settle(*campus(campus=SCENARIO["campus"] | {"operator": "bank"})).party_measures
    bank = next(row for row in rows.rows() if row["party"] == "bank")
    assert bank["cash_usd"] == bank["cash_low_usd"] == bank["worth_usd"] == 0.0
    assert np.isnan(bank["irr_fraction"])
    assert bank["payback_s"] == NEVER


def test_revenue_shares_need_no_list_price() -> None:
    share = {"contract": "revenue_share", "earns": "6 USD/GPU/h", "revenue_share": "25 %"}
    made = campus({"default_terms": share})
    books = settle(*made)
    useful = made[3].usage["useful_gpu_h"].sum()
    assert books.summary["revenue_usd"] == pytest.approx(useful * 1.5, rel=1e-6)
    assert cash(books, "host", "revenue") == -cash(books, "lab") - cash(books, "cloud")


def test_owners_are_called_before_their_own_owners() -> None:
    chain = {"state": {"investor": "bank"}, "host": {"investor": "state", "distributes": True}}
    for equity in (chain, dict(reversed(chain.items()))):
        books = settle(*campus(SELL | {"equity": equity}))
        assert cash(books, "state", "financing") == 0 or cash(books, "state") >= 0
        assert -cash(books, "bank", "financing") > 0
        low = books.party_measures["cash_low_usd"][books.party_measures["party"] == "state"][0]
        assert low == 0.0


def test_a_bullet_is_judged_in_the_month_it_falls_due() -> None:
    bullet = {"gearing": "50 %", "rate": "8 %", "term": "18 months", "amortisation": "bullet", "dscr_covenant": 1.0}
    books = settle(*campus(SELL | {"tranches": {"bridge": bullet}}, [60], [7_200]))
    loans = books.loans
    due = np.flatnonzero(loans["repaid_cents"])
    known = np.isfinite(loans["cover_fraction"])
    drawn = int(np.flatnonzero(loans["drawn_cents"])[0])
    assert known[due].all()
    assert np.flatnonzero(known)[0] == drawn + 12
    # interest alone is covered, the bullet is not
    assert not loans["is_breached"][drawn + 12]
    assert loans["is_breached"][due].all()


def test_internal_rates_below_zero_and_over_long_horizons() -> None:
    assert internal_rate([-100.0, *[0.0] * 11, 50.0]) == pytest.approx(-0.5, abs=1e-12)
    assert internal_rate([-100.0, *[1.0] * 60]) < 0.0
    assert internal_rate([-100.0, 100.0]) == pytest.approx(0.0, abs=1e-12)
    assert np.isnan(internal_rate([-1e6] * 480))
    assert np.isnan(internal_rate([0.0] * 12))
    # two rates above zero: 10 % and 20 % a month
    assert np.isnan(internal_rate([-1.0, 2.3, -1.32]))
    monthly = 1.09 ** (1 / 12) - 1
    price = (1 - (1 + monthly) ** -480) / monthly
    assert internal_rate([-price, *[1.0] * 480]) == pytest.approx(0.09, rel=1e-9)


def test_internal_rate_equals_that_of_numpy_financial() -> None:
    irr = pytest.importorskip("numpy_financial").irr
    dice = np.random.default_rng(11)
    for scale in (0.5, 1.0, 2.0, 4.0):
        flows = np.concatenate([-dice.random(12) * 1e9, dice.random(36) * scale * 3e8])
        assert internal_rate(flows) == pytest.approx((1.0 + irr(flows)) ** 12 - 1.0, rel=1e-8)


def test_without_discounting_worth_is_the_sum() -> None:
    books = settle(*campus(FULL | {"discount_rate": "0 %", "inflation": "0 %"}))
    row = next(books.party_measures.rows())
    assert row["npv_usd"] == pytest.approx(row["cash_usd"] + row["worth_usd"])
    charge = books.summary["levelised_by_part_usd"]["Land"]
    assert charge == pytest.approx(30e6 * (END_DAY - 31) * DAY_S / (30 * S_PER_YEAR))


def test_names_that_read_alike_keep_their_own_accounts() -> None:
    """Plants called as a bill or a class of a lot, and names that are alike once written as accounts."""
    one = {"amount": "10 MUSD", "owner": "host", "on": "2025-02-01", "life": "10 years"}
    names = {"water": one, "network": one, "own plant": one, "own-plant": one, "Contingency": one}
    loan = {"lender": "bank", "borrower": "host", "gearing": "20 %", "rate": "6 %", "term": "2 years"}
    costs = {
        "assets": names, "building_parts": {"network": "60 %", "Contingency": "40 %"}, "contingency": "5 %",
        "tranches": {"阿": loan, "布": loan},
    }  # fmt: skip
    made = campus(costs)
    books, plain = settle(*made), settle(*campus())
    by_class = books.summary["capex_by_class_usd"]
    assert {key: value for key, value in by_class.items() if value == 10e6} == dict.fromkeys(
        ("Water-2", "Network-3", "Own-plant", "Own-plant-2", "Contingency-3"), 10e6
    )
    assert by_class["Network-2"] + by_class["Contingency-2"] == pytest.approx(1177e6)
    assert by_class["Contingency"] == pytest.approx(1177e6 * 0.05)
    assert books.summary["capex_compute_usd"] == plain.summary["capex_compute_usd"]
    parts = books.summary["levelised_by_part_usd"]
    assert parts["Water"] == pytest.approx(plain.summary["levelised_by_part_usd"]["Water"])
    assert parts["Water-2"] == parts["Network-3"] > 0.0
    owed = set(books.postings["account"][books.postings["kind"] == "financing"].tolist())
    assert {"Liabilities:Loans:Other", "Liabilities:Loans:Other-2"} <= owed
    assert _errors(to_beancount(books.postings, made[0].clock)) == []
