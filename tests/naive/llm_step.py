"""Step time and memory of one dense layout in plain arithmetic: the slow twin of the vectorised formulas."""

from __future__ import annotations

import math


def weights_and_states_gb(arch, layout, chips, precision):
    """Weights, gradients and sharded optimiser states of the first stage's chip."""
    replicas = chips // (layout.tp * layout.pp)
    layers = math.ceil(arch.layers / layout.pp)
    a_layer = arch.hidden * arch.heads * arch.head_dim * 2 + 2 * arch.hidden * arch.kv_heads * arch.head_dim
    a_layer += (2 + arch.gated) * arch.hidden * arch.ffn
    embedding = arch.hidden * arch.vocab * (2 if layout.pp == 1 and not arch.tied else 1)
    held = (layers * a_layer + embedding) / layout.tp
    gradient = 2 if precision in ("fp8", "fp4") else 4
    return held * (2 + gradient + 12 / replicas) / 1e9


def pipeline_s(stage_s, batches, stages):
    """End of a pipeline of equal stages, micro-batch by micro-batch (forward and backward as one)."""
    free = [0.0] * stages
    for _ in range(batches):
        at = 0.0
        for stage in range(stages):
            at = max(at, free[stage]) + stage_s
            free[stage] = at
    return free[-1]
