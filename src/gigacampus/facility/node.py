"""What an accelerator server draws, part by part: GPUs by what they do, CPUs, memory, network, fans, power supplies.

This is the model behind the measured shares of `site.draw`: it is not fitted to them, and the validation scores it on
metered nodes.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Phase(Enum):
    """What the GPUs do; the value is their power over their limit (TDP)."""

    COMPUTE = 1.00
    """Dense matrix work: the power limit holds the clock down."""
    TRAIN = 0.89
    """Mean over steps of large training: compute with exposed communication (dips of 13 % of node power each step)."""
    COMMUNICATE = 0.45
    """All-reduce and waiting for others."""
    CHECKPOINT = 0.30
    """Writing state: GPUs wait with clocks up."""
    PREFILL = 0.95
    """Inference, reading the prompt: compute bound."""
    DECODE = 0.70
    """Inference, making tokens: memory bound (ML.ENERGY v3 medians: H100 496 of 700 W, B200 691 of 1,000 W)."""
    ALLOCATED = 0.17
    """Held by a job that does not run on them (context loaded, memory clocks up)."""
    IDLE = 0.11
    """No process (A100: 62 of 400 W at the fifth percentile of Acme's fleet; H100 about 70 of 700 W)."""


@dataclass(frozen=True, slots=True)
class Node:
    """A server of eight GPUs; powers in watts at the parts, fans as a share of them, supplies by efficiency."""

    gpu_w: float
    rated_w: float
    gpus: int = 8
    cpu_w: float = 700.0
    """Two sockets at their limit; training keeps them about half busy."""
    memory_w: float = 250.0
    network_w: float = 220.0
    """Ten network adapters with their optics."""
    switch_w: float = 260.0
    """Scale-up switches on the board."""
    other_w: float = 130.0
    """Drives, management, regulators of the board."""
    fan_fraction: float = 0.15
    """Fans at full load over the parts' power; none under immersion or cold plates with a rack manifold."""
    supply_efficiency: float = 0.94


A100 = Node(400.0, 6_500.0, memory_w=200.0, network_w=180.0, switch_w=200.0)
"""HGX A100 server, 6.5 kW rated."""
H100 = Node(700.0, 10_200.0)
"""HGX H100 server, 10.2 kW rated."""
B200 = Node(1_000.0, 14_300.0, switch_w=330.0, memory_w=350.0, network_w=300.0)
"""HGX B200 server, 14.3 kW rated."""

CPU_BUSY = {Phase.IDLE: 0.2, Phase.ALLOCATED: 0.25}
"""CPUs over their limit; 0.5 in all other phases."""
LEAST_FANS = 0.4
"""Fan power at idle over that at full load: servers keep a base air flow."""


def server_w(node: Node, gpu_w: float, cpu_fraction: float, has_fans: bool = True) -> float:
    """Power at the server's inlet for GPUs at `gpu_w` watts each: (GPUs + CPUs + rest) (1 + fans) / supply efficiency.

    Fans run between their base flow and full with the power of the parts.
    """
    rest = node.memory_w + node.network_w + node.switch_w + node.other_w
    parts = node.gpus * gpu_w + node.cpu_w * cpu_fraction + rest
    full = node.gpus * node.gpu_w + 0.5 * node.cpu_w + rest
    fans = node.fan_fraction * full * (LEAST_FANS + (1.0 - LEAST_FANS) * parts / full) if has_fans else 0.0
    return (parts + fans) / node.supply_efficiency


def node_w(node: Node, phase: Phase, has_fans: bool = True) -> float:
    """Power at the server's inlet in watts, all its GPUs in one phase."""
    return server_w(node, node.gpu_w * phase.value, CPU_BUSY.get(phase, 0.5), has_fans)


def rated_fraction(node: Node, phase: Phase, has_fans: bool = True) -> float:
    """Power at the inlet over the rated one."""
    return node_w(node, phase, has_fans) / node.rated_w
