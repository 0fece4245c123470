"""What a trace reader hands on: the jobs of a real log, requests, rates or nodes, in one shape whatever the format."""

from __future__ import annotations

from enum import IntEnum

from gigacampus.tables.table import Column, Spec

C = Column


class State(IntEnum):
    """How a job ended, in one vocabulary; each format's own words are mapped to it. Unknown is -1."""

    UNKNOWN = -1
    COMPLETED = 0
    FAILED = 1
    CANCELLED = 2
    TIMEOUT = 3
    NODE_FAIL = 4
    PREEMPTED = 5
    RUNNING = 6
    PENDING = 7


JOBS = Spec(
    "trace_jobs",
    "Jobs of a log in the order of its rows. Texts are numbered: users, tenants and GPU types in order of appearance.",
    (
        C("submit_s", "i8", "s", "When it was submitted: the trace's own clock, or since the earliest submission."),
        C("run_s", "i8", "s", "How long it ran; 0 where it never ran."),
        C("estimate_s", "i8", "s", "Requested time; 0 where the log has none."),
        C("gpus", "i8", "chips", "Chips it held, all or nothing; 0 for a job on CPUs only."),
        C("user_index", "i4", "", "User, numbered; -1 where unknown."),
        C("tenant_index", "i4", "", "Virtual cluster, queue or account, numbered; -1 where unknown."),
        C("kind_index", "i4", "", "Class of work, a `Kind`; BATCH where the log does not say."),
        C("priority", "i8", "", "Higher goes first; 0 where the log has none."),
        C("state_index", "i4", "", "How it ended, a `State`; -1 where unknown."),
        C("start_s", "i8", "s", "Recorded start; the largest int64 where there is none."),
        C("end_s", "i8", "s", "Recorded end; the largest int64 where there is none."),
        C("nodes", "i8", "nodes", "Nodes it held; 0 where unknown."),
        C("cpu_milli", "i8", "", "CPU cores asked for, in thousandths; 0 where unknown."),
        C("memory_mib", "i8", "MiB", "Memory asked for; 0 where unknown."),
        C("gpu_milli", "i8", "", "Share of each of its GPUs, in thousandths: 1000 is whole; 0 without GPUs."),
        C("gpu_spec_index", "i4", "", "GPU type or types asked for, numbered; -1 where any will do."),
        C("begin_s", "i8", "s", "Not to start before; the largest int64 where it may start at once."),
        C("planned_s", "i8", "s", "When a planned run is to start, its chips kept free; the largest int64 for others."),
        C("deadline_s", "i8", "s", "When it should be done; the largest int64 where the log has none."),
    ),
)

REQUESTS = Spec(
    "trace_requests",
    "Requests to language models, in the order of the log.",
    (
        C("arrive_s", "f8", "s", "When it arrived: the trace's own clock, or since the first request."),
        C("input_tokens", "i8", "", "Tokens of the prompt."),
        C("output_tokens", "i8", "", "Tokens generated."),
        C("model_index", "i4", "", "Model, numbered in order of appearance; -1 where unknown."),
    ),
)

RATES = Spec(
    "trace_rates",
    "Request rates of a service, window by window.",
    (
        C("t_s", "i8", "s", "First second of the window."),
        C("service", "str", "", "Service, a column of the file."),
        C("rate_rps", "f8", "1/s", "Requests a second; NaN where the log has a gap."),
    ),
)

NODES = Spec(
    "trace_nodes",
    "Nodes of a cluster, in the order of the file.",
    (
        C("node", "str", "", "Name."),
        C("gpus", "i8", "chips", "GPUs in the node."),
        C("cpu_milli", "i8", "", "CPU cores, in thousandths."),
        C("memory_mib", "i8", "MiB", "Memory; 0 where unknown."),
        C("gpu_spec", "str", "", "GPU type; empty where there is none."),
    ),
)
