from __future__ import annotations

import time

import numpy as np
import pytest

from gigacampus.errors import UsageError
from gigacampus.kernels.queueing import erlang_b
from gigacampus.validate import llm, reliability
from gigacampus.workload.llm.fleet import Load, size
from gigacampus.workload.llm.goodput import daly_s, ettr, ettr_linear, mttf_s, per_chip_h, young_s
from gigacampus.workload.llm.power import Waveform, line_hz, series
from gigacampus.workload.llm.queueing import erlang_c, wait_s
from tests.naive.llm_failures import erlang_b_twin, simulate_ettr, simulate_queue


@pytest.mark.parametrize(
    ("mttf", "interval", "write", "recover"),
    [
        (11_134.0, 500.0, 5.0, 300.0),
        (1800.0, 200.0, 10.0, 300.0),
        (600.0, 60.0, 2.0, 120.0),
        (86_400.0, 3600.0, 60.0, 900.0),
    ],
)
def test_ettr_is_the_event_twins_within_a_point(mttf, interval, write, recover):
    simulated = simulate_ettr(mttf, interval, write, recover, 20_000, np.random.default_rng(7))
    assert ettr(mttf, interval, write, recover) == pytest.approx(simulated, abs=0.01)


def test_linear_form_is_the_limit_for_rare_failures_and_negative_for_many():
    assert ettr(1e7, 3600.0, 10.0, 60.0) == pytest.approx(ettr_linear(1e7, 3600.0, 10.0, 60.0), abs=1e-4)
    assert ettr_linear(600.0, 600.0, 30.0, 900.0) < 0 < ettr(600.0, 600.0, 30.0, 900.0)


def test_daly_beats_young_and_neighbours():
    mean, write, recover = 3000.0, 60.0, 300.0
    best = ettr(mean, daly_s(write, mean), write, recover)
    for other in (young_s(write, mean), 0.7 * daly_s(write, mean), 1.4 * daly_s(write, mean)):
        assert best >= ettr(mean, other, write, recover) - 1e-4


def test_metas_projections():
    rate = per_chip_h(6.5e-3)
    assert round(mttf_s(16_384, rate) / 3600, 2) == 1.80
    assert round(mttf_s(131_072, rate) / 3600, 2) == 0.23


@pytest.mark.parametrize(("servers", "load"), [(1, 0.7), (4, 0.85), (20, 0.9), (64, 0.95)])
def test_queue_percentiles_against_the_event_twin(servers, load):
    rate, jobs, pooled = load * servers, 40_000, []
    for seed in range(10, 18):
        rng = np.random.default_rng(seed)
        arrivals = np.cumsum(rng.exponential(1.0 / rate, jobs))
        pooled.append(simulate_queue(arrivals, rng.exponential(1.0, jobs), servers)[jobs // 10 :])
    waits = np.concatenate(pooled)
    assert np.mean(waits > 1e-9) == pytest.approx(erlang_c(servers, rate), rel=0.05)
    assert np.percentile(waits, 95) == pytest.approx(wait_s(servers, rate, 1.0, 0.95), rel=0.10)


@pytest.mark.parametrize(
    ("servers", "load"), [(1, 0.5), (10, 9.0), (64, 60.0), (1000, 990.0), (1000, 400.0), (5, 20.0)]
)
def test_loss_is_the_recursions(servers, load):
    assert erlang_b(servers, load) == pytest.approx(erlang_b_twin(servers, load), rel=1e-9, abs=1e-290)


def test_ten_million_requests_a_second_are_sized_at_once():
    start = time.perf_counter()
    fleet = size("llama3-8b", "gb300", Load(1e7, 1024, 1024))
    assert time.perf_counter() - start < 5.0
    assert fleet.busy_fraction > 0.9


def test_other_vendors_chips_are_served_by_other_frameworks():
    assert size("llama3-70b", "mi300x", Load(10.0, 1024, 1024)).replica.framework == "vllm"
    with pytest.raises(UsageError):
        size("llama3-70b", "mi300x", Load(10.0, 1024, 1024), framework="trtllm")


def test_fleet_grows_with_load_and_keeps_its_targets():
    chips = []
    for rate in (5.0, 50.0, 500.0):
        fleet = size("llama3-70b", "h100", Load(rate, 1024, 1024), framework="vllm")
        assert fleet.ttft_s <= 2.0
        assert fleet.step_s <= 0.05
        assert fleet.busy_fraction < 1.0
        chips.append(fleet.chips)
    assert chips == sorted(chips)
    assert fleet.measured_id.startswith("imax-llama-3.1-70b-h100")


def test_tighter_targets_need_no_fewer_chips():
    loose = size("deepseek-r1", "gb300", Load(100.0, 1024, 1024, tpot_s=0.1))
    tight = size("deepseek-r1", "gb300", Load(100.0, 1024, 1024, tpot_s=0.015))
    assert tight.chips >= loose.chips


def test_impossible_targets_are_refused():
    with pytest.raises(UsageError):
        size("llama3-405b", "h100", Load(1.0, 1024, 1024, tpot_s=1e-4))


def test_a_meter_sees_the_energy_and_the_line_of_the_steps():
    wave = Waveform(10.7, 0.6, 7000.0, 3000.0, 6000.0, 2000.0)
    seen = series(wave, 2140.0)
    assert seen.mean() == pytest.approx(wave.mean_w, rel=1e-3)
    assert line_hz(seen, 2.0) == pytest.approx(1 / 10.7, rel=0.01)


def test_validation_holds():
    found = {case.id: case for case in llm.cases(None)}
    assert not [case.id for case in found.values() if case.verdict == "fail"]
    assert found["training/dense MAPE"].ours <= 0.09
    assert found["training/MoE MAPE"].ours <= 0.15
    assert found["inference/median error"].ours <= 0.16
    assert found["training/dense MAPE, unseen rows"].ours <= 0.10
    assert found["training/MoE MAPE, unseen rows"].ours <= 0.15
    assert found["inference/median error, unseen rows"].ours <= 0.16
    assert not [case.id for case in reliability.cases(None) if case.verdict == "fail"]


def test_own_rows_in_the_columns_of_each_table(tmp_path):
    file = tmp_path / "mine.csv"
    file.write_text(
        "id,chip,n_chips,model,seq_len,global_batch,precision,tokens_per_s_per_chip\n"
        "a,H100,16384,llama3-405b,8192,2048,bf16,158\nb,TPUv5p,8,llama3-8b,8192,64,bf16,10\n"
    )
    found = {case.id: case for case in llm.cases(file)}
    assert abs(found["a"].error) < 0.2
    assert "out of scope" in found["b"].note


def test_a_bad_cell_is_named_by_row_and_column(tmp_path):
    file = tmp_path / "bad.csv"
    file.write_text("id,chip,n_chips,workload,mean_node_kw\na,H100,eight,x,7\nb,H100,8,x,warm\n")
    with pytest.raises(UsageError) as caught:
        llm.cases(file)
    assert [(fault.line, fault.path) for fault in caught.value.faults] == [(2, "n_chips"), (3, "mean_node_kw")]
