"""Stages of a run that follow each other: each is submitted when the one before it has ended.

When a stage ends is known only once the queue has been played. So it is played again with each stage submitted at the
end found for the one before, until nothing moves. What happens before an instant does not depend on what is submitted
after it: a stage that comes too soon changes nothing before it comes, so it only moves later, up to the true end of the
one before, from when on both are right. So the rounds come to an end, and the last one is the schedule itself.
"""

from __future__ import annotations

import numpy as np

from gigacampus.engine.desk import NEVER, Ints
from gigacampus.tables.table import Table


def chains_of(stages: Table) -> list[Ints]:
    """The stages' jobs, run by run in their order; runs of one stage need no chain."""
    follows = dict(zip(stages["after_id"].tolist(), stages["job_id"].tolist(), strict=True))
    found = []
    for first in stages["job_id"][stages["after_id"] < 0].tolist():
        chain = [first]
        while chain[-1] in follows:
            chain.append(follows[chain[-1]])
        if len(chain) > 1:
            found.append(np.array(chain, dtype=np.int64))
    return found


def moved(chains: list[Ints], submit_s: Ints, end_s: Ints, until_s: int) -> bool:
    """Submit each stage when the one before ended; whether any moved. Both arrays go by job; `submit_s` is changed.

    A stage that has not been right yet moves later ones along by as much, which only saves rounds. One whose
    predecessor does not end comes at `until_s`, when all is over.
    """
    before = submit_s.copy()
    for chain in chains:
        for first, second in zip(chain[:-1].tolist(), chain[1:].tolist(), strict=True):
            end = int(end_s[first])
            took = end - int(before[first])
            submit_s[second] = until_s if end == NEVER else min(int(submit_s[first]) + took, until_s)
    return bool((before != submit_s).any())
