"""The inverse question: the smallest value of an input at which a condition on the results holds."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from gigacampus.errors import Fault, InputError, UsageError
from gigacampus.sweep.axes import Axis, Span
from gigacampus.sweep.executors import Workers
from gigacampus.sweep.outcome import gathered
from gigacampus.sweep.store import Store
from gigacampus.sweep.study import Plan, Study, planned
from gigacampus.sweep.walk import Tally, played, playing

_FORM = re.compile(r"\s*([A-Za-z_][\w.\-]*)\s*(>=|<=|>|<)\s*([-+]?[\d.][\d._]*(?:[eE][-+]?\d+)?)\s*")
_SIGNS: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
FIRST = 5
"""Values that are tried at once at the beginning, ends included: they show whether the measure is monotone."""
FINE = 1e-3
"""A value is found when it is known to this share of its range; whole numbers and dates are found exactly."""


@dataclass(frozen=True)
class Trial:
    """One value that was tried: the measure by seed, and whether the condition holds in the mean."""

    value: float
    text: str
    measured: tuple[float, ...]
    mean: float
    holds: bool
    holds_all: bool
    holds_any: bool


@dataclass
class Answer:
    """What was found. `low` to `high` is the interval of the seeds: where the first of them holds, and where all do."""

    path: str
    condition: str
    value: float | None
    text: str
    low: str
    high: str
    unit: str
    is_monotone: bool
    trials: list[Trial] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Plain values; what is no number is None."""
        told = asdict(self)
        for trial in told["trials"]:
            trial["measured"] = [one if math.isfinite(one) else None for one in trial["measured"]]
            trial["mean"] = trial["mean"] if math.isfinite(trial["mean"]) else None
        return told

    def lines(self) -> list[str]:
        """For people."""
        if self.value is None:
            told = [f"{self.condition} holds nowhere in the range of {self.path}"]
        else:
            told = [f"{self.path} = {self.text}: the smallest value tried at which {self.condition}"]
            if self.low != self.high:
                told.append(f"  by seed: {self.low} (first seed holds) to {self.high} (all seeds hold)")
        told += ["", f"  {'value':>28}{'mean':>16}  holds"]
        told += [f"  {one.text:>28}{one.mean:>16,.6g}  {'yes' if one.holds else 'no'}" for one in self.trials]
        return [*told, *(f"  note: {one}" for one in self.notes)]


def find(
    study: Study, axis: str, until: str, out: Path, *, count: int | None = None, cluster: str | None = None,
    tell: Callable[[Tally], None] = lambda tally: None,
) -> Answer:  # fmt: skip
    """The smallest value on `axis` (`path=lo..hi`) at which `until` (`wait_p95_s<3600`) holds in the mean of the seeds.

    Five values spread over the range come first, then bisection between the last that fails and the first that holds.
    Runs are kept in `out` and not played twice. UsageError where axis or condition cannot be used.
    """
    with study.placing():
        match, span = _sound(study, axis, until)
        with playing(study, count, cluster) as place:
            return _Search(study, span, match, Store(out), place, tell).answer(until)


def _sound(study: Study, axis: str, until: str) -> tuple[re.Match[str], Span]:
    """The condition and the axis of the search; UsageError with all that is wrong with them."""
    faults = []
    match = _FORM.fullmatch(until)
    if match is None or not math.isfinite(_limit(match)):
        told = f"{until!r} is no condition on a finite number"
        faults.append(Fault("Y006", told, f"--until {until}", fix='write it as in "wait_p95_s<3600"'))
    if study.vary or study.samples:
        faults.append(Fault("Y006", "--find looks along one axis", fix="leave --vary and --samples out"))
    if len(study.variants) > 1:
        faults.append(Fault("Y006", "--find looks at one case", fix="join variants with +"))
    if ".." not in axis:
        faults.append(Fault("Y006", f"{axis!r} is no range", f"--find {axis}", fix="write PATH=lo..hi"))
    span: Axis | None = None
    looked = replace(
        study, vary=(axis,), samples=1, variants=study.variants[:1], places=dict(study.places) | _as_find(study, axis)
    )
    try:
        span = planned(looked).axes[0] if ".." in axis else None
    except InputError as error:
        faults += error.faults
    if faults or match is None:
        raise UsageError(faults)
    if not isinstance(span, Span):
        raise UsageError(Fault("Y006", f"{axis!r} is no range", f"--find {axis}", fix="write PATH=lo..hi"))
    return match, span


def _limit(match: re.Match[str]) -> float:
    """The number of a condition; NaN where it is none (`1.2.3`)."""
    try:
        return float(match[3].replace("_", ""))
    except ValueError:
        return math.nan


def _as_find(study: Study, axis: str) -> dict[str, Fault]:
    """The axis is planned as one that varies; its faults are told at --find."""
    return {f"--vary {axis}": study.places.get(f"--find {axis}", Fault("", "", f"--find {axis}"))}


class _Search:
    def __init__(
        self, study: Study, span: Span, match: re.Match[str], store: Store, place: Workers,
        tell: Callable[[Tally], None],
    ) -> None:  # fmt: skip
        self.study, self.span, self.store, self.place, self.tell = study, span, store, place, tell
        self.name, self.sign, self.limit = match[1], _SIGNS[match[2]], _limit(match)
        self.trials: dict[float, Trial] = {}

    def answer(self, until: str) -> Answer:
        """Try, bisect for the mean, then for the first seed and for all seeds, and say what was found."""
        self._try([self.span.value(k / (FIRST - 1)) for k in range(FIRST)])
        value = self._bisect("holds")
        ends = (self._bisect("holds_any"), self._bisect("holds_all")) if self.study.seeds > 1 else (value, value)
        ranked = [self.trials[one] for one in sorted(self.trials)]
        holds = [one.holds for one in ranked]
        is_monotone = holds == sorted(holds) and _is_monotone([one.mean for one in ranked])
        low, high = ("nowhere" if end is None else self.span.text(end) for end in ends)
        text = "" if value is None else self.span.text(value)
        made = Answer(self.span.path, until, value, text, low, high, self.span.unit, is_monotone, ranked)
        if holds != sorted(holds):
            held = [one.text for one in ranked if one.holds]
            made.notes.append(
                f"the condition does not hold from one value on: it holds at {', '.join(held[:8])}; the answer is the "
                "smallest tried above which it holds at every value tried"
                if value is not None
                else f"the condition holds at {', '.join(held[:8])}, but not at the upper end"
            )
        elif not is_monotone:
            made.notes.append(f"{self.name} is not monotone in {self.span.path}: values in between were not all tried")
        return made

    def _bisect(self, what: str) -> float | None:
        """The smallest value tried from which on it holds at every value tried; None where not at the upper end."""
        while True:
            ranked = sorted(self.trials)
            held = [bool(getattr(self.trials[one], what)) for one in ranked]
            if not held[-1]:
                return None
            first = next((k + 1 for k in range(len(held) - 1, -1, -1) if not held[k]), 0)
            if first == 0:
                return ranked[0]
            low, high = ranked[first - 1], ranked[first]
            exact = self.span.is_whole or self.span.is_date
            middle = float((int(low) + int(high)) // 2) if exact else (low + high) / 2.0
            if middle in (low, high) or (not exact and high - low <= FINE * (self.span.high - self.span.low)):
                return high
            self._try([middle])

    def _try(self, values: list[float]) -> None:
        """Play these values with every seed."""
        new = [one for one in dict.fromkeys(values) if one not in self.trials]
        texts = {self.span.text(one): one for one in new}
        study = replace(self.study, vary=(f"{self.span.path}={','.join(texts)}",))
        plan: Plan = planned(study)
        tally = played(plan, self.store, self.place, self.tell)
        found = gathered(plan, self.store, tally.keys)
        errors = [one for one in found.table.column("error").to_pylist() if one]
        if errors:
            raise UsageError(Fault("Y006", f"a run of the search failed: {errors[0]}", fix="a smaller range"))
        measured = found.column(self.name).reshape(len(texts), self.study.seeds)
        for (text, value), row in zip(texts.items(), measured, strict=True):
            mean = float(np.mean(row))
            each = [self.sign(one, self.limit) for one in row.tolist()]
            self.trials[value] = Trial(
                value, text, tuple(row.tolist()), mean, self.sign(mean, self.limit), all(each), any(each)
            )


def _is_monotone(values: list[float]) -> bool:
    steps = np.diff(np.array(values))
    return bool((steps >= 0).all() or (steps <= 0).all())
