"""`--fail-if "pue_mean>1.3"`: assertions on a run's summary."""

from __future__ import annotations

import math
import operator
import re
from collections.abc import Callable, Mapping
from typing import NamedTuple

from gigacampus.errors import Fault, UsageError

EXIT_CODE = 3
_COMPARE: dict[str, Callable[[float, float], bool]] = {
    ">=": operator.ge, "<=": operator.le, "==": operator.eq, "!=": operator.ne, ">": operator.gt, "<": operator.lt,
}  # fmt: skip
_FORM = re.compile(r"\s*([A-Za-z_][\w.\-]*)\s*(>=|<=|==|!=|>|<)\s*([-+]?[\d.][\d.,_]*(?:[eE][-+]?\d+)?)\s*")


class Assertion(NamedTuple):
    """A condition under which the command fails."""

    name: str
    sign: str
    limit: float
    text: str

    def holds(self, value: float) -> bool:
        """Whether the value meets the condition; what is no number (a mean over nothing) never does."""
        return _COMPARE[self.sign](value, self.limit)


def read(texts: tuple[str, ...]) -> list[Assertion]:
    """The assertions; UsageError names those that cannot be read. Called before a run, so that none is in vain."""
    found, faults = [], []
    for text in texts:
        limit = 0.0
        match = _FORM.fullmatch(text)
        try:
            limit = float(match[3].replace(",", "").replace("_", "")) if match else limit
        except ValueError:
            match = None
        if not math.isfinite(limit):
            fix = "write a number that a result can reach"
            faults.append(Fault("U003", f"{text!r} compares with infinity", f"--fail-if {text}", fix=fix))
            continue
        if match is None:
            fix = 'write --fail-if "pue_mean>1.3" (one of > >= < <= == !=)'
            faults.append(Fault("U003", f"{text!r} is no condition on a number", f"--fail-if {text}", fix=fix))
        else:
            found.append(Assertion(match[1], match[2], limit, text))
    if faults:
        raise UsageError(faults)
    return found


def broken(assertions: list[Assertion], numbers: Mapping[str, float]) -> list[str]:
    """A sentence for each assertion that broke; UsageError where one names no number of the summary."""
    import difflib

    faults, said = [], []
    for one in assertions:
        if one.name not in numbers:
            near = difflib.get_close_matches(one.name, numbers, 1, 0.5)
            fix = f'did you mean "{near[0]}"?' if near else f"numbers of the summary: {', '.join(sorted(numbers))}"
            faults.append(Fault("U003", f'the summary has no number "{one.name}"', f"--fail-if {one.text}", fix=fix))
        elif one.holds(numbers[one.name]):
            said.append(f"{one.name} is {numbers[one.name]:.6g}: --fail-if {one.text!r} broke")
    if faults:
        raise UsageError(faults)
    return said
