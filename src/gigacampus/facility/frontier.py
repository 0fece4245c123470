"""Frontier's power chain from its public configuration: a check of the chain, not a model of a site.

Facts of ExaDigiT/RAPS config/frontier.yaml: 9,472 nodes of four GPUs (88-560 W), a CPU (90-280 W), memory 74.26 W, four
NICs of 20 W, NVMe 30 W; SIVOC P / 0.98 + 13 W a node, rectifier P / 0.96 + 17 W by four nodes; 2,368 switches of 250 W;
25 coolant distribution units of 8,473 W.
"""

from __future__ import annotations

from gigacampus.kernels.power_chain import affine_curve, stage_loss_w

NODES = 9_472
NODES_PER_RECTIFIER = 4
GPU_W = (88.0, 560.0)
CPU_W = (90.0, 280.0)
REST_W = 74.26 + 4 * 20.0 + 30.0
SWITCHES_W = 2_368 * 250.0
UNITS_W = 25 * 8_473.0
NODE_RATED_W = 3_000.0
"""Any rating does: the converters are affine, so that their loss does not depend on it."""


def frontier_w(gpu_fraction: float, cpu_fraction: float) -> float:
    """Power of the whole machine in watts, all GPUs and CPUs at the given shares of their dynamic range."""
    gpu = GPU_W[0] + gpu_fraction * (GPU_W[1] - GPU_W[0])
    cpu = CPU_W[0] + cpu_fraction * (CPU_W[1] - CPU_W[0])
    node = 4.0 * gpu + cpu + REST_W
    inverter = node + float(stage_loss_w(node, NODE_RATED_W, affine_curve(0.98, 13.0 * 0.98, NODE_RATED_W)))
    four, rated = NODES_PER_RECTIFIER * inverter, NODES_PER_RECTIFIER * NODE_RATED_W
    rectifier = four + float(stage_loss_w(four, rated, affine_curve(0.96, 17.0 * 0.96, rated)))
    return rectifier * NODES / NODES_PER_RECTIFIER + SWITCHES_W + UNITS_W
