"""Metered nodes of llm_power.csv as the power model takes them: which workload, how busy, on what node.

MLPerf's fine-tuning task tunes Llama-2 70B by LoRA on 3,072 samples of 8,192 tokens, with an evaluation of 173 samples
every 384. Its layouts are not in the table; tensor parallelism of 4 (2 on B200), context parallelism growing with the
machine and batches of 8 and 16 are assumed. Where the row says how long the run took, time beyond the modelled steps
counts as waiting on links. Other training takes the layout of the metered run, or where it is another run the one that
`auto` finds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gigacampus.errors import UsageError
from gigacampus.workload.llm.architecture import look_up, named_in
from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.data import Row, number, precision, table
from gigacampus.workload.llm.layout import Layout, Layouts
from gigacampus.workload.llm.machine import Machine, machine, trainable
from gigacampus.workload.llm.power import LINKS, TAIL, WORKING
from gigacampus.workload.llm.rows import Published, published
from gigacampus.workload.llm.run import Run, usual_batch
from gigacampus.workload.llm.search import auto
from gigacampus.workload.llm.step import steps

LORA_SAMPLES, LORA_EVALUATIONS, LORA_EVALUATED = 3072.0, 8.0, 173.0
METERED_RUN = "mlp4.0-gpt3-h100-512-smc-ac-power"
"""The training row of the run whose nodes were metered."""
USUAL_SEQ = 8192
"""Tokens of a sequence where a workload's row does not say (MLPerf's language models)."""


@dataclass(frozen=True, slots=True)
class Metered:
    """A node measurement: shares of time at work, on links, in the tail of steps, serving or idle, on what node."""

    id: str
    nameplate_kw: float
    is_air: bool
    share: Mapping[str, float]
    """Of time, by the names of the power levels."""
    mean_node_kw: float

    def node_kw(self, k: Mapping[str, float] | None = None) -> float:
        """The modelled mean of one node."""
        k = values("power") if k is None else k
        level = sum(share * k[name] for name, share in self.share.items())
        return self.nameplate_kw * level * (k["air"] if self.is_air else 1.0)


def metered(row: Row) -> Metered | str:
    """The row as a measurement that can be scored, or the reason why it is out of scope."""
    mean = number(row, "mean_node_kw")
    if not mean > 0:
        return "no mean_node_kw"
    try:
        chip = machine(row.get("chip", ""))
        share = _share(row, chip)
    except UsageError as fault:
        return fault.faults[0].message
    if share is None:
        return f"workload {row.get('workload', '')!r} is not modelled"
    is_air = "air" in row.get("cooling", "").lower()
    return Metered(row.get("id", ""), _nameplate_kw(row, chip), is_air, share, mean)


def _nameplate_kw(row: Row, chip: Machine) -> float:
    """What the row says, else the catalog's for as many chips as the row has on a node."""
    chips, nodes = number(row, "n_chips", 0.0), number(row, "n_nodes", 0.0)
    each = chips / nodes if chips > 0 and nodes > 0 else chip.node_chips
    stated = number(row, "nameplate_node_kw", 0.0)
    return stated if stated > 0 else chip.node_kw * each / chip.node_chips


def _share(row: Row, chip: Machine) -> dict[str, float] | None:
    """Shares of time by level; None for a workload that is not modelled. UsageError where it cannot run so."""
    text = row.get("workload", "").lower()
    if "inference" in text or "serving" in text:
        return {"serve": 1.0}
    if text.strip() == "idle":
        return {"idle": 1.0}
    phases = _lora(row, chip) if "lora" in text else _pretraining(row, chip) if "train" in text else None
    groups = {"work": WORKING, "link": LINKS, "tail": TAIL}
    return phases and {level: sum(phases[name] for name in names) for level, names in groups.items()}


def _pretraining(row: Row, chip: Machine) -> dict[str, float] | None:
    chips, arch = int(number(row, "n_chips", 0.0)), named_in(row["workload"])
    if arch is None or chips < 1:
        return None
    run = next(other for other in table("llm_training.csv.gz") if other["id"] == METERED_RUN)
    known = published(run)
    assert isinstance(known, Published)
    if (arch, chip.chip, chips) == (look_up("gpt3-175b"), known.run.machine.chip, known.run.chips):
        return steps(known.run, known.candidates).shares()
    width = precision({"precision": row["workload"]}) or "fp8"
    batch = usual_batch(arch, chips, USUAL_SEQ)
    asked = Run(arch, trainable(chip.chip), chips, USUAL_SEQ, batch, width)
    return steps(asked, Layouts.of([auto(asked)])).shares()


def _lora(row: Row, chip: Machine) -> dict[str, float] | None:
    chips, arch = int(number(row, "n_chips", 0.0)), named_in(row["workload"])
    if arch is None or chips < 1:
        return None
    tp = min(chips, 4 if chip.hbm_gb < 160 else 2)
    cp = max(1, min(8, chips // 32))
    batch = max(8, chips // (tp * cp))
    run = Run(arch, trainable(chip.chip), chips, USUAL_SEQ, batch, "fp8", is_lora=True)
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
