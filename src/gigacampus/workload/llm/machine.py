"""The chip as the LLM models see it: dense peaks, memory, links, and the family whose constants it takes."""

from __future__ import annotations

from dataclasses import dataclass

from gigacampus.catalog import look_up
from gigacampus.catalog.chip import names, plain
from gigacampus.errors import Fault, UsageError

BITS = {"fp16": 16, "bf16": 16, "fp8": 8, "fp4": 4}
"""Precisions of the matrix products. FP16 and BF16 run at one rate."""
FAMILIES = {
    "A100": "ampere", "H100": "hopper", "H200": "hopper", "H800": "hopper", "B200": "blackwell", "GB200": "blackwell",
    "B300": "ultra", "GB300": "ultra", "R200": "ultra",
}  # fmt: skip
"""Chips with measured rows of training, and the family that each belongs to."""
EXTRAPOLATED = {"R200": "constants of GB300; no run on Rubin is published"}
"""Chips that take another chip's constants, with the words that a result must carry."""


@dataclass(frozen=True)
class Machine:
    """A chip in its system. Rates are dense; link rates are one direction per chip, in GB/s.

    `domain` is the count of chips on one scale-up fabric; `node_kw` the nameplate of `node_chips` chips with host.
    """

    chip: str
    family: str
    fp16_tflops: float
    fp8_tflops: float
    fp4_tflops: float
    hbm_gb: float
    hbm_tbps: float
    scaleup_gbps: float
    scaleout_gbps: float
    domain: int
    tdp_w: float
    node_chips: int
    node_kw: float
    note: str = ""

    def peak_tflops(self, precision: str) -> float:
        """Dense peak at a precision; the next wider format's where the chip lacks it, NaN where unknown."""
        rates = {"fp16": self.fp16_tflops, "bf16": self.fp16_tflops, "fp8": self.fp8_tflops, "fp4": self.fp4_tflops}
        rate = rates[precision]
        if rate != rate and precision == "fp4":
            return self.peak_tflops("fp8")
        if rate != rate and precision == "fp8":
            return self.fp16_tflops
        return rate

    def native(self, precision: str) -> str:
        """The format that a precision really runs in: FP4 on Hopper is FP8, FP8 on Ampere is BF16."""
        if precision == "fp4" and self.fp4_tflops != self.fp4_tflops:
            return self.native("fp8")
        if precision == "fp8" and self.fp8_tflops != self.fp8_tflops:
            return "bf16"
        return "bf16" if precision == "fp16" else precision


def chip_named(name: str) -> str:
    """The catalog's id of a chip as sources write it (H100-SXM5-80GB, DGX-GB300); the name itself where unknown."""
    return names().get(plain(name), name.strip())


def machine(name: str, domain: int = 0) -> Machine:
    """The machine of a catalog chip; `domain` replaces the scale-up domain where it is given. Raises UsageError."""
    chip = look_up("chip", name.strip())
    if domain < 0:
        raise UsageError(Fault("L010", f"a scale-up domain of {domain} chips", fix="give 1 or more"))
    fp16 = chip.fp16_dense_tflops
    if fp16 != fp16:
        fp16 = chip.fp8_dense_tflops / 2.0
    return Machine(
        chip=chip.id, family=FAMILIES.get(chip.id, ""), fp16_tflops=fp16, fp8_tflops=chip.fp8_dense_tflops,
        fp4_tflops=chip.fp4_dense_tflops, hbm_gb=chip.hbm_gb, hbm_tbps=chip.hbm_tbps,
        scaleup_gbps=chip.scaleup_gbps / 2.0, scaleout_gbps=chip.scaleout_gbps, domain=domain or chip.scaleup_chips,
        tdp_w=chip.tdp_w, node_chips=chip.system_chips or 8,
        node_kw=(chip.system_kw_low + chip.system_kw_high) / 2.0, note=EXTRAPOLATED.get(chip.id, ""),
    )  # fmt: skip


def trainable(name: str, domain: int = 0) -> Machine:
    """The machine for the training model; UsageError for a chip without measured training rows to stand on."""
    found = machine(name, domain)
    if not found.family:
        known = ", ".join(FAMILIES)
        raise UsageError(
            Fault(
                "L011",
                f"no training constants for {found.chip}: no run on it is bundled with a layout",
                fix=f"one of {known}",
            )
        )
    return found
