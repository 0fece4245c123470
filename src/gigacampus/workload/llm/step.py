"""One optimiser step: phases of a micro-batch on a stage, the pipeline that repeats them, and the exchange at the end.

T = (m + (p - 1) / v) x stage + gradients + optimiser + fixed, all stretched by stragglers: m micro-batches, p stages,
v chunks a stage (1F1B, interleaved: arXiv:2104.04473). The slowest stage sets the pace.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from gigacampus.workload.llm.compute import Constants, Work, work
from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.layout import Array, Layouts
from gigacampus.workload.llm.run import Run
from gigacampus.workload.llm.traffic import Traffic, traffic


@dataclass(frozen=True, slots=True)
class Steps:
    """Seconds of one step by phase, one value a layout; they add up to `step_s`."""

    gemm_s: Array
    attention_s: Array
    memory_s: Array
    launch_s: Array
    host_s: Array
    """Waiting for the host's launches."""
    tensor_s: Array
    context_s: Array
    expert_s: Array
    pipeline_s: Array
    shard_s: Array
    imbalance_s: Array
    """Waiting for the slowest stage: the one with the output projection or one more layer."""
    bubble_s: Array
    data_s: Array
    optimiser_s: Array
    fixed_s: Array
    straggler_s: Array

    @property
    def step_s(self) -> Array:
        """The whole step."""
        return np.asarray(sum(getattr(self, name) for name in PHASES), dtype=np.float64)

    def shares(self, index: int = 0) -> dict[str, float]:
        """Each phase's share of one layout's step, by its name without the unit."""
        whole = float(self.step_s[index])
        return {name.removesuffix("_s"): float(getattr(self, name)[index]) / whole for name in PHASES}


PHASES = tuple(field.name for field in fields(Steps))
"""The phases in the order they are shown."""
COMPUTE = ("gemm", "attention", "memory")
"""Phases in which the chip works."""


def steps(run: Run, layouts: Layouts, k: Constants | None = None) -> Steps:
    """The phases of a step for each layout; `k` are the constants, fitted ones where not given."""
    k = values("training") if k is None else k
    busy, links = work(run, layouts, k), traffic(run, layouts, k)
    batches = np.maximum(run.global_batch / (layouts.data_parallel(run.chips) * layouts.micro_batch), 1.0)
    even, slowest, shard, host = _stages(run, layouts, busy, links)
    body = {
        "gemm_s": busy.gemm_s + busy.head_s / layouts.pp, "attention_s": busy.attention_s, "memory_s": busy.memory_s,
        "launch_s": busy.launch_s, "host_s": host, "tensor_s": links.tensor_s, "context_s": links.context_s,
        "expert_s": links.expert_s, "pipeline_s": links.pipeline_s, "shard_s": shard,
    }  # fmt: skip
    times = {name: batches * one for name, one in body.items()}
    times["imbalance_s"] = batches * (slowest - even)
    times["bubble_s"] = (layouts.pp - 1.0) / layouts.vp * even * k["bubble"]
    times["data_s"], times["optimiser_s"] = links.data_s, links.optimiser_s
    times["fixed_s"] = np.full(len(layouts), k["fixed"])
    plain = np.asarray(sum(times.values()), dtype=np.float64)
    times["straggler_s"] = plain * k["straggler"] * np.log2(max(run.chips / 8.0, 1.0))
    return Steps(**{name: np.asarray(one, dtype=np.float64) for name, one in times.items()})


def _stages(run: Run, layouts: Layouts, busy: Work, links: Traffic) -> tuple[Array, Array, Array, Array]:
    """Seconds of a micro-batch on the average stage and on the slowest, of exposed gathering, of waiting for the host.

    Layers that divide evenly leave the output projection on top of the last stage; where they do not, embedding and
    projection take the place of the missing layers.
    """
    layers = float(run.architecture.layers)
    compute = busy.gemm_s + busy.attention_s + busy.memory_s + busy.launch_s
    shard = np.hypot(compute + busy.head_s, links.shard_s) - compute - busy.head_s
    chip = compute + links.tensor_s + links.context_s + links.expert_s + links.pipeline_s + shard
    host = np.hypot(chip, busy.host_s) - chip
    body = chip + host
    even = body + busy.head_s / layouts.pp
    fullest = body * np.ceil(layers / layouts.pp) * layouts.pp / layers
    is_even = layers % layouts.pp == 0
    slowest = np.where(is_even, body + busy.head_s, fullest)
    return even, np.maximum(slowest, even), shard, host
