"""Measures against closed forms: annuity, present value, internal rate, levelised cost, loans, depreciation."""

from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gigacampus.accounts import capex, settle
from gigacampus.accounts.depreciation import written_off_usd
from gigacampus.accounts.financing import schedule
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.levelised import yearly_charge_usd
from gigacampus.accounts.measures import internal_rate, nominal, payback_s, present_value_usd
from gigacampus.accounts.periods import Periods
from gigacampus.clock import NEVER, Clock
from gigacampus.scenario.costs import Tranche
from gigacampus.units import S_PER_YEAR
from tests.accounts.made import CHIP_W, campus
from tests.accounts.test_ledger import FULL
from tests.naive.ledger import loan

YEARS = Periods.of(Clock(date(2025, 1, 1), date(2034, 12, 31), date(2025, 6, 30)))


def test_annuity_textbook() -> None:
    # 1,000 over 5 years at 8 %: 250.4565 (standard capital recovery tables: factor 0.25046)
    assert yearly_charge_usd([1000.0], [5 * S_PER_YEAR], [0.0], 0.08)[0] == pytest.approx(250.4565, abs=1e-4)
    assert yearly_charge_usd([1000.0], [5 * S_PER_YEAR], [0.0], 0.0)[0] == pytest.approx(200.0)
    assert yearly_charge_usd([1000.0], [5 * S_PER_YEAR], [0.1], 0.0)[0] == pytest.approx(180.0)


@given(st.floats(1, 1e9), st.integers(1, 30), st.floats(0.001, 0.3), st.floats(0, 0.5))
def test_charges_are_worth_the_price(cost: float, years: int, rate: float, residual: float) -> None:
    charge = yearly_charge_usd([cost], [years * S_PER_YEAR], [residual], rate)[0]
    worth = sum(charge / (1 + rate) ** n for n in range(1, years + 1)) + cost * residual / (1 + rate) ** years
    assert worth == pytest.approx(cost, rel=1e-9)


def test_present_value_closed_form() -> None:
    year_s = int(S_PER_YEAR)
    at_s = np.arange(1, 6) * year_s
    assert present_value_usd(YEARS, at_s, np.full(5, 100.0), 0.1) == pytest.approx(100 * (1 - 1.1**-5) / 0.1)
    assert present_value_usd(YEARS, 0, 42.0, 0.1) == 42.0
    assert nominal(0.08, 0.02) == pytest.approx(0.1016)


@given(st.floats(0, 0.5), st.integers(0, 3000), st.integers(1, 3000))
def test_later_payment_is_never_worth_more(rate: float, day: int, delay: int) -> None:
    early = present_value_usd(YEARS, day * 86_400, 1.0, rate)
    assert present_value_usd(YEARS, (day + delay) * 86_400, 1.0, rate) <= early


def test_internal_rate_closed_form() -> None:
    # an annuity bought at its present value returns the rate it was discounted at
    monthly = 1.12 ** (1 / 12) - 1
    price = (1 - (1 + monthly) ** -60) / monthly
    assert internal_rate([-price, *[1.0] * 60]) == pytest.approx(0.12, rel=1e-9)
    assert internal_rate([0, 0, -price, *[1.0] * 60, 0, 0]) == pytest.approx(0.12, rel=1e-9)
    assert np.isnan(internal_rate([1.0, 2.0]))
    assert np.isnan(internal_rate([-1.0, 3.0, -2.5, 1.0]))
    assert np.isnan(internal_rate([]))


def test_internal_rate_against_a_root_finder() -> None:
    brentq = pytest.importorskip("scipy.optimize", reason="scipy is not installed").brentq
    dice = np.random.default_rng(5)
    for _ in range(20):
        cash = np.concatenate([-dice.random(24) * 1e9, dice.random(60) * 1e9])
        months = np.arange(len(cash)) / 12.0
        root = brentq(lambda k, cash=cash, months=months: np.sum(cash * (1 + k) ** -months), -0.9, 50.0, xtol=1e-13)
        assert internal_rate(cash) == pytest.approx(root, rel=1e-8)


def test_payback() -> None:
    at_s = np.array([0, 10, 20, 30])
    assert payback_s(at_s, np.array([-5.0, 2.0, 3.0, 1.0])) == 20
    assert payback_s(at_s, np.array([-5.0, 2.0, 2.0, 0.5])) == NEVER
    assert payback_s(at_s, np.array([1.0, 2.0, 2.0, 0.5])) == NEVER
    assert payback_s(at_s, np.array([-1.0, 2.0, -2.0, 5.0])) == 30


@pytest.mark.parametrize("kind", ["annuity", "straight_line", "bullet"])
@pytest.mark.parametrize(("grace", "term", "rate"), [(0, 12, 0.06), (3, 24, 0.08), (6, 1, 0.12), (2, 10, 0.0)])
def test_loans_equal_the_twin(kind: str, grace: int, term: int, rate: float) -> None:
    tranche = Tranche.model_validate(
        {"gearing": 1, "rate": rate, "grace": f"{grace} months", "term": f"{term} months", "amortisation": kind}
    )
    drawn = np.array([0.0, 1000.0, 0.0, 500.0, *[0.0] * 40])
    interest, repaid = schedule(tranche, drawn)
    want = np.zeros((len(drawn), 2))
    for month, amount in ((1, 1000.0), (3, 500.0)):
        for age, parts in enumerate(loan(amount, rate / 12, grace, term, len(drawn) - month, kind), start=1):
            want[month + age] += parts
    np.testing.assert_allclose(np.stack([interest, repaid], axis=1), want, atol=1e-9)
    assert repaid.sum() == pytest.approx(1500.0)


@pytest.mark.parametrize("method", ["straight_line", "declining"])
@pytest.mark.parametrize("years", [4, 6])
def test_depreciation_ends_at_the_residual(method: str, years: int) -> None:
    ground = Ground(*campus({"chip_life": f"{years} years", "chip_residual": "10 %"}))
    assets = capex.buy_lots(ground)
    usd = written_off_usd(YEARS, assets, method)  # type: ignore[arg-type]
    np.testing.assert_allclose(usd.sum(axis=1), assets.cents / 100 * 0.9, rtol=1e-9)
    assert (usd >= 0).all()
    first_year = YEARS.overlap_s([assets.in_service_s[0]], [assets.in_service_s[0] + S_PER_YEAR])[0]
    share = float((usd[0] * (first_year > 0))[:15].sum()) / (assets.cents[0] / 100)
    assert share > 0.9 / years if method == "declining" else share < 1.3 * 0.9 / years


def test_levelised_cost_closed_form() -> None:
    """One lot on the first day, all let, always busy: cost and hours by hand."""
    made = campus({"chip_life": "5 years"}, [60], [1_000], [1.0])
    books = settle(*made)
    clock = made[0].clock
    live_h = (clock.end_s - 120 * 86_400) / 3600
    useful = 1_000 * live_h * 0.8 * 0.98
    factor = 0.08 / (1 - 1.08**-5)
    hall = 0.08 / (1 - 1.08**-20)
    compute = 1_000 * 52_000.0 * factor * (clock.end_s - 60 * 86_400) / S_PER_YEAR
    building = 1e8 * 11.77 * hall * (clock.end_s - 151 * 86_400) / S_PER_YEAR
    kwh = 1_000 * CHIP_W / 1000 * live_h
    bills = kwh * 1.25 * 0.055 + kwh * 1.5 / 1000 * 1.2 + 1_000 * CHIP_W * 0.3 * live_h * 3600 / S_PER_YEAR
    whole = compute + building + bills
    assert books.summary["levelised_usd_per_gpu_h"] == pytest.approx(whole / useful, rel=1e-6)
    assert books.summary["levelised_usd_per_h100e_h"] == pytest.approx(whole / useful / 2.5, rel=1e-6)
    # what tenants and idle chips bear is the whole
    assert books.tenant_cost["cost_usd"].sum() + books.summary["idle_chips_cost_usd"] == pytest.approx(whole, rel=1e-9)
    assert books.cost_parts["cost_usd"].sum() == pytest.approx(whole, rel=1e-9)


def test_idle_chips_bear_what_is_not_let() -> None:
    half = settle(*campus(shares=[0.5]))
    full = settle(*campus(shares=[1.0]))
    assert half.summary["levelised_cost_usd"] == pytest.approx(full.summary["levelised_cost_usd"])
    assert half.summary["idle_chips_cost_usd"] > full.summary["idle_chips_cost_usd"] > 0
    assert half.summary["levelised_usd_per_gpu_h"] == pytest.approx(2 * full.summary["levelised_usd_per_gpu_h"])


def test_project_measures_by_hand() -> None:
    made = campus(FULL)
    books = settle(*made)
    postings = books.postings
    mine = (postings["account"] == "Assets:Cash") & (postings["party"] == "host")
    plain = mine & ~np.isin(postings["kind"], ["matching", "financing"])
    row = next(books.party_measures.rows())
    assert row["party"] == "project"
    assert row["cash_usd"] == pytest.approx(postings["amount_cents"][plain].sum() / 100)
    rate = 1.08 * 1.02 - 1
    years = postings["at_s"][plain] / S_PER_YEAR
    pv = (postings["amount_cents"][plain] / 100 * (1 + rate) ** -years).sum()
    end = made[0].clock.end_s / S_PER_YEAR
    assert row["npv_usd"] == pytest.approx(pv + row["worth_usd"] * (1 + rate) ** -end)
    total, low = 0, 0
    for _, day in itertools.groupby(
        zip(postings["at_s"][plain].tolist(), postings["amount_cents"][plain].tolist(), strict=True),
        key=lambda one: one[0],
    ):
        total += sum(cents for _, cents in day)
        low = min(low, total)
    assert row["cash_low_usd"] == pytest.approx(low / 100)


def test_debt_is_drawn_on_outlays_and_covenants_are_judged() -> None:
    books = settle(*campus(FULL))
    loans = books.loans
    chips = loans.where(loans["tranche"] == "chips")
    spent = books.postings
    paid = spent["amount_cents"][
        (spent["kind"] == "capex") & (spent["party"] == "vendor") & (spent["account"] == "Assets:Cash")
    ].sum()
    assert chips["drawn_cents"].sum() == pytest.approx(0.6 * paid, abs=len(chips))
    assert (loans["balance_cents"] >= 0).all()
    assert chips["balance_cents"][-1] < chips["balance_cents"].max()
    known = np.isfinite(loans["cover_fraction"])
    assert known.any()
    assert (chips["is_breached"] == (chips["cover_fraction"] < 1.3)).all()
    assert books.summary["dscr_least"] == pytest.approx(np.nanmin(loans["cover_fraction"]))
