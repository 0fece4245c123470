"""What is to be trained: model, sequence, batch, precision, chips, and the software generation it runs on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

from gigacampus.workload.llm.architecture import Architecture
from gigacampus.workload.llm.machine import Machine

Stack = Literal["2021", "2022", "2023"]
"""Software generations. 2021: no fused attention, no sequence parallelism, gradients all-reduced after the step.
2022: sequence parallelism and selective recomputation of attention scores (arXiv:2205.05198). 2023: fused attention,
communication overlapped with compute, distributed optimiser."""


@dataclass(frozen=True)
class Run:
    """A training set-up. `global_batch` in sequences of `seq_len` tokens; `precision` of the matrix products."""

    architecture: Architecture
    machine: Machine
    chips: int
    seq_len: int
    global_batch: int
    precision: str = "bf16"
    stack: Stack = "2023"
    is_captured: bool = True
    """Whether a step with experts is launched as one graph (racks of 72 chips, Megatron 26.06 and later, no
    state-space layers); elsewhere the host's launches of expert layers show."""
    is_lora: bool = False
    """Whether only low-rank adapters are trained: no weight gradients, hardly any exchange or optimiser state."""

    @property
    def tokens_per_step(self) -> float:
        """Tokens of one optimiser step."""
        return float(self.seq_len) * self.global_batch

    @property
    def has_fused_attention(self) -> bool:
        """Whether attention scores stay on the chip."""
        return self.stack == "2023"

    @property
    def overlaps_gradients(self) -> bool:
        """Whether gradient exchange runs under the backward pass, with a sharded optimiser."""
        return self.stack != "2021"


def usual_batch(arch: Architecture, chips: int, seq_len: int) -> int:
    """Sequences a step by habit: 16 M tokens beyond 100 B parameters, 4 M below (arXiv:2407.21783, Table 4).

    A power of two, times the odd part of the chips so that it divides over replicas.
    """
    wanted = (16e6 if arch.total_params > 100e9 else 4e6) / seq_len
    odd = chips
    while odd % 2 == 0:
        odd //= 2
    power = 2 ** max(0, round(math.log2(max(wanted / odd, 1.0))))
    return int(odd * power)
