"""Policies of your own: a function of a small view that names the job to start next, or NONE to wait.

    from gigacampus.engine import NONE, policy

    @policy
    def largest_first(view):
        best, best_gpus = NONE, 0
        for j in view.waiting:
            job = view.jobs[j]
            if best_gpus < job["gpus"] <= view.gpus_free:
                best, best_gpus = j, job["gpus"]
        return best

It is asked again after every start until it returns NONE, at every event. `@policy` compiles it behind one fixed
signature, so that the engine is not compiled again; under NUMBA_DISABLE_JIT=1 it stays plain Python, with the same
result. Sister functions: `@preemption` names jobs to stop, `@order_key` gives what the queue is sorted by,
`@placement` names nodes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, overload

import numpy as np
from numba import config, types
from numba.core.errors import NumbaError
from numba.np.numpy_support import from_dtype

from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.jit import of_one_type

NONE = -1
"""Start nothing now."""

JOB_FIELDS = {
    "submit_s": "When it was submitted, in seconds.",
    "estimate_s": "Expected length: the larger of estimate and run time; under `--overrun extend` the estimate.",
    "gpus": "Chips it asks for, all or nothing.",
    "priority": "Higher is more urgent.",
    "user_index": "User, numbered; -1 where unknown.",
    "tenant_index": "Tenant, numbered; -1 where unknown.",
    "start_s": "When it first started; the largest int64 while it has not.",
    "since_s": "Since when it has been running; the largest int64 while it does not.",
    "done_s": "Useful run time done before that.",
    "deadline_s": "When it should be done; the largest int64 where nobody says.",
}
"""What `view.jobs[j]` holds: int64 each."""

JOB = np.dtype([(name, np.int64) for name in JOB_FIELDS])

NODE_FIELDS = {
    "gpus": "GPUs it has.",
    "gpus_free": "GPUs of which nothing is in use.",
    "gpu_milli_free": "What is free of all its GPUs, in thousandths.",
    "cpu_milli_free": "What is free of its CPU cores, in thousandths; 0 where the list states none.",
    "memory_mib_free": "What is free of its memory, in MiB; 0 where the list states none.",
    "rack": "Rack it stands in, numbered; -1 where nodes stand in no racks.",
    "pod": "Pod of that rack, likewise.",
    "hall": "Hall it stands in, likewise.",
}
"""What `view.nodes[n]` holds: int64 each."""

NODE = np.dtype([(name, np.int64) for name in NODE_FIELDS])


class View(NamedTuple):
    """What a policy sees."""

    waiting: Any
    """Indices of waiting jobs in the order of submission."""
    running: Any
    """Indices of running jobs in the order of their starts."""
    jobs: Any
    """All jobs: `view.jobs[j]["gpus"]`; fields as in `JOB_FIELDS`."""
    gpus_free: int
    gpus_total: int
    now_s: int


class NodesView(NamedTuple):
    """What a placement sees."""

    nodes: Any
    """All nodes: `view.nodes[n]["gpus_free"]`; fields as in `NODE_FIELDS`."""
    jobs: Any
    """All jobs, as a policy sees them."""
    now_s: int


_INDICES = types.Array(types.int64, 1, "C")
JOBS_TYPE = types.Array(from_dtype(JOB), 1, "C")
VIEW_TYPE = types.NamedTuple((_INDICES, _INDICES, JOBS_TYPE, types.int64, types.int64, types.int64), View)  # type: ignore[no-untyped-call]
NODES_TYPE = types.Array(from_dtype(NODE), 1, "C")
NODES_VIEW_TYPE = types.NamedTuple((NODES_TYPE, JOBS_TYPE, types.int64), NodesView)  # type: ignore[no-untyped-call]
SIGNATURE = types.int64(VIEW_TYPE)
ORDER_SIGNATURE = types.float64(VIEW_TYPE, types.int64)
PLACE_SIGNATURE = types.int64(NODES_VIEW_TYPE, types.int64)
Function = Callable[..., Any]

CHOOSES, STOPS, ORDERS, PLACES = "policy", "preemption", "order_key", "placement"
"""What a function of one's own does."""
_SIGNATURES = {CHOOSES: SIGNATURE, STOPS: SIGNATURE, ORDERS: ORDER_SIGNATURE, PLACES: PLACE_SIGNATURE}


@overload
def policy(function: Function) -> Function: ...
@overload
def policy(*, preempt: Function) -> Callable[[Function], Function]: ...
def policy(function: Function | None = None, *, preempt: Function | None = None) -> Any:
    """A policy: a function of the view that names the waiting job to start next, or NONE.

    With `@policy(preempt=other)` that other function is asked first, at every event. A field that a job does not have
    fails here: UsageError with the compiler's reason.
    """
    if function is None:
        return lambda chooser: policy(chooser) if preempt is None else _joined(policy(chooser), preempt)
    return _compiled(function, CHOOSES)


def preemption(function: Function) -> Function:
    """A function of the view that names the running job to stop next, or NONE; it keeps its progress."""
    return _compiled(function, STOPS)


def order_key(function: Function) -> Function:
    """A function of the view and a waiting job that gives what the queue is sorted by, least first; ties by arrival."""
    return _compiled(function, ORDERS)


def placement(function: Function) -> Function:
    """A function of a `NodesView` and a job that names the node for it, or NONE to let it wait.

    It is asked for one node after another until the job has all its GPUs: as many whole free ones of each node as the
    job still needs.
    """
    return _compiled(function, PLACES)


def _joined(chooser: Function, stopper: Function) -> Function:
    vars(chooser)["stops"] = stopper
    return chooser


def role_of(function: Function) -> str:
    """What a function of one's own does; a plain one is a policy."""
    return str(vars(function).get("role", CHOOSES))


def stopper_of(function: Function) -> Function | None:
    """The function that a policy preempts by."""
    found: Function | None = vars(function).get("stops")
    return found


def _compiled(function: Function, role: str) -> Function:
    compiled = function
    if not config.DISABLE_JIT:  # type: ignore[attr-defined]
        try:
            # nothing of ours is checked so; a stranger's index beyond its array must not end in a crash
            compiled = of_one_type(function, _SIGNATURES[role], boundscheck=True)
        except (NumbaError, TypeError) as error:  # of another number of arguments
            raise UsageError(_refused(function, str(error), role)) from None
        if compiled.nopython_signatures[0].return_type != _SIGNATURES[role].return_type:
            raise UsageError(_refused(function, "it never returns a number", role))
    vars(compiled)["role"] = role
    return compiled


def _refused(function: Function, reason: str, role: str) -> Fault:
    """What the compiler did not like, in one line, with the place in the user's file."""
    lines = [line.strip() for line in reason.splitlines() if line.strip() and "nopython" not in line]
    told = next((line for line in lines if "Field" in line or "Unknown attribute" in line), lines[0] if lines else "")
    if "No conversion from" in told or "Can't unify return type" in told:
        told = f"it does not return a number on every path ({told.partition(' for ')[0]})"
    code = function.__code__
    view = f"a view has {', '.join(View._fields)}"
    wanted = {
        CHOOSES: f"{view}; return a job's index or NONE",
        STOPS: f"{view}; return a running job's index or NONE",
        ORDERS: f"it takes a view and a job's index; {view}; return a number, least first",
        PLACES: f"it takes a view and a job's index; a view has {', '.join(NodesView._fields)}, a node has "
        f"{', '.join(NODE_FIELDS)}; return a node's index or NONE",
    }[role]
    return Fault(
        "E201", f"the {role} function {function.__name__} cannot be compiled: {told}", code.co_filename,
        code.co_firstlineno, fix=f"{wanted}; a job has {', '.join(JOB_FIELDS)}",
    )  # fmt: skip
