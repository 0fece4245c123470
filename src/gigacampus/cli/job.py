"""`gigacampus explain job RUN ID`: why a job of a run or a replay waited."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gigacampus.results import Results
    from gigacampus.tables import Table

WHY = {
    "none": "It started at once.",
    "head": "It would have fitted, but the queue is strict: a job ahead of it waited for more chips.",
    "capacity": "Too few chips were free.",
    "quota": "It asked for more chips than its tenant had at all; it waited for the tenant's share to grow.",
    "reservation": "It would have fitted, but starting it would have delayed the job that was promised those chips.",
    "outage": "Enough chips would have been free, had some not been out for repair.",
    "placement": "Enough chips were free in all, but no nodes had room for it as it asked.",
    "power": "Heat, a short supply or a grid event took chips away, or its tenant's limit of power held it.",
    "choice": "It would have fitted; the policy passed it over.",
    "unfit": "It asks for more than the machine will ever have; it never starts.",
}
"""What each `reason` in the log means, as of the instant at which the job was submitted."""
REPLAYED = {
    "quota": "Its tenant's limit or quota of GPUs held it.",
    "power": "Its tenant's or everybody's limit of power left too little for it.",
}
"""Where a replay means something else by it."""
LIMITED = (
    "Enough chips were free in all, but no nodes had room for it as it asked, or the limits of their halls' power."
)
"""`placement` in a replay with limits: those of halls are looked at with the nodes."""


def why(run: str, job: str) -> str:
    """What became of one job, and why it waited; UsageError where the run has no such job."""
    import numpy as np

    from gigacampus.errors import Fault, UsageError
    from gigacampus.results import read

    found = read(run)
    if "jobs" not in found:
        raise UsageError(Fault("U005", f"{run} has no jobs", fix="a run folder of `run` or `replay`"))
    jobs = found.tables["jobs"]
    rows = np.flatnonzero(jobs["job_id"].astype(str) == job)
    if not len(rows):
        first = ", ".join(str(one) for one in jobs["job_id"][:3])
        raise UsageError(Fault("U005", f"{run} has no job {job}", fix=f"its ids are like {first}"))
    return "\n".join(_lines(found, jobs, int(rows[0])))


def _lines(found: Results, jobs: Table, row: int) -> list[str]:
    from gigacampus.clock import NEVER

    one: dict[str, Any] = {name: jobs[name][row] for name in jobs.spec.names}
    start, end, submit = int(one["start_s"]), int(one["end_s"]), int(one["submit_s"])
    lines = [f"job {one['job_id']}: {_count(one['gpus'], 'chip')} for {one['run_s']:,} s, submitted at {submit:,} s"]
    if start == NEVER:
        lines.append("  never started")
    else:
        lines.append(f"  started at {start:,} s, {start - submit:,} s later")
    lines.append(f"  {_reason(found, str(one['reason']))}")
    lines += _around(found, jobs, row) if start > submit else []
    if one["restarts"]:
        lines.append(
            f"  started again {_count(one['restarts'], 'time')}; {one['lost_s']:,} s on chips were lost with that"
        )
    if end < NEVER:
        lines.append(f"  ended at {end:,} s: {one['wait_s']:,} s of its time in the system it did no useful work")
    elif start < NEVER:
        lines.append("  not ended when the run ends")
    return lines


def _reason(found: Results, reason: str) -> str:
    """What a reason means in this folder."""
    known = dict(WHY)
    if found.meta.get("kind") == "replay":
        known |= REPLAYED
        if found.meta["asked"].get("floor", {}).get("limits"):
            known["placement"] = LIMITED
    return known.get(reason, reason)


def _around(found: Results, jobs: Table, row: int) -> list[str]:
    """The machine and the queue at the instant of submission; in a campus's run, those of the job's tenant."""
    import numpy as np

    submit, start = int(jobs["submit_s"][row]), int(jobs["start_s"][row])
    is_near = np.ones(len(jobs), dtype=bool)
    whose = ""
    if "tenant_index" in jobs.spec.names:
        is_near = jobs["tenant_index"] == jobs["tenant_index"][row]
        whose = " of its tenant"
    is_running = is_near & (jobs["start_s"] <= submit) & (jobs["end_s"] > submit)
    is_running[row] = False
    is_waiting = is_near & (jobs["submit_s"] <= submit) & (jobs["start_s"] > submit)
    is_waiting[row] = False
    is_later = is_near & (jobs["submit_s"] > submit) & (jobs["start_s"] < start)
    held = int(jobs["gpus"][is_running].sum())
    total = found.summary.get("gpus")
    of = f" of {total:,}" if isinstance(total, int) else ""
    lines = [
        f"  when it came, jobs{whose} held {held:,}{of} chips and {_count(is_waiting.sum(), 'other')} waited, "
        f"asking for {int(jobs['gpus'][is_waiting].sum()):,}"
    ]
    if isinstance(total, int) and "node" not in jobs.spec.names and not jobs["restarts"].any():
        fitted_s = _first_room(jobs, row, total)
        if submit < fitted_s < start:
            lines.append(f"  enough chips for it were free from {fitted_s:,} s on; from then on others went first")
    if is_later.any():
        lines.append(f"  {_count(is_later.sum(), 'job')} that came later started before it")
    return lines


def _first_room(jobs: Table, row: int, total: int) -> int:
    """The first second after its submission at which as many chips as it asks for were free; its start at the latest.

    For machines that are a plain count, where no job was ever stopped.
    """
    import numpy as np

    from gigacampus.clock import NEVER

    submit, start = int(jobs["submit_s"][row]), int(jobs["start_s"][row])
    ran = (jobs["start_s"] < start) & (jobs["end_s"] > submit) & (jobs["start_s"] < NEVER)
    at_s = np.concatenate(([submit], np.maximum(jobs["start_s"][ran], submit), jobs["end_s"][ran]))
    change = np.concatenate(([0], jobs["gpus"][ran], -jobs["gpus"][ran]))
    moments, which = np.unique(at_s, return_inverse=True)
    free = total - np.cumsum(np.bincount(which.reshape(-1), change, len(moments)).astype(np.int64))
    room = moments[(free >= int(jobs["gpus"][row])) & (moments < start)]
    return int(room[0]) if len(room) else start


def _count(number: Any, what: str) -> str:
    """So many of something."""
    return f"{int(number):,} {what}{'' if int(number) == 1 else 's'}"
