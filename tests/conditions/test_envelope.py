"""The envelope: grid events, supply and heat cut what may work; the engine obeys."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus import conditions, facility
from gigacampus.conditions.envelope import _moments as moments
from gigacampus.conditions.envelope import event_limits, meter_w
from gigacampus.errors import InputError
from gigacampus.facility.shed import worked
from gigacampus.results import Results
from gigacampus.tables.log import JOBS
from gigacampus.tables.table import Table
from gigacampus.tables.work import Kind
from tests.facility.campus import GRID, log, scenario, timeline

DAY, HOUR = 86_400, 3_600
STOCK = [(0, "GB300", 100_000)]
HEAD = "start,end,limit_mw,notice_s,kind\n"


def events(tmp_path: Path, *lines: str) -> str:
    path = tmp_path / "events.csv"
    path.write_text(HEAD + "\n".join(lines) + "\n")
    return str(path)


def test_nothing_binds_no_rows() -> None:
    assert len(conditions.draw(scenario(), timeline(STOCK)).envelope) == 0


def test_a_curtailment_cuts_busy_chips_so_that_the_meter_keeps_the_limit(tmp_path: Path) -> None:
    made = scenario(end="2027-01-31", events=events(tmp_path, "2027-01-05T10:30,2027-01-05T12:00,120,900,curtail"))
    stock = timeline(STOCK)
    outside = conditions.draw(made, stock)
    rows = list(outside.envelope.rows())
    start = 4 * DAY + 10 * HOUR + 1_800
    assert rows[0]["at_s"] == start
    assert rows[-1] == {"at_s": start + 5_400, "chips_fraction": 1.0, "cause": "none"}
    assert {row["cause"] for row in rows[:-1]} == {"event"}
    for row in rows[:-1]:
        at = moments(made, stock, outside.hours, np.array([row["at_s"]], dtype=np.int64))
        here = np.searchsorted(at.at_s, row["at_s"])
        drawn = meter_w(made, at, np.full(len(at.at_s), row["chips_fraction"]))[0][here]
        assert 120e6 * 0.995 < drawn <= 120e6


def test_notice_and_ramp_pace_the_way_down_and_back(tmp_path: Path) -> None:
    line = "2027-01-05T10:00,2027-01-05T12:00,120,600,{}"
    made = {
        kind: scenario(end="2027-01-31", events=events(tmp_path, line.format(kind)), ramp_limit="5 MW/min")
        for kind in ("curtail",)
    }
    rows = list(conditions.draw(made["curtail"], timeline(STOCK)).envelope.rows())
    start = 4 * DAY + 10 * HOUR
    early = [row for row in rows if row["at_s"] < start]
    assert len(early) > 3
    assert min(row["at_s"] for row in early) >= start - 600
    back = [row["chips_fraction"] for row in rows if row["at_s"] >= start + 2 * HOUR]
    assert back == sorted(back)
    assert len(back) > 3
    tripped = scenario(end="2027-01-31", events=events(tmp_path, line.format("trip")), ramp_limit="5 MW/min")
    assert conditions.draw(tripped, timeline(STOCK)).envelope["at_s"].min() == start


@pytest.mark.parametrize("stage", [("11:00", "12:00"), ("11:00", "11:02"), ("11:10", "12:00")])
def test_a_stage_on_the_way_back_holds_and_the_ramp_goes_on_after_it(tmp_path: Path, stage: tuple[str, str]) -> None:
    first, last = stage
    lines = ("2027-01-05T10:00,2027-01-05T11:00,120,0,trip", f"2027-01-05T{first},2027-01-05T{last},140,900,return")
    made, stock = scenario(end="2027-01-31", events=events(tmp_path, *lines), ramp_limit="5 MW/min"), timeline(STOCK)
    outside = conditions.draw(made, stock)
    limits = event_limits(made, stock, outside.hours, outside.events)
    day = 4 * DAY
    assert limits[0] == (day + 10 * HOUR, 120e6)  # notice is for curtailments: nothing comes before

    def limit_w(second: int) -> float:
        return next((limit for at, limit in reversed(limits) if at <= second), np.inf)

    starts, ends = (day + int(one[:2]) * HOUR + int(one[3:]) * 60 for one in stage)
    assert max(limit_w(second) for second in range(starts, ends, 10)) <= 140e6
    at = moments(made, stock, outside.hours, np.array([starts], dtype=np.int64))
    free = meter_w(made, at, np.ones(len(at.at_s)))[0][np.searchsorted(at.at_s, starts)]
    assert np.isinf(limits[-1][1])
    assert limits[-1][0] > ends + 5 * 60
    assert max(limit for _, limit in limits if np.isfinite(limit)) > free - 5e6
    way = [limit_w(second) for second in range(day + 11 * HOUR - 60, limits[-1][0], 60)]
    assert max(np.diff(way)) <= 5e6 + 1e-6
    fraction = outside.envelope["chips_fraction"][outside.envelope["at_s"] >= ends]
    assert np.all(np.diff(fraction) > 0.0)
    assert fraction[-1] == 1.0


def test_overlapping_events_take_the_least(tmp_path: Path) -> None:
    lines = ("2027-01-05T10:00,2027-01-05T14:00,150,0,curtail", "2027-01-05T11:00,2027-01-05T12:00,110,0,trip")
    outside = conditions.draw(scenario(end="2027-01-31", events=events(tmp_path, *lines)), timeline(STOCK))
    found = dict(zip(outside.envelope["at_s"].tolist(), outside.envelope["chips_fraction"].tolist(), strict=True))
    at = 4 * DAY
    assert found[at + 11 * HOUR] < found[at + 10 * HOUR] < 1.0
    assert found[at + 12 * HOUR] > found[at + 11 * HOUR]


def test_short_supply_binds_and_says_so() -> None:
    made = scenario(end="2027-03-31", sources={"grid": GRID | {"limit": "150 MW poi"}})
    envelope = conditions.draw(made, timeline(STOCK)).envelope
    assert set(envelope["cause"]) == {"supply"}
    assert 0.2 < envelope["chips_fraction"].min() < envelope["chips_fraction"].max() < 1.0


def test_heat_binds_where_there_are_no_chillers() -> None:
    cooling = {"archetype": "dry", "water_class": "W45", "liquid_share": "87 %", "chillers": "0 %"}
    made = scenario(cooling=cooling)
    outside = conditions.draw(made, timeline(STOCK))
    hot = outside.envelope.where(outside.envelope["cause"] == "heat")
    assert len(hot) > 50
    assert outside.hours["dry_bulb_degc"][hot["at_s"] // HOUR].min() > 35.0
    with_chillers = scenario(cooling=cooling | {"chillers": "100 %"})
    assert len(conditions.draw(with_chillers, timeline(STOCK)).envelope) == 0


def jobs(*rows: tuple[int, int, int, int, int, int]) -> Table:
    """Pre-training jobs of tenant 0 from (submit, start, end, run, chips, times)."""
    each = [row[:5] for row in rows for _ in range(row[5])]
    count = len(each)
    names = ("submit_s", "start_s", "end_s", "run_s", "gpus")
    plain = {name: np.zeros(count, dtype=np.int64) for name in ("user_index", "wait_s", "restarts", "lost_s")}
    return Table(
        JOBS,
        {"job_id": np.arange(count), "tenant_index": np.zeros(count, dtype=np.int64), "outcome": ["finished"] * count,
         "kind_index": np.full(count, int(Kind.PRETRAIN)), "reason": ["none"] * count, **plain}
        | {name: np.array([row[i] for row in each], dtype=np.int64) for i, name in enumerate(names)},
    )  # fmt: skip


def test_an_events_cost_is_told_by_tenant(tmp_path: Path) -> None:
    made = scenario(end="2027-01-31", events=events(tmp_path, "2027-01-05T10:00,2027-01-05T12:00,120,0,curtail"))
    stock = timeline(STOCK, 2)
    start = 4 * DAY + 10 * HOUR
    work = [(0, 0, Kind.PRETRAIN, 40_000), (0, 1, Kind.SERVE, 30_000), (start, 0, Kind.PRETRAIN, -30_000),
            (start + 2 * HOUR, 0, Kind.PRETRAIN, 32_000)]  # fmt: skip
    end = 20 * DAY
    ran = jobs((0, 0, end, end, 10_000, 1), (0, 0, end + 2 * HOUR, end, 10_000, 3))
    flows = facility.derive(made, stock, conditions.draw(made, stock), replace(log(work), jobs=ran))
    rows = {row["tenant_index"]: row for row in flows.event_costs.rows()}
    assert rows[0]["shed_gpu_h"] == pytest.approx(60_000)
    assert rows[1]["shed_gpu_h"] == 0.0
    assert np.isnan(rows[1]["gpu_h_per_mwh"])
    assert 500 < rows[0]["gpu_h_per_mwh"] < 1_500
    assert rows[0]["rebound_w"] > 0.0
    assert rows[0]["return_w_per_min"] > 20e6


def test_work_that_comes_while_a_campus_is_cut_counts_and_an_event_after_another_is_held_against_both(
    tmp_path: Path,
) -> None:
    lines = ("2027-01-05T10:00,2027-01-05T11:00,120,0,trip", "2027-01-05T11:00,2027-01-05T12:00,130,0,return")
    made = scenario(end="2027-01-31", events=events(tmp_path, *lines))
    stock, start = timeline(STOCK, 2), 4 * DAY + 10 * HOUR
    # ten minutes in, 20 jobs of an hour come that wait for both events; the tenant may use 50,000 chips
    came = start + 600
    ran = jobs((came, start + 2 * HOUR, start + 3 * HOUR, HOUR, 3_000, 20))
    work = [(0, 1, Kind.SERVE, 30_000), (start + 2 * HOUR, 0, Kind.PRETRAIN, 50_000)]
    flows = facility.derive(made, stock, conditions.draw(made, stock), replace(log(work), jobs=ran))
    rows = [row["shed_gpu_h"] for row in flows.event_costs.rows() if row["tenant_index"] == 0]
    assert rows == pytest.approx([50_000 * 50 / 60, 50_000])


def test_work_that_piles_up_while_a_campus_is_cut_is_not_forgotten(tmp_path: Path) -> None:
    made = scenario(end="2027-01-31", events=events(tmp_path, "2027-01-05T10:00,2027-01-06T10:00,120,0,trip"))
    stock, start = timeline(STOCK, 2), 4 * DAY + 10 * HOUR
    # 20 jobs of an hour wait: five at once within the tenant's 50,000 chips, four hours of work
    end = start + DAY
    ran = jobs((start, end, end + 4 * HOUR, HOUR, 10_000, 20))
    flows = facility.derive(
        made, stock, conditions.draw(made, stock), replace(log([(end, 0, Kind.PRETRAIN, 50_000)]), jobs=ran)
    )
    rows = [row for row in flows.event_costs.rows() if row["tenant_index"] == 0]
    assert [row["shed_gpu_h"] for row in rows] == pytest.approx([200_000])
    assert rows[0]["shed_j"] > 0.0


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 5)), max_size=20))
def test_work_that_waits_is_that_of_its_twin(spans: list[tuple[int, int, int]]) -> None:
    asked, room, lasting = (np.array([span[i] for span in spans], dtype=np.int64) for i in range(3))
    waiting, naive = 0, []
    for wants, has, seconds in spans:
        done = 0
        for _ in range(seconds):
            now = min(waiting + wants, has)
            waiting, done = waiting + wants - now, done + now
        naive.append(done)
    assert worked(asked, room, lasting).tolist() == naive


@pytest.mark.slow
def test_what_was_shed_is_what_a_run_without_the_event_did_more(tmp_path: Path) -> None:
    from gigacampus.run import run
    from gigacampus.scenario import load

    base = load("one-hall")
    one = run(base)
    spans = (("2026-02-10", 48), ("2026-03-01", 48), ("2026-03-10", 6), ("2026-03-15", 24))
    for day, hours in spans:
        start = np.datetime64(f"{day}T10:00")
        path = events(tmp_path, f"{start},{start + np.timedelta64(hours, 'h')},2.5,0,curtail")
        two = run(load("one-hall", overrides=[f"site.events={path}"]))
        first = base.clock.seconds(date.fromisoformat(day)) + 10 * HOUR

        def done(found: Results, tenant: int, first: int = first, last: int = first + hours * HOUR) -> float:
            rows = found.tables["busy"]
            mine = rows["tenant_index"] == tenant
            inside = np.clip(last - np.maximum(rows["at_s"][mine], first), 0, None)
            return float((inside * rows["chips"][mine]).sum() / HOUR)

        rows = list(two.tables["event_costs"].rows())
        more = [done(one, row["tenant_index"]) - done(two, row["tenant_index"]) for row in rows]
        assert sum(row["shed_gpu_h"] for row in rows) == pytest.approx(sum(more), rel=0.15)


def test_the_engine_obeys(tmp_path: Path) -> None:
    from gigacampus.run import run
    from gigacampus.scenario import load

    path = events(tmp_path, "2026-03-01T00:00,2026-03-03T00:00,2.5,0,curtail")
    base, cut = load("one-hall"), load("one-hall", overrides=[f"site.events={path}"])
    one, two = run(base).tables["flows_hours"], run(cut).tables["flows_hours"]
    first = base.clock.seconds(date(2026, 3, 1)) // HOUR
    inside = slice(first + 1, first + 47)
    assert two["facility_w"][inside].max() <= 2.5e6 * 1.001
    assert one["facility_w"][inside].mean() > two["facility_w"][inside].mean()
    assert one["facility_w"][: first - 1].tolist() == two["facility_w"][: first - 1].tolist()


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("start,end\n", "W021"),
        (HEAD + "2027-01-05T10:00,2027-01-05T09:00,1,0,trip\n", "W022"),
        (HEAD + "soon,2027-01-05T09:00,1,0,trip\n", "W022"),
        (HEAD + "2027-01-05T08:00,2027-01-05T09:00,-1,0,trip\n", "W022"),
        (HEAD + "2027-01-05T08:00,2027-01-05T09:00,many,0,trip\n", "W022"),
        (HEAD + "2027-01-05T08:00,2027-01-05T09:00,1,0,strike\n", "W022"),
    ],
)
def test_a_broken_events_file_is_one_clear_fault(tmp_path: Path, text: str, code: str) -> None:
    path = tmp_path / "events.csv"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        conditions.draw(scenario(end="2027-01-31", events=str(path)), timeline(STOCK))
    assert [fault.code for fault in caught.value.faults] == [code]


def test_a_missing_events_file_is_told() -> None:
    with pytest.raises(InputError, match="W020"):
        conditions.draw(scenario(end="2027-01-31", events="nowhere.csv"), timeline(STOCK))


def test_solar_with_storage_counts_with_what_it_gives() -> None:
    block = {"supplier": "r", "kind": "solar_storage", "limit": "300 MW poi", "price": "6 USc/kWh", "carbon": "0 g/kWh",
             "solar": {"peak": "300 MW"}, "battery": {"power": "60 MW", "energy": "200 MWh"}}  # fmt: skip
    contract = {key: value for key, value in block.items() if key not in {"solar", "battery"}}
    stock = timeline(STOCK)
    free = conditions.draw(scenario(end="2027-01-31", sources={"rtc": contract}), stock).envelope
    assert len(free) == 0
    bound = conditions.draw(scenario(end="2027-01-31", sources={"rtc": block}), stock).envelope
    assert "supply" in set(bound["cause"]) <= {"supply", "none"}
    assert bound["chips_fraction"].min() == 0.0
