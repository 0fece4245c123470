"""What a transformer is made of, and what that costs: parameters and FLOPs by kind of work.

Counts follow the usual conventions: a multiply-add is two FLOPs, attention is causal, matrix parameters leave out
norms and biases. Layers may be mixed: attention, state-space (Mamba-2, gated delta), dense and expert blocks.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, fields
from functools import cache, cached_property

from gigacampus.errors import Fault, UsageError
from gigacampus.workload.llm.data import table

SCAN_WIDTH = 768.0
"""FLOPs per token and channel of a chunked state-space scan: 2 x chunk 128 + 4 x state 128 (arXiv:2405.21060)."""


@dataclass(frozen=True)
class Architecture:
    """A language model. `layers` counts feed-forward blocks; `attention_layers` and `ssm_layers` their mixers.

    Zero means absent. `ffn` is the width of a dense block, `expert_ffn` of one routed expert, `shared_ffn` of the
    shared ones together; `latent` is the width that routed experts work in where it differs from `hidden`.
    `q_rank`, `kv_rank`, `qk_nope`, `qk_rope`, `v_dim` describe multi-head latent attention, `o_groups` and
    `o_rank` a grouped low-rank output projection. The last `window_layers`
    attention layers see `window` tokens only. `ssm_inner` and `ssm_key` are the value and key widths of a state-space
    mixer. `mtp_layers` are prediction layers trained on top. `tied` shares input and output embeddings.
    `streams` are copies of the residual stream that hyper-connections carry; 0 is the one of a plain transformer.
    """

    model: str
    layers: int
    hidden: int
    heads: int
    vocab: int
    ffn: int = 0
    gated: int = 1
    kv_heads: int = 0
    head_dim: int = 0
    dense_layers: int = 0
    experts: int = 0
    top_k: int = 0
    expert_ffn: int = 0
    shared_ffn: int = 0
    latent: int = 0
    q_rank: int = 0
    kv_rank: int = 0
    qk_nope: int = 0
    qk_rope: int = 0
    v_dim: int = 0
    o_groups: int = 0
    o_rank: int = 0
    attention_layers: int = 0
    window: int = 0
    window_layers: int = 0
    ssm_layers: int = 0
    ssm_inner: int = 0
    ssm_key: int = 0
    mtp_layers: int = 0
    tied: int = 0
    streams: int = 0
    source: str = ""

    @property
    def is_moe(self) -> bool:
        """Whether tokens are routed to experts."""
        return self.experts > 0

    @property
    def residual_copies(self) -> int:
        """Copies of the residual stream: what pipeline stages send on and what is kept between blocks."""
        return max(self.streams, 1)

    @property
    def moe_layers(self) -> int:
        """Layers with experts."""
        return self.layers - self.dense_layers if self.is_moe else 0

    @property
    def qk_width(self) -> int:
        """Width of a head's query."""
        return self.qk_nope + self.qk_rope if self.kv_rank else self.head_dim

    @property
    def value_width(self) -> int:
        """Width of a head's value."""
        return self.v_dim if self.kv_rank else self.head_dim

    @cached_property
    def attention_params(self) -> float:
        """Matrix parameters of one attention layer."""
        h, a = self.hidden, self.heads
        queries = h * self.q_rank + self.q_rank * a * self.qk_width if self.q_rank else h * a * self.qk_width
        if self.kv_rank:
            keys = h * (self.kv_rank + self.qk_rope) + self.kv_rank * a * (self.qk_nope + self.v_dim)
        else:
            keys = 2 * h * self.kv_heads * self.head_dim
        out = (
            a * self.value_width * self.o_rank + self.o_groups * self.o_rank * h
            if self.o_rank
            else a * self.value_width * h
        )
        return float(queries + keys + out)

    @cached_property
    def ssm_params(self) -> float:
        """Matrix parameters of one state-space mixer: two projections in of each width, one out."""
        return float(self.hidden * (3 * self.ssm_inner + 2 * self.ssm_key))

    @cached_property
    def dense_params(self) -> float:
        """Matrix parameters of one dense feed-forward block."""
        return float((2 + self.gated) * self.hidden * self.ffn)

    @cached_property
    def expert_params(self) -> float:
        """Matrix parameters of one routed expert."""
        return float((2 + self.gated) * (self.latent or self.hidden) * self.expert_ffn)

    @cached_property
    def shared_params(self) -> float:
        """Matrix parameters of one expert layer that every token passes: shared expert, router, latent projections."""
        return float(
            (2 + self.gated) * self.hidden * self.shared_ffn
            + self.hidden * self.experts
            + 2 * self.hidden * self.latent
        )

    @cached_property
    def mixer_params(self) -> float:
        """Matrix parameters outside feed-forward blocks, all layers, prediction layers included."""
        return (
            (self.attention_layers + self.mtp_layers) * self.attention_params
            + self.ssm_layers * self.ssm_params
            + self.mtp_layers * 2.0 * self.hidden * self.hidden
        )

    @property
    def routed_layers(self) -> int:
        """Expert layers, prediction layers included."""
        return self.moe_layers + (self.mtp_layers if self.is_moe else 0)

    @property
    def plain_layers(self) -> int:
        """Dense feed-forward layers, prediction layers included."""
        return self.layers - self.moe_layers + (0 if self.is_moe else self.mtp_layers)

    @cached_property
    def common_params(self) -> float:
        """Matrix parameters that every token passes, without embeddings: all that tensor parallelism splits."""
        return self.mixer_params + self.plain_layers * self.dense_params + self.routed_layers * self.shared_params

    @cached_property
    def routed_params(self) -> float:
        """Parameters of all routed experts."""
        return self.routed_layers * self.experts * self.expert_params

    @cached_property
    def active_routed_params(self) -> float:
        """Parameters of the routed experts that one token meets."""
        return self.routed_layers * self.top_k * self.expert_params

    @property
    def head_params(self) -> float:
        """Parameters of the output projection, once for each prediction."""
        return float(self.hidden * self.vocab * (1 + self.mtp_layers))

    @cached_property
    def total_params(self) -> float:
        """All matrix parameters, both embeddings included (one where they are tied)."""
        embeddings = (1 if self.tied else 2) * self.hidden * self.vocab
        return self.common_params + self.routed_params + embeddings

    @cached_property
    def active_params(self) -> float:
        """Parameters that one token is multiplied with, the output projection included."""
        return self.common_params + self.active_routed_params + self.head_params

    def attention_flops(self, seq_len: float) -> float:
        """Forward FLOPs of scores and values per token over all layers, causal: half of the square."""
        full = self.attention_layers - self.window_layers + self.mtp_layers
        reach = full * seq_len / 2.0
        if self.window_layers:
            reach += self.window_layers * min(float(self.window), seq_len / 2.0)
        return 2.0 * self.heads * (self.qk_width + self.value_width) * reach

    @cached_property
    def scan_flops(self) -> float:
        """Forward FLOPs of the state-space scans per token."""
        return SCAN_WIDTH * self.ssm_inner * self.ssm_layers

    def step_flops(self, seq_len: float) -> float:
        """Model FLOPs of training on one token: three times forward (no recomputation, attention causal)."""
        return 3.0 * (2.0 * self.active_params + self.attention_flops(seq_len) + self.scan_flops)

    @cached_property
    def kv_bytes(self) -> float:
        """Elements of key-value cache per token over all full attention layers (windows and states left out)."""
        width = self.kv_rank + self.qk_rope if self.kv_rank else 2 * self.kv_heads * self.head_dim
        return float((self.attention_layers - self.window_layers) * width)


_NUMBERS = {field.name for field in fields(Architecture)} - {"model", "source"}


@cache
def architectures() -> dict[str, Architecture]:
    """The catalog of models by name."""
    return {
        row["model"]: Architecture(
            model=row["model"], source=row["source"], **{k: int(v) for k, v in row.items() if k in _NUMBERS}
        )
        for row in table("models.csv")
    }  # fmt: skip


VARIANTS = re.compile(
    r"""(?x) ^meta[ _-]+ | [ _-](instruct|chat|it|hf|base|thinking|pretrain(ing)?|text|preview|v?0\.\d|99(\.9)?
      |fp8|fp4|nvfp4|mxfp[48]|bf16|fp16|int[48]|w[48]a\d+|awq|gptq|[02]\d{3})(?=[ _-]|$)"""
)
"""What a name says of tuning, format or date beside the architecture: it changes no matrix."""


def plain(name: str) -> str:
    """A model's name as it is compared: letters and digits in lower case, without owner and variant."""
    bare = re.sub(r"\(.*?\)", "", name.lower()).rpartition("/")[2]
    return "".join(letter for letter in VARIANTS.sub("", bare) if letter.isalnum())


@cache
def _names() -> dict[str, str]:
    found = {}
    for row in table("models.csv"):
        for name in (row["model"], *filter(None, row["aliases"].split(";"))):
            found[plain(name)] = row["model"]
    return found


def known(name: str) -> Architecture | None:
    """The catalog's model under a name or alias, or None."""
    key = _names().get(plain(name))
    return architectures()[key] if key else None


def named_in(text: str) -> Architecture | None:
    """The catalog's model that a sentence names (the longest name in it), or None."""
    words = plain(text)
    found = max((name for name in _names() if name in words), key=len, default="")
    return architectures()[_names()[found]] if found else None


def look_up(name: str) -> Architecture:
    """The catalog's model under a name or alias; UsageError names the nearest one."""
    found = known(name)
    if found is None:
        near = difflib.get_close_matches(plain(name), _names(), 1, 0.6)
        fix = f'did you mean "{_names()[near[0]]}"?' if near else f"one of {', '.join(architectures())}"
        raise UsageError(Fault("L001", f'the catalog has no model "{name}"', fix=fix))
    return found
