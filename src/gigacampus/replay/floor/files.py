"""The tables that a replay on a floor takes: components, outages, limits, needs and speeds."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from gigacampus.bounds import DOMAIN_GPUS, SPEED
from gigacampus.clock import NEVER
from gigacampus.conditions.components import DEFAULT, UNITS, Component
from gigacampus.engine.desk import Ints
from gigacampus.engine.floor.desk import CAMPUS_W, HALL_W, TENANT_GPUS, TENANT_W
from gigacampus.engine.floor.given import Layout, Limits, Needs, Outages, Speeds
from gigacampus.engine.floor.speeds import ANY, Measured, speeds
from gigacampus.engine.machine import Machine
from gigacampus.errors import Fault, InputError
from gigacampus.kernels.packing import WHOLE
from gigacampus.replay.floor.rows import fail, number, one_of, read_rows, whole
from gigacampus.workload.trace import Trace

LEVELS = ("node", "rack", "pod", "hall")
KINDS = {"tenant_gpus": TENANT_GPUS, "tenant_w": TENANT_W, "hall_w": HALL_W, "campus_w": CAMPUS_W}
MOST_PER_YEAR = 10_000.0


def _unit(text: str) -> str:
    if text in UNITS or re.fullmatch(r"[1-9]\d{0,5} racks", text):
        return text
    raise ValueError(f"{', '.join(UNITS)} or N racks")


def _takes(text: str) -> str:
    if text == "gpu":
        raise ValueError("node, rack, pod, hall or N racks: a GPU takes its node with it")
    return _unit(text)


def components(text: str) -> tuple[Component, ...]:
    """`default`, or a table of components: what may fail how often."""
    if text == "default":
        return DEFAULT
    rate = number()
    rows = read_rows(
        text, {"component": str, "unit": _unit, "per_year": rate, "repair_s": number(0.0, above=True)},
        {"takes": (_takes, ""), "spares": (whole(), 0), "swap_s": (number(), 0.0), "early_s": (number(), 0.0),
         "early_factor": (number(), 1.0), "source": (str, "")},
    )  # fmt: skip
    faults = []
    made = []
    for row in rows:
        takes = row["takes"] or ("node" if row["unit"] == "gpu" else row["unit"])
        if _size(takes) < _size(row["unit"]):
            told = f"takes: a {row['unit']} takes at least itself, found {takes}"
            faults.append(fail(rows.path, row["line"], told, "takes"))
        if row["per_year"] * max(row["early_factor"], 1.0) > MOST_PER_YEAR:
            told = f"per_year: at most {MOST_PER_YEAR:,.0f}, early days included, found {row['per_year']:g}"
            faults.append(fail(rows.path, row["line"], told, "per_year"))
        made.append(Component(
            row["component"], row["unit"], takes, row["per_year"], row["repair_s"], row["spares"], row["swap_s"],
            row["early_s"], row["early_factor"], row["source"],
        ))  # fmt: skip
    names = [one.name for one in made]
    if len(set(names)) < len(names):
        faults.append(fail(rows.path, 0, "a component is named twice", "component"))
    if faults:
        raise InputError(faults)
    return tuple(made)


def _size(unit: str) -> float:
    order = {"gpu": 0.0, "node": 1.0, "rack": 2.0, "pod": 4.0, "hall": 5.0}
    return order.get(unit, 2.5)


def ranges(unit: str, layout: Layout, gpus: Ints) -> tuple[Ints, Ints]:
    """First node, and one past the last, of every unit of a kind."""
    nodes = np.arange(len(layout.rack), dtype=np.int64)
    if unit == "gpu":
        each = np.repeat(nodes, gpus)
        return each, each + 1
    if unit == "node":
        return nodes, nodes + 1
    if unit == "hall":
        edges = np.searchsorted(layout.hall, np.arange(len(layout.halls) + 1))
    elif unit == "pod":
        edges = layout.first_nodes()[layout.first_racks()]
    elif unit == "rack":
        edges = layout.first_nodes()
    else:
        step = int(unit.split()[0])
        first = layout.first_nodes()
        edges = np.append(first[:-1][::step], first[-1])
    return edges[:-1].astype(np.int64), edges[1:].astype(np.int64)


def blast(one: Component, layout: Layout, gpus: Ints) -> tuple[Ints, Ints]:
    """First node, and one past the last, that each unit of a component takes with it."""
    first, last = ranges(one.unit, layout, gpus)
    if one.takes == one.unit or (one.unit == "gpu" and one.takes == "node"):
        return first, last
    low, high = ranges(one.takes, layout, gpus)
    return low[np.searchsorted(low, first, side="right") - 1], high[np.searchsorted(high, last, side="left")]


def outages(path: str, layout: Layout, machine: Machine) -> Outages:
    """Stated outages: `notice_s` makes one planned maintenance, before which nodes drain."""
    rows = read_rows(
        path, {"at_s": whole(-(2**52)), "until_s": whole(-(2**52)), "what": one_of(*LEVELS), "which": str},
        {"notice_s": (whole(), None), "cause": (str, "")},
    )  # fmt: skip
    names = {"node": machine.names, "rack": layout.racks, "pod": layout.pods, "hall": layout.halls}
    faults: list[Fault] = []
    made: list[tuple[int, ...]] = []
    cause: list[str] = []
    for row in sorted(rows, key=lambda row: row["at_s"]):
        which = _which(row["which"], names[row["what"]])
        if which is None:
            some = ", ".join(names[row["what"]][:5])
            told = f'which: no {row["what"]} "{row["which"]}"'
            faults.append(fail(path, row["line"], told, "which", f"a name ({some}, ...) or a number from 0 on"))
            continue
        if row["until_s"] <= row["at_s"]:
            faults.append(fail(path, row["line"], f"until_s: {row['until_s']} is not after {row['at_s']}", "until_s"))
        first, last = ranges(row["what"], layout, _gpus(machine))
        is_planned = row["notice_s"] is not None
        told_s = row["at_s"] - row["notice_s"] if is_planned else NEVER
        made.append((row["at_s"], row["until_s"], int(first[which]), int(last[which]), int(is_planned), told_s))
        cause.append(row["cause"] or ("maintenance" if is_planned else row["what"]))
    if faults:
        raise InputError(faults)
    at, until, first_node, last_node, planned, told_at = np.array(made, dtype=np.int64).reshape(-1, 6).T.copy()
    return Outages(at, until, first_node, last_node, planned, told_at, tuple(cause))


def _which(text: str, names: tuple[str, ...]) -> int | None:
    if text in names:
        return names.index(text)
    return int(text) if text.isdigit() and int(text) < len(names) else None


def limits(path: str, layout: Layout, trace: Trace) -> Limits:
    """Limits by date: a tenant's GPUs, and power of tenants, halls and all. An empty value lifts a limit."""
    faults: list[Fault] = []
    rows = read_rows(
        path, {"at_s": whole(-(2**52)), "of": one_of(*KINDS)}, {"which": (str, ""), "value": (whole(), None)}, faults
    )
    made = []
    for row in sorted(rows, key=lambda row: row["at_s"]):
        names = layout.halls if row["of"] == "hall_w" else trace.tenants or ("",)
        which = 0 if row["of"] == "campus_w" else _which(row["which"], names)
        if which is None:
            known = ", ".join(names[:8])
            told = f'which: no {row["of"].split("_")[0]} "{row["which"]}"'
            faults.append(fail(path, row["line"], told, "which", f"one of {known}"))
            continue
        value = NEVER if row["value"] is None else row["value"] * (WHOLE if row["of"] == "tenant_gpus" else 1)
        made.append((row["at_s"], KINDS[row["of"]], which, value))
    if faults:
        raise InputError(faults)
    columns = np.array(made, dtype=np.int64).reshape(-1, 4).T.copy()
    return Limits(*columns)


def throughput(path: str, models: list[str]) -> Speeds:
    """Speeds by class, GPU model, nodes, racks and neighbours."""
    rows = read_rows(
        path, {"speed": SPEED.read},
        {"class": (str, ANY), "model": (str, ANY), "nodes": (whole(1), 1), "racks": (whole(1), 1),
         "neighbours": (whole(), 0)},
    )  # fmt: skip
    listed = [
        Measured(row["class"], row["model"], row["nodes"], row["racks"], row["neighbours"], row["speed"])
        for row in rows
    ]
    try:
        return speeds(listed, models)
    except ValueError as told:
        raise InputError(fail(path, 0, str(told), "speed", "add a row for the least job")) from None


def needs(
    path: str | None, trace: Trace, layout: Layout, machine: Machine, classes: tuple[str, ...], domain: str | None,
    watts: int,
) -> tuple[Needs, Ints]:  # fmt: skip
    """What jobs want, and the models that rows of the table leave them (0: as the trace says), in the trace's order.

    A row holds for the jobs that match its `job_id`, `tenant` and `user`; where several do, each later one overrides
    what it names.
    """
    count = len(trace)
    bits = {model: 1 << i for i, model in enumerate(sorted(set(machine.nodes.model if machine.nodes else ())))}
    halls = {name: 1 << i for i, name in enumerate(layout.halls)}
    found = {
        name: np.zeros(count, dtype=np.int64)
        for name in ("halls", "likes_models", "likes_halls", "domain", "watts", "class", "models")
    }
    found["watts"][:] = watts
    if domain is not None:
        found["domain"][:] = _domain(domain, layout, machine)
    faults: list[Fault] = []
    for row in _needs_rows(path) if path else ():
        chosen = _matching(row, trace)
        for name, column, known in (
            ("models", "models", bits), ("halls", "halls", halls), ("likes_models", "likes_models", bits),
            ("likes_halls", "likes_halls", halls), ("class", "class", None), ("domain", "domain_gpus", None),
            ("watts", "watts_per_gpu", None),
        ):  # fmt: skip
            value = row[column]
            if value is None:
                continue
            try:
                found[name][chosen] = _value(name, value, known, classes, layout, machine)
            except KeyError as told:
                names = ", ".join(known or classes)
                faults.append(fail(str(path), row["line"], f"{column}: no {told}", column, f"one of {names}"))
    if faults:
        raise InputError(faults)
    made = Needs(
        found["halls"], found["likes_models"], found["likes_halls"], found["domain"], found["watts"], found["class"]
    )
    return made, found["models"]


def _needs_rows(path: str) -> Any:
    def domain(text: str) -> str:
        if text not in ("rack", "0"):
            try:
                DOMAIN_GPUS.read(text)
            except ValueError as expected:
                raise ValueError(f"{expected}, 0 for none, or rack") from None
        return text

    return read_rows(
        path, {},
        {"job_id": (str, None), "tenant": (str, None), "user": (str, None), "models": (str, None), "halls": (str, None),
         "likes_models": (str, None), "likes_halls": (str, None), "domain_gpus": (domain, None),
         "watts_per_gpu": (whole(), None), "class": (str, None)},
    )  # fmt: skip


def _matching(row: dict[str, Any], trace: Trace) -> Any:
    chosen = np.ones(len(trace), dtype=np.bool_)
    if row["job_id"] is not None:
        chosen &= np.array([str(one) == row["job_id"] for one in trace.ids.to_pylist()])
    for column, names, index in (("tenant", trace.tenants, "tenant_index"), ("user", trace.users, "user_index")):
        if row[column] is not None:
            chosen &= trace.jobs[index] == (names.index(row[column]) if row[column] in names else -2)
    return chosen


def _value(
    name: str, value: Any, known: dict[str, int] | None, classes: tuple[str, ...], layout: Layout, machine: Machine
) -> int:
    if name == "class":
        if value not in classes:
            raise KeyError(value)
        return classes.index(value)
    if name == "domain":
        return _domain(value, layout, machine)
    if known is None:
        return int(value)
    mask = 0
    for one in filter(None, str(value).split("|")):
        mask |= known[one]
    return mask


def _domain(text: str, layout: Layout, machine: Machine) -> int:
    if text != "rack":
        return int(text)
    return int(np.bincount(layout.rack, weights=_gpus(machine)).max(initial=0))


def _gpus(machine: Machine) -> Ints:
    """GPUs of each node."""
    return machine.nodes.gpus if machine.nodes is not None else np.zeros(0, dtype=np.int64)


def horizon_s(first_s: int, last_s: int, longest_s: int) -> int:
    """How far failures are drawn at first: the submissions, the longest job twice, and a day."""
    return int(last_s + 2 * longest_s + 86_400 + (last_s - first_s) // 4)
