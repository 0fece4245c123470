"""Stages of a stated run: all of it is done, in the stated shape; by model or by length; and what is refused."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.clock import DAY_S, HOUR_S
from gigacampus.errors import ScenarioError
from gigacampus.scenario import load
from gigacampus.scenario.tenants import TrainingRun
from gigacampus.workload.llm.plan import Question, plan
from gigacampus.workload.stages import Room, Stage, stages

FAR = 400 * DAY_S


def a_run(**more: Any) -> TrainingRun:
    return TrainingRun.model_validate({"start": "2027-01-01", "chips": "800 chips", "length": "10 days", **more})


def a_room(*steps: tuple[int, int]) -> Room:
    return Room(np.array([at for at, _ in steps]), np.array([chips for _, chips in steps]), 4)


def shaped(run: TrainingRun, room: Room | None = None) -> list[Stage]:
    return stages(run, 0, float(run.length or 0), room or a_room((0, 10_000)), lambda chips: chips / float(run.chips))


def test_a_plain_run_is_one_job() -> None:
    assert shaped(a_run()) == [Stage("full", 0, 800, 10 * DAY_S, 1.0)]


def test_a_ramp_up_doubles_in_equal_steps() -> None:
    made = shaped(a_run(ramp_up={"share": "12.5 %", "length": "3 days"}))
    assert [(one.stage, one.chips, one.run_s) for one in made[:3]] == [
        ("ramp-up", 100, DAY_S), ("ramp-up", 200, DAY_S), ("ramp-up", 400, DAY_S),
    ]  # fmt: skip
    # 0.875 of a full day is done in the ramp-up
    assert (made[3].stage, made[3].chips, made[3].run_s) == ("full", 800, round(9.125 * DAY_S))
    assert sum(one.done_fraction for one in made) == pytest.approx(1.0)


def test_evaluations_take_their_time() -> None:
    made = shaped(a_run(evaluation={"every": "1 day", "length": "2 h"}))
    assert [one.run_s for one in made] == [10 * DAY_S + 10 * 2 * HOUR_S]


def test_an_elastic_run_takes_the_eighths_that_are_there() -> None:
    room = a_room((0, 350), (4 * DAY_S, 790), (8 * DAY_S, 2_000))
    made = shaped(a_run(elastic_from="200 chips"), room)
    assert [(one.stage, one.chips) for one in made] == [("elastic", 300), ("elastic", 700), ("full", 800)]
    assert [one.start_s for one in made] == [0, 4 * DAY_S, 8 * DAY_S]
    done = 4 * 300 / 800 + 4 * 700 / 800
    assert made[2].run_s == pytest.approx((10 - done) * DAY_S, abs=1)
    rigid = shaped(a_run(), room)
    assert [(one.stage, one.chips) for one in rigid] == [("full", 800)]


def test_an_elastic_run_never_goes_below_its_least() -> None:
    made = shaped(a_run(elastic_from="200 chips"), a_room((0, 100), (2 * DAY_S, 900)))
    assert (made[0].chips, made[-1].chips) == (200, 800)


@settings(max_examples=60, deadline=None)
@given(
    steps=st.lists(st.tuples(st.integers(0, 60 * DAY_S), st.integers(0, 1_500)), min_size=1, max_size=8),
    share=st.sampled_from([None, 0.1, 0.3, 0.5]),
    every=st.sampled_from([None, 6, 30]),
    least=st.sampled_from([None, 100, 400, 800]),
)
def test_the_whole_run_is_done_end_to_end(steps: Any, share: Any, every: Any, least: Any) -> None:
    more: dict[str, Any] = {}
    if share:
        more["ramp_up"] = {"share": share, "length": "2 days"}
    if every:
        more["evaluation"] = {"every": f"{every} h", "length": "30 min"}
    if least:
        more["elastic_from"] = f"{least} chips"
    run = a_run(**more)
    made = shaped(run, a_room(*sorted(dict(steps).items())))
    assert sum(one.done_fraction for one in made) == pytest.approx(1.0)
    assert all(one.run_s > 0 and 0 < one.chips <= 800 for one in made)
    assert all(a.start_s + a.run_s == b.start_s for a, b in pairwise(made))
    trained = sum(one.done_fraction * 10 * DAY_S * 800 / one.chips for one in made)
    held = sum(one.run_s for one in made)
    assert held >= trained - len(made)
    if not every:
        assert held == pytest.approx(trained, abs=len(made))
    if least and not share:
        assert min(one.chips for one in made) >= least


def test_the_model_of_training_says_how_long() -> None:
    sets = ("tenants.lab.runs={x: {start: 2026-02-10, chips: 512 chips, model: llama3-70b, tokens: 50e9}}",)
    scenario = load("one-hall", overrides=sets)
    from gigacampus import buildout, deal, workload

    work = workload.draw(scenario, buildout.plan(scenario, deal.clear(scenario)))
    row = next(work.training.rows())
    same = plan(Question("llama3-70b", "GB300", 512, 50e9))
    assert row["tokens_per_s"] == pytest.approx(same.tokens_per_s_per_chip * 512)
    stage = next(work.stages.rows())
    assert stage["run_s"] == pytest.approx(50e9 / row["tokens_per_s"], rel=1e-4)
    job = work.jobs["checkpoint_s"][stage["job_id"]]
    assert job == round(row["checkpoint_s"])
    assert 0.9 < row["goodput_fraction"] < 1.0
    assert (work.stages["job_id"] == np.flatnonzero(work.jobs["priority"] == 1)).all()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("{start: 2026-02-10, chips: 64 chips}", "either a length"),
        ("{start: 2026-02-10, chips: 64 chips, length: 1 days, model: llama3-8b, tokens: 1e9}", "either a length"),
        ("{start: 2026-02-10, chips: 64 chips, model: llama3-8b}", "goes with a model"),
        ("{start: 2026-02-10, chips: 64 chips, length: 1 days, precision: fp8}", "of a model"),
        ("{start: 2026-02-10, chips: 64 chips, length: 1 days, elastic_from: 65 chips}", "more than the chips"),
        ("{start: 2026-02-10, chips: 64 chips, length: 1 days, ramp_up: {share: 100 %, length: 1 h}}", "less than 100"),
    ],
)
def test_what_does_not_go_together_is_refused(text: str, word: str) -> None:
    with pytest.raises(ScenarioError, match=word):
        load("one-hall", overrides=(f"tenants.lab.runs={{x: {text}}}",))


def test_a_model_that_does_not_fit_names_its_run() -> None:
    from gigacampus import buildout, deal, workload

    sets = ("tenants.lab.runs={x: {start: 2026-02-10, chips: 8 chips, model: llama3-405b, tokens: 1e9}}",)
    scenario = load("one-hall", overrides=sets)
    with pytest.raises(ScenarioError, match=r"tenants\.lab\.runs\.x"):
        workload.draw(scenario, buildout.plan(scenario, deal.clear(scenario)))
