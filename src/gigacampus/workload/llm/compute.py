"""Time on the chip of one micro-batch on one stage: matrix products, attention, memory-bound work, launches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from gigacampus.workload.llm.architecture import Architecture
from gigacampus.workload.llm.layout import Array, Layouts
from gigacampus.workload.llm.machine import Machine
from gigacampus.workload.llm.run import Run

Constants = Mapping[str, float]
FULL = 2.0
"""Index of full recomputation."""
NORM_PASSES = 15.0
"""Reads and writes of a hidden state, forward and backward, by norm, residual and dropout around a block."""
STREAM_PASSES = 12.0
"""Reads and writes of each copy of a widened residual stream around a block: to norm it, to mix it in, to read and
write it when mixed out, twice as many backward (hyper-connections, arXiv:2512.24880 section 4, unfused)."""
ACTIVATION_PASSES = 5.0
"""Reads and writes of a feed-forward activation, forward and backward."""
HEAD_PASSES = 8.0
"""Reads and writes of queries, keys and values outside the attention kernel (rotation, layout)."""
ROUTE_PASSES = 10.0
"""Reads and writes of a routed token: permute, pad, weigh, unpermute, forward and backward."""
SCORE_PASSES = 14.0
"""Reads and writes of an unfused attention score matrix, forward and backward."""
WEIGHT_BYTES = 14.0
"""Bytes moved for each parameter and micro-batch: three 16-bit readings, the 32-bit gradient read and written."""
TILE = 256
"""Columns of a tile of large products (128 x 256, CUTLASS's default on Hopper and Blackwell)."""
LOSS_BYTES = 24.0
"""Bytes moved for each logit by the loss: 32-bit, three passes forward, three backward."""


@dataclass(frozen=True, slots=True)
class Work:
    """Seconds of one micro-batch on an average stage; `head_s` is what the last stage has on top."""

    gemm_s: Array
    attention_s: Array
    memory_s: Array
    launch_s: Array
    host_s: Array
    """Time the host needs to launch it all where it is not captured as a graph; hidden as far as the chip is slower."""
    head_s: Array


def efficiency(machine: Machine, precision: str, k: Constants) -> float:
    """Share of the dense peak that large matrix products reach, by family and format, with the chip's own offset."""
    base = k[f"gemm_{machine.family}_{machine.native(precision)}"]
    return base * k.get(f"gemm_{machine.chip.lower()}", 1.0)


def work(run: Run, layouts: Layouts, k: Constants) -> Work:
    """Times of one micro-batch on one stage, forward and backward, for each layout."""
    arch, chip = run.architecture, run.machine
    tokens = layouts.micro_batch * run.seq_len / layouts.cp
    share = tokens / (layouts.tp * layouts.pp)
    passes = (2.0 if run.is_lora else 3.0) + (layouts.recompute == FULL)
    return Work(
        gemm_s=_gemm_s(run, layouts, k) * share * passes,
        attention_s=_attention_s(run, layouts, k),
        memory_s=_memory_s(run, layouts, k),
        launch_s=_blocks(arch) / layouts.pp * k["launch"] * passes / 3.0
        + arch.routed_layers / layouts.pp * k["launch_expert"],
        host_s=_host_s(run, layouts, k),
        head_s=_head_s(arch, chip, run, tokens / layouts.tp, k),
    )


def _blocks(arch: Architecture) -> float:
    """Mixer and feed-forward blocks of the whole model."""
    return float(arch.attention_layers + arch.ssm_layers + arch.layers + 2 * arch.mtp_layers)


def _host_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    """Launches on a host that feeds them one by one: of expert layers, and of all blocks before graphs came up."""
    arch = run.architecture
    experts = 0.0 if run.is_captured else k["host_layer"] * arch.routed_layers
    plain = 0.0 if run.stack == "2023" else k["host_block"] * _blocks(arch)
    again = 1.0 + (layouts.recompute == FULL) / 3.0
    return np.asarray((experts + plain * again) / layouts.pp, dtype=np.float64)


def _gemm_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    """Seconds of one forward pass of one token through all matrix products, on one chip."""
    arch = run.architecture
    rate = 1e12 * run.machine.peak_tflops(run.precision) * efficiency(run.machine, run.precision, k)
    narrow = 1.0 + k["narrow"] * layouts.tp / arch.hidden
    total = 2.0 * arch.common_params * narrow
    if arch.is_moe:
        width = arch.latent or arch.hidden
        tiles = 0.5 * (tiled(arch.expert_ffn) / arch.expert_ffn + tiled(width) / width)
        thin = 1.0 + k["narrow"] / arch.expert_ffn
        total = total + 2.0 * arch.active_routed_params * tiles * thin / k["expert"]
    return np.asarray(total / rate, dtype=np.float64)


def tiled(width: int) -> int:
    """A product's width as the chip computes it: whole tiles, the last one padded."""
    return -(-width // TILE) * TILE


def _attention_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    """Scores and values, and state-space scans, of one micro-batch on one stage."""
    arch, chip = run.architecture, run.machine
    tokens = layouts.micro_batch * run.seq_len / (layouts.cp * layouts.tp * layouts.pp)
    again = layouts.recompute == FULL
    rate = 1e12 * chip.fp16_tflops
    scan = arch.scan_flops * tokens * (3.0 + again) / (rate * k["scan"])
    forward = arch.attention_flops(run.seq_len) * tokens
    if run.has_fused_attention:
        fused = forward * (3.5 + again) / (rate * k[f"attention_{chip.family}"])
        return np.asarray(fused + scan, dtype=np.float64)
    redone = (layouts.recompute >= 1.0).astype(np.float64)
    square = 2.0 * forward * (3.0 + redone) / (rate * efficiency(chip, "bf16", k) * k["unfused"])
    scores = arch.heads * run.seq_len * arch.attention_layers * tokens
    moved = scores * 2.0 * SCORE_PASSES * (1.0 + 0.45 * redone) * k["memory"] / (1e12 * chip.hbm_tbps)
    return np.asarray(square + moved + scan, dtype=np.float64)


def _memory_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    """Memory-bound work of one micro-batch on one stage."""
    arch, chip = run.architecture, run.machine
    tokens = layouts.micro_batch * run.seq_len / (layouts.cp * layouts.pp)
    again = 1.0 + (layouts.recompute == FULL) / 3.0
    widened = STREAM_PASSES * arch.streams if arch.streams > 1 else 0.0
    norms = 2.0 * (NORM_PASSES + widened) * arch.hidden * _blocks(arch) * tokens
    norms = norms / np.where(layouts.sequence_parallel > 0, layouts.tp, 1.0)
    split = _split_bytes(arch) * tokens / layouts.tp
    held = (arch.common_params / layouts.tp + arch.routed_params / layouts.ep) / layouts.pp
    weights = (4.0 if run.is_lora else WEIGHT_BYTES) * held
    casts: Array = np.zeros(len(layouts))
    if run.machine.native(run.precision) != "bf16":
        name = "cast_fp8" if run.machine.native(run.precision) == "fp8" else "cast_fp4"
        casts = _cast_elements(arch) * k[name] * tokens / layouts.tp
    moved = (norms + split + casts) * k["memory"] * again + weights
    return np.asarray(moved / (1e12 * chip.hbm_tbps), dtype=np.float64)


def _split_bytes(arch: Architecture) -> float:
    """Bytes per token moved by element-wise work that tensor parallelism splits, all layers."""
    heads = 2.0 * arch.attention_layers * arch.heads * (arch.qk_width + arch.value_width)
    activation = ACTIVATION_PASSES * (1 + arch.gated)
    dense = activation * 2.0 * arch.plain_layers * arch.ffn
    shared = activation * 2.0 * arch.routed_layers * (arch.shared_ffn + arch.top_k * arch.expert_ffn)
    routed = ROUTE_PASSES * 2.0 * arch.routed_layers * arch.top_k * (arch.latent or arch.hidden)
    scans = HEAD_PASSES * 2.0 * arch.ssm_layers * (2 * arch.ssm_inner + 2 * arch.ssm_key)
    return HEAD_PASSES * heads + dense + shared + routed + scans


def _cast_elements(arch: Architecture) -> float:
    """Elements per token that enter or leave narrow-format products, all layers."""
    h = arch.hidden
    mixer = (arch.attention_layers + arch.mtp_layers) * (2 * h + 2 * arch.heads * arch.qk_width)
    scan = arch.ssm_layers * (2 * h + 4 * arch.ssm_inner)
    dense = arch.plain_layers * (2 * h + (2 + arch.gated) * arch.ffn)
    width = arch.latent or h
    shared = arch.routed_layers * (2 + arch.gated) * arch.shared_ffn
    routed = arch.routed_layers * arch.top_k * (2 * width + (2 + arch.gated) * arch.expert_ffn)
    return float(mixer + scan + dense + shared + routed)


def _head_s(arch: Architecture, chip: Machine, run: Run, tokens: Array, k: Constants) -> Array:
    """Output projection (kept in 16 bit) and loss of one micro-batch."""
    rate = 1e12 * chip.fp16_tflops * efficiency(chip, "bf16", k)
    loss = LOSS_BYTES * arch.vocab * (1 + arch.mtp_layers) / (1e12 * chip.hbm_tbps)
    products = 4.0 if run.is_lora else 6.0
    return np.asarray(tokens * (products * arch.head_params / rate + loss), dtype=np.float64)
