"""A packing study on a real log: jobs are placed in order and nothing ever departs."""

from __future__ import annotations

import numpy as np

from gigacampus.clock import NEVER
from gigacampus.engine.desk import REASONS
from gigacampus.engine.machine import Machine
from gigacampus.engine.packing import pack
from gigacampus.engine.packing_gangs import has_gangs, pack_gangs
from gigacampus.engine.play import Jobs
from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.packing import Packing
from gigacampus.replay.asked import Asked
from gigacampus.replay.happened import Outcome
from gigacampus.replay.outcome import results
from gigacampus.results.collect import Results
from gigacampus.workload.trace import Trace


def static(asked: Asked, trace: Trace, machine: Machine) -> Results:
    """Place the jobs of a trace: in order of submission, or with `inflate` in an order drawn by the seed.

    A job starts when it is submitted if there is a place for it; one without is counted. A gang takes whole free nodes
    first, or finds no place. Rows of jobs that `inflate`
    appended stand beside those that they repeat.
    """
    if machine.nodes is None:
        raise ValueError("a packing study needs nodes")
    by_submit = np.argsort(trace.jobs["submit_s"], kind="stable")
    if asked.inflate is not None or asked.submit_at_start:
        by_submit = np.arange(len(trace))
    requests = machine.requests(trace.jobs.where(by_submit), trace.gpu_specs)
    study = pack_gangs if has_gangs(machine.nodes, requests) else pack
    packed = study(machine.nodes, requests, Packing[asked.rule.upper()], seed=asked.seed, inflate=asked.inflate)
    if not len(packed.order):
        told = f"--inflate {asked.inflate:g} leaves no job: the least asks for more of the machine than that"
        raise UsageError(Fault("E301", told, path="--inflate", fix="a larger --inflate"))
    tried = by_submit[packed.order]
    order = np.argsort(tried, kind="stable")
    rows, node = tried[order], packed.node[order]
    row_of = np.empty_like(order)
    row_of[order] = np.arange(len(order))
    places = np.stack((row_of[packed.pieces[:, 0]], packed.pieces[:, 1]), axis=1)
    submit, run, estimate, gpus = (
        np.ascontiguousarray(trace.jobs[name][rows]) for name in ("submit_s", "run_s", "estimate_s", "gpus")
    )
    if asked.submit_at_start:
        submit = np.zeros(len(rows), np.int64)
    zero, is_placed = np.zeros(len(rows), np.int64), node >= 0
    outcome = Outcome(
        np.where(is_placed, submit, NEVER), np.full(len(rows), NEVER), zero, zero,
        np.where(is_placed, 0, REASONS.index("unfit")), np.full(len(rows), NEVER), np.zeros((0, 5), np.int64),
        places, np.array(machine.texts(places, len(rows)), dtype=object),
    )  # fmt: skip
    more = {
        "allocation_fraction": packed.allocation_fraction,
        "requested_fraction": packed.requested_fraction,
        "fragmented_fraction": packed.fragmented_fraction,
        "placed": int(is_placed.sum()),
    }
    jobs = Jobs(submit, run, np.maximum(estimate, run), gpus, zero)
    return results(asked, trace, machine, jobs, outcome, rows=rows, more=more)
