"""Currencies, owners' money, classes of work, parts of a tariff, tokens, bounds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.accounts import settle, to_beancount, to_csv
from gigacampus.accounts.cents import to_cents
from gigacampus.accounts.classes import integral_s
from gigacampus.accounts.exchange import Exchange
from gigacampus.accounts.periods import Periods
from gigacampus.errors import ScenarioError
from gigacampus.scenario.costs import Costs
from gigacampus.tables import Table
from gigacampus.tables.books import Books
from gigacampus.tables.log import BUSY
from gigacampus.tables.work import Kind
from tests.accounts.made import COSTS, DAY_S, campus, scenario
from tests.accounts.test_flows_of_money import SELL, cash
from tests.accounts.test_ledger import FULL, _errors

EUR = {
    "EUR": {"rates": [{"on": "2025-01-01", "usd": "1 USD"}, {"on": "2026-01-01", "usd": "1.25 USD"}], "of": ["energy"]}
}


def test_prices_in_another_currency_are_paid_at_the_rate_of_their_day() -> None:
    plain, books = (
        settle(*campus(FULL, operator="runner")),
        settle(*campus(FULL | {"currencies": EUR}, operator="runner")),
    )
    rows, same = books.postings, plain.postings
    grid = (rows["party"] == "grid") & (rows["kind"] == "energy") & (rows["account"] == "Assets:Cash")
    early = rows["at_s"] < 365 * DAY_S
    before = (same["party"] == "grid") & (same["kind"] == "energy") & (same["account"] == "Assets:Cash")
    first = same["at_s"] < 365 * DAY_S
    assert rows["amount_cents"][grid & early].sum() == same["amount_cents"][before & first].sum()
    later, base = rows["amount_cents"][grid & ~early].sum(), same["amount_cents"][before & ~first].sum()
    assert later == pytest.approx(1.25 * base, rel=1e-6)
    assert rows["currency_cents"][grid].sum() == same["amount_cents"][before].sum()
    assert set(rows["currency"][rows["kind"] == "energy"]) == {"EUR"}
    assert set(rows["currency"][rows["kind"] == "water"]) == {"USD"}
    lost = (rows["account"] == "Expenses:Exchange") & (rows["counterparty"] == "grid")
    assert rows["amount_cents"][lost].sum() == later - base
    assert rows["amount_cents"].sum() == 0


def test_exchange_balances_in_beancount_and_names_the_contract() -> None:
    made = campus(FULL | {"currencies": {"AED": EUR["EUR"] | {"of": ["capex", "rent"]}}}, operator="runner")
    books = settle(*made)
    text = to_beancount(books.postings, made[0].clock)
    assert 'contract: "' in text
    assert "AED" in text
    assert not _errors(text)
    assert to_csv(books.postings, made[0].clock).splitlines()[0].endswith("is_record,currency,amount")


@settings(max_examples=25, deadline=None)
@given(
    rates=st.lists(
        st.tuples(st.integers(0, 1_000), st.floats(0.01, 100.0)), min_size=1, max_size=6, unique_by=lambda r: r[0]
    ),
    day=st.integers(0, 1_090),
    cents=st.integers(-(10**9), 10**9),
)
def test_a_difference_is_what_the_last_rate_makes(rates: list[tuple[int, float]], day: int, cents: int) -> None:
    clock = scenario().clock
    listed = [{"on": clock.iso(at * DAY_S), "usd": f"{usd} USD"} for at, usd in rates]
    costs = Costs.model_validate(COSTS | {"currencies": {"X": {"rates": listed, "of": ["rent"]}}})
    found = Exchange.of(costs, clock, 0)
    ordered = sorted(rates)
    now = next((usd for at, usd in reversed(ordered) if at <= day), ordered[0][1])
    first = next((usd for at, usd in reversed(ordered) if at <= 0), ordered[0][1])
    ours = int(found.difference("rent", np.array([day * DAY_S]), np.array([cents]))[0])
    assert ours == pytest.approx(cents * (now / first - 1.0), abs=1.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"EUR": {"rates": [], "of": ["energy"]}},
        {"EUR": {"rates": [{"on": "2025-01-01", "usd": "0 USD"}], "of": ["energy"]}},
        {"USD": EUR["EUR"]},
        {"EUR": EUR["EUR"], "AED": EUR["EUR"]},
    ],
)
def test_currencies_that_cannot_be_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"currenc|rates"):
        scenario({"currencies": wrong})


@pytest.mark.parametrize("distributes", [False, True])
def test_owners_keep_the_cash_from_falling_below_zero(distributes: bool) -> None:
    equity = {"host": {"investor": "state", "distributes": distributes}}
    bare, books = settle(*campus(SELL)), settle(*campus(SELL | {"equity": equity}))

    def monthly(found: Books, party: str) -> Any:
        rows = found.party_months.where(
            (found.party_months["party"] == party) & (found.party_months["kind"] != "matching")
        )
        months, where = np.unique(rows["month_s"], return_inverse=True)
        sums = np.zeros(len(months), dtype=np.int64)
        np.add.at(sums, where, -rows["paid_cents"])
        return np.cumsum(sums)

    assert monthly(bare, "host").min() < 0
    assert monthly(books, "host").min() == 0
    if distributes:
        assert set(monthly(books, "host").tolist()) == {0}
        assert cash(books, "state", "financing") == cash(bare, "host") - cash(bare, "host", "matching")
    else:
        assert -cash(books, "state", "financing") == -int(monthly(bare, "host").min())
    assert books.postings["amount_cents"].sum() == 0


def test_revenue_is_told_by_class_of_work() -> None:
    given_, supply, timeline, log, flows = campus(SELL)
    end = given_.clock.end_s
    busy = Table(
        BUSY,
        {
            "at_s": [200 * DAY_S, 300 * DAY_S, 300 * DAY_S], "tenant_index": [0, 0, 1],
            "kind_index": [int(Kind.PRETRAIN), int(Kind.EVALUATE), int(Kind.FINETUNE)], "chips": [300, 100, 50],
        },
    )  # fmt: skip
    books = settle(given_, supply, timeline, replace(log, busy=busy), flows)
    table = books.revenue
    assert table["revenue_usd"].sum() * 100 == pytest.approx(cash(books, "host", "revenue"), abs=1)
    assert table["revenue_usd"].sum() == pytest.approx(books.summary["revenue_usd"])
    late = table.where((table["month_s"] > 400 * DAY_S) & (table["tenant"] == "lab"))
    hours = {name: late["gpu_h"][late["job_class"] == name].sum() for name in ("pretrain", "evaluate", "unused")}
    assert hours["pretrain"] == pytest.approx(3 * hours["evaluate"])
    assert hours["unused"] == pytest.approx(0.25 * (hours["pretrain"] + hours["evaluate"]))
    causes = {str(one) for one in books.postings["cause"] if str(one).startswith("tenant:")}
    assert {one.split(":")[3] for one in causes} >= {"pretrain", "evaluate", "finetune", "unused"}
    assert end > 0


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1_100 * DAY_S), st.integers(-500, 500)), max_size=30))
def test_chip_hours_by_month_are_exact(changes: list[tuple[int, int]]) -> None:
    periods = Periods.of(scenario().clock)
    changes.sort(key=lambda one: one[0])
    at_s, chips = (np.array([one[k] for one in changes], dtype=np.int64) for k in (0, 1))
    expected = periods.integral_s(at_s, chips) if changes else np.zeros(len(periods))
    np.testing.assert_allclose(integral_s(periods, at_s, chips), expected, rtol=1e-9, atol=1.0)


def test_parts_of_a_tariff_have_accounts_of_their_own() -> None:
    given_, supply, timeline, log, flows = campus()
    cost = flows.sources["cost_usd"]
    parts = {"band_usd": cost * 0.3, "demand_usd": cost * 0.2, "start_usd": cost * 0.0}
    table = Table(flows.sources.spec, dict(flows.sources.columns) | parts)
    books = settle(given_, supply, timeline, log, replace(flows, sources=table))
    rows = books.postings
    bill = {name: rows["amount_cents"][rows["account"] == f"Expenses:Energy:Grid{name}"].sum() / 100.0
            for name in ("", ":Bands", ":Demand", ":Starts")}  # fmt: skip
    assert sum(bill.values()) == pytest.approx(cost.sum(), abs=2.0)
    assert bill[":Demand"] == pytest.approx(0.2 * cost.sum(), abs=1.0)
    assert bill[":Starts"] == 0.0
    assert cash(books, "grid") == pytest.approx(100 * cost.sum(), abs=200)
    # a balance of an account is that of the accounts below it too
    assert _errors(to_beancount(rows, given_.clock)) == []


def test_tokens_of_services_bear_their_chip_hours() -> None:
    given_, supply, timeline, log, flows = campus({"tokens_per_gpu_h": "4e6"})
    usage = log.usage
    serving = Table(
        usage.spec,
        dict(usage.columns) | {"serve_gpu_h": usage["batch_gpu_h"] * 0.5, "batch_gpu_h": usage["batch_gpu_h"] * 0.5},
    )
    books = settle(given_, supply, timeline, replace(log, usage=serving), flows)
    rows = {row["tenant"]: row for row in books.service_cost.rows()}
    cost = {row["tenant"]: row["cost_usd"] for row in books.tenant_cost.rows()}
    for tenant, row in rows.items():
        assert row["cost_usd"] == pytest.approx(0.5 * cost[tenant])
        assert row["usd_per_million_tokens"] == pytest.approx(row["cost_usd"] / row["gpu_h"] / 4.0)
    whole = sum(row["cost_usd"] for row in rows.values()) / sum(row["tokens"] for row in rows.values()) * 1e6
    assert books.summary["usd_per_million_tokens"] == pytest.approx(whole)


def test_months_of_tenants_sum_to_their_cost_and_what_they_paid() -> None:
    books = settle(*campus(SELL))
    months = books.tenant_months
    for row in books.tenant_cost.rows():
        mine = months["tenant"] == row["tenant"]
        assert months["cost_usd"][mine].sum() == pytest.approx(row["cost_usd"])
        assert months["gpu_h"][mine].sum() == pytest.approx(row["gpu_h"])
        assert months["revenue_usd"][mine].sum() * 100 == pytest.approx(
            -cash(books, str(row["tenant"]), "revenue"), abs=1
        )


def test_real_cash_is_nominal_cash_over_the_rise_of_prices() -> None:
    flat, rising = settle(*campus(SELL)), settle(*campus(SELL | {"inflation": "4 %"}))
    one = next(flat.party_measures.rows())
    assert one["cash_real_usd"] == pytest.approx(one["cash_usd"])
    two, rows = next(rising.party_measures.rows()), rising.postings
    mine = (rows["party"] == "host") & (rows["account"] == "Assets:Cash") & (rows["kind"] != "matching")
    real = rows["amount_cents"][mine] / 100.0 / 1.04 ** (rows["at_s"][mine] / (365.25 * DAY_S))
    assert two["cash_real_usd"] == pytest.approx(real.sum())
    assert rising.summary["project_cash_real_usd"] == two["cash_real_usd"]


def test_racks_may_be_bought_apart_from_chips() -> None:
    plain, apart = settle(*campus()), settle(*campus({"rack_price": {"GB300": "4k USD"}}))
    assert apart.summary["capex_by_class_usd"]["Racks"] == pytest.approx(4_000.0 * 28_800)
    assert "Racks" not in plain.summary["capex_by_class_usd"]
    more = apart.summary["capex_usd"] - plain.summary["capex_usd"]
    assert more == pytest.approx(apart.summary["capex_by_class_usd"]["Racks"])
    assert next(apart.capex_phases.rows())["compute_usd"] > next(plain.capex_phases.rows())["compute_usd"]


def test_sums_that_no_ledger_holds_are_refused() -> None:
    with pytest.raises(ScenarioError, match="A102"):
        to_cents([1e16])
    with pytest.raises(ValueError, match="chip_price"):
        scenario({"chip_price": {"GB300": "1e14 USD"}})
    most = settle(*campus({"chip_price": {"GB300": "100 MUSD"}}))
    assert most.postings["amount_cents"].sum() == 0
