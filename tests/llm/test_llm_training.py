from __future__ import annotations

import dataclasses
import math
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gigacampus.errors import UsageError
from gigacampus.workload.llm import (
    Layout,
    Layouts,
    Question,
    Run,
    architectures,
    auto,
    look_up,
    plan,
    record,
    steps,
    trainable,
)
from gigacampus.workload.llm.compute import tiled
from gigacampus.workload.llm.goodput import Recovery
from gigacampus.workload.llm.memory import memory
from gigacampus.workload.llm.search import fits, space
from tests.naive.llm_step import pipeline_s, weights_and_states_gb


def a_run(model="llama3-405b", chip="H100", chips=16_384, seq_len=8192, batch=2048, precision="bf16"):
    return Run(look_up(model), trainable(chip), chips, seq_len, batch, precision)


@pytest.mark.parametrize(
    ("model", "total_b", "active_b"),
    [
        ("llama3-405b", 405.9, 403.8), ("llama3-70b", 70.6, 69.5), ("llama3-8b", 8.03, 7.5),
        ("gpt3-175b", 174.6, 174.6),
        ("mixtral-8x7b", 46.7, 12.8), ("qwen3-235b-a22b", 235.1, 21.6),
        ("gpt-oss-120b", 116.8, 5.1), ("kimi-k2", 1026, 31.7),
        ("llama2-13b", 13.0, 12.9), ("llama1-33b", 32.5, 32.3), ("mistral-7b", 7.24, 7.1),
        ("qwen2.5-72b", 72.7, 71.5),
        ("qwen3-14b", 14.8, 14.0), ("gemma2-27b", 27.2, 27.2), ("palm-540b", 540.35, 540.4),
        ("falcon-180b", 179.5, 178.6),
        ("opt-66b", 65.7, 65.7), ("gpt-neox-20b", 20.6, 20.2), ("gptj-6b", 6.05, 5.84),
        ("mistral-large-2", 122.6, 122.2),
        ("nemotron-3-ultra", 560, 56.9), ("llama4-scout", 107.8, 16.1), ("gpt-oss-20b", 20.9, 3.6),
        ("dbrx", 131.6, 35.9),
        ("qwen3-coder-480b-a35b", 480.2, 34.5), ("glm-4.5", 353, 32.9), ("grok-1", 316, 83.8),
        ("deepseek-v2", 236, 21.0),
    ],
)  # fmt: skip
def test_published_parameter_counts(model, total_b, active_b):
    arch = look_up(model)
    assert arch.total_params / 1e9 == pytest.approx(total_b, rel=0.01)
    assert arch.active_params / 1e9 == pytest.approx(active_b, rel=0.03)


def test_every_model_names_its_source():
    assert all(len(one.source) > 10 for one in architectures().values())


def test_phases_add_up_and_none_is_negative():
    run = a_run()
    found = steps(run, space(run))
    for name in ("gemm_s", "attention_s", "memory_s", "tensor_s", "bubble_s", "data_s", "imbalance_s", "straggler_s"):
        assert (getattr(found, name) >= -1e-9).all(), name
    assert sum(found.shares(3).values()) == pytest.approx(1.0)


def test_auto_finds_405b_on_16384_h100_in_half_a_second():
    run = a_run()
    auto(run)
    start = time.perf_counter()
    layout = auto(run)
    assert time.perf_counter() - start < 0.5
    assert memory(run, Layouts.of([layout])).total_gb[0] <= 80.0


def test_ten_thousand_layouts_a_second():
    run = a_run("deepseek-v3", "GB300", 256, 4096, 4096, "fp8")
    every = space(run)
    start = time.perf_counter()
    steps(run, every)
    fits(run, every)
    assert len(every) / (time.perf_counter() - start) > 10_000


@settings(max_examples=60, deadline=None)
@given(
    model=st.sampled_from(["llama3-8b", "llama3-70b", "llama3-405b", "gpt3-175b", "deepseek-v3", "qwen3-30b-a3b"]),
    chip=st.sampled_from(["A100", "H100", "H200", "B200", "GB200", "GB300"]),
    power=st.integers(3, 14), batch=st.integers(6, 12), seq=st.sampled_from([2048, 8192, 32_768]),
)  # fmt: skip
def test_auto_always_fits_divides_and_is_the_fastest(model, chip, power, batch, seq):
    run = a_run(model, chip, 2**power, seq, 2**batch)
    try:
        layout = auto(run)
    except UsageError:
        every = space(run)
        assert not len(every) or not fits(run, every).any()
        return
    one = Layouts.of([layout])
    assert memory(run, one).total_gb[0] <= run.machine.hbm_gb
    assert run.chips % (layout.tp * layout.pp * layout.cp) == 0
    every = space(run)
    assert steps(run, one).step_s[0] == pytest.approx(steps(run, every.where(fits(run, every))).step_s.min())


@settings(max_examples=40, deadline=None)
@given(
    tp=st.sampled_from([1, 2, 4, 8]), pp=st.sampled_from([1, 2, 4, 8, 16]), precision=st.sampled_from(["bf16", "fp8"])
)
def test_memory_agrees_with_its_twin(tp, pp, precision):
    run = a_run("llama3-70b", "GB300", 512, 8192, 512, precision)
    layout = Layout(tp=tp, pp=pp)
    found = memory(run, Layouts.of([layout]))
    ours = found.weights_gb[0] + found.gradients_gb[0] + found.optimiser_gb[0]
    assert ours == pytest.approx(weights_and_states_gb(run.architecture, layout, 512, precision), rel=1e-6)


@pytest.mark.parametrize(("batches", "stages"), [(4, 2), (8, 8), (64, 4), (1, 5)])
def test_pipeline_length_is_the_event_twins(batches, stages):
    assert batches + stages - 1 == pytest.approx(pipeline_s(1.0, batches, stages))


def test_more_recomputation_is_slower_and_smaller():
    run = a_run()
    every = Layouts.of([Layout(8, 16, 1, 1, 1, 1, one) for one in ("none", "selective", "full")])
    assert (np.diff(memory(run, every).total_gb) < 0).all()
    assert steps(run, every).step_s[2] > steps(run, every).step_s[1]


def test_the_answer_for_llama_405b_lies_beside_its_published_run():
    found = plan(Question("llama3-405b", "h100", 16_384, 15.6e12))
    answer = record(found)
    assert 130 < answer["tokens_per_s_per_chip"] < 190
    assert answer["nearest"]["id"] == "llama3-paper-16384-8k"
    assert answer["wall_d"] * 24 * 16_384 / 1e6 == pytest.approx(answer["chip_hours"] / 1e6)
    assert 20 < answer["chip_hours"] / 1e6 < 40


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model": "llama9"}, "L001"), ({"chip": "MI300X"}, "L011"), ({"chips": 8}, "L021"), ({"chips": 0}, "L040"),
        ({"tokens": -1.0}, "L041"), ({"precision": "fp3"}, "L043"), ({"layout": Layout(tp=3)}, "L050"),
        ({"layout": Layout(tp=8)}, "L055"), ({"chips": 10**20}, "L040"),
        *(({"recovery": Recovery(rate, 60.0, wait)}, "L030") for rate, wait in ((math.nan, 1.0), (1e-5, math.inf))),
    ],
)  # fmt: skip
def test_bad_questions_name_their_fault(change, code):
    good = {"model": "llama3-405b", "chip": "H100", "chips": 1024}
    with pytest.raises(UsageError) as found:
        plan(Question(**{**good, **change}))
    assert code in [fault.code for fault in found.value.faults]


def test_a_batch_by_habit_grows_with_very_many_chips():
    found = plan(Question("llama3-405b", "gb300", 131_072))
    assert found.run.global_batch > plan(Question("llama3-405b", "gb300", 1024)).run.global_batch
    assert any("cannot be shared" in note for note in found.notes)
    with pytest.raises(UsageError):
        plan(Question("llama3-405b", "gb300", 131_072, global_batch=2048))


def test_rubin_is_marked_as_extrapolated():
    assert any("extrapolated" in note for note in plan(Question("llama3-70b", "rubin", 64)).notes)


def test_copies_of_the_residual_stream_cost_memory_traffic_and_room():
    wide = look_up("deepseek-v4-flash")
    assert wide.residual_copies == 4
    assert look_up("llama3-8b").residual_copies == 1
    plain = dataclasses.replace(wide, streams=0)
    layout = Layouts.of([Layout(pp=2, ep=64, micro_batch=1)])
    found = {}
    for arch in (wide, plain):
        run = Run(arch, trainable("GB300"), 128, 4096, 2048, "fp8")
        found[arch.streams] = (steps(run, layout), memory(run, layout))
    assert found[4][0].memory_s[0] > 1.1 * found[0][0].memory_s[0]
    assert found[4][0].pipeline_s[0] == pytest.approx(4.0 * found[0][0].pipeline_s[0])
    assert found[4][0].gemm_s[0] == found[0][0].gemm_s[0]
    assert found[4][1].activations_gb[0] > found[0][1].activations_gb[0]


def test_expert_products_run_in_whole_tiles():
    assert [tiled(one) for one in (256, 2880, 2048, 1856)] == [256, 3072, 2048, 2048]
    odd = look_up("gpt-oss-120b")
    even = dataclasses.replace(odd, expert_ffn=3072)
    layout = Layouts.of([Layout(ep=8, micro_batch=4)])
    seconds = [steps(Run(one, trainable("B200"), 64, 4096, 1280, "bf16"), layout).gemm_s[0] for one in (odd, even)]
    # a fifteenth more parameters in the experts, but only half as much more time
    assert 1.0 < seconds[1] / seconds[0] < 3072 / 2880


def test_small_pieces_run_at_the_pace_of_the_host():
    def seconds(stack, micro_batch):
        run = Run(look_up("gpt-1.7b"), trainable("A100"), 8, 1024, 64, "fp16", stack)
        found = steps(run, Layouts.of([Layout(tp=8, micro_batch=micro_batch)]))
        return found.host_s[0], found.step_s[0]

    assert seconds("2023", 1)[0] == 0.0
    (small, small_s), (large, large_s) = seconds("2021", 1), seconds("2021", 16)
    assert small > 0.5 * small_s
    assert large < 0.1 * large_s


def test_experts_without_replicas_exchange_no_gradients():
    run = a_run("mixtral-8x7b", "H100", 64, 4096, 512)
    found = steps(run, Layouts.of([Layout(ep=8), Layout(tp=8, ep=8)])).data_s
    alone = steps(dataclasses.replace(run, chips=8), Layouts.of([Layout(ep=8)])).data_s
    dense = dataclasses.replace(run.architecture, experts=0, expert_ffn=0, top_k=0, ffn=14336, dense_layers=32)
    common = steps(dataclasses.replace(run, architecture=dense, chips=8), Layouts.of([Layout()])).data_s
    assert alone[0] < common[0] < found[0]
