"""Waits of many equal servers behind one queue: Erlang C, spread by Allen and Cunneen's rule for general service.

P(W > t) = C(k, a) exp(-2 (k - a) t / ((1 + cv^2) S)) with k servers, offered load a = rate x S, service time S of
coefficient of variation cv (Allen, Probability, Statistics and Queueing Theory, 1990). Exact for exponential service.
"""

from __future__ import annotations

import math

from gigacampus.kernels.queueing import erlang_b


def erlang_c(servers: int, offered: float) -> float:
    """Probability that an arrival waits; 1 where the load is at or above the servers."""
    if offered >= servers:
        return 1.0
    if offered <= 0.0:
        return 0.0
    blocked = erlang_b(servers, offered)
    return servers * blocked / (servers - offered * (1.0 - blocked))


def wait_s(
    servers: int, rate_per_s: float, service_s: float, percentile: float = 0.99, variation: float = 1.0
) -> float:
    """The wait that a share `percentile` of arrivals stays below; infinite on an overloaded queue."""
    offered = rate_per_s * service_s
    if offered >= servers:
        return math.inf
    waits = erlang_c(servers, offered)
    if waits <= 1.0 - percentile:
        return 0.0
    spread = (1.0 + variation * variation) / 2.0
    return math.log(waits / (1.0 - percentile)) * spread * service_s / (servers - offered)
