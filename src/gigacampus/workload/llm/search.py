"""`auto`: every layout that divides the model and the chips, held against memory; the fastest that fits wins."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import product

import numpy as np

from gigacampus.errors import Fault, UsageError
from gigacampus.workload.llm.architecture import Architecture
from gigacampus.workload.llm.layout import Layout, Layouts
from gigacampus.workload.llm.memory import memory
from gigacampus.workload.llm.run import Run
from gigacampus.workload.llm.step import steps

MICRO_BATCHES = (1, 2, 4, 8)
MOST_TENSOR = 8
"""Tensor parallelism is not searched beyond this: published layouts stop there (16 on A100 lost)."""


def space(run: Run) -> Layouts:
    """All layouts of a run: divisors of heads, layers and chips; the batch divides over replicas and micro-batches."""
    arch = run.architecture
    found = []
    for tp, pp, cp in product(_tensor(run), _pipeline(run), _context(run)):
        replicas, rest = divmod(run.chips, tp * pp * cp)
        if rest or replicas < 1 or run.global_batch % replicas:
            continue
        for mbs, ep in product(MICRO_BATCHES, _expert(run, replicas * cp * tp)):
            batches, rest = divmod(run.global_batch, replicas * mbs)
            if rest or (pp > 1 and batches < pp):
                continue
            for vp in _chunks(arch, pp, batches):
                found += [(tp, pp, cp, ep, vp, mbs, recompute, 0, 1) for recompute in (0, 1, 2)]
                if pp == 1 and not arch.is_moe and replicas > 1:
                    found += [(tp, pp, cp, ep, vp, mbs, recompute, 1, 1) for recompute in (0, 1, 2)]
    return Layouts(*np.array(found, dtype=np.float64).reshape(len(found), 9).T)


def fits(run: Run, layouts: Layouts) -> np.ndarray:
    """Whether each layout fits in the chip's memory."""
    return np.asarray(memory(run, layouts).total_gb <= run.machine.hbm_gb)


def auto(run: Run, stated: Mapping[str, int] | None = None) -> Layout:
    """The fastest layout that fits, among those that agree with what is `stated` of it (`tp`, `micro_batch` ...).

    UsageError where none divides the chips or none fits.
    """
    every = space(run)
    for name, value in (stated or {}).items():
        every = every.where(getattr(every, name) == value)
    if not len(every):
        raise UsageError(
            Fault(
                "L020",
                f"{run.global_batch:,} sequences a step cannot be divided over {run.chips:,} chips",
                fix="choose a batch that is a multiple of chips / (tensor x pipeline x context parallel)",
            )
        )
    fitting = every.where(fits(run, every))
    if not len(fitting):
        least = float(memory(run, every).total_gb.min())
        raise UsageError(
            Fault(
                "L021",
                f"{run.architecture.model} needs {least:,.0f} GB on each of {run.chips:,} {run.machine.chip} at best,"
                f" which hold {run.machine.hbm_gb:,.0f} GB",
                fix="take more chips, chips with more memory, or a shorter sequence",
            )
        )
    return fitting[int(np.argmin(steps(run, fitting).step_s))]


def _tensor(run: Run) -> list[int]:
    arch = run.architecture
    most = min(MOST_TENSOR, run.machine.domain, arch.heads)
    return [n for n in (1, 2, 4, 8) if n <= most and arch.heads % n == 0]


def _pipeline(run: Run) -> list[int]:
    layers = run.architecture.layers
    most = min(layers, run.chips, 128)
    return [n for n in range(1, most + 1) if run.chips % n == 0 and (layers % n == 0 or n & (n - 1) == 0)]


def _context(run: Run) -> list[int]:
    return [n for n in (1, 2, 4, 8, 16, 32) if run.seq_len / n >= 2048 or n == 1]


def _expert(run: Run, ranks: int) -> list[int]:
    arch = run.architecture
    if not arch.is_moe:
        return [1]
    return [n for n in (1, 2, 4, 8, 16, 32, 64, 128) if arch.experts % n == 0 and ranks % n == 0]


def _chunks(arch: Architecture, pp: int, batches: int) -> list[int]:
    if pp == 1 or batches % pp:
        return [1]
    a_stage = -(-arch.layers // pp)
    return [n for n in range(1, min(a_stage, 16) + 1) if a_stage % n == 0]
