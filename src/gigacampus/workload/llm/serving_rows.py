"""A published serving measurement as the roofline takes it, or the reason why it is out of scope."""

from __future__ import annotations

import re
from dataclasses import dataclass

from gigacampus.errors import UsageError
from gigacampus.workload.llm.architecture import known
from gigacampus.workload.llm.data import Row, number, precision
from gigacampus.workload.llm.machine import machine
from gigacampus.workload.llm.replica import FRAMEWORKS, WEIGHT_BYTES, Replica

WRITTEN = {"trtllm": r"trt|tensorrt", "vllm": "vllm", "sglang": "sglang"}
"""How sources write the frameworks (TensorRT-LLM, vLLM v0.11)."""


@dataclass(frozen=True)
class Measured:
    """A serving row that can be scored. `chips` divide the published rate; the replica may be smaller (see `group`)."""

    id: str
    row: Row
    replica: Replica
    chips: float
    batch: float
    isl: float
    osl: float
    output_tokens_per_s_per_chip: float


def group(tp: float, attention_dp: float, chips: float, ep: float, domain: int, is_latent: bool) -> tuple[int, int]:
    """Chips that really work together and the copies of attention among them.

    Some rows state a product of two parallel sizes: 64 chips for 8 x 8 and 16 for 4 x 4 on machines of eight chips
    that share experts over 8 or 4. They are read as one group of 8 or 4. Latent attention has no heads in its cache
    to cut, so groups wider than 8 chips hold one copy of attention a chip (wide expert parallelism).
    """
    wide = max(tp, attention_dp)
    if chips > domain and wide == chips == ep * ep:
        return int(ep), int(ep) if attention_dp > 1 else 1
    if tp > 1 and tp == attention_dp and tp * tp == chips == ep:
        return int(tp), int(tp)
    if is_latent and wide == tp > 8:
        return int(chips), int(chips)
    return int(chips), max(int(attention_dp), 1)


def measured(row: Row) -> Measured | str:
    """The row as a replica under load; a sentence with the reason where it is out of scope."""
    if row.get("mode") == "disagg":
        return "prefill and decode on separate chips: their ratio is a choice of the submitter"
    if not row.get("concurrency"):
        return f"{row.get('scenario') or 'row'}: the number of concurrent sequences is not published"
    arch = known(row.get("model", ""))
    if arch is None:
        return f"the catalog has no architecture for {row.get('model')}"
    stated_framework = row.get("framework", "").lower()
    framework = next((name for name in FRAMEWORKS if re.search(WRITTEN[name], stated_framework)), "")
    if not framework:
        return f"no constants for the framework {row.get('framework') or 'that is not stated'}"
    width = precision(row)
    if width not in WEIGHT_BYTES:
        return f"precision {row.get('precision') or 'not stated'}: not modelled"
    missing = [
        key
        for key in ("n_chips", "isl_mean", "osl_mean", "concurrency", "output_tokens_per_s_per_chip")
        if not number(row, key) >= (1.0 if key == "n_chips" else 1e-9)
    ]
    if missing:
        return f"the row does not say {', '.join(missing)}"
    try:
        chip = machine(row["chip"])
    except UsageError as fault:
        return fault.faults[0].message
    stated = number(row, "n_chips")
    tp, ep, dp = (number(row, key, 1.0) for key in ("tp", "ep", "attention_dp"))
    if min(tp, ep, dp) < 1:
        return "a parallel size below 1"
    together, copies = group(tp, dp, stated, ep, chip.domain, arch.kv_rank > 0)
    replica = Replica(arch, chip, together, width, framework, copies)
    return Measured(
        row.get("id", ""), row, replica, stated, number(row, "concurrency"), number(row, "isl_mean"),
        number(row, "osl_mean"), number(row, "output_tokens_per_s_per_chip"),
    )  # fmt: skip
