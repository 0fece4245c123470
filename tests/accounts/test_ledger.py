"""The ledger: it balances however it is cut, rounds fairly, and reads back through beancount."""

from __future__ import annotations

import csv
import io
import warnings
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.accounts import settle, to_beancount, to_csv
from gigacampus.accounts.cents import split
from gigacampus.accounts.journal import check, leaf
from gigacampus.clock import DAY_S
from gigacampus.errors import InvariantError, ScenarioError
from gigacampus.tables import Table
from tests.accounts.made import COSTS, campus
from tests.naive import ledger as naive

FULL: dict[str, Any] = {
    "storage_price": {"GB300": "1k USD"}, "spares": "2 %", "chip_price_fall": "5 %", "inflation": "2 %",
    "chip_instalments": [
        {"share": "30 %", "on": "wanted", "offset": "-3 months"}, {"share": "50 %", "on": "cleared"},
        {"share": "20 %", "on": "arrived", "offset": "30 days"},
    ],
    "building_parts": {"shell": "21 %", "power": "46 %", "cooling": "33 %"},
    "building_milestones": [
        {"share": "60 %", "on": "building", "offset": "-4 months"}, {"share": "40 %", "on": "power"},
    ],
    "contingency": "5 %", "builder": "bank",
    "assets": {"land": {"amount": "30 MUSD", "owner": "host", "on": "2025-02-01", "life": "30 years"}},
    "operation_parts": {"staff": "30 %", "maintenance": "70 %"}, "insurance": "0.3 %", "tax": {"host": "9 %"},
    "hosting_rent": "140 USD/kW/month", "chip_lease_rate": "8 %", "gpu_hour_price": {"GB300": "3.25 USD/GPU/h"},
    "gpu_hour_price_fall": "5 %", "default_terms": {"availability": "99.5 %"},
    "terms": {"cloud": {"contract": "on_demand", "price_factor": 1.3}}, "depreciation": "declining",
    "tranches": {
        "chips": {
            "lender": "bank", "purpose": "chips", "gearing": "60 %", "rate": "7 %", "fee": "1 %", "grace": "3 months",
            "term": "2 years", "dscr_covenant": 1.3,
        },
        "halls": {"purpose": "building", "gearing": "70 %", "rate": "8 %", "term": "1 year", "amortisation": "bullet"},
    },
    "chip_residual": "5 %",
}  # fmt: skip

RICH: dict[str, Any] = FULL | {
    "rack_price": {"GB300": "2k USD"}, "equity": {"host": {"investor": "state", "distributes": True}, "runner": {}},
    "currencies": {
        "AED": {"rates": [{"on": "2025-06-01", "usd": "0.27 USD"}], "of": ["capex", "energy"]},
        "EUR": {"rates": [{"on": "2025-01-01", "usd": "1.1 USD"}, {"on": "2025-09-01", "usd": "0.9 USD"}],
                "of": ["revenue", "rent", "opex"]},
    },
    "terms": {
        "lab": {"contract": "revenue_share", "earns": "6 USD/GPU/h", "revenue_share": "30 %"},
        "cloud": {"contract": "spot", "price_factor": 0.6},
    },
}  # fmt: skip
"""Every kind of contract, currencies, owners' money."""


@pytest.mark.parametrize("costs", [{}, FULL, RICH])
@pytest.mark.parametrize("operator", ["host", "runner"])
def test_books_balance_by_date_party_kind_and_account(costs: dict[str, Any], operator: str) -> None:
    books = settle(*campus(costs, operator=operator))
    rows = list(books.postings.rows())
    assert rows
    for keys in (("transaction_id", "party"), ("at_s",), ("at_s", "party"), ("party",), ("kind", "party"), ("cause",)):
        assert not any(naive.balances(rows, *keys).values()), keys
    cash = [row for row in rows if row["account"] == "Assets:Cash"]
    assert not any(naive.balances(cash, "transaction_id").values())
    months = books.party_months
    for month in np.unique(months["month_s"]):
        assert months["paid_cents"][months["month_s"] == month].sum() == 0
    assert months["paid_cents"].sum() == 0
    by_party = naive.balances(cash, "party")
    for (party,), cents in by_party.items():
        assert -months["paid_cents"][months["party"] == party].sum() == cents


def test_every_posting_names_its_cause_and_lies_in_the_horizon() -> None:
    made = campus(FULL, operator="runner")
    books = settle(*made)
    postings = books.postings
    assert all(postings["cause"])
    assert postings["at_s"].min() >= 0
    assert postings["at_s"].max() < made[0].clock.end_s
    assert (np.diff(postings["at_s"]) >= 0).all()
    assert (postings["is_record"] == (postings["at_s"] < made[0].clock.known_s)).all()
    assert set(postings["kind"]) == {
        "capex", "energy", "water", "opex", "matching", "revenue", "rent", "lease", "financing", "depreciation",
    }  # fmt: skip
    bare = settle(*campus({}))
    assert set(bare.postings["kind"]) == {"capex", "energy", "water", "opex", "matching", "depreciation"}


@pytest.mark.parametrize("costs", [{}, FULL, RICH])
def test_every_cause_leads_to_something_that_is_there(costs: dict[str, Any]) -> None:
    made = campus(costs, operator="runner")
    given_, supply, timeline, *_ = made
    months = {given_.clock.day(int(at)).strftime("%Y-%m") for at in given_.clock.month_starts_s()[:-1]}
    lots_ = set(supply.deliveries["delivery_id"])
    there = {
        "month": months, "year": {month[:4] for month in months}, "loan": set(given_.costs.tranches),
        "equity": set(given_.costs.equity), "obligation": set(given_.deal.obligations),
        "tenant": {*timeline.tenants["tenant"], "let again"},
    }  # fmt: skip
    things = lots_ | set(timeline.halls["hall"]) | set(given_.costs.assets)
    seen = set()
    for cause in set(settle(*made).postings["cause"]):
        kind, _, rest = str(cause).partition(":")
        name, *more = rest.split(":")
        seen.add(kind if rest else "thing")
        assert name in there[kind] if rest else kind in things, cause
        assert all(one in months or one in lots_ or kind == "tenant" for one in more), cause
        assert kind != "tenant" or more[0] in months
    wanted = {"month", "obligation", "thing"} | ({"loan", "tenant"} if costs else set())
    assert wanted | ({"equity"} if costs == RICH else set()) <= seen


def test_a_slip_is_found() -> None:
    books = settle(*campus())
    amounts = books.postings["amount_cents"].copy()
    amounts[7] += 1
    with pytest.raises(InvariantError, match="do not balance"):
        check(Table(books.postings.spec, dict(books.postings.columns) | {"amount_cents": amounts}))


def test_a_chip_without_a_price_is_named() -> None:
    with pytest.raises(ScenarioError, match=r"`GB300` is delivered but has no price"):
        settle(*campus({"chip_price": {"R200": "80k USD"}}))


@given(st.integers(-(10**12), 10**12), st.lists(st.floats(0, 1e9), min_size=1, max_size=9))
def test_splits_add_up_and_are_fair(total: int, weights: list[float]) -> None:
    parts = split([total], weights)[0].tolist()
    assert sum(parts) == total
    whole = sum(weights)
    if whole > 0:
        for part, weight in zip(parts, weights, strict=True):
            assert abs(part - total * (weight / whole)) <= 1.0 + 1e-3
        assert parts == pytest.approx(naive.split(total, weights), abs=1)


def test_splits_equal_the_twin_on_plain_weights() -> None:
    dice = np.random.default_rng(3)
    for _ in range(200):
        weights = dice.integers(0, 50, dice.integers(1, 7)).astype(float).tolist()
        total = int(dice.integers(-10_000, 10_000))
        assert split([total], weights)[0].tolist() == naive.split(total, weights)


@pytest.mark.parametrize(
    ("text", "said"),
    [("g42", "G42"), ("Rubin (VR NVL72)", "Rubin-VR-NVL72"), ("5x", "N5x"), ("…", "Other"), ("a b", "A-b")],
)
def test_names_fit_accounts(text: str, said: str) -> None:
    assert leaf(text) == said


def _errors(text: str) -> list[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loader = pytest.importorskip("beancount.loader", reason="beancount is not installed (the `test` extra)")
        _, errors, _ = loader.load_string(text)
    return list(errors)


def _a_cent_more(balance: str) -> str:
    words = balance.split()
    return " ".join([*words[:3], f"{float(words[3]) + 0.01:.2f}", *words[4:]])


@pytest.mark.parametrize("costs", [{}, FULL])
def test_beancount_agrees(costs: dict[str, Any]) -> None:
    made = campus(costs, operator="runner")
    text = to_beancount(settle(*made).postings, made[0].clock, 'a "title"')
    assert _errors(text) == []
    lines = text.splitlines()
    # a cent off in a closing balance, or in one posting, is found
    last = next(n for n in range(len(lines) - 1, 0, -1) if " balance " in lines[n])
    assert _errors("\n".join([*lines[:last], _a_cent_more(lines[last]), *lines[last + 1 :]]))
    first = next(n for n, line in enumerate(lines) if line.startswith("  "))
    assert _errors("\n".join([*lines[:first], *lines[first + 1 :]]))


@pytest.mark.slow
@settings(max_examples=50, derandomize=True, deadline=None)
@given(
    days=st.lists(st.integers(31, 400), min_size=1, max_size=5), chips=st.integers(1, 50_000),
    shares=st.sampled_from([[0.5], [0.6, 0.4], [0.33, 0.33]]), costs=st.sampled_from([{}, FULL, RICH]),
    operator=st.sampled_from(["host", "runner"]), price=st.floats(0.01, 1e5), demand=st.floats(0.0, 0.5),
)  # fmt: skip
def test_random_campuses_balance_in_beancount(
    days: list[int], chips: int, shares: list[float], costs: dict[str, Any], operator: str, price: float, demand: float
) -> None:
    prices = costs | {"chip_price": {"GB300": f"{price:.2f} USD"}}
    sizes = [chips + n for n in range(len(days))]
    given_, *made, flows = campus(prices, sorted(days), sizes, shares, operator=operator, end="2026-02-28")
    bills = dict(flows.sources.columns) | {"demand_usd": flows.sources["cost_usd"] * demand}
    books = settle(given_, *made, replace(flows, sources=Table(flows.sources.spec, bills)))
    assert not any(naive.balances(books.postings.rows(), "at_s", "party").values())
    assert _errors(to_beancount(books.postings, given_.clock)) == []


def test_csv_has_the_same_cents() -> None:
    made = campus(FULL)
    books = settle(*made)
    rows = list(csv.DictReader(io.StringIO(to_csv(books.postings, made[0].clock))))
    assert [round(float(row["amount_usd"]) * 100) for row in rows] == books.postings["amount_cents"].tolist()
    assert rows[0]["date"] == made[0].clock.iso(int(books.postings["at_s"][0]))


def test_parquet_round_trip() -> None:
    books = settle(*campus(FULL))
    again = Table.from_arrow(books.postings.to_arrow())
    assert list(again.rows()) == list(books.postings.rows())


def test_the_gap_is_what_is_due_and_not_paid() -> None:
    made = campus()
    books, owed = settle(*made), made[1].obligations
    gap = books.postings.where(books.postings["account"] == "Liabilities:Obligations:Match")
    for at_s in range(0, made[0].clock.end_s, 20 * DAY_S):
        ours = -gap["amount_cents"][gap["at_s"] <= at_s].sum()
        due = owed["due_usd"][owed["due_s"] <= at_s].sum()
        paid = owed["paid_usd"][owed["paid_s"] <= at_s].sum()
        assert ours == round((due - paid) * 100)
    assert books.summary["obligations_gap_usd"] == {"match": 0.0}
    assert books.summary["obligations_gap_widest_usd"] == {"match": gap_widest(owed)}


def gap_widest(owed: Table) -> float:
    """The widest gap, looked at on each due date."""
    return max(
        float(owed["due_usd"][owed["due_s"] <= at].sum() - owed["paid_usd"][owed["paid_s"] <= at].sum())
        for at in owed["due_s"]
    )


def test_costs_refuse_shares_that_do_not_sum_to_one() -> None:
    with pytest.raises(ValueError, match="building_parts"):
        campus({"building_parts": {"shell": "50 %", "power": "40 %"}})
    assert COSTS["building"] == "11.77 USD/W"
