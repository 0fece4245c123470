"""A published training run as the model takes it: set-up and layout from a table's row, or the reason it is out."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from gigacampus.errors import UsageError
from gigacampus.workload.llm.architecture import Architecture, known
from gigacampus.workload.llm.data import Row, number
from gigacampus.workload.llm.data import precision as precision_of
from gigacampus.workload.llm.layout import Layout, Layouts, Recompute
from gigacampus.workload.llm.machine import BITS, FAMILIES, chip_named, machine
from gigacampus.workload.llm.run import Run, Stack, usual_batch
from gigacampus.workload.llm.search import auto


@dataclass(frozen=True)
class Published:
    """A training row that can be scored. `candidates` are its layout, or those left open by what it does not say."""

    id: str
    row: Row
    run: Run
    candidates: Layouts
    tokens_per_s_per_chip: float

    @property
    def is_moe(self) -> bool:
        """Whether the model routes tokens to experts."""
        return self.run.architecture.is_moe

    @property
    def is_vtrain(self) -> bool:
        """Whether it is one of the vTrain sweeps."""
        return self.row.get("source_class", "").startswith("vtrain")

    @property
    def is_recall(self) -> bool:
        """Whether the row was quoted from memory."""
        return self.row.get("evidence", "").startswith("recall")


def architecture(row: Row) -> Architecture | None:
    """The row's own architecture where it states one, else the catalog's under its model's name, else None.

    A table has no columns for experts: a model with experts is the catalog's or none.
    """
    found = known(row.get("model", ""))
    wanted = ("layers", "hidden", "ffn", "heads", "vocab")
    if (found and found.is_moe) or any(not number(row, key, 0.0) >= 1 for key in wanted) or number(row, "ep", 1.0) > 1:
        return found
    layers, hidden, heads = (int(number(row, key)) for key in ("layers", "hidden", "heads"))
    return Architecture(
        model=row.get("model", ""), layers=layers, hidden=hidden, heads=heads, vocab=int(number(row, "vocab")),
        ffn=int(number(row, "ffn")), gated=int(number(row, "gated_ffn", 0)),
        kv_heads=int(number(row, "kv_heads", heads)) or heads, head_dim=found.head_dim if found else hidden // heads,
        dense_layers=layers, attention_layers=layers, source="the row itself",
    )  # fmt: skip


def published(row: Row) -> Published | str:
    """The row as a run with its layouts; a sentence with the reason where it is out of the model's scope."""
    chip = chip_named(row.get("chip", ""))
    if chip not in FAMILIES:
        return f"{chip or 'no chip'}: known by published rows only, no constants are fitted for it"
    rate = number(row, "tokens_per_s_per_chip")
    if not rate > 0:
        return "no tokens_per_s_per_chip"
    if "whole-run average" in row.get("notes", ""):
        return "whole-run average with interruptions, not a steady step"
    missing = [key for key in ("n_chips", "seq_len") if not number(row, key) >= 1]
    if missing:
        return f"the row does not say {', '.join(missing)}"
    precision = precision_of(row)
    if precision not in BITS:
        return f"precision {row.get('precision') or 'not stated'}: not modelled"
    arch = architecture(row)
    if arch is None:
        return f"the catalog has no architecture for {row.get('model')}"
    try:
        domain, chips, seq_len = (int(number(row, key, 0)) for key in ("chips_per_scaleup", "n_chips", "seq_len"))
        batch = int(number(row, "global_batch", 0)) or usual_batch(arch, chips, seq_len)
        run = Run(
            arch, machine(chip, domain), chips, seq_len, batch, precision, _stack(row, chip, precision),
            _is_captured(row, chip) and not arch.ssm_layers,
        )  # fmt: skip
        has_layout = bool(row.get("tp") and row.get("pp"))
        found = _layouts(row, run) if has_layout else [auto(run, _stated(row))]
    except UsageError as fault:
        return fault.faults[0].message
    if not found:
        return "its layout does not divide its layers, chips and batch"
    return Published(row.get("id", ""), row, run, Layouts.of(found), rate)


def _stack(row: Row, chip: str, precision: str) -> Stack:
    """The software generation that a row's columns show."""
    if "parallel transformer block" in row.get("notes", ""):
        return "2023"
    if "+sp" in row.get("recompute", "") and chip == "A100":
        return "2022"
    return "2021" if chip == "A100" and (precision == "fp16" or row.get("recompute") == "full") else "2023"


RELEASE = re.compile(r"\b(2[4-9])\.(\d\d)\b")


def _is_captured(row: Row, chip: str) -> bool:
    """Whether a step with experts runs as one graph: on racks of 72 chips, from software release 26.06 on."""
    found = RELEASE.search(row.get("id", "")) or RELEASE.search(row.get("source", ""))
    is_current = not found or (int(found[1]), int(found[2])) >= (26, 6)
    return is_current and machine(chip).domain > 8


def _stated(row: Row) -> dict[str, int]:
    """What a row says of its layout where it leaves out tensor or pipeline parallelism."""
    return {key: int(number(row, key)) for key in ("tp", "pp", "cp", "ep", "micro_batch") if row.get(key)}


def _layouts(row: Row, run: Run) -> list[Layout]:
    tp, pp, cp, ep = (int(number(row, key, 1)) for key in ("tp", "pp", "cp", "ep"))
    if min(tp, pp, cp, ep) < 1 or pp > run.architecture.layers:
        return []
    text = row.get("recompute", "")
    recompute: Recompute = "full" if text.startswith("full") else "none" if text == "none" else "selective"
    replicas = run.chips / (tp * pp * cp)
    if replicas < 1 or run.global_batch < replicas * 0.999:
        return []
    stated, vp = int(number(row, "micro_batch", 0)), int(number(row, "vp", 0))
    batches = [stated] if stated > 0 else [1, 2, 4, 8]
    vp = vp if vp > 0 else _interleaving(run, pp, recompute)
    return [
        Layout(tp, pp, cp, ep, vp, mbs, recompute, number(row, "fsdp", 0) > 1, run.stack != "2021")
        for mbs in batches
        if len(batches) == 1 or run.global_batch / replicas / mbs >= pp
    ] or [Layout(tp, pp, cp, ep, vp, 1, recompute, number(row, "fsdp", 0) > 1, run.stack != "2021")]


def _interleaving(run: Run, pp: int, recompute: Recompute) -> int:
    """What a source that is silent probably used: none with full recomputation, else the largest that divides."""
    if pp == 1 or recompute == "full" or run.stack == "2021" or run.architecture.is_moe:
        return 1
    layers = run.architecture.layers
    for chunks in range(layers // pp + 1, 1, -1):
        if layers % (pp * chunks) == 0 or (layers + 2) % (pp * chunks) == 0:
            return chunks
    return 1


def best(step_s: np.ndarray) -> int:
    """Index of the fastest of a row's candidate layouts."""
    return int(np.argmin(step_s))
