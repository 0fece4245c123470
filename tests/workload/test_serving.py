"""Services with a fleet of their own: within their share, by the load, with start-up, and what a month came to."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gigacampus.clock import HOUR_S
from gigacampus.errors import ScenarioError
from gigacampus.scenario.tenants import Service
from gigacampus.tables.work import Work
from gigacampus.workload import draw
from gigacampus.workload.services import Demand, demand
from tests.workload.making import scenario, tenant, timeline

FLEET: dict[str, Any] = {"model": "llama3-70b", "requests": 400, "prompt": 1000, "answer": 500}
WEEKS = np.arange(0, 336 * HOUR_S, 300)


def held(chips: int = 10_000, load: str = "servegen_mid", floor: str = "0 %", **more: Any) -> Demand:
    fleet = {**FLEET, **more.pop("fleet", {})}
    service = Service.model_validate({"share": "50 %", "load": load, "floor": floor, "fleet": fleet, **more})
    return demand({"s": service}, WEEKS, np.full(len(WEEKS), chips), 4, "GB300", 4.0)


def test_replicas_follow_the_load_within_their_share() -> None:
    found = held()
    served = found.served["s"]
    assert served.held_chips.min() < 0.6 * served.held_chips.max()
    assert (served.ttft_s <= served.fleet.load.ttft_s).all()
    assert (served.answered_rps == served.rate_rps).all()
    assert served.fleet.chips <= served.held_chips.max() < served.fleet.chips + 4  # whole nodes
    assert ((found.load_fraction >= 0) & (found.load_fraction <= 1)).all()
    few = held(chips=16).served["s"]
    assert few.held_chips.max() <= 8  # half of the tenant's chips
    assert (few.answered_rps < few.rate_rps).any()
    assert np.isinf(few.ttft_s).any()


def test_replicas_start_before_they_are_needed() -> None:
    late = held(fleet={"start_up": "0 s"}).served["s"].held_chips
    early = held(fleet={"start_up": "20 min"}).served["s"].held_chips
    ahead = np.append(late[4:], late[-4:])
    assert (early >= late).all()
    assert (early[:-4] == np.maximum.reduce([late[k : len(late) - 4 + k] for k in range(5)])).all()
    assert (early[: len(ahead) - 4] >= ahead[:-4]).all()


def test_what_the_policy_yields() -> None:
    always, never = held().served["s"], held(yields="never").served["s"]
    night = held(yields="night").served["s"]
    assert (never.held_chips == never.held_chips.max()).all()
    local = (WEEKS // HOUR_S + 4) % 24
    is_night = (local >= 22) | (local < 6)
    assert (night.held_chips[is_night] == always.held_chips[is_night]).all()
    assert (night.held_chips[~is_night] == never.held_chips[0]).all()
    assert (held(floor="50 %").served["s"].held_chips >= 0.5 * always.held_chips.max() - 1).all()


def test_yields_of_a_service_without_a_fleet() -> None:
    def chips(yields: str) -> Any:
        service = Service.model_validate({"share": "50 %", "load": "servegen_mid", "floor": "0 %", "yields": yields})
        return demand({"s": service}, WEEKS, np.full(len(WEEKS), 10_000), 4, "GB300", 4.0).reserved_chips

    always, night, never = chips("always"), chips("night"), chips("never")
    assert (never == 5_000).all()
    assert (always <= night).all()
    assert always.sum() < night.sum() < never.sum()


def worked(**service: Any) -> Work:
    given = {"share": "50 %", "load": "servegen_mid", "floor": "0 %", "fleet": FLEET, **service}
    return draw(scenario({"a": tenant(services={"s": given})}), timeline({"a": [(0, 10_000)]}))


def test_a_month_came_to() -> None:
    work = worked()
    rows = list(work.serving.rows())
    assert len(rows) == 12
    demand_h = np.diff(np.append(work.demand["at_s"], 365 * 24 * HOUR_S)) / HOUR_S
    assert sum(row["held_gpu_h"] for row in rows) == pytest.approx(
        float((work.demand["reserved_chips"] * demand_h).sum())
    )
    for row in rows:
        assert row["output_tokens"] == pytest.approx(500 * row["requests"])
        assert row["kept_fraction"] == 1.0
        assert 0 < row["ttft_s"] <= 2.0
        assert row["energy_per_token_j"] == pytest.approx(row["energy_j"] / row["output_tokens"])
        assert row["usd_per_million_tokens"] == pytest.approx(3.0 * row["held_gpu_h"] / row["output_tokens"] * 1e6)
    never = list(worked(yields="never").serving.rows())
    assert sum(row["yielded_gpu_h"] for row in never) == pytest.approx(0.0, abs=1e-6)
    assert sum(row["energy_j"] for row in never) > sum(row["energy_j"] for row in rows)


def test_people_times_tokens() -> None:
    fleet = {"model": "llama3-70b", "users": 1e6, "user_tokens": 1000, "answer": 500, "prompt": 1000}
    rows = list(worked(fleet=fleet).serving.rows())
    tokens = sum(row["output_tokens"] for row in rows)
    assert tokens / (365 * 86_400) == pytest.approx(1e9 / 86_400, rel=0.02)  # a year is no whole number of fortnights


def test_a_log_of_requests_says_lengths() -> None:
    fleet = {"model": "llama3-70b", "requests": 100}
    service = Service.model_validate({"share": "50 %", "load": "azure_conv", "floor": "0 %", "fleet": fleet})
    found = demand({"s": service}, WEEKS, np.full(len(WEEKS), 10_000), 4, "GB300").served["s"].fleet.load
    assert (round(found.isl), round(found.osl)) == (1155, 211)


def test_a_fleet_that_cannot_be_names_its_place() -> None:
    with pytest.raises(ScenarioError, match=r"tenants\.a\.services"):
        worked(fleet={**FLEET, "token": "1e-6 s"})


def test_the_summary_says_what_services_come_to() -> None:
    work = worked()
    told = work.summary["serving"]["a/s"]
    assert told["output_tokens"] == pytest.approx(float(work.serving["output_tokens"].sum()))
    assert told["kept_fraction"] == 1.0
    assert told["usd_per_million_tokens"] == pytest.approx(
        3.0 * told["held_gpu_h"] / told["output_tokens"] * 1e6, rel=1e-6
    )
    assert draw(scenario({}), timeline({})).summary == {}
