"""Rows of published measurements as sources write them: names, gaps, oddities."""

from __future__ import annotations

import csv
import math

import numpy as np
import pytest

from gigacampus.errors import UsageError
from gigacampus.validate import llm
from gigacampus.workload.llm.architecture import known, named_in
from gigacampus.workload.llm.data import precision
from gigacampus.workload.llm.machine import chip_named

TRAINING = {
    "id": "a", "chip": "H100", "n_chips": "1024", "model": "llama3-405b", "seq_len": "8192", "global_batch": "512",
    "precision": "bf16", "tp": "", "pp": "", "ep": "", "layers": "", "chips_per_scaleup": "",
    "tokens_per_s_per_chip": "150",
}  # fmt: skip


ONE_NODE = [
    (2, 8, 4, 1024, 16, 16, 1, 2, 0.161), (4, 16, 2, 1024, 16, 20, 4, 1, 0.5632),
    (2, 16, 2, 2048, 16, 20, 1, 2, 0.5899), (2, 4, 2, 2048, 16, 12, 1, 2, 0.1323),
    (4, 16, 1, 2048, 16, 24, 2, 2, 0.7601), (4, 64, 1, 1024, 16, 12, 1, 1, 0.6927),
    (2, 4, 1, 1024, 16, 24, 2, 1, 0.3377), (8, 64, 1, 2048, 16, 24, 1, 1, 0.7463),
    (8, 16, 4, 2048, 16, 20, 2, 4, 0.2622), (8, 8, 1, 2048, 16, 16, 8, 1, 0.6357),
    (2, 4, 1, 2048, 16, 12, 2, 1, 0.1866), (4, 16, 1, 1024, 16, 12, 1, 1, 0.1789),
    (8, 64, 8, 1024, 16, 20, 1, 2, 0.3262), (8, 32, 4, 2048, 16, 24, 2, 2, 0.42),
    (2, 16, 8, 2048, 16, 16, 1, 2, 0.5469), (8, 32, 1, 1024, 16, 20, 1, 4, 0.3904),
]  # fmt: skip
"""Every 90th of vTrain's 1,440 runs on up to 8 A100 (data/ground_truth_single.csv, MIT): chips, batch, micro-batch,
hidden, heads, layers, tensor and pipeline parallelism, seconds of a step. Most of them wait for launches; the prior of
`host_block` stands on all of them."""


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("Llama 3.1 405B", "llama3-405b"), ("meta-llama/Llama-3.1-405B-Instruct", "llama3-405b"),
        ("Meta-Llama-3-70B", "llama3-70b"), ("LLAMA3.1_405B", "llama3-405b"), ("GPT-3 175B", "gpt3-175b"),
        ("DeepSeek-V3", "deepseek-v3"), ("deepseek-ai/DeepSeek-R1-0528", "deepseek-v3"),
        ("DeepSeekV3 (w/o MTP)", "deepseek-v3"), ("nvidia/Llama-3.1-8B-Instruct-FP8", "llama3-8b"),
        ("Qwen/Qwen3-235B-A22B-Instruct-2507", "qwen3-235b-a22b"), ("mixtral-8x7b-instruct-v0.1", "mixtral-8x7b"),
        ("llama2-70b-99.9", "llama2-70b"), ("OLMo 2 32B", "olmo2-32b"), ("MT-NLG 530B", "gpt-530b"),
    ],
)  # fmt: skip
def test_models_are_known_as_sources_write_them(name, model):
    assert known(name).model == model


def test_other_models_are_not_taken_for_them():
    assert not any(known(name) for name in ("Llama 9 405B", "GPT-4", "DeepSeek-V2-Lite", "T5", ""))
    assert named_in("GPT-3 175B pre-training, FP8").model == "gpt3-175b"
    assert named_in("Stable Diffusion training") is None


def test_chips_and_precisions_are_known_as_sources_write_them():
    for name, chip in (
        ("H100-SXM5-80GB", "H100"),
        ("nvidia h100", "H100"),
        ("DGX-GB300", "GB300"),
        ("H200 SXM 141GB", "H200"),
        ("H200-NVL", "H200-NVL"),
    ):
        assert chip_named(name) == chip
    words = {"MXFP8": "fp8", "FP8-CS (FP8-MX)": "fp8", "NVFP4": "fp4", "bfloat16": "bf16", "W4A16": "int4", "tf32": ""}
    assert {word: precision({"precision": word}) for word in words} == words


def _scored(tmp_path, first=TRAINING, **rows):
    file = tmp_path / "rows.csv"
    with file.open("w", newline="") as out:
        table = csv.DictWriter(out, list(first))
        table.writeheader()
        table.writerows(first | {"id": name} | change for name, change in rows.items())
    return {case.id: case for case in llm.cases(file)}


def test_small_models_on_one_node_run_as_measured(tmp_path):
    empty = dict.fromkeys(("hidden", "ffn", "heads", "micro_batch", "recompute"), "")
    known = {"chip": "A100", "model": "gpt", "seq_len": "1024", "precision": "fp16", "vocab": "51200"}
    first = TRAINING | empty | known
    rows = {}
    for i, (chips, batch, micro, hidden, heads, layers, tp, pp, step_s) in enumerate(ONE_NODE):
        cells = {
            "n_chips": chips, "global_batch": batch, "micro_batch": micro, "hidden": hidden, "ffn": 4 * hidden,
            "heads": heads, "layers": layers, "tp": tp, "pp": pp, "recompute": "full",
            "tokens_per_s_per_chip": 1024 * batch / step_s / chips,
        }  # fmt: skip
        rows[f"row{i}"] = {key: str(value) for key, value in cells.items()}
    found = _scored(tmp_path, first, **rows)
    assert np.mean([abs(found[name].error) for name in rows]) < 0.2


def test_no_odd_row_stops_the_others(tmp_path):
    odd = {
        "half": {"n_chips": "0.5"},
        "chip": {"chip": "XPU"}, "model": {"model": "nobody's"}, "chips": {"n_chips": "0"},
        "rate": {"tokens_per_s_per_chip": "n/a"},
        "domain": {"chips_per_scaleup": "-3"}, "small": {"n_chips": "8"}, "stages": {"tp": "8", "pp": "127"},
        "precision": {"precision": "tf32"}, "experts": {"model": "nobody's", "ep": "8", "layers": "9"},
        "tp": {"tp": "7"},
    }  # fmt: skip
    found = _scored(tmp_path, good={}, **odd)
    assert 0.5 < found["good"].ours / 150 < 2.0
    for name in odd:
        assert math.isnan(found[name].ours)
        assert found[name].note.startswith("out of scope: ")


@pytest.mark.parametrize("cell", ["0", "-1", "0.5", "1e12", "n/a"])
@pytest.mark.parametrize("column", ["micro_batch", "vp", "cp", "fsdp", "dp", "chips_per_scaleup", "global_batch"])
def test_no_number_makes_a_score_that_is_none(tmp_path, column, cell):
    first = TRAINING | {"tp": "8", "pp": "8", column: cell}
    with np.errstate(all="raise"):
        case = _scored(tmp_path, first, row={})["row"]
    assert case.note.startswith("out of scope: ") or 0 < case.ours < 1e6


def test_what_a_row_leaves_out_is_searched(tmp_path):
    whole, part = {"tp": "8", "pp": "16", "global_batch": "2048"}, {"tp": "8", "global_batch": "2048"}
    found = _scored(tmp_path, whole=whole, part=part, none={"global_batch": ""})
    assert found["part"].ours == pytest.approx(found["whole"].ours, rel=0.1)
    assert found["none"].ours > 0


def test_power_of_other_workloads_than_the_metered_ones(tmp_path):
    first = {
        "id": "a", "chip": "H100", "n_chips": "64", "n_nodes": "8", "cooling": "liquid", "workload": "",
        "mean_node_kw": "7",
    }  # fmt: skip
    words = {"idle": "idle", "serving": "Llama-3.1 8B inference, Offline", "training": "Mixtral 8x7B training, BF16"}
    found = _scored(tmp_path, first, **{name: {"workload": text} for name, text in words.items()}, none={})
    assert found["idle"].ours < found["serving"].ours <= found["training"].ours < 10.2
    assert "not modelled" in found["none"].note
    rack = {"chip": "GB200", "n_chips": "72", "n_nodes": "18", "workload": "idle"}
    tray = _scored(tmp_path, first, tray=rack, rack=rack | {"n_nodes": "1"})
    assert tray["rack"].ours == pytest.approx(18.0 * tray["tray"].ours)


def test_serving_rows_as_sources_write_them(tmp_path):
    first = {
        "id": "a", "chip": "H100", "n_chips": "4", "model": "llama3-70b", "precision": "fp8", "framework": "vllm",
        "isl_mean": "1024", "osl_mean": "1024", "concurrency": "64", "output_tokens_per_s_per_chip": "500",
    }  # fmt: skip
    odd = {
        "half": {"n_chips": "0.5"}, "none": {"framework": ""}, "other": {"framework": "lmdeploy"},
        "idle": {"concurrency": "0"},
    }  # fmt: skip
    written = {"named": {"framework": "vLLM v0.11"}, "trt": {"framework": "Dynamo TRT-LLM"}}
    found = _scored(tmp_path, first, plain={}, **written, **odd)
    assert found["plain"].ours == found["named"].ours
    assert found["trt"].ours > 0
    for name in odd:
        assert found[name].note.startswith("out of scope: ")


def test_a_table_without_rows_is_refused(tmp_path):
    file = tmp_path / "rows.csv"
    file.write_text(",".join(TRAINING) + "\n")
    with pytest.raises(UsageError, match="holds no rows"):
        llm.cases(file)
    file.write_text(";".join(TRAINING) + "\n" + ";".join(TRAINING.values()) + "\n")
    assert llm.cases(file)[0].ours > 0
