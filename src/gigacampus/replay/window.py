"""Which jobs are measured: those submitted in the window; warm-up before it and drain after it are shown beside."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gigacampus.clock import NEVER
from gigacampus.engine import measures
from gigacampus.engine.given import given, waits_of
from gigacampus.engine.play import Jobs
from gigacampus.engine.spans import Spans
from gigacampus.replay.happened import Outcome


def measured(jobs: Jobs, from_s: int | None, to_s: int | None) -> NDArray[np.bool_] | None:
    """Which jobs are submitted in [from_s, to_s); None where all are meant."""
    if from_s is None and to_s is None:
        return None
    low, high = from_s if from_s is not None else -NEVER, to_s if to_s is not None else NEVER
    return np.asarray((jobs.submit_s >= low) & (jobs.submit_s < high))


def of_jobs(jobs: Jobs, outcome: Outcome, chosen: NDArray[np.bool_] | None) -> dict[str, Any]:
    """Waits and completion times of the measured jobs."""
    rows = slice(None) if chosen is None else chosen
    return measures.felt(
        jobs.submit_s[rows], outcome.start_s[rows], outcome.end_s[rows], jobs.run_s[rows], jobs.gpus[rows]
    )


def beside(jobs: Jobs, outcome: Outcome, from_s: int | None, to_s: int | None) -> dict[str, Any]:
    """Jobs submitted before and after the window, counted, with their mean wait; and how long the machine drains."""
    done = outcome.end_s < NEVER
    wait = np.where(done, outcome.end_s - jobs.submit_s - jobs.run_s, 0)
    told: dict[str, Any] = {"measure_from_s": from_s, "measure_to_s": to_s}
    early = jobs.submit_s < from_s if from_s is not None else np.zeros(len(done), dtype=np.bool_)
    late = jobs.submit_s >= to_s if to_s is not None else np.zeros(len(done), dtype=np.bool_)
    for name, mask in (("warm_up", early), ("drain", late)):
        finished = mask & done
        told[f"{name}_jobs"] = int(mask.sum())
        told[f"{name}_wait_mean_s"] = float(wait[finished].mean()) if finished.any() else None
    last_submit, last_end = int(jobs.submit_s.max()), int(outcome.end_s[done].max(initial=0))
    told["drain_s"] = max(last_end - last_submit, 0)
    return told


def of_chips(
    jobs: Jobs, outcome: Outcome, held: NDArray[np.float64], chips: float, from_s: int | None, to_s: int | None
) -> dict[str, Any]:
    """What became of the chips' time, from the window's begin to its end; of all of it where there is none."""
    done = outcome.end_s < NEVER
    if not done.any():
        return {}
    low = int(jobs.submit_s.min()) if from_s is None else from_s
    high = int(outcome.end_s[done].max()) if to_s is None else to_s
    asks = held > 0
    start = outcome.start_s if asks.all() else np.where(asks, outcome.start_s, NEVER)
    stops = outcome.stops
    if not len(stops):
        spans, none = Spans(outcome.since_s, outcome.end_s, held), np.zeros(0, dtype=np.int64)
        waits = waits_of(jobs.submit_s, start, Spans(none, none, none), none)
        return given(spans, Spans(none, none, none), waits, chips, low, high)
    lasting = np.flatnonzero(asks & (outcome.since_s < NEVER))
    job = np.concatenate((stops[:, 0], lasting))
    from_times = np.concatenate((stops[:, 1], outcome.since_s[lasting]))
    spans = Spans(from_times, np.concatenate((stops[:, 2], outcome.end_s[lasting])), held[job])
    # of an attempt that was stopped its end is lost, and its beginning was a restart
    lost = Spans(
        np.concatenate((stops[:, 2] - stops[:, 3], stops[:, 1])),
        np.concatenate((stops[:, 2], stops[:, 1] + stops[:, 4])),
        held[np.concatenate((stops[:, 0], stops[:, 0]))],
    )
    last_overhead = np.maximum(outcome.lost_s - _stopped_lost(outcome), 0)
    again = lasting[last_overhead[lasting] > 0]
    ends = Spans(outcome.since_s[again], outcome.since_s[again] + last_overhead[again], held[again])
    waits = waits_of(jobs.submit_s, start, spans, job)
    return given(spans, Spans.joined([lost, ends]), waits, chips, low, high)


def _stopped_lost(outcome: Outcome) -> NDArray[np.int64]:
    """Time lost in attempts that were stopped, by job."""
    lost = np.zeros(len(outcome.start_s), dtype=np.int64)
    np.add.at(lost, outcome.stops[:, 0], outcome.stops[:, 3] + outcome.stops[:, 4])
    return lost
