"""The order of the queue: a rank for every job, known when the trace is loaded."""

from __future__ import annotations

import numpy as np

from gigacampus.engine.desk import Ints


def order_by(
    policy: str, submit_s: Ints, estimate_s: Ints, priority: Ints, deadline_s: Ints | None = None
) -> Ints | None:
    """Jobs by rank, for jobs that stand in order of submission; None where that is the order.

    fcfs, easy, conservative: by submission. sjf: smallest expected length first. priority: highest first. deadline:
    earliest first, those without one (NEVER) last. Ties go by submission, then by place in the trace (jobs already
    stand so, and the sorts are stable).
    """
    if policy == "sjf":
        return np.argsort(estimate_s, kind="stable").astype(np.int64)
    if policy == "priority":
        return np.argsort(-priority, kind="stable").astype(np.int64)
    if policy == "deadline" and deadline_s is not None:
        return np.argsort(deadline_s, kind="stable").astype(np.int64)
    return None
