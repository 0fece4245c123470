"""Clearing many samples: drawn values go straight into the kernel's arrays, no scenario is built for each.

A sample takes about a tenth of a millisecond. A path that no array holds makes the sampler build a scenario for each
sample instead, which is slower and as right.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from gigacampus.clock import DAY_S
from gigacampus.deal.actuals import actuals, applied, evidence
from gigacampus.deal.clear import settle_lots
from gigacampus.deal.terms import CAMPUS, Array, Terms, terms
from gigacampus.kernels.clearing import Law
from gigacampus.scenario import Scenario, ranged, with_values
from gigacampus.scenario.draws import look_up

Value = float | date
Cell = Callable[[Terms, Array, Value], None]
"""Writes a drawn value into the arrays; the second argument is the transit of each stream in days."""


@dataclass(frozen=True, slots=True)
class Arrivals:
    """The parts of lots that cleared for the campus, in the order of clearance; days from the scenario's start."""

    stream: Array
    want_day: Array
    clear_day: Array
    arrive_day: Array
    chips: Array
    bound: Array


class Sampler:
    """The deal of a scenario, ready to be cleared for many draws of its ranges."""

    paths: tuple[str, ...]
    """The ranged paths under `deal`."""
    streams: tuple[str, ...]
    """The streams that `Arrivals.stream` counts."""

    def __init__(self, scenario: Scenario) -> None:
        """Read the terms once and find the cell of every ranged path."""
        rows = actuals(scenario)
        self._evidence = evidence(scenario, rows) if rows else None
        scenario = applied(scenario, rows)
        self._scenario, self._terms = scenario, terms(scenario, self._evidence)
        self.paths = tuple(path for path in ranged(scenario) if path.startswith("deal."))
        self.streams = self._terms.stream_names
        deliveries = scenario.deal.deliveries
        self._transit = np.array([_days(deliveries[name].transit) for name in self.streams], dtype=np.int64)
        licences = scenario.deal.licences
        self._here = np.array([licences[deliveries[name].licence].site == CAMPUS for name in self.streams], dtype=bool)
        self._cells = {path: _cell(scenario, self._terms, path) for path in self.paths}

    def clear(self, values: Mapping[str, Value]) -> Arrivals:
        """Clear one sample: values by path, in canonical units, dates also as ordinals; the rest keeps its median."""
        cells = {path: self._cells[path] for path in values if path in self._cells}
        if any(cell is None for cell in cells.values()):
            changed = with_values(self._scenario, {path: self._dated(path, values[path]) for path in cells})
            numbers = terms(changed, self._evidence)
            spans = [changed.deal.deliveries[name].transit for name in numbers.stream_names]
            return self._arrivals(numbers, np.array([_days(one) for one in spans], dtype=np.int64))
        numbers, transit = _copied(self._terms), self._transit.copy()
        for path, cell in cells.items():
            if cell is not None:
                cell(numbers, transit, values[path])
        return self._arrivals(numbers, transit)

    def _dated(self, path: str, value: Value) -> Value:
        """A drawn ordinal as the date that it is."""
        is_date = isinstance(look_up(self._scenario, path), date)
        return date.fromordinal(int(value)) if is_date and not isinstance(value, date) else value

    def _arrivals(self, numbers: Terms, transit: Array) -> Arrivals:
        found = settle_lots(numbers)
        streams = found.lots["stream"][found.decisions["lot"]]
        kept = (found.decisions["cleared"] > 0) & (self._here[streams] if len(streams) else False)
        rows, streams = found.decisions[kept], streams[kept]
        return Arrivals(
            stream=streams, want_day=found.lots["want_day"][rows["lot"]], clear_day=rows["day"],
            arrive_day=rows["day"] + transit[streams], chips=rows["cleared"], bound=rows["bound"],
        )  # fmt: skip


def _copied(numbers: Terms) -> Terms:
    return replace(numbers, law=Law(*(one.copy() for one in numbers.law)), gates=numbers.gates.copy())


def _days(span: float) -> int:
    return round(float(span) / DAY_S)


def _cell(scenario: Scenario, numbers: Terms, path: str) -> Cell | None:
    """The cell of a path; None where no single cell holds it."""
    _, kind, *rest = path.split(".")
    name, key = rest[0], ".".join(rest[1:])
    if kind == "licences" and name in numbers.licence_names:
        return _licence_cell(scenario, numbers.licence_names.index(name), key)
    if kind == "deliveries" and name in numbers.stream_names:
        return _stream_cell(scenario, numbers.stream_names.index(name), key)
    if kind == "quotas" and key == "cap":
        return _cap_cell(scenario, numbers, name)
    if kind == "obligations" and name in numbers.owed_names:
        return _owed_cell(numbers.owed_names.index(name), key)
    return None


def _day(scenario: Scenario, value: Value) -> int:
    ordinal = value.toordinal() if isinstance(value, date) else int(value)
    return ordinal - scenario.start.toordinal()


def _licence_cell(scenario: Scenario, row: int, key: str) -> Cell | None:
    def write(numbers: Terms, transit: Array, value: Value) -> None:
        column = {"quantity": "quantity", "issued": "issued_day", "expires": "expires_day"}[key]
        numbers.law.licences[column][row] = value if key == "quantity" else _day(scenario, value)

    return write if key in {"quantity", "issued", "expires"} else None


def _stream_cell(scenario: Scenario, row: int, key: str) -> Cell | None:
    def write(numbers: Terms, transit: Array, value: Value) -> None:
        if key == "transit":
            transit[row] = _days(value)  # type: ignore[arg-type]
        elif key in {"start", "end"}:
            day = _day(scenario, value)
            numbers.law.streams[f"{key}_day"][row] = max(day, 0) if key == "start" else day
        else:
            numbers.law.streams["chips_per_year" if key == "rate" else "total"][row] = value

    return write if key in {"transit", "start", "end", "rate", "total"} else None


def _cap_cell(scenario: Scenario, numbers: Terms, name: str) -> Cell | None:
    cap = float(scenario.deal.quotas[name].cap)
    mine = np.array([numbers.class_names[one][0] == name for one in numbers.law.windows["party_class"]], dtype=bool)

    def write(numbers: Terms, transit: Array, value: Value) -> None:
        numbers.law.windows["cap"][mine] *= float(value) / cap  # type: ignore[arg-type]

    return write if cap > 0.0 else None


def _owed_cell(row: int, key: str) -> Cell | None:
    def write(numbers: Terms, transit: Array, value: Value) -> None:
        if key == "headroom":
            numbers.law.owed["headroom_usd"][row] = value
        else:
            numbers.law.owed["lag_day"][row] = _days(value)  # type: ignore[arg-type]

    return write if key in {"headroom", "evidence_lag"} else None
