"""The published run that is nearest to a question, and what the model says of that very run."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from gigacampus.workload.llm.data import table
from gigacampus.workload.llm.rows import Published, best, published
from gigacampus.workload.llm.run import Run
from gigacampus.workload.llm.step import steps


@dataclass(frozen=True, slots=True)
class Nearest:
    """A published run beside the model's answer for it; rates in tokens per second and chip."""

    id: str
    source: str
    model: str
    chip: str
    chips: int
    precision: str
    seq_len: int
    published_tokens_per_s: float
    ours_tokens_per_s: float

    @property
    def error_fraction(self) -> float:
        """Ours against the published rate."""
        return self.ours_tokens_per_s / self.published_tokens_per_s - 1.0


@cache
def scored() -> tuple[Published, ...]:
    """All bundled training rows that the model can take."""
    found = (published(row) for row in table("llm_training.csv.gz"))
    return tuple(one for one in found if isinstance(one, Published))


def rate(row: Published) -> float:
    """The model's tokens per second and chip for a published run; its fastest layout where some of it is open."""
    step_s = steps(row.run, row.candidates).step_s
    return row.run.tokens_per_step / row.run.chips / float(step_s[best(step_s)])


def nearest(run: Run) -> Nearest:
    """The published run nearest in model, chip, precision, size and sequence, in that order of weight."""
    row = min(scored(), key=lambda one: _distance(run, one.run))
    return Nearest(
        row.id, row.row["source"], row.run.architecture.model, row.run.machine.chip, row.run.chips, row.run.precision,
        row.run.seq_len, row.tokens_per_s_per_chip, rate(row),
    )  # fmt: skip


def _distance(run: Run, other: Run) -> float:
    mine, theirs = run.architecture, other.architecture
    same = abs(math.log(mine.active_params / theirs.active_params)) < 0.03 and mine.is_moe == theirs.is_moe
    chip = 0.0 if run.machine.chip == other.machine.chip else 2.0 if run.machine.family == other.machine.family else 4.0
    return (
        (
            0.0
            if same
            else 6.0 + abs(math.log2(mine.active_params / theirs.active_params)) + 4.0 * (mine.is_moe != theirs.is_moe)
        )
        + chip
        + (0.0 if run.machine.native(run.precision) == other.machine.native(other.precision) else 1.5)
        + 0.4 * abs(math.log2(run.chips / other.chips))
        + 0.2 * abs(math.log2(run.seq_len / other.seq_len))
    )
