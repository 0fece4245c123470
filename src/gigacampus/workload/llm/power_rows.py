"""Metered nodes of llm_power.csv as the power model takes them: which workload, how busy, on what node.

MLPerf's fine-tuning task tunes Llama-2 70B by LoRA on 3,072 samples of 8,192 tokens, with an evaluation of 173 samples
every 384. Its layouts are not in the table; tensor parallelism of 4 (2 on B200), context parallelism growing with the
machine and batches of 8 and 16 are assumed. Where the row says how long the run took, time beyond the modelled steps
counts as waiting on links.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gigacampus.errors import UsageError
from gigacampus.workload.llm.architecture import look_up
from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.data import Row, number, table
from gigacampus.workload.llm.layout import Layout, Layouts
from gigacampus.workload.llm.machine import machine
from gigacampus.workload.llm.power import LINKS, TAIL, WORKING
from gigacampus.workload.llm.rows import Published, published
from gigacampus.workload.llm.run import Run
from gigacampus.workload.llm.step import steps

LORA_SAMPLES, LORA_EVALUATIONS, LORA_EVALUATED = 3072.0, 8.0, 173.0
METERED_RUN = "mlp4.0-gpt3-h100-512-smc-ac-power"
"""The training row of the run whose nodes were metered."""


@dataclass(frozen=True, slots=True)
class Metered:
    """A node measurement: shares of time at work, on links, in the tail of steps, or serving; nameplate and cooling."""

    id: str
    nameplate_kw: float
    is_air: bool
    work_fraction: float
    link_fraction: float
    tail_fraction: float
    serve_fraction: float
    mean_node_kw: float

    def node_kw(self, k: Mapping[str, float] | None = None) -> float:
        """The modelled mean of one node."""
        k = values("power") if k is None else k
        level = (
            self.work_fraction * k["work"]
            + self.link_fraction * k["link"]
            + self.tail_fraction * k["tail"]
            + self.serve_fraction * k["serve"]
        )
        return self.nameplate_kw * level * (k["air"] if self.is_air else 1.0)


def metered(row: Row) -> Metered | str:
    """The row as a measurement that can be scored, or the reason why it is out of scope."""
    mean = number(row, "mean_node_kw")
    if not mean > 0:
        return "no mean_node_kw"
    workload = row.get("workload", "")
    try:
        chip = machine(row["chip"])
    except UsageError as fault:
        return fault.faults[0].message
    nameplate = number(row, "nameplate_node_kw", 0.0) or chip.node_kw
    is_air = "air" in row.get("cooling", "").lower()
    if "inference" in workload.lower():
        return Metered(row["id"], nameplate, is_air, 0.0, 0.0, 0.0, 1.0, mean)
    shares = _lora(row) if "LoRA" in workload else _pretraining(row) if "GPT-3" in workload else None
    if shares is None:
        return f"workload {workload!r} is not modelled"
    return Metered(row["id"], nameplate, is_air, *_three(shares), 0.0, mean)


def _three(shares: dict[str, float]) -> tuple[float, float, float]:
    work, links, tail = (sum(shares[name] for name in names) for names in (WORKING, LINKS, TAIL))
    return work, links, tail


def _pretraining(row: Row) -> dict[str, float] | None:
    for other in table("llm_training.csv.gz"):
        if other["id"] == METERED_RUN and number(row, "n_chips") == number(other, "n_chips"):
            found = published(other)
            assert isinstance(found, Published)
            return steps(found.run, found.candidates).shares()
    return None


def _lora(row: Row) -> dict[str, float]:
    chips = int(number(row, "n_chips"))
    chip = machine(row["chip"])
    tp = 4 if chip.hbm_gb < 160 else 2
    cp = max(1, min(8, chips // 32))
    batch = max(8, chips // (tp * cp))
    run = Run(look_up("llama2-70b"), chip, chips, 8192, batch, "fp8", is_lora=True)
    found = steps(run, Layouts.of([Layout(tp=tp, cp=cp)]))
    shares = found.shares()
    minutes = re.search(r"([\d.]+) min", row.get("perf", ""))
    if not minutes:
        return shares
    step_s = float(found.step_s[0])
    evaluations = LORA_EVALUATIONS * LORA_EVALUATED * step_s / batch / 2.0
    busy = min(1.0, (LORA_SAMPLES / batch * step_s + evaluations) / (60.0 * float(minutes[1])))
    shares = {name: busy * share for name, share in shares.items()}
    shares["tensor"] += 1.0 - busy
    return shares
