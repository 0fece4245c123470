"""Request rates over time, window by window: measured weeks, a log of requests, or people times tokens."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from gigacampus.errors import Fault, UsageError
from gigacampus.workload.llm.layout import Array
from gigacampus.workload.readers import locate, read_rates, read_requests, sniff

SERVICES = {"servegen_large": "m_large_rps", "servegen_mid": "m_mid_rps", "servegen_small": "m_small_rps"}
"""Two measured weeks in windows of ten minutes: large, middle and small models."""
LOGS = {"azure_code": "azure-code", "azure_conv": "azure-conv", "mooncake": "mooncake"}
"""Logs of one hour, request by request."""
LOG_WINDOW_S = 60.0
"""Windows into which single requests are counted."""
DAY_S = 86_400.0


@dataclass(frozen=True)
class Curve:
    """Rates by window, shape (windows,), and what a request looks like where the source says it (0 where not)."""

    window_s: float
    rate_rps: Array
    isl: float = 0.0
    osl: float = 0.0
    variation: float = 1.0
    """Coefficient of variation of the answers' lengths."""

    def peaking_at(self, requests_per_s: float) -> Curve:
        """The same shape with another highest window."""
        return replace(self, rate_rps=self.rate_rps * (requests_per_s / float(self.rate_rps.max())))


@cache
def curve(name: str) -> Curve:
    """A measured curve by name, or of a file: rates (`t_s`, columns `*_rps`; the first counts) or a log of requests."""
    if name in SERVICES:
        return _rates("servegen-rates", SERVICES[name])
    path = locate(LOGS.get(name, name))
    kind = sniff(path)
    if kind == "rates":
        return _rates(path, "")
    if kind == "requests":
        return _requests(path)
    known = ", ".join([*SERVICES, *LOGS])
    raise UsageError(Fault("L076", f"{name} holds {kind}, no request rates", path, fix=f"a log, or one of {known}"))


def _rates(path: str, column: str) -> Curve:
    """Gaps are filled in a straight line."""
    table = read_rates(locate(path))
    mine = table["service"] == (column or table["service"][0])
    at, rate = table["t_s"][mine].astype(np.float64), table["rate_rps"][mine]
    known = ~np.isnan(rate)
    if not known.any() or float(np.nanmax(rate)) <= 0.0:
        raise UsageError(Fault("L076", "the rates are all absent or 0", path))
    window = float(np.median(np.diff(at))) if len(at) > 1 else 600.0
    return Curve(window, np.interp(at, at[known], rate[known]))


def _requests(path: str) -> Curve:
    """Requests counted by the minute; the last, broken minute is left out."""
    table = read_requests(path).table
    arrive = np.sort(table["arrive_s"])
    windows = max(1, int((arrive[-1] - arrive[0]) // LOG_WINDOW_S))
    at = ((arrive - arrive[0]) // LOG_WINDOW_S).astype(np.int64)
    counts = np.bincount(at[at < windows], minlength=windows)
    out = table["output_tokens"]
    return Curve(
        LOG_WINDOW_S, counts / LOG_WINDOW_S, float(table["input_tokens"].mean()), max(float(out.mean()), 1.0),
        float(out.std() / out.mean()) if out.mean() > 0 else 1.0,
    )  # fmt: skip


def peak_of_users(shape: Curve, users: float, tokens_per_user_day: float, osl: float) -> float:
    """Requests a second in the highest window, for people who ask for so many output tokens a day on the mean."""
    mean = users * tokens_per_user_day / DAY_S / osl
    return mean * float(shape.rate_rps.max() / shape.rate_rps.mean())
