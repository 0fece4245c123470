"""Who pays whom: laws that hold for any campus, and the small print of contracts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gigacampus.accounts import settle
from gigacampus.accounts.ground import Ground
from gigacampus.accounts.revenue import lost_gpu_h, relet_gpu_h
from gigacampus.clock import DAY_S, NEVER
from gigacampus.tables import Table
from gigacampus.tables.books import Books
from tests.accounts.made import SCENARIO, campus, happened, lots, scenario, standing
from tests.accounts.test_ledger import FULL

SELL: dict[str, Any] = {"gpu_hour_price": {"GB300": "3 USD/GPU/h"}}


def cash(books: Books, party: str, kind: str = "") -> int:
    """Cash in less cash out, cents."""
    rows = books.party_months
    mine = (rows["party"] == party) & ((rows["kind"] == kind) | (kind == ""))
    return -int(rows["paid_cents"][mine].sum())


@pytest.mark.parametrize(
    ("key", "value", "twice", "kind", "party"),
    [
        ("chip_price", {"GB300": "43k USD"}, {"GB300": "86k USD"}, "capex", "vendor"),
        ("operation", "0.3 USD/W", "0.6 USD/W", "opex", "outside"),
        ("gpu_hour_price", {"GB300": "3 USD/GPU/h"}, {"GB300": "6 USD/GPU/h"}, "revenue", "lab"),
        ("hosting_rent", "140 USD/kW/month", "280 USD/kW/month", "rent", "runner"),
    ],
)
def test_twice_the_tariff_is_twice_the_bill(key: str, value: Any, twice: Any, kind: str, party: str) -> None:
    plain = {"network_price": {}}
    once, double = (settle(*campus(plain | {key: one}, operator="runner")) for one in (value, twice))
    bill = cash(once, party, kind)
    assert bill != 0
    assert abs(cash(double, party, kind) - 2 * bill) <= 40 * 4  # a cent a posting


def test_twice_the_water_price_and_the_energy_bill() -> None:
    once = campus()
    given, supply, timeline, log, flows = once
    dear = Table(flows.water.spec, dict(flows.water.columns) | {"cost_usd": flows.water["cost_usd"] * 2})
    thirsty = replace(flows, water=dear)
    assert abs(cash(settle(given, supply, timeline, log, thirsty), "sea") - 2 * cash(settle(*once), "sea")) <= 40
    sources = Table(flows.sources.spec, dict(flows.sources.columns) | {"cost_usd": flows.sources["cost_usd"] * 2})
    twice = replace(flows, sources=sources)
    assert abs(cash(settle(given, supply, timeline, log, twice), "grid") - 2 * cash(settle(*once), "grid")) <= 40


def test_splitting_a_tenancy_leaves_totals_within_a_cent_a_posting() -> None:
    given = scenario(FULL | {"terms": {}})
    supply = lots([60, 120, 200], [7_201, 14_407, 7_203])
    whole = standing(given, supply, 1)
    parts = standing(given, supply, 2)
    same = Table(parts.tenants.spec, dict(parts.tenants.columns) | {"party": np.array(["lab", "lab"], dtype=object)})
    split = type(parts)(parts.halls, parts.installs, parts.months, parts.capacity, same, parts.chip_it_w)
    one = settle(given, supply, whole, *happened(given, whole, [0.9]))
    two = settle(given, supply, split, *happened(given, split, [0.37, 0.53]))
    months = len(given.clock.month_starts_s())
    for party in ("lab", "host", "grid", "sea"):
        # 2 more postings a month, and credits beside bills
        assert abs(cash(one, party) - cash(two, party)) <= 4 * months, party
    assert two.tenant_cost["cost_usd"].sum() == pytest.approx(one.tenant_cost["cost_usd"].sum())


def test_instalments_and_milestones_fall_on_their_days() -> None:
    made = campus(FULL)
    books, lot = settle(*made), made[1].deliveries
    rows = books.postings
    paid = rows.where(
        (rows["account"] == "Assets:InProgress:Chips") & (rows["cause"] == "lot-2") & (rows["counterparty"] == "vendor")
    )
    price = 7_200 * 43_000 * (1.02 * 0.95) ** (lot["wanted_s"][2] / (365.25 * DAY_S))
    assert paid["amount_cents"].tolist() == pytest.approx([price * 30, price * 50, price * 20], abs=1)
    three_months = round(365.25 / 4 * DAY_S)
    want = [lot["wanted_s"][2] - three_months, lot["cleared_s"][2], lot["arrive_s"][2] + 30 * DAY_S]
    assert paid["at_s"].tolist() == want
    built = rows.where((rows["account"] == "Assets:InProgress:Cooling") & (rows["counterparty"] == "bank"))
    assert built["amount_cents"].sum() == pytest.approx(1e8 * 11.77 * 0.33 * 100 * 1.02 ** (151 / 365.25), rel=1e-6)


def test_payments_before_the_start_fall_on_the_first_day_and_later_ones_are_left_out() -> None:
    early = {"building_milestones": [{"share": 1, "on": "building", "offset": "-3 years"}]}
    books = settle(*campus(early))
    assert books.postings["at_s"][0] == 0
    late = {"building_milestones": [{"share": 1, "on": "building", "offset": "9 years"}]}
    assert cash(settle(*campus(late)), "outside", "capex") == 0


def test_contracts() -> None:
    def paid(**terms: Any) -> int:
        return -cash(settle(*campus(SELL | {"terms": {"lab": terms}})), "lab", "revenue")

    reserved = paid()
    assert paid(price_factor=0.5) == pytest.approx(reserved / 2, abs=40)
    assert paid(contract="on_demand") == pytest.approx(reserved * 0.8, abs=40)
    assert paid(contract="spot", price_factor=0.4) == pytest.approx(reserved * 0.32, abs=40)
    share = paid(contract="revenue_share", earns="6 USD/GPU/h", revenue_share="25 %")
    assert share == pytest.approx(reserved / 3 * 6 * 0.25 * 0.8 * 0.98, abs=60)
    # one hour in a hundred is down: a promise of 99.5 % is missed by half of one per cent
    assert paid(availability="99.5 %") == pytest.approx(reserved * (1 - 0.005), rel=1e-6)
    assert paid(availability="98 %") == reserved
    assert paid(availability="99.5 %", credit_factor=10) == pytest.approx(reserved * (1 - 0.05), rel=1e-6)


def test_lost_halls_are_credited() -> None:
    given, supply, timeline, _, _ = campus(SELL | {"default_terms": {"availability": 1}})
    from_s, until_s = 400 * DAY_S, 500 * DAY_S
    halls = Table(
        timeline.halls.spec, dict(timeline.halls.columns) | {"lost_from_s": [from_s], "lost_until_s": [until_s]}
    )
    rows = list(timeline.installs.rows())
    gone = dict(rows[0]) | {"at_s": from_s, "chips": -1_000, "it_w": -2e6, "h100e": -2_500.0}
    back = dict(rows[0]) | {"at_s": until_s, "chips": 1_000, "it_w": 2e6, "h100e": 2_500.0}
    installs = Table.from_rows(timeline.installs.spec, [*rows, gone, back])
    lossy = type(timeline)(halls, installs, timeline.months, timeline.capacity, timeline.tenants, timeline.chip_it_w)
    log, flows = happened(given, lossy, [1.0])
    ground = Ground(given, supply, lossy, log, flows)
    assert lost_gpu_h(ground).sum() == pytest.approx(1_000 * 100 * 24)
    lossless = happened(given, timeline, [1.0])
    loss = cash(settle(given, supply, lossy, log, flows), "lab", "revenue")
    none = cash(settle(given, supply, timeline, *lossless), "lab", "revenue")
    # the lost hours are billed and credited in full; what else is missed (1 % down) shrinks with them
    assert none < loss
    assert loss - none == pytest.approx(1_000 * 100 * 24 * 3 * 100 * 0.99, rel=1e-6)


def test_relet_after_a_tenant_leaves() -> None:
    tenants = {
        "lab": {"party": "lab", "tenancies": [{"share": "60 %", "end": "2025-12-31"}]},
        "cloud": SCENARIO["tenants"]["cloud"],
    }
    costs = SELL | {"relet": {"lab": "6 months"}, "relet_price_factor": 0.5}
    given = scenario(costs, tenants=tenants)
    supply = lots([40], [10_000])
    timeline = standing(given, supply)
    log, flows = happened(given, timeline, [0.0, 0.4])
    ground = Ground(given, supply, timeline, log, flows)
    hours = relet_gpu_h(ground, ground.usage("entitled_gpu_h").sum(axis=0))
    start_s = given.clock.seconds(given.tenants["lab"].tenancies[0].end) + DAY_S + round(365.25 / 2 * DAY_S)  # type: ignore[arg-type]
    assert hours.sum() == pytest.approx(6_000 * (given.clock.end_s - start_s) / 3600, rel=1e-3)
    assert -cash(settle(given, supply, timeline, log, flows), "outside", "revenue") == pytest.approx(
        hours.sum() * 150, abs=40
    )
    # chips that others may use cannot be let again
    full = happened(given, timeline, [0.6, 0.4])
    ground = Ground(given, supply, timeline, *full)
    assert relet_gpu_h(ground, ground.usage("entitled_gpu_h").sum(axis=0)).sum() == pytest.approx(0.0, abs=1e-3)


def test_rent_lease_and_refunds_only_between_different_parties() -> None:
    alone, apart = settle(*campus(FULL)), settle(*campus(FULL, operator="runner"))
    assert not {"rent", "lease"} & set(alone.postings["kind"])
    assert {"rent", "lease"} <= set(apart.postings["kind"])
    # passed on: the campus's operator is left with what fell due before chips were live
    assert cash(apart, "host", "energy") == 0
    assert cash(apart, "runner", "energy") == -cash(apart, "grid", "energy")


def test_tax_on_profit_only() -> None:
    rows = settle(*campus(FULL | {"gpu_hour_price": {"GB300": "30 USD/GPU/h"}})).postings
    tax = rows.where((rows["account"] == "Expenses:Tax") & (rows["party"] == "host"))
    own = rows.where(rows["party"] == "host")
    result = np.array([text.startswith(("Income", "Expenses")) and text != "Expenses:Tax" for text in own["account"]])
    profit = -own["amount_cents"][result].sum()
    assert tax["amount_cents"].sum() == pytest.approx(0.09 * profit, rel=1e-6)
    poor = settle(*campus(FULL | {"gpu_hour_price": {"GB300": "0.01 USD/GPU/h"}})).postings
    assert "tax" not in set(poor["kind"])


def test_price_moves_later_is_worth_less_for_the_seller() -> None:
    """The same lot paid a year later: the vendor's cash is the same, its present value lower."""
    early, late = (
        settle(*campus({"chip_instalments": [{"share": 1, "on": "arrived", "offset": offset}]}))
        for offset in ("0 days", "1 year")
    )
    worth = [
        next(row["npv_usd"] for row in one.party_measures.rows() if row["party"] == "vendor") for one in (early, late)
    ]
    assert cash(early, "vendor") == cash(late, "vendor")
    assert worth[1] < worth[0]


def test_capital_by_phase_and_beside_published_figures() -> None:
    published = {
        "theirs": {
            "title": "theirs", "capex": "7.5 BUSD", "it_power": "200 MW", "chips": {"GB300": "100k chips"},
            "compute": "5.2 BUSD", "construction": "2.3 BUSD",
        },
        "hall": {"title": "hall", "capex": "0.8 to 1.2 BUSD", "it_power": "100 MW", "covers": "building"},
        "whole": {"title": "whole", "capex": "35 BUSD", "it_power": "1 GW"},
    }  # fmt: skip
    costs = {"published": published, "contingency": "5 %", "chip_price": {"GB300": "40k to 46k USD"}}
    books = settle(*campus(costs))
    theirs, hall, whole = books.capex_published.rows()
    assert theirs["ours_usd"] == pytest.approx(100_000 * 52_000 + 2e8 * 11.77 * 1.05)
    assert theirs["compute_difference_usd"] + theirs["building_difference_usd"] == pytest.approx(
        theirs["difference_usd"]
    )
    assert theirs["ours_high_usd"] - theirs["ours_low_usd"] == pytest.approx(6_000 * 100_000)
    assert "costs.chip_price.GB300 (0.60 BUSD" in theirs["why"]
    assert hall["ours_usd"] == pytest.approx(1e8 * 11.77 * 1.05)
    assert whole["ours_usd"] == pytest.approx(500_000 * 52_000 + 1e9 * 11.77 * 1.05)
    (phase,) = books.capex_phases.rows()
    assert phase["chips"] == 28_800
    assert phase["capex_usd"] == pytest.approx(28_800 * 52_000 + 1e8 * 11.77 * 1.05)
    assert phase["capex_usd"] == pytest.approx(books.summary["capex_usd"])
    assert phase["carry_usd"] > 0


def test_movers_are_what_a_run_with_the_end_would_say() -> None:
    land_ = {"amount": "20 to 30 MUSD", "owner": "host", "on": "2025-02-01", "life": "30 years"}
    costs: dict[str, Any] = {
        "chip_price": {"GB300": "35k to 51k USD"}, "discount_rate": "5 % to 11 %", "chip_life": "4 to 6 years",
        "assets": {"land": land_},
    }  # fmt: skip
    books = settle(*campus(costs))
    rows = {row["input"]: row for row in books.cost_movers.rows()}
    assert set(rows) == {
        "costs.chip_price.GB300", "costs.discount_rate", "costs.chip_life", "costs.assets.land.amount"
    }  # fmt: skip
    land = rows["costs.assets.land.amount"]
    assert land["capex_high_usd"] - land["capex_low_usd"] == pytest.approx(10e6)
    assert land["high_usd_per_gpu_h"] > land["low_usd_per_gpu_h"]
    low = settle(*campus(costs | {"chip_price": {"GB300": "35k USD"}}))
    row = rows["costs.chip_price.GB300"]
    assert row["capex_low_usd"] == pytest.approx(low.summary["capex_usd"])
    assert row["low_usd_per_gpu_h"] == pytest.approx(low.summary["levelised_usd_per_gpu_h"])
    assert row["low_usd_per_gpu_h"] < row["high_usd_per_gpu_h"]
    life = rows["costs.chip_life"]
    assert life["low_usd_per_gpu_h"] > life["high_usd_per_gpu_h"]


def test_halls_that_never_open_cost_nothing() -> None:
    given, supply, timeline, log, flows = campus()
    halls = Table(timeline.halls.spec, dict(timeline.halls.columns) | {"building_s": [NEVER], "power_s": [NEVER]})
    never = type(timeline)(
        halls, timeline.installs, timeline.months, timeline.capacity, timeline.tenants, timeline.chip_it_w
    )
    books = settle(given, supply, never, log, flows)
    assert cash(books, "outside", "capex") == 0


def test_an_empty_campus() -> None:
    given = scenario(FULL)
    supply = lots([], [])
    timeline = standing(given, supply)
    books = settle(given, supply, timeline, *happened(given, timeline, [0.5, 0.5]))
    assert np.isnan(books.tenant_cost["usd_per_gpu_h"]).all()
    assert np.isnan(books.summary["levelised_usd_per_gpu_h"])
