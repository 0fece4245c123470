"""A training run from question to answer: layout, step, memory, goodput, wall time, energy and power waveform."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

from gigacampus.bounds import TRAIN
from gigacampus.errors import Fault, UsageError
from gigacampus.workload.llm.architecture import Architecture, look_up
from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.goodput import Goodput, Recovery, checkpoint_gb, goodput, llama3_rate
from gigacampus.workload.llm.layout import Layout, Layouts
from gigacampus.workload.llm.machine import BITS, Machine, trainable
from gigacampus.workload.llm.memory import memory
from gigacampus.workload.llm.power import Waveform, levels, waveform
from gigacampus.workload.llm.run import Run, usual_batch
from gigacampus.workload.llm.search import auto
from gigacampus.workload.llm.step import steps

STORE_GBPS = 2000.0
"""Sustained rate of the checkpoint store of Llama 3's cluster (arXiv:2407.21783 section 3.3.1)."""
RECOVER_S = 600.0
"""Detection, restart and reload by default (assumption; 250 to 1,060 s from start to first step in MLPerf logs)."""
NETWORK_FRACTION = 0.136
"""Network's power against the nodes' (the submitter's estimate for 64 nodes, MLPerf Training v4.0)."""
DAY_S = 86_400.0


@dataclass(frozen=True)
class Question:
    """What is asked. None or 0 leaves a choice to the model: layout searched, batch and precision by habit."""

    model: str
    chip: str
    chips: int
    tokens: float = 1e12
    seq_len: int = 8192
    global_batch: int = 0
    precision: str = ""
    layout: Layout | None = None
    domain: int = 0
    is_lora: bool = False
    cooling: str = "liquid"
    recovery: Recovery | None = None


@dataclass(frozen=True)
class TrainingPlan:
    """The answer. Rates are steady; goodput, wall time and energy count failures and checkpoints."""

    run: Run
    layout: Layout
    tokens: float
    step_s: float
    shares: dict[str, float]
    memory_gb: dict[str, float]
    recovery: Recovery
    goodput: Goodput
    waveform: Waveform
    typical_error_fraction: float
    notes: tuple[str, ...] = field(default=())

    @property
    def tokens_per_s_per_chip(self) -> float:
        """Steady rate."""
        return self.run.tokens_per_step / self.step_s / self.run.chips

    @property
    def model_tflops_per_chip(self) -> float:
        """Model FLOP rate: causal attention, no recomputation."""
        factor = 2.0 / 3.0 if self.run.is_lora else 1.0
        return factor * self.run.architecture.step_flops(self.run.seq_len) * self.tokens_per_s_per_chip / 1e12

    @property
    def mfu_fraction(self) -> float:
        """Model FLOP rate against the dense peak at the run's precision."""
        return self.model_tflops_per_chip / self.run.machine.peak_tflops(self.run.precision)

    @property
    def wall_s(self) -> float:
        """Wall time for all tokens, failures included; infinite where no progress is made."""
        rate = self.tokens_per_s_per_chip * self.run.chips * self.goodput.goodput_fraction
        return self.tokens / rate if rate > 0 else math.inf

    @property
    def nodes(self) -> float:
        """Systems (nodes or racks) that hold the chips."""
        return self.run.chips / self.run.machine.node_chips

    @property
    def node_mean_w(self) -> float:
        """Mean power of a system over the run: training, and waiting after failures at idle."""
        share = self.goodput.ettr_fraction
        return share * self.waveform.mean_w + (1.0 - share) * self.waveform.idle_w

    @property
    def it_power_w(self) -> float:
        """Mean IT power of the job, network included."""
        return self.nodes * self.node_mean_w * (1.0 + NETWORK_FRACTION)

    @property
    def energy_j(self) -> float:
        """IT energy of the whole run."""
        return self.it_power_w * self.wall_s


def plan(question: Question) -> TrainingPlan:
    """Answer a question. UsageError for an unknown model or chip, a batch that does not divide, or memory too small."""
    arch, chip = look_up(question.model), trainable(question.chip, question.domain)
    _check(question, chip)
    precision = question.precision or ("fp8" if chip.family in {"blackwell", "ultra"} else "bf16")
    batch = question.global_batch or usual_batch(arch, question.chips, question.seq_len)
    run = Run(
        arch, chip, question.chips, question.seq_len, batch, precision,
        is_captured=chip.domain > 8 and not arch.ssm_layers, is_lora=question.is_lora,
    )  # fmt: skip
    run, layout = (run, question.layout) if question.layout else _laid_out(run, may_grow=not question.global_batch)
    _check_layout(run, layout)
    one = Layouts.of([layout])
    found, need = steps(run, one), memory(run, one)
    step_s, shares = float(found.step_s[0]), found.shares()
    recovery = question.recovery or usual_recovery(arch)
    return TrainingPlan(
        run=run, layout=layout, tokens=question.tokens, step_s=step_s, shares=shares,
        memory_gb={name: float(getattr(need, f"{name}_gb")[0]) for name in MEMORY}, recovery=recovery,
        goodput=goodput(run.chips, recovery),
        waveform=waveform(shares, step_s, levels(chip.node_kw, question.cooling)),
        typical_error_fraction=values("scores")["moe_left_out" if arch.is_moe else "dense_left_out"],
        notes=_notes(run, batch, float(need.total_gb[0]), shares["data"] + shares["shard"] + shares["bubble"]),
    )  # fmt: skip


def _laid_out(run: Run, may_grow: bool) -> tuple[Run, Layout]:
    """The run with the layout that is found for it. A batch by habit may grow where so many chips cannot share it."""
    try:
        return run, auto(run)
    except UsageError:
        wider = replace(run, global_batch=2 * run.global_batch)
        if not may_grow or run.global_batch >= run.chips:
            raise
        try:
            return _laid_out(wider, may_grow)
        except UsageError:
            pass  # what is said of the usual batch is nearer to the question
        raise


MEMORY = ("weights", "gradients", "optimiser", "activations", "reserved", "total")
"""The parts of memory in the order they are shown."""


def usual_recovery(arch: Architecture) -> Recovery:
    """Failures at Llama 3's rate, checkpoints at its store's rate, and RECOVER_S."""
    return Recovery(llama3_rate(), max(1.0, checkpoint_gb(arch.total_params) / STORE_GBPS), RECOVER_S)


def _check(question: Question, chip: Machine) -> None:
    faults = []
    if not TRAIN["chips"].holds(question.chips):
        faults.append(Fault("L040", f"{question.chips} chips", fix=f"give {TRAIN['chips']}"))
    if not 0 < question.tokens < 1e17:
        faults.append(Fault("L041", f"{question.tokens:g} tokens", fix="give between 1 and 1e17, such as 15.6T"))
    if not 1 <= question.seq_len <= 10_000_000:
        faults.append(Fault("L042", f"a sequence of {question.seq_len} tokens", fix="give 1 to 10,000,000"))
    if question.precision and question.precision not in BITS:
        faults.append(Fault("L043", f'precision "{question.precision}"', fix=f"one of {', '.join(BITS)}"))
    elif question.precision and f"gemm_{chip.family}_{chip.native(question.precision)}" not in values("training"):
        faults.append(Fault("L044", f"{chip.chip} has no measured run at {question.precision}", fix="take bf16"))
    if question.global_batch < 0:
        faults.append(Fault("L045", f"a batch of {question.global_batch}", fix="give 1 or more sequences"))
    if faults:
        raise UsageError(faults)


def _check_layout(run: Run, layout: Layout) -> None:
    faults = []
    product = layout.tp * layout.pp * layout.cp
    replicas, rest = divmod(run.chips, product)
    if rest or not replicas:
        faults.append(
            Fault("L050", f"TP x PP x CP = {product:,} does not divide {run.chips:,} chips", fix="take a divisor")
        )
    elif run.global_batch % (replicas * layout.micro_batch):
        faults.append(
            Fault(
                "L051",
                f"{run.global_batch:,} sequences do not divide over {replicas:,} replicas of {layout.micro_batch}",
                fix=f"a --batch that is a multiple of {replicas * layout.micro_batch:,}, or another layout",
            )
        )
    if run.architecture.heads % layout.tp:
        faults.append(
            Fault("L052", f"TP {layout.tp} does not divide {run.architecture.heads} heads", fix="take a divisor")
        )
    if layout.pp > run.architecture.layers:
        faults.append(
            Fault("L053", f"PP {layout.pp} is more than {run.architecture.layers} layers", fix="fewer stages")
        )
    if run.architecture.is_moe and run.architecture.experts % layout.ep:
        faults.append(
            Fault("L054", f"EP {layout.ep} does not divide {run.architecture.experts} experts", fix="take a divisor")
        )
    need = float(memory(run, Layouts.of([layout])).total_gb[0]) if not faults else 0.0
    if need > run.machine.hbm_gb:
        faults.append(
            Fault(
                "L055", f"needs {need:,.0f} GB a chip, {run.machine.chip} holds {run.machine.hbm_gb:,.0f}",
                fix="more pipeline or tensor parallelism, full recomputation, or leave the layout out to search it",
            )
        )  # fmt: skip
    if faults:
        raise UsageError(faults)


def _notes(run: Run, usual: int, need_gb: float, idle_share: float) -> tuple[str, ...]:
    notes, precision = [], run.precision
    if run.global_batch > usual:
        notes.append(
            f"{run.global_batch:,} sequences a step: the usual {usual:,} cannot be shared by {run.chips:,} chips; "
            "batches this large may learn less from each token"
        )
    if idle_share > 0.4:
        notes.append(
            f"{100 * idle_share:.0f} % of a step is exchange and pipeline bubble: so many chips want a larger --batch"
        )
    if run.machine.note:
        notes.append(f"extrapolated: {run.machine.note}")
    native = run.machine.native(precision)
    if precision in {"fp8", "fp4"} and native != precision:
        notes.append(f"{run.machine.chip} has no {precision} units: it runs at {native} rate")
    if need_gb > 0.95 * run.machine.hbm_gb:
        notes.append("memory is nearly full: little room for what the estimate leaves out")
    return tuple(notes)
