"""Failures and goodput against Meta's projections, Llama 3's 54 days and ByteRobust's three months."""

from __future__ import annotations

from pathlib import Path

from gigacampus.errors import Fault, UsageError
from gigacampus.validate.frame import Case

TITLE = "Failures and goodput: mean time to failure, interruptions in 54 days, effective time"
META = "Kokolis et al., Revisiting Reliability in Large-Scale ML Research Clusters, HPCA'25 (arXiv:2410.21680)"
LLAMA = "Grattafiori et al., The Llama 3 Herd of Models (arXiv:2407.21783), section 3.3.4 and Table 5"
BYTE = "ByteRobust (arXiv:2509.16293)"
NAN = float("nan")


def cases(data: Path | None) -> list[Case]:
    """Projections, counts and effective shares of time."""
    if data is not None:
        raise UsageError(
            Fault("V003", "the reliability suite takes no --data", fix="give rates to `gigacampus train --failures`")
        )
    return [*_projections(), *_interruptions(), *_effective()]


def _projections() -> list[Case]:
    from gigacampus.workload.llm.goodput import RSC1_PER_NODE_D, mttf_s, per_chip_h

    rate = per_chip_h(RSC1_PER_NODE_D)
    found = [
        Case(f"mttf/{chips} chips at RSC-1's rate", hours, round(mttf_s(chips, rate) / 3600.0, digits), 1e-9,
             "disclosed", META, "h", note=f"to the published digits; {mttf_s(chips, rate) / 3600.0:.4f} h")
        for chips, hours, digits in ((16_384, 1.80, 2), (131_072, 0.23, 2))
    ]  # fmt: skip
    return [
        *found,
        Case("mttf/1024 chips, measured", 7.9, mttf_s(1024, rate) / 3600.0, NAN, "measured", META, "h", counts=False,
             note="differs from the projection: the measured jobs also end for causes other than node failures"),
        Case("mttf/8 chips, measured", 47.7 * 24.0, mttf_s(8, rate) / 3600.0, NAN, "measured", META, "h", counts=False,
             note="one node at the fleet's rate lasts longer than the jobs measured"),
    ]  # fmt: skip


def _interruptions() -> list[Case]:
    """419 interruptions: inside the 95 % interval of simulated 54-day runs, and between Meta's two fleets."""
    import numpy as np

    from gigacampus.kernels.dice import stream
    from gigacampus.workload.llm.goodput import (
        LLAMA3_CHIPS,
        LLAMA3_D,
        RSC1_PER_NODE_D,
        RSC2_PER_NODE_D,
        llama3_rate,
        llama3_rates,
        mttf_s,
    )

    rng = stream(1, "validate/reliability")
    hours = LLAMA3_CHIPS * LLAMA3_D * 24.0
    drawn = sum(rng.poisson(rate * hours, 20_000) for rate in llama3_rates().values())
    low, high = np.percentile(drawn, [2.5, 97.5])
    nodes_d = LLAMA3_CHIPS / 8.0 * LLAMA3_D
    few, many = RSC2_PER_NODE_D * nodes_d, RSC1_PER_NODE_D * nodes_d
    return [
        Case("llama3/interruptions in 54 days", 419, float(np.mean(drawn)), (float(high) - float(low)) / 2.0 / 419.0,
             "self-consistency", LLAMA, "count",
             note=f"simulated 95 % interval {low:.0f} to {high:.0f}; rates are that run's own, by cause"),
        Case("llama3/interruptions from Meta's fleets", 419, (few * many) ** 0.5, (many / few) ** 0.5 - 1.0,
             "disclosed", LLAMA, "count",
             note=f"RSC-2's rate gives {few:.0f}, RSC-1's {many:.0f}; neither knew this run"),
        Case("llama3/mean time between interruptions", 54 * 24 / 419, mttf_s(LLAMA3_CHIPS, llama3_rate()) / 3600.0,
             1e-6, "self-consistency", LLAMA, "h"),
    ]  # fmt: skip


def _effective() -> list[Case]:
    from gigacampus.workload.llm.goodput import Recovery, goodput, llama3_rate

    found = []
    for recover_s, write_s in ((60.0, 1.0), (300.0, 5.0), (480.0, 5.0)):
        share = goodput(16_384, Recovery(llama3_rate(), write_s, recover_s)).ettr_fraction
        found.append(
            Case(f"llama3/effective time, {recover_s / 60:.0f} min and {write_s:.0f} s", 0.95, share, 0.05, "disclosed",
                 LLAMA, "share", is_absolute=True, note="published: over 0.90, so 0.90 to 1.00")
        )  # fmt: skip
    slow = goodput(16_384, Recovery(llama3_rate(), 30.0, 900.0)).ettr_fraction
    found.append(
        Case("llama3/effective time, 15 min and 30 s", 0.90, slow, NAN, "disclosed", LLAMA, "share", is_absolute=True,
             counts=False, note="what slow restarts and writes would have left")
    )  # fmt: skip
    byte = goodput(9_600, Recovery(llama3_rate(), 1.0, 240.0)).ettr_fraction
    found.append(
        Case("byterobust/effective time, 4 min and 1 s", 0.97, byte, 0.01, "disclosed", BYTE, "share", is_absolute=True,
             note="9,600 chips at Llama 3's rate")
    )  # fmt: skip
    return found
