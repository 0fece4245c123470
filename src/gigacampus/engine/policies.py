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
result.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numba import config, njit, typeof, types
from numba.core.errors import NumbaError

from gigacampus.errors import Fault, UsageError
from gigacampus.kernels.jit import cached_in

NONE = -1
"""Start nothing now."""

JOB_FIELDS = {
    "submit_s": "When it was submitted, in seconds.",
    "estimate_s": "Expected length: the larger of estimate and run time.",
    "gpus": "Chips it asks for, all or nothing.",
    "priority": "Higher is more urgent.",
    "user_index": "User, numbered; -1 where unknown.",
    "tenant_index": "Tenant, numbered; -1 where unknown.",
    "start_s": "When it started; the largest int64 while it has not.",
}
"""What `view.jobs[j]` holds: int64 each."""

JOB = np.dtype([(name, np.int64) for name in JOB_FIELDS])


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


_INDICES = types.Array(types.int64, 1, "C")
JOBS_TYPE = typeof(np.zeros(0, dtype=JOB))  # type: ignore[no-untyped-call]
VIEW_TYPE = types.NamedTuple((_INDICES, _INDICES, JOBS_TYPE, types.int64, types.int64, types.int64), View)  # type: ignore[no-untyped-call]
SIGNATURE = types.int64(VIEW_TYPE)
Policy = Callable[[View], int]


def policy(function: Policy) -> Policy:
    """Compile a policy behind the fixed signature; a field that a job does not have fails here.

    Raises UsageError with the compiler's reason where the function cannot be compiled.
    """
    if config.DISABLE_JIT:  # type: ignore[attr-defined]
        return function
    try:
        with cached_in(function):
            compiled: Policy = njit(SIGNATURE, cache=True)(function)
    except NumbaError as error:
        raise UsageError(_refused(function, str(error))) from None
    return compiled


def _refused(function: Policy, reason: str) -> Fault:
    """What the compiler did not like, in one line, with the place in the user's file."""
    lines = [line.strip() for line in reason.splitlines() if line.strip()]
    told = next((line for line in lines if "Field" in line or "Unknown attribute" in line), lines[0] if lines else "")
    code = function.__code__
    return Fault(
        "E201", f"the policy {function.__name__} cannot be compiled: {told}", code.co_filename, code.co_firstlineno,
        fix=f"a view has {', '.join(View._fields)}; a job has {', '.join(JOB_FIELDS)}; return a job's index or NONE",
    )  # fmt: skip


def load_policy(text: str) -> Policy:
    """The policy that `FILE.py:function` names; UsageError where there is none."""
    path, _, name = text.rpartition(":")
    if not path.endswith(".py") or not name.isidentifier():
        raise UsageError(Fault("E202", f'"{text}" is no policy', fix="a policy's name, or FILE.py:function"))
    if not Path(path).is_file():
        raise UsageError(Fault("E202", "no such policy file", path))
    module_name = f"gigacampus_policy_{Path(path).stem}"
    spec = importlib.util.spec_from_file_location(module_name, path)
    if spec is None or spec.loader is None:
        raise UsageError(Fault("E202", "not a Python file", path))
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module
    try:
        spec.loader.exec_module(module)
    except UsageError:
        raise
    except Exception as error:
        line = getattr(error, "lineno", 0) or 0
        raise UsageError(Fault("E203", f"the policy file fails: {type(error).__name__}: {error}", path, line)) from None
    found = getattr(module, name, None)
    if not callable(found):
        raise UsageError(Fault("E202", f"no function {name} in the policy file", path))
    if not config.DISABLE_JIT and not hasattr(found, "overloads"):  # type: ignore[attr-defined]
        found = policy(found)
    chosen: Policy = found
    return chosen
