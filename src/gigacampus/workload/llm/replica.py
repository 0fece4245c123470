"""A serving replica as a roofline: time of one decode step from bytes, FLOPs, launches and links, prefill in between.

step(B) = ((bytes / e_b BW)^n + (FLOPs / e_f peak)^n)^(1/n) + layers (launch + collective log2 g) + tensor traffic
          + B / osl x (prefill of one prompt + handling of one request)

B sequences decode together on g chips; every osl steps each is replaced, and its prompt is read in between.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from gigacampus.workload.llm.architecture import Architecture
from gigacampus.workload.llm.constants import values
from gigacampus.workload.llm.layout import Array
from gigacampus.workload.llm.machine import Machine

WEIGHT_BYTES = {"fp4": 0.5625, "int4": 0.5625, "fp8": 1.0, "fp16": 2.0, "bf16": 2.0}
"""Bytes of a weight with its scales (one 8-bit scale for 16 values at 4 bit)."""
MATH = {"fp4": "fp4", "int4": "bf16", "fp8": "fp8", "fp16": "bf16", "bf16": "bf16"}
"""Format in which a precision multiplies."""
FRAMEWORKS = ("trtllm", "vllm", "sglang")


@dataclass(frozen=True)
class Replica:
    """Chips that serve one copy of a model. `attention_dp` copies of attention share the experts among `chips`."""

    architecture: Architecture
    machine: Machine
    chips: int
    precision: str = "fp8"
    framework: str = "trtllm"
    attention_dp: int = 1

    @property
    def tensor_parallel(self) -> float:
        """Chips over which one attention layer is cut."""
        return max(self.chips / self.attention_dp, 1.0)

    @property
    def weights_gb(self) -> float:
        """Gigabytes of weights on each chip."""
        arch, width = self.architecture, WEIGHT_BYTES[self.precision]
        head = 2.0 * 2.0 * arch.hidden * arch.vocab
        served = arch.common_params - arch.mtp_layers * arch.attention_params
        routed = arch.moe_layers * arch.experts * arch.expert_params
        return (served * width / self.tensor_parallel + routed * width / self.chips + head / self.chips) / 1e9

    @property
    def cache_gb(self) -> float:
        """Gigabytes of key-value cache that the replica can hold over all chips (90 % of memory less weights)."""
        return max(0.0, 0.9 * self.machine.hbm_gb - self.weights_gb) * self.chips

    @property
    def cache_bytes(self) -> float:
        """Bytes of cache for each token of context: 8 bit under TensorRT-LLM, 16 bit by default elsewhere."""
        wide = 1.0 if self.framework == "trtllm" and self.precision in {"fp8", "fp4"} else 2.0
        return self.architecture.kv_bytes * wide

    @property
    def cache_copies(self) -> float:
        """Copies of a sequence's cache over chips: latents are not split by head, few heads only so far."""
        arch = self.architecture
        split = 1.0 if arch.kv_rank else min(self.tensor_parallel, float(max(arch.kv_heads, 1)))
        return self.tensor_parallel / split

    def most_sequences(self, tokens: float) -> float:
        """Sequences of `tokens` context that fit in memory at once."""
        need = tokens * self.cache_bytes * self.cache_copies / 1e9 + self._state_gb
        return self.cache_gb / need if need > 0 else float("inf")

    @property
    def _state_gb(self) -> float:
        arch = self.architecture
        return arch.ssm_layers * arch.ssm_inner * 128.0 * 4.0 / 1e9


@dataclass(frozen=True, slots=True)
class Features:
    """What the formula needs of some replicas and loads, as arrays of one length."""

    chips: Array
    layers: Array
    is_moe: Array
    framework: Array
    common_bytes: Array
    routed_bytes: Array
    miss_fraction: Array
    """Share of experts that one token does not touch."""
    context_bytes: Array
    state_bytes: Array
    decode_flops: Array
    prompt_flops: Array
    peak: Array
    bandwidth: Array
    link_s: Array
    """Seconds of tensor traffic per sequence and step at full link rate."""
    prompt_link_s: Array
    batch: Array
    osl: Array


def features(cases: Sequence[tuple[Replica, float, float, float]]) -> Features:
    """Arrays of (replica, batch, prompt tokens, output tokens)."""
    rows = [_row(*case) for case in cases]
    return Features(*np.array(rows, dtype=np.float64).T)


def _row(replica: Replica, batch: float, isl: float, osl: float) -> tuple[float, ...]:
    arch, chip = replica.architecture, replica.machine
    g, tp, width = float(replica.chips), replica.tensor_parallel, WEIGHT_BYTES[replica.precision]
    context = isl + osl / 2.0
    served = arch.common_params - arch.mtp_layers * arch.attention_params
    routed = arch.moe_layers * arch.experts * arch.expert_params
    active = served + arch.moe_layers * arch.top_k * arch.expert_params + arch.hidden * arch.vocab
    hidden_bytes = 2.0 * 2.0 * arch.layers * arch.hidden * 2.0
    crossing = (tp - 1.0) / tp / replica.attention_dp
    rate = 1e9 * (chip.scaleup_gbps if replica.chips <= chip.domain else chip.scaleout_gbps)
    window = arch.window_layers * arch.window * 2.0 * arch.kv_heads * arch.head_dim
    peak = 1e12 * chip.peak_tflops(MATH[replica.precision])
    framework = FRAMEWORKS.index(replica.framework)
    return (
        g, float(arch.attention_layers + arch.ssm_layers), float(arch.is_moe), framework,
        served * width / tp + 2.0 * arch.hidden * arch.vocab / g, routed * width / g,
        1.0 - arch.top_k / arch.experts if arch.is_moe else 0.0,
        (context * replica.cache_bytes + window) * replica.cache_copies / g,
        2.0 * replica._state_gb * 1e9 / g,
        (2.0 * active + 2.0 * arch.attention_flops(2.0 * context)) / g,
        isl * (2.0 * active + arch.attention_flops(isl)) / g,
        peak, 1e12 * chip.hbm_tbps, hidden_bytes * crossing / rate, isl * hidden_bytes * crossing / rate, batch, osl,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Served:
    """Times of some loads: one decode step without prompts, one prompt alone, one step with prompts read in between."""

    decode_s: Array
    prompt_s: Array
    step_s: Array

    def output_tokens_per_s(self, batch: Array) -> Array:
        """Tokens of the whole replica."""
        return np.asarray(batch / self.step_s, dtype=np.float64)


def serve(f: Features, k: Mapping[str, float] | None = None) -> Served:
    """Times of each case; `k` are the constants, fitted ones where not given."""
    k = values("serving") if k is None else k
    touched = f.routed_bytes * (1.0 - f.miss_fraction**f.batch)
    moved = (f.common_bytes + touched + f.batch * (f.context_bytes + f.state_bytes)) / (f.bandwidth * k["bandwidth"])
    worked = f.batch * f.decode_flops / (f.peak * k["decode"])
    n = k["norm"]
    launch = np.choose(f.framework.astype(int), [k["launch_trtllm"], k["launch_vllm"], k["launch_sglang"]])
    collective = np.where(f.chips > 1, k["collective"] * np.log2(np.maximum(f.chips, 1.0)), 0.0)
    gaps = f.layers * (launch * (1.0 + k["moe_launch"] * f.is_moe) + collective)
    decode = (moved**n + worked**n) ** (1.0 / n) + gaps + f.batch * f.link_s / k["link"]
    prompt = f.prompt_flops / (f.peak * k["prefill"]) + f.prompt_link_s / k["link"] + k["request"]
    return Served(decode, prompt, decode + f.batch / f.osl * prompt)
