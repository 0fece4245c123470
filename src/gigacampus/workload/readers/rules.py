"""The rules that hold for jobs of every format: submission, run time, GPUs, state."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from gigacampus.tables.trace import State
from gigacampus.workload.readers.mapper import Batch, Format

Ints = NDArray[np.int64]


def states(form: Format, batch: Batch) -> NDArray[np.int32]:
    """How each job ended, a `State`, by the format's words."""
    if "state" not in batch.texts:
        return np.full(len(batch.rows), int(State.UNKNOWN), np.int32)

    def meaning(word: str) -> float:
        text = word.upper().strip()
        first = text.split()[0] if text.split() else ""  # "CANCELLED by 1001"
        return float(form.states.get(text, form.states.get(first, State.UNKNOWN)))

    found = batch.each_word("state", meaning)
    return np.where(np.isnan(found), int(State.UNKNOWN), found).astype(np.int32)


def _must_have_run(form: Format, batch: Batch, state: NDArray[np.int32]) -> NDArray[np.bool_]:
    """Jobs whose run time must be there: completed ones, and all where the file has no states."""
    if "state" not in batch.texts:
        return np.ones(len(batch.rows), bool)
    return np.asarray(state == int(State.COMPLETED))


def submits(batch: Batch) -> Ints:
    """Submission in whole seconds; an error where there is none or it is negative."""
    absent = ~batch.has("submit_s")
    batch.refuse(absent, "T005", "submit_s", lambda at: "expected a submission time, found none")
    seconds = np.floor(batch.values["submit_s"]).astype(np.int64)
    negative = ~absent & (seconds < 0)
    batch.refuse(
        negative, "T005", "submit_s", lambda at: f"expected a submission time of 0 or later, found {seconds[at]}"
    )
    batch.keep &= ~(absent | negative)
    return seconds


def runs(form: Format, batch: Batch, state: NDArray[np.int32], counts: Counter[str]) -> Ints:
    """Run times: as recorded, else end less start; 0 for what never ran; an error where a finished job has none."""
    run, known = batch.whole("run_s", 0), batch.has("run_s")
    both = batch.has("start_s") & batch.has("end_s") & ~known
    if both.any():
        run = np.where(both, np.rint(batch.values["end_s"] - batch.values["start_s"]).astype(np.int64), run)
        known = known | both
    must = _must_have_run(form, batch, state)
    wrong = known & (run < 0) & must
    batch.refuse(
        wrong, "T005", "run_s", lambda at: f"expected a run time of 0 s or more for a completed job, found {run[at]} s"
    )
    unfinished = ~known & np.isin(state, (int(State.RUNNING), int(State.PENDING)))
    counts["still_running"] += int(np.count_nonzero(unfinished & batch.keep))
    absent = ~known & must
    batch.refuse(absent, "T005", "run_s", lambda at: "expected a run time for a completed job, found none")
    batch.keep &= ~(wrong | unfinished | absent)
    return np.where(known, np.maximum(run, 0), 0)


def gpus_held(batch: Batch, run: Ints) -> Ints:
    """Whole GPUs; an error for a fraction, a negative number, or none at all for a job that ran."""
    gpus, known = batch.whole("gpus", 0), batch.has("gpus")
    fraction = known & (np.abs(batch.values["gpus"] - gpus) > 1e-9)
    batch.refuse(
        fraction, "T005", "gpus", lambda at: f"expected a whole number of GPUs, found {batch.values['gpus'][at]}"
    )
    negative = known & (gpus < 0)
    batch.refuse(negative, "T005", "gpus", lambda at: f"expected 0 GPUs or more, found {gpus[at]}")
    absent = ~known & (run > 0)
    batch.refuse(absent, "T005", "gpus", lambda at: "expected a number of GPUs for a job that ran, found none")
    batch.keep &= ~(fraction | negative | absent)
    return gpus
