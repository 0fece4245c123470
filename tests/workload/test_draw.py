"""The drawn work: load as stated, sizes that fit, and streams that do not disturb each other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gigacampus.clock import DAY_S, HOUR_S
from gigacampus.tables.work import Kind, Work
from gigacampus.workload import draw
from gigacampus.workload.generate import MAX_JOBS
from tests.workload.making import CLOCK, scenario, tenant, timeline

YEAR_S = CLOCK.end_s
LIKE = st.sampled_from(["acme", "acme_seren", "itp", "philly", "openb"])


def chips_at(steps: list[tuple[int, int]], when_s: Any) -> Any:
    level = np.zeros(len(when_s), np.int64)
    for at, chips in sorted(steps):
        level[when_s >= at] = chips
    return level


def jobs_of(
    work: Work, index: int, columns: tuple[str, ...] = ("submit_s", "run_s", "gpus", "kind_index")
) -> list[Any]:
    mine = work.jobs["tenant_index"] == index
    return [work.jobs[name][mine].tolist() for name in columns]


@settings(max_examples=25, deadline=None)
@given(
    like=LIKE,
    load=st.floats(0.05, 1.5),
    steps=st.lists(st.tuples(st.integers(0, YEAR_S - 1), st.integers(0, 200_000)), min_size=1, max_size=6),
    seed=st.integers(0, 2**32),
    node=st.sampled_from([1, 4, 8, 72]),
)
@example(like="acme", load=0.21435695750506523, steps=[(0, 888), (129_600, 4)], seed=1, node=1)
def test_sizes_fit_and_the_load_is_the_stated_one(
    like: str, load: float, steps: list[tuple[int, int]], seed: int, node: int
) -> None:
    steps = list(dict(steps).items())
    tenants = {"a": tenant(mix={"like": like, "load": min(load, 1.0)})}
    work = draw(scenario(tenants, seed, node), timeline({"a": steps}))
    jobs = work.jobs
    assert len(jobs) <= MAX_JOBS
    assert ("gathered" in work.summary) == any(f"at most {MAX_JOBS:,} jobs" in note for note in work.notes)
    assert (np.diff(jobs["submit_s"]) >= 0).all()
    assert jobs["job_id"].tolist() == list(range(len(jobs)))
    assert (jobs["run_s"] >= 1).all()
    assert (jobs["submit_s"] < YEAR_S).all()
    assert (jobs["gpus"] >= 1).all()
    has = chips_at(steps, jobs["submit_s"])
    assert (jobs["gpus"] <= has).all()
    hours = np.arange(0, YEAR_S, HOUR_S)
    low = chips_at(steps, hours)
    for at, chips in steps:
        low[at // HOUR_S] = min(low[at // HOUR_S], chips)
    # what fits the fewest chips of an hour fits at any instant of it
    assert ((jobs["gpus"] % node == 0) | (low[jobs["submit_s"] // HOUR_S] < node)).all()
    told = [note for note in work.notes if "scaling rule" in note]
    if len(jobs) > 2_000:
        offered, asked = float(np.sum(jobs["gpus"] * jobs["run_s"])), min(load, 1.0) * float(low.sum()) * HOUR_S
        if "make the load exact" in told[0]:  # run times are whole seconds: the rest is rounding
            assert offered == pytest.approx(asked, rel=2e-3)
        else:  # and where a handful of them carry it all, the notes say what they offer
            assert (np.sum(low) / np.sqrt(np.sum(low * low.astype(float)))) ** 2 < 0.1 * YEAR_S / HOUR_S
            assert f"at {offered / asked:.2f} times the stated one" in told[0]


def test_load_follows_the_chips_over_time() -> None:
    steps = [(0, 10_000), (YEAR_S // 2, 40_000)]
    work = draw(scenario({"a": tenant(mix={"like": "itp", "load": "80 %"})}), timeline({"a": steps}))
    first = work.jobs["submit_s"] < YEAR_S // 2
    area = work.jobs["gpus"] * work.jobs["run_s"]
    for part, chips in ((first, 10_000), (~first, 40_000)):
        offered = float(area[part].sum()) / (chips * YEAR_S / 2)
        assert offered == pytest.approx(0.80, rel=0.1)


def test_the_same_seed_gives_the_same_work_and_another_does_not() -> None:
    tenants = {"a": tenant(mix={"like": "acme", "load": "80 %"}), "b": tenant(mix={"like": "philly", "load": "50 %"})}
    steps = {"a": [(0, 50_000)], "b": [(DAY_S, 8_000)]}
    one, two, three = (draw(scenario(tenants, seed), timeline(steps)) for seed in (1, 1, 2))
    for name in one.jobs.spec.names:
        assert np.array_equal(one.jobs[name], two.jobs[name])
    assert jobs_of(one, 0) != jobs_of(three, 0)


def test_a_new_tenant_does_not_reshuffle_the_others() -> None:
    a, b = tenant(mix={"like": "itp", "load": "80 %"}), tenant(mix={"like": "acme", "load": "70 %"})
    c = tenant(mix={"like": "itp", "load": "80 %"}, services={"s": {"share": "30 %", "floor": "40 %"}})
    steps = {"a": [(0, 5_000)], "b": [(0, 9_000)]}
    before = draw(scenario({"a": a, "b": b}), timeline(steps))
    after = draw(scenario({"c": c, "a": a, "b": b}), timeline({"c": [(0, 7_000)], **steps}))
    assert jobs_of(before, 0) == jobs_of(after, 1)
    assert jobs_of(before, 1) == jobs_of(after, 2)


def test_services_come_first_and_never_hold_more_than_there_is() -> None:
    services = {
        "x": {"share": "60 %", "floor": "30 %"},
        "y": {"share": "60 %", "load": "servegen_small", "floor": "100 %"},
    }
    steps = [(0, 1_001), (90 * DAY_S + 1_234, 10), (200 * DAY_S, 0), (210 * DAY_S, 50_000)]
    work = draw(scenario({"a": tenant(services=services)}), timeline({"a": steps}))
    demand = work.demand
    assert len(work.jobs) == 0
    assert (demand["reserved_chips"] <= chips_at(steps, demand["at_s"])).all()
    assert ((demand["load_fraction"] >= 0) & (demand["load_fraction"] <= 1)).all()
    assert (np.diff(demand["at_s"]) > 0).all()
    gone = (demand["at_s"] >= 200 * DAY_S) & (demand["at_s"] < 210 * DAY_S)
    assert demand["reserved_chips"][gone].tolist() == [0]


def test_the_stream_leaves_room_for_services_and_stated_runs() -> None:
    run = {"start": "2027-03-01", "chips": "4000 chips", "length": "60 days", "checkpoint": "30 min"}
    parts = {"services": {"s": {"share": "40 %", "floor": "100 %"}}, "runs": {"big": run}}
    work = draw(scenario({"a": tenant(mix={"like": "itp", "load": "100 %"}, **parts)}), timeline({"a": [(0, 10_000)]}))
    jobs = work.jobs
    big = jobs["priority"] == 1
    assert int(big.sum()) == 1
    assert jobs["gpus"][big].tolist() == [4_000]
    assert jobs["kind_index"][big].tolist() == [Kind.PRETRAIN]
    assert jobs["checkpoint_s"][big].tolist() == [1_800]
    offered = float(np.sum(jobs["gpus"][~big] * jobs["run_s"][~big]))
    left = 6_000.0 * YEAR_S - 4_000.0 * 60 * DAY_S
    assert offered == pytest.approx(left, rel=1e-3)


@pytest.mark.parametrize(("chips", "word"), [(20_000, "waits"), (90_000, "unplaced")])
def test_a_run_that_does_not_fit_is_told(chips: int, word: str) -> None:
    run = {"start": "2027-03-01", "chips": f"{chips} chips", "length": "9 days", "checkpoint": "30 min"}
    steps = {"a": [(0, 10_000), (200 * DAY_S, 50_000)]}
    work = draw(scenario({"a": tenant(runs={"big": run})}), timeline(steps))
    assert any("big" in note and word in note for note in work.notes)


def test_notes_say_that_the_work_is_illustrative_and_how_it_was_scaled() -> None:
    work = draw(scenario({"a": tenant(mix={"like": "itp", "load": "80 %"})}), timeline({"a": [(0, 5_000)]}))
    assert work.notes[0] == "illustrative workload: the tenants' real jobs are not public"
    assert any("scaling rule" in note for note in work.notes)


def test_no_tenants_and_no_chips() -> None:
    nothing = draw(scenario({}), timeline({}))
    assert (len(nothing.jobs), len(nothing.demand)) == (0, 0)
    idle = draw(scenario({"a": tenant(mix={"like": "acme", "load": "80 %"})}), timeline({"a": []}))
    assert len(idle.jobs) == 0


def test_jobs_of_the_stream_leave_checkpoints_to_the_scenario() -> None:
    work = draw(scenario({"a": tenant(mix={"like": "acme", "load": "80 %"})}), timeline({"a": [(0, 50_000)]}))
    assert set(work.jobs["kind_index"].tolist()) == {Kind.PRETRAIN, Kind.FINETUNE, Kind.EVALUATE}
    assert (work.jobs["checkpoint_s"] == 0).all()


def test_a_log_of_ones_own(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text(
        "submit_s,run_s,gpus,state\n"
        + "".join(f"{60 * k},{3600 + k},{1 + k % 4},{'COMPLETED' if k % 3 else 'FAILED'}\n" for k in range(300))
    )
    mix = {"log": str(path), "log_chips": "100 chips", "load": "50 %"}
    work = draw(scenario({"a": tenant(mix=mix)}), timeline({"a": [(0, 10_000)]}))
    offered = float(np.sum(work.jobs["gpus"] * work.jobs["run_s"]))
    assert offered == pytest.approx(0.5 * 10_000 * YEAR_S, rel=1e-2)
    assert len(work.endings) == pytest.approx(len(work.jobs) / 3, rel=0.1)
    assert set(work.endings["state"]) == {"failed"}
    assert any("mine.csv" in note for note in work.notes)


def test_a_log_with_other_columns(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("when;ms;n\n" + "".join(f"{60 * k};{3_600_000 + k};{1 + k % 4}\n" for k in range(300)))
    columns = {"submit_s": "when", "run_s": "ms * 0.001", "gpus": "n"}
    mix = {"log": str(path), "log_chips": "100 chips", "columns": columns, "load": "50 %"}
    work = draw(scenario({"a": tenant(mix=mix)}), timeline({"a": [(0, 10_000)]}))
    offered = float(np.sum(work.jobs["gpus"] * work.jobs["run_s"]))
    assert offered == pytest.approx(0.5 * 10_000 * YEAR_S, rel=1e-2)
    with pytest.raises(ValueError, match="a log, which is not named"):
        tenant(mix={"like": "itp", "columns": columns, "load": "50 %"})


@pytest.mark.parametrize("mix", [{"load": "50 %"}, {"like": "itp", "log": "x", "load": "50 %"}])
def test_a_mix_is_like_one_thing(mix: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="either a published workload"):
        tenant(mix=mix)
