"""How a model is cut over chips: tensor, pipeline, context, expert and data parallel, micro-batch, recomputation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Recompute = Literal["none", "selective", "full"]
RECOMPUTE: tuple[Recompute, ...] = ("none", "selective", "full")


@dataclass(frozen=True, slots=True)
class Layout:
    """One layout. `vp` is the interleaving (chunks a stage), `micro_batch` in sequences, `fsdp` shards parameters.

    `recompute`: `selective` redoes norms, activations and unfused attention scores, `full` the whole layer.
    `sequence_parallel` shards norms and residuals over the tensor-parallel group.
    """

    tp: int = 1
    pp: int = 1
    cp: int = 1
    ep: int = 1
    vp: int = 1
    micro_batch: int = 1
    recompute: Recompute = "selective"
    fsdp: bool = False
    sequence_parallel: bool = True

    def __str__(self) -> str:
        """The layout as planners write it."""
        parts = [f"TP{self.tp} PP{self.pp} CP{self.cp}"]
        if self.ep > 1:
            parts.append(f"EP{self.ep}")
        parts.append(f"VP{self.vp} MBS{self.micro_batch} recompute {self.recompute}")
        if self.fsdp:
            parts.append("FSDP")
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Layouts:
    """Many layouts as equal-length arrays, in the order of Layout's fields; `recompute` is an index into RECOMPUTE."""

    tp: Array
    pp: Array
    cp: Array
    ep: Array
    vp: Array
    micro_batch: Array
    recompute: Array
    fsdp: Array
    sequence_parallel: Array

    @staticmethod
    def of(layouts: Sequence[Layout]) -> Layouts:
        """The arrays of some layouts."""
        rows = [
            (
                x.tp, x.pp, x.cp, x.ep, x.vp, x.micro_batch, RECOMPUTE.index(x.recompute), x.fsdp, x.sequence_parallel
            )
            for x in layouts
        ]  # fmt: skip
        return Layouts(*np.array(rows, dtype=np.float64).reshape(len(rows), 9).T)

    def __len__(self) -> int:
        """How many."""
        return len(self.tp)

    def __getitem__(self, index: int) -> Layout:
        """One of them."""
        whole = [int(column[index]) for column in self.columns()]
        tp, pp, cp, ep, vp, micro_batch, recompute, fsdp, sequence_parallel = whole
        return Layout(tp, pp, cp, ep, vp, micro_batch, RECOMPUTE[recompute], bool(fsdp), bool(sequence_parallel))

    def columns(self) -> tuple[Array, ...]:
        """The arrays in field order."""
        return (
            self.tp, self.pp, self.cp, self.ep, self.vp, self.micro_batch, self.recompute, self.fsdp,
            self.sequence_parallel,
        )  # fmt: skip

    def where(self, mask: NDArray[np.bool_]) -> Layouts:
        """Those that a mask keeps."""
        return Layouts(*(column[mask] for column in self.columns()))

    def data_parallel(self, chips: int) -> Array:
        """Replicas of the model on that many chips (a fraction where the layout does not divide them)."""
        return np.asarray(chips / (self.tp * self.pp * self.cp), dtype=np.float64)
