"""Loss in a group of servers: the sum behind every waiting probability."""

from __future__ import annotations

from gigacampus.kernels.jit import kernel

FAR, NEAR = 1e300, 1e-17
"""Where the inverse is beyond any loss that shows, and a term below its last digit."""


@kernel
def erlang_b(servers: int, offered: float) -> float:
    """Probability that all servers are busy where nobody waits (Erlang B).

    Its inverse is the sum over j of k (k-1) ... (k-j+1) / a^j (Jagerman, Bell System Technical Journal 53, 1974), taken
    from the full group downward: terms soon fade, so that ten million servers cost some ten thousand steps.
    """
    inverse, term = 1.0, 1.0
    for busy in range(servers, 0, -1):
        term *= busy / offered
        inverse += term
        if inverse > FAR or (busy < offered and term < NEAR * inverse):
            break
    return 1.0 / inverse
