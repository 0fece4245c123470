"""Time on the links of one micro-batch on one stage, and of the gradient exchange of a step."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gigacampus.workload.llm.compute import FULL, Constants
from gigacampus.workload.llm.layout import Array, Layouts
from gigacampus.workload.llm.machine import Machine
from gigacampus.workload.llm.run import Run

OPTIMISER_BYTES = 30.0
"""Bytes read and written for each parameter by Adam with 32-bit master weights."""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Exposed seconds: of one micro-batch on one stage, and (`data_s`, `optimiser_s`) of a step."""

    tensor_s: Array
    context_s: Array
    pipeline_s: Array
    expert_s: Array
    data_s: Array
    optimiser_s: Array
    shard_s: Array
    """Gathering of sharded parameters for one micro-batch, before overlap with compute."""


def traffic(run: Run, layouts: Layouts, k: Constants) -> Traffic:
    """Times on the links for each layout."""
    return Traffic(
        tensor_s=_tensor_s(run, layouts, k),
        context_s=_context_s(run, layouts, k),
        pipeline_s=_pipeline_s(run, layouts, k),
        expert_s=_expert_s(run, layouts, k),
        data_s=_data_s(run, layouts, k),
        optimiser_s=_optimiser_s(run, layouts, k),
        shard_s=_shard_s(run, layouts, k),
    )


def ring_s_per_byte(chip: Machine, ranks: Array, stride: Array, k: Constants) -> Array:
    """Seconds for each byte of a gather or scatter over `ranks` chips that lie `stride` apart.

    Ranks inside a scale-up domain share its fabric; across domains each of the local ranks brings its own network
    port, so the bytes that cross are divided by their number (hierarchical ring).
    """
    fabric = 1e9 * chip.scaleup_gbps * k["link"]
    port = 1e9 * chip.scaleout_gbps * k["link"]
    local = np.clip(np.floor(chip.domain / stride), 1.0, ranks)
    domains = ranks / local
    inside = (local - 1.0) / local / fabric
    across = (domains - 1.0) / domains / (port * local)
    return np.asarray(inside + np.maximum(across, 0.0), dtype=np.float64)


def _tensor_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    arch = run.architecture
    tokens = layouts.micro_batch * run.seq_len / layouts.cp
    blocks = (arch.attention_layers + arch.ssm_layers + arch.layers + 2 * arch.mtp_layers) / layouts.pp
    calls = blocks * (2.0 + (layouts.recompute == FULL))
    per_byte = ring_s_per_byte(run.machine, layouts.tp, np.ones_like(layouts.tp), k)
    exposed = k["exposed_tensor"] if run.stack == "2023" else 1.0
    each = 2.0 * tokens * arch.hidden * 2.0 * per_byte * exposed + k["latency"]
    return np.where(layouts.tp > 1, calls * each, 0.0)


def _context_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    arch = run.architecture
    width = 2.0 * arch.kv_heads * arch.head_dim / layouts.tp
    tokens = layouts.micro_batch * run.seq_len
    per_byte = ring_s_per_byte(run.machine, layouts.cp, layouts.tp, k)
    moved = 3.0 * tokens * width * 2.0 * arch.attention_layers / layouts.pp
    return np.where(layouts.cp > 1, moved * per_byte * k["exposed_tensor"], 0.0)


def _pipeline_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    chip = run.machine
    split = np.where(layouts.sequence_parallel > 0, layouts.tp, 1.0)
    width = run.architecture.hidden * run.architecture.residual_copies
    size = layouts.micro_batch * run.seq_len / layouts.cp * width * 2.0 / split
    rate = np.where(run.chips <= chip.domain, chip.scaleup_gbps, chip.scaleout_gbps) * 1e9 * k["link"]
    exposed = k["exposed_pipeline"] if run.stack != "2021" else 1.0
    return np.where(layouts.pp > 1, 2.0 * layouts.vp * size / rate * exposed, 0.0)


def _expert_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    """All-to-all of routed tokens; a token crosses to each remote domain once, however many experts it has there."""
    arch, chip = run.architecture, run.machine
    if not arch.is_moe:
        return np.zeros(len(layouts))
    tokens = layouts.micro_batch * run.seq_len / (layouts.cp * layouts.tp)
    inside = np.minimum(layouts.ep, float(chip.domain))
    domains = layouts.ep / inside
    local = inside * (1.0 - (1.0 - 1.0 / inside) ** arch.top_k) * (inside - 1.0) / inside
    remote = (domains - 1.0) * (1.0 - (1.0 - 1.0 / domains) ** arch.top_k)
    dispatch = 1.0 if run.machine.native(run.precision) != "bf16" else 2.0
    size = tokens * (arch.latent or arch.hidden) * (dispatch + 2.0) * 2.0
    each = size * (local / (1e9 * chip.scaleup_gbps) + remote / (1e9 * chip.scaleout_gbps)) / k["link"]
    return np.asarray(arch.routed_layers / layouts.pp * each * k["exposed_expert"], dtype=np.float64)


def _shares(run: Run, layouts: Layouts) -> tuple[Array, Array, Array, Array]:
    """Parameters that a chip holds outside and inside experts, with the replicas of each."""
    arch = run.architecture
    replicas = layouts.data_parallel(run.chips) * layouts.cp
    common = (arch.common_params + arch.head_params) / (layouts.tp * layouts.pp)
    routed = arch.routed_params / (layouts.ep * layouts.pp)
    return common, routed, replicas, np.maximum(replicas * layouts.tp / layouts.ep, 1.0)


def _data_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    common, routed, replicas, expert_replicas = _shares(run, layouts)
    outer = ring_s_per_byte(run.machine, np.maximum(replicas, 1.0), layouts.tp, k)
    inner = ring_s_per_byte(run.machine, expert_replicas, np.maximum(layouts.ep, 1.0), k)
    if run.is_lora:
        return np.zeros(len(layouts))
    exposed, exposed_routed = (k["exposed_data"], k["exposed_routed"]) if run.overlaps_gradients else (1.0, 1.0)
    return np.where(layouts.fsdp > 0, 0.0, 4.0 * (common * outer * exposed + routed * inner * exposed_routed))


def _optimiser_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    if run.is_lora:
        return np.zeros(len(layouts))
    common, routed, replicas, expert_replicas = _shares(run, layouts)
    if run.overlaps_gradients:
        common, routed = common / np.maximum(replicas, 1.0), routed / expert_replicas
    return (common + routed) * OPTIMISER_BYTES / (1e12 * run.machine.hbm_tbps)


def _shard_s(run: Run, layouts: Layouts, k: Constants) -> Array:
    """Two gathers and one scatter of 16-bit parameters for each micro-batch."""
    common, routed, replicas, _ = _shares(run, layouts)
    per_byte = ring_s_per_byte(run.machine, np.maximum(replicas, 1.0), layouts.tp, k)
    return np.where(layouts.fsdp > 0, 6.0 * (common + routed) * per_byte, 0.0)
