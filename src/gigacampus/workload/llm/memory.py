"""Bytes on a chip while it trains: parameters, gradients, optimiser states, activations, and what the runtime keeps.

Activations per token and layer after Korthikanti et al. (arXiv:2205.05198), for gated and expert blocks too; in
flight are the micro-batches that the first stage holds under 1F1B with interleaving.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from gigacampus.workload.llm.layout import Array, Layouts
from gigacampus.workload.llm.run import Run

RESERVED_GB = 4.0
"""Context, communication buffers, workspaces, graphs (order of magnitude seen on 80 GB chips; assumption)."""
FRAGMENT = 1.05
"""Allocator's overhead on activations (assumption)."""
STATE_BYTES = 12.0
"""32-bit master weights and two Adam moments for each parameter."""


@dataclass(frozen=True, slots=True)
class Memory:
    """Gigabytes on the fullest chip, one value a layout."""

    weights_gb: Array
    gradients_gb: Array
    optimiser_gb: Array
    activations_gb: Array
    reserved_gb: Array

    @property
    def total_gb(self) -> Array:
        """All of it."""
        return self.weights_gb + self.gradients_gb + self.optimiser_gb + self.activations_gb + self.reserved_gb


def memory(run: Run, layouts: Layouts) -> Memory:
    """What each layout needs on its fullest chip (the first stage: embedding and most micro-batches in flight)."""
    arch = run.architecture
    replicas = np.maximum(layouts.data_parallel(run.chips) * layouts.cp, 1.0)
    expert_replicas = np.maximum(replicas * layouts.tp / layouts.ep, 1.0)
    stage = np.ceil(arch.layers / layouts.pp) / arch.layers
    embedding = arch.hidden * arch.vocab * np.where(layouts.pp > 1, 1.0, 1.0 if arch.tied else 2.0)
    common = (arch.common_params * stage + embedding) / layouts.tp
    routed = arch.routed_params * stage / layouts.ep
    shards = np.where(layouts.fsdp > 0, replicas, 1.0)
    expert_shards = np.where(layouts.fsdp > 0, expert_replicas, 1.0)
    held = common / shards + routed / expert_shards
    states = common / replicas + routed / expert_replicas if run.overlaps_gradients else held
    live = np.where(layouts.fsdp > 0, 3.0 * common / np.maximum(arch.layers * stage, 1.0), 0.0)
    gradient = 2.0 if run.precision in {"fp8", "fp4"} else 4.0
    if run.is_lora:
        gradient, states = 0.0, 0.0 * states
    return Memory(
        weights_gb=(2.0 * held + 2.0 * live) / 1e9,
        gradients_gb=gradient * held / 1e9,
        optimiser_gb=STATE_BYTES * states / 1e9,
        activations_gb=_activations_gb(run, layouts, stage),
        reserved_gb=np.full(len(layouts), RESERVED_GB),
    )


def _activations_gb(run: Run, layouts: Layouts, stage: Array) -> Array:
    arch = run.architecture
    tokens = layouts.micro_batch * run.seq_len / layouts.cp
    batches = np.maximum(run.global_batch / (layouts.data_parallel(run.chips) * layouts.micro_batch), 1.0)
    interleaved = layouts.pp * (1.0 + (layouts.pp - 1.0) / (layouts.pp * layouts.vp)) * (layouts.vp > 1)
    flight = np.minimum(np.where(layouts.vp > 1, interleaved, layouts.pp), batches)
    flight = np.maximum(flight, 1.0)
    layer = _layer_bytes(run, layouts) * tokens
    checkpoint = (
        2.0 * arch.hidden * arch.residual_copies * tokens / np.where(layouts.sequence_parallel > 0, layouts.tp, 1.0)
    )
    kept = np.where(layouts.recompute == 2.0, checkpoint, layer) * arch.layers * stage * flight
    working = np.where(layouts.recompute == 2.0, layer, 0.0)
    logits = tokens * arch.vocab / layouts.tp * 10.0 * (layouts.pp == 1)
    return np.asarray(FRAGMENT * (kept + working + logits) / 1e9, dtype=np.float64)


def _layer_bytes(run: Run, layouts: Layouts) -> Array:
    """Activation bytes of one token in one average layer that the backward pass needs."""
    arch = run.architecture
    everything = (layouts.recompute == 0.0).astype(np.float64)
    blocks = (arch.attention_layers + arch.ssm_layers + arch.layers) / arch.layers
    norms = blocks * (2.0 * arch.residual_copies + 2.0 * everything) * arch.hidden
    if not run.has_fused_attention:
        norms = norms + blocks * 1.0 * arch.hidden
    norms = norms / np.where(layouts.sequence_parallel > 0, layouts.tp, 1.0)
    attention = (
        arch.attention_layers / arch.layers * 2.0 * arch.heads * (2 * arch.qk_width + 2 * arch.value_width) / 2.0
    )
    keys = arch.attention_layers / arch.layers * 2.0 * 2.0 * max(arch.kv_heads * arch.head_dim, arch.kv_rank)
    scan = arch.ssm_layers / arch.layers * 2.0 * (3 * arch.ssm_inner + 2 * arch.ssm_key)
    dense = (arch.layers - arch.moe_layers) / arch.layers * arch.ffn
    routed = arch.moe_layers / arch.layers * (arch.shared_ffn + arch.top_k * arch.expert_ffn)
    wide = 2.0 * (1.0 + arch.gated + everything) * (dense + routed)
    inputs = arch.moe_layers / arch.layers * 2.0 * arch.top_k * (arch.latent or arch.hidden)
    split = (attention + keys + scan + wide + inputs) / layouts.tp
    if not run.has_fused_attention:
        scores = 5.0 * arch.heads * run.seq_len * everything / layouts.tp
        split = split + scores
    return np.asarray(norms + split, dtype=np.float64)
