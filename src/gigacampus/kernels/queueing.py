"""Loss in a group of servers: the recursion behind every waiting probability."""

from __future__ import annotations

from gigacampus.kernels.jit import kernel


@kernel
def erlang_b(servers: int, offered: float) -> float:
    """Probability that all servers are busy where nobody waits (Erlang B).

    B(0) = 1, B(k) = a B(k-1) / (k + a B(k-1)); numerically stable (Jagerman, Bell System Technical Journal 53, 1974).
    """
    blocked = 1.0
    for count in range(1, servers + 1):
        blocked = offered * blocked / (count + offered * blocked)
    return blocked
