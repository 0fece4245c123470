"""How many chips serve a load within its latency targets: replica size, batch and count, by the queue's percentiles.

Every replica decodes up to a batch whose step keeps the target for time per output token; the fleet's places form one
queue; the target for time to first token bounds the wait for a place, for the prompt's turn, and its reading.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

from gigacampus.catalog import look_up as catalog_row
from gigacampus.errors import Fault, UsageError
from gigacampus.workload.llm.architecture import look_up
from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.data import table
from gigacampus.workload.llm.machine import machine
from gigacampus.workload.llm.queueing import wait_s
from gigacampus.workload.llm.replica import FRAMEWORKS, WEIGHT_BYTES, Replica, features, serve
from gigacampus.workload.llm.serving_rows import Measured, measured

SIZES = (1, 2, 4, 8, 16, 32, 64)
MOST_SEQUENCES_A_CHIP = 256
"""Batches are not searched beyond this: the roofline promises too much there (no measured row shows it)."""


@dataclass(frozen=True)
class Load:
    """Requests and targets. `variation` is the coefficient of variation of output lengths."""

    requests_per_s: float
    isl: float
    osl: float
    ttft_s: float = 2.0
    tpot_s: float = 0.05
    percentile: float = 0.99
    variation: float = 1.0


@dataclass(frozen=True)
class Fleet:
    """An answer: `replicas` of one kind, each with `batch` places."""

    replica: Replica
    load: Load
    replicas: int
    batch: int
    step_s: float
    service_s: float
    ttft_s: float
    measured_id: str
    measured_factor: float
    prompt_s: float = 0.0
    """Time to read one prompt."""

    def first_token_s(self, replicas: int, requests_per_s: float) -> float:
        """Time to the first token that `load.percentile` of requests keep, on so many replicas at such a rate.

        The wait for a place in the fleet, for the prompt's turn in the replica, its reading and one step; the
        percentiles of the two waits are added, which is never too short.
        """
        load = self.load
        place = wait_s(replicas * self.batch, requests_per_s, self.service_s, load.percentile, load.variation)
        turn = wait_s(1, requests_per_s / replicas, self.prompt_s, load.percentile, 0.0)
        return place + turn + self.prompt_s + self.step_s

    @property
    def chips(self) -> int:
        """Chips of all replicas."""
        return self.replicas * self.replica.chips

    @property
    def output_tokens_per_s(self) -> float:
        """Tokens that the load asks for."""
        return self.load.requests_per_s * self.load.osl

    @property
    def busy_fraction(self) -> float:
        """Share of places in use."""
        return self.load.requests_per_s * self.service_s / (self.replicas * self.batch)

    @property
    def it_power_w(self) -> float:
        """Mean power of the systems that hold the chips: idle, and the serving level by the share in use.

        NaN where the catalog has no power of the chip's system.
        """
        k, chip = values("power"), self.replica.machine
        level = k["idle"] + (k["serve"] - k["idle"]) * self.busy_fraction
        return self.chips / chip.node_chips * 1000.0 * chip.node_kw * level

    @property
    def energy_per_token_j(self) -> float:
        """IT energy of one output token."""
        return self.it_power_w / self.output_tokens_per_s

    def usd_per_million_tokens(self, usd_per_chip_h: float) -> float:
        """Cost of a million output tokens at a price of a chip-hour."""
        return self.chips * usd_per_chip_h / 3600.0 / self.output_tokens_per_s * 1e6


@cache
def scored() -> tuple[Measured, ...]:
    """All bundled serving rows that the roofline can take."""
    found = (measured(row) for row in table("llm_inference.csv.gz"))
    return tuple(one for one in found if isinstance(one, Measured))


def override(replica: Replica, batch: float, load: Load) -> tuple[str, float]:
    """The nearest measured row of the same model, chip, precision and framework, and measured over modelled rate.

    Prompt and output lengths must lie within a factor of two; without such a row the factor is 1 and the id empty.
    """
    close = [
        one
        for one in scored()
        if (one.replica.architecture.model, one.replica.machine.chip, one.replica.precision, one.replica.framework)
        == (replica.architecture.model, replica.machine.chip, replica.precision, replica.framework)
        and max(abs(math.log2(one.isl / load.isl)), abs(math.log2(one.osl / load.osl))) <= 1.0
    ]
    if not close:
        return "", 1.0
    row = min(
        close,
        key=lambda one: abs(math.log2(one.batch / batch)) + 2.0 * abs(math.log2(one.replica.chips / replica.chips)),
    )
    f = features([(row.replica, row.batch, row.isl, row.osl)])
    modelled = float(serve(f).output_tokens_per_s(f.batch)[0]) / row.chips
    return row.id, row.output_tokens_per_s_per_chip / modelled


def size(
    model: str, chip: str, load: Load, precision: str = "", framework: str = "", use_measured: bool = True
) -> Fleet:
    """The fleet with the fewest chips that meets a load's targets; UsageError where none does.

    Without a framework TensorRT-LLM serves on NVIDIA's chips, vLLM on others.
    """
    arch, found = look_up(model), machine(chip)
    is_nvidia = catalog_row("chip", found.chip).vendor == "NVIDIA"
    framework = framework or ("trtllm" if is_nvidia else "vllm")
    if framework == "trtllm" and not is_nvidia:
        raise UsageError(Fault("L075", f"TensorRT-LLM does not run on {found.chip}", fix="vllm or sglang"))
    precision = precision or ("fp4" if found.native("fp4") == "fp4" else found.native("fp8"))
    _check(load, precision, framework)
    fleets = []
    for chips in (n for n in SIZES if n <= max(found.domain, 8)):
        for copies in {1, chips} if arch.kv_rank else {1}:
            one = Replica(arch, found, chips, precision, framework, copies)
            fleets += list(_fleets(one, load, use_measured))
    if not fleets:
        raise UsageError(
            Fault(
                "L070",
                f"no replica of {arch.model} on {found.chip} meets {load.tpot_s:g} s a token and {load.ttft_s:g} s"
                " to the first",
                fix="relax the targets, lower the precision, or take a chip with more memory",
            )
        )  # fmt: skip
    return min(fleets, key=lambda fleet: (fleet.chips, fleet.ttft_s))


def _check(load: Load, precision: str, framework: str) -> None:
    faults = []
    if not 0 < load.requests_per_s <= 1e7:
        faults.append(Fault("L071", f"{load.requests_per_s:g} requests a second", fix="give more than 0, at most 1e7"))
    if not (1 <= load.isl <= 1e7 and 1 <= load.osl <= 1e6):
        faults.append(Fault("L072", f"{load.isl:g} tokens in, {load.osl:g} out", fix="give 1 or more of each"))
    if min(load.ttft_s, load.tpot_s) <= 0 or not 0.5 <= load.percentile < 1:
        faults.append(
            Fault(
                "L073",
                "a latency target is not positive, or its percentile not in 0.5 to 1",
                fix="targets above 0, a percentile from 0.5 to below 1, such as 0.99",
            )
        )
    if precision not in WEIGHT_BYTES:
        faults.append(Fault("L074", f'precision "{precision}"', fix=f"one of {', '.join(WEIGHT_BYTES)}"))
    if framework not in FRAMEWORKS:
        faults.append(Fault("L075", f'framework "{framework}"', fix=f"one of {', '.join(FRAMEWORKS)}"))
    if faults:
        raise UsageError(faults)


def _fleets(replica: Replica, load: Load, use_measured: bool) -> Iterable[Fleet]:
    """The best fleets of one kind of replica: one for each of a ladder of batches that keep the targets."""
    most = min(replica.most_sequences(load.isl + load.osl), MOST_SEQUENCES_A_CHIP * replica.chips)
    if most < 1.0:
        return
    ladder = np.unique(np.floor(np.geomspace(1.0, most, 24)))
    times = serve(features([(replica, batch, load.isl, load.osl) for batch in ladder]))
    for i, batch in enumerate(ladder):
        row, factor = override(replica, float(batch), load) if use_measured else ("", 1.0)
        step_s, prompt_s = float(times.step_s[i]) / factor, float(times.prompt_s[i]) / factor
        if step_s <= load.tpot_s and prompt_s + step_s <= load.ttft_s:
            fleet = _counted(replica, load, int(batch), step_s, prompt_s, (row, factor))
            if fleet is not None:
                yield fleet


def _counted(
    replica: Replica, load: Load, batch: int, step_s: float, prompt_s: float, row: tuple[str, float]
) -> Fleet | None:
    """The fewest replicas whose percentile of time to first token keeps the target."""
    service_s = prompt_s + load.osl * step_s
    one = Fleet(replica, load, 1, batch, step_s, service_s, math.inf, *row, prompt_s)
    count = fewest(one, load.requests_per_s)
    if count is None:
        return None
    return dataclasses.replace(one, replicas=count, ttft_s=one.first_token_s(count, load.requests_per_s))


def fewest(fleet: Fleet, requests_per_s: float) -> int | None:
    """The fewest replicas that keep the time to the first token at a rate; None where 64 times the load's do not."""
    if requests_per_s <= 0.0:
        return 0
    low = max(1, math.floor(requests_per_s * max(fleet.service_s / fleet.batch, fleet.prompt_s)) + 1)
    most, high = 64 * low + 64, low
    while fleet.first_token_s(high, requests_per_s) > fleet.load.ttft_s:
        high *= 2
        if high > most:
            return None
    while low < high:
        middle = (low + high) // 2
        is_enough = fleet.first_token_s(middle, requests_per_s) <= fleet.load.ttft_s
        low, high = (low, middle) if is_enough else (middle + 1, high)
    return low
