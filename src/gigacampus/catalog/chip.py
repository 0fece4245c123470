"""The chip catalog: every published figure of a chip with its basis and source; differing figures all stay."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache

from gigacampus.catalog.read import rows

H100_TPP = 15_832.0
"""TPP of the H100 SXM: 8 x 1,979 dense 8-bit TOP/s (Epoch AI, CC BY 4.0)."""
NAN = float("nan")


@dataclass(frozen=True, slots=True)
class Figure:
    """One published figure of a chip: what it counts (`basis`), who says so (`source`), on what (`evidence`)."""

    key: str
    value: float
    unit: str
    basis: str
    source: str
    evidence: str
    note: str


@dataclass(frozen=True, slots=True)
class Chip:
    """A chip model. Each number is the first published one; `all_of(key)` gives every one. NaN where none is known.

    Rates are dense. `dense_8bit_tops` is the higher of FP8 and INT8: Blackwell Ultra runs INT8 at a thirtieth of its
    FP8 rate, older TPUs run FP8 at half their INT8 rate. `it_kw` and `facility_kw` are site powers per chip.
    """

    id: str
    aliases: tuple[str, ...]
    vendor: str
    year: int
    status: str
    note: str
    system_name: str
    fp16_dense_tflops: float
    fp8_dense_tflops: float
    int8_dense_tops: float
    fp4_dense_tflops: float
    dense_8bit_tops: float
    tpp_8bit: float
    tpp_max: float
    h100e_8bit: float
    h100e_16bit: float
    tdp_w: float
    hbm_gb: float
    hbm_tbps: float
    scaleup_gbps: float
    scaleup_chips: int
    scaleout_gbps: float
    system_chips: int
    system_kw_low: float
    system_kw_high: float
    it_kw: float
    facility_kw: float
    price_usd_low: float
    price_usd_high: float
    figures: tuple[Figure, ...] = field(repr=False)

    def all_of(self, key: str) -> tuple[Figure, ...]:
        """Every published figure under a key, the default first."""
        return tuple(figure for figure in self.figures if figure.key == key)

    def disagreements(self) -> dict[str, tuple[Figure, ...]]:
        """The keys for which sources differ, with all their figures."""
        keys = dict.fromkeys(figure.key for figure in self.figures)
        return {key: found for key in keys if len(found := self.all_of(key)) > 1}


_WORDS = {"aliases", "vendor", "year", "status", "note", "system_name", "system_kw_measured"}


@cache
def chips() -> dict[str, Chip]:
    """All chips by id, in catalog order."""
    grouped: dict[str, list[dict[str, str]]] = {}
    for row in rows("chips"):
        grouped.setdefault(row["chip"], []).append(row)
    return {name: _chip(name, found) for name, found in grouped.items()}


@cache
def names() -> dict[str, str]:
    """Ids and aliases as they are compared, with and without the chip's memory, each to its id."""
    found: dict[str, str] = {}
    for chip in chips().values():
        for name in (chip.id, *chip.aliases, f"{chip.id}-{chip.hbm_gb:.0f}GB"):
            found[plain(name)] = chip.id
    return found


def plain(name: str) -> str:
    """A chip's name as it is compared: lower case, no spaces or hyphens, without vendor, system and socket."""
    bare = re.sub(r"[\s_-]", "", name.lower())
    return re.sub(r"^(nvidia|amd|google|aws)?(dgx|hgx)?|sxm[2-6]?(?=$|\d{2,3}gb)", "", bare)


def _chip(name: str, found: list[dict[str, str]]) -> Chip:
    words = {row["key"]: row["value"] for row in reversed(found) if row["key"] in _WORDS}
    figures = tuple(
        Figure(row["key"], float(row["value"]), row["unit"], row["basis"], row["source"], row["evidence"], row["note"])
        for row in found
        if row["key"] not in _WORDS
    )
    first = {figure.key: figure.value for figure in reversed(figures)}
    get: Callable[[str], float] = lambda key: first.get(key, NAN)  # noqa: E731
    fp16, fp8, int8, fp4 = (
        get(key) for key in ("fp16_dense_tflops", "fp8_dense_tflops", "int8_dense_tops", "fp4_dense_tflops")
    )
    dense8 = max((rate for rate in (fp8, int8) if rate == rate), default=NAN)
    tpp8 = first.get("tpp_8bit", 8.0 * dense8)
    best = max((bits * rate for bits, rate in ((16, fp16), (8, dense8), (4, fp4)) if rate == rate), default=NAN)
    return Chip(
        id=name, aliases=tuple(filter(None, words.get("aliases", "").split(";"))), vendor=words.get("vendor", ""),
        year=int(words.get("year", "0")), status=words.get("status", ""), note=words.get("note", ""),
        system_name=words.get("system_name", ""), fp16_dense_tflops=fp16, fp8_dense_tflops=fp8, int8_dense_tops=int8,
        fp4_dense_tflops=fp4, dense_8bit_tops=dense8, tpp_8bit=tpp8, tpp_max=first.get("tpp_max", best),
        h100e_8bit=first.get("h100e_8bit", tpp8 / H100_TPP), h100e_16bit=get("h100e_16bit"), tdp_w=get("tdp_w"),
        hbm_gb=get("hbm_gb"), hbm_tbps=get("hbm_tbps"), scaleup_gbps=get("scaleup_gbps"),
        scaleup_chips=int(first.get("scaleup_chips", 0)), scaleout_gbps=get("scaleout_gbps"),
        system_chips=int(first.get("system_chips", 0)), system_kw_low=get("system_kw_low"),
        system_kw_high=get("system_kw_high"), it_kw=get("it_kw"), facility_kw=get("facility_kw"),
        price_usd_low=get("price_usd_low"), price_usd_high=get("price_usd_high"), figures=figures,
    )  # fmt: skip
