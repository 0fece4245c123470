"""When a training run evaluates its model: pauses within the attempts of its jobs, on the same chips."""

from __future__ import annotations

import numpy as np

from gigacampus.engine.desk import NEVER, Ints
from gigacampus.engine.play import Played
from gigacampus.engine.spans import Spans
from gigacampus.tables.work import Work


def evaluations(work: Work, rows: Ints, played: Played) -> Spans:
    """Times of evaluation and the chips that they hold; `rows` are the jobs that were played, in their order.

    An attempt begins with training and is evaluated after each `evaluate_every_s` of it; so after a failure the count
    begins anew, as the state is that of a checkpoint.
    """
    stages = work.stages
    from_s, until_s, chips = [], [], []
    place = {int(row): k for k, row in enumerate(rows)}
    broken = played.attempts
    for stage in stages.where(stages["evaluate_s"] > 0).rows():
        k = place.get(stage["job_id"])
        if k is None:
            continue
        mine = broken[broken[:, 0] == k]
        attempts = [(int(one[1]), int(one[2])) for one in mine]
        if played.since_s[k] < NEVER:
            attempts.append((int(played.since_s[k]), int(played.end_s[k])))
        every, pause = stage["evaluate_every_s"], stage["evaluate_s"]
        for start, end in attempts:
            # an attempt that outlasts the horizon has as many as its run time allows
            last = end if end < NEVER else start + stage["run_s"]
            begin = np.arange(start + every, last, every + pause)
            from_s.append(begin)
            until_s.append(np.minimum(begin + pause, last))
            chips.append(np.full(len(begin), stage["gpus"]))
    if not from_s:
        return Spans(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0, np.int64))
    return Spans(np.concatenate(from_s), np.concatenate(until_s), np.concatenate(chips))
