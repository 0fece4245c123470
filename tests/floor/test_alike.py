"""The fast loop on alike racks equals its twin, job by job and node by node, and the loop that plays any floor."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gigacampus.clock import NEVER
from gigacampus.engine.floor import play as floor_play
from gigacampus.engine.floor.alike import POLICIES
from gigacampus.engine.outcome import Who
from gigacampus.engine.play import Jobs
from gigacampus.engine.racks.play import STEP_S, Keep, longest_s, play_on_racks
from gigacampus.engine.racks.stream import Window, play_windows, stream
from tests.floor.test_twin import equal
from tests.floor.worlds import Case, case

TROUBLES = ({}, {"outages": True}, {"limits": True}, {"outages": True, "limits": True}, {"limits": True, "sole": True},
            {"outages": True, "limits": True, "sole": True})  # fmt: skip


def alike(made: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its twin's times and nodes; and the fast loop did play it."""
    played = []
    fast = floor_play.on_alike_racks
    monkeypatch.setattr(floor_play, "on_alike_racks", lambda *given: played.append(1) or fast(*given))
    equal(made, made.rules)
    assert played == [1]
    found, twin = made.played(), made.twin()
    last = found.played.since_s
    stays = Counter((int(job), int(node)) for job, node, since, _, _ in found.places if since == last[job])
    assert stays.keys() == {(job, node) for job, nodes in enumerate(twin.stood) for node in nodes if last[job] < 2**62}


@pytest.mark.parametrize("troubles", TROUBLES, ids=lambda parts: "+".join(parts) or "calm")
@pytest.mark.parametrize("policy", POLICIES)
def test_the_schedule_equals_its_twin(policy: str, troubles: dict[str, bool], monkeypatch: pytest.MonkeyPatch) -> None:
    for seed in range(6):
        made = case(seed + 100, policy, "packed", alike=True, **troubles)
        if len(made):
            alike(made, monkeypatch)


@pytest.mark.slow
@pytest.mark.parametrize("policy", ["easy", "fair", "fair-easy"])
@settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1), troubles=st.sampled_from(TROUBLES))
def test_many_schedules_equal_their_twins(policy: str, seed: int, troubles: dict[str, bool]) -> None:
    equal(case(seed, policy, "packed", alike=True, **troubles), (seed, policy, troubles))


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(seed=st.integers(0, 2**32 - 1), policy=st.sampled_from(POLICIES[:-2]), troubles=st.sampled_from(TROUBLES))
def test_it_tells_what_the_loop_on_any_floor_tells(seed: int, policy: str, troubles: dict[str, bool]) -> None:
    made = case(seed, policy, "packed", alike=True, **troubles)
    fast = made.played()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(floor_play, "suits", lambda *given: False)
        slow = made.played()
    for name in ("start_s", "since_s", "end_s", "tries", "kept_s", "lost_s", "attempts", "events"):
        assert np.array_equal(getattr(fast.played, name), getattr(slow.played, name)), name
    for name in ("places", "attempts", "outages", "books", "gpus_milli", "down_gpu_s", "end_s", "causes"):
        assert np.array_equal(getattr(fast, name), getattr(slow, name)), name


@pytest.mark.parametrize("seed", range(4))
def test_power_is_what_runs(seed: int) -> None:
    """Energy of each tenant in each step, from the stays."""
    made = case(seed, "fair-easy", "packed", alike=True, outages=True)
    watts = made.column("gpus") * 700 + made.column("tenant")
    jobs = Jobs(*(made.column(name) for name in ("submit", "run", "estimate", "gpus", "checkpoint")))
    found = play_on_racks(
        made.rules, jobs, made.who(), made.layout, made.sizes[0], watts=watts, keep=Keep(stays=True, power=True)
    )
    drawn = np.zeros_like(found.power_j)
    base = int(jobs.submit_s[0])
    for job, since, until in np.unique(found.stays[:, :3], axis=0):
        for second in range(since - base, until - base):
            drawn[second // STEP_S, made.column("tenant")[job]] += watts[job]
    assert np.array_equal(found.power_j, drawn)


@pytest.mark.parametrize("policy", ["fcfs", "easy", "fair-easy"])
def test_a_stream_is_played_as_all_at_once(policy: str) -> None:
    for seed in range(5):
        made = case(seed, policy, "packed", alike=True, outages=True, limits=True)
        n = len(made)
        if not n:
            continue
        rules = replace(made.rules, requeue="place")
        names = ("submit", "run", "estimate", "gpus", "checkpoint")
        jobs = Jobs(*(made.column(name) for name in names))
        outages, limits = made.troubles()
        tenant, watts = rules.counted(made.column("tenant"), limits), made.column("gpus") * 700
        given = {"outages": outages, "limits": limits}
        who = Who(np.zeros(n, np.int64), np.zeros(n, np.int64), tenant)
        whole = play_on_racks(rules, jobs, who, made.layout, made.sizes[0], watts=watts, keep=Keep(power=True), **given)
        waits = stream(rules, made.layout, made.sizes[0], 4, base_s=int(jobs.submit_s[0]),
                       longest_s=longest_s(jobs, rules), **given)  # fmt: skip
        size = 1 + seed * 3
        windows = [
            Window(
                Jobs(*(made.column(name)[k : k + size] for name in names)), tenant[k : k + size], watts[k : k + size]
            )
            for k in range(0, n, size)
        ]
        start, end = np.full(n, NEVER), np.full(n, NEVER)
        lost = np.zeros(n, dtype=np.int64)
        for ended in play_windows(waits, windows):
            start[ended.number], end[ended.number], lost[ended.number] = ended.start_s, ended.end_s, ended.lost_s
        assert np.array_equal(start, whole.start_s)
        assert np.array_equal(end, whole.end_s)
        assert np.array_equal(lost, whole.lost_s)
        power = waits.power_j()[: len(whole.power_j), : whole.power_j.shape[1]]
        assert np.array_equal(power, whole.power_j)
