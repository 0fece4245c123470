"""The floor of a replay: from a node list that names racks and halls, or made up of equal racks."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from gigacampus.engine.desk import Ints
from gigacampus.engine.floor.given import Layout, rows_of
from gigacampus.engine.machine import Machine
from gigacampus.errors import Fault, InputError, UsageError
from gigacampus.replay.floor.asked import FloorAsked
from gigacampus.workload.readers import locate

PLACES = ("rack", "pod", "hall", "tenants")
MOST = 61
"""Halls and tenants are bits of an int64."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The machine with its nodes in the order of the floor."""

    machine: Machine
    layout: Layout
    origin: Ints
    """Where each of these nodes stands in the node list."""
    notes: tuple[str, ...] = ()


def ground(asked: FloorAsked, cluster: str | None, machine: Machine, tenants: tuple[str, ...]) -> Ground:
    """Where the machine's nodes stand. Raises InputError for a node list whose places make no sense."""
    if machine.nodes is None:
        raise ValueError("a floor needs nodes")
    listed = _listed(cluster) if cluster else {}
    count = len(machine.names)
    if asked.nodes_per_rack is None and not listed.keys() & {"rack", "pod", "hall"}:
        told = "No racks are stated: every node counts as a rack of its own."
        layout = _with_owner(rows_of(count, 1), listed, tenants)
        return Ground(machine, layout, np.arange(count), (told,))
    if asked.nodes_per_rack is not None:
        if listed.keys() & {"rack", "pod", "hall"}:
            fix = "leave --nodes-per-rack out"
            raise UsageError(Fault("E301", "the node list names racks or halls of its own", fix=fix))
        made = rows_of(count, asked.nodes_per_rack, asked.racks_per_pod, asked.racks_per_hall)
        return Ground(machine, _with_owner(made, listed, tenants), np.arange(count))
    return _sorted(machine, listed, tenants, cluster)


def _listed(cluster: str) -> dict[str, list[str]]:
    """The columns of a node list that say where its nodes stand and whose they are."""
    path = Path(locate(cluster))
    if path.suffix.lower() != ".csv":
        return {}
    with path.open(encoding="utf-8-sig", newline="") as lines:
        rows = csv.DictReader(lines)
        found = [name for name in PLACES if name in (rows.fieldnames or ())]
        columns: dict[str, list[str]] = {name: [] for name in found}
        for row in rows if found else ():
            for name in found:
                columns[name].append((row[name] or "").strip())
    return columns


def _sorted(machine: Machine, listed: dict[str, list[str]], tenants: tuple[str, ...], cluster: str | None) -> Ground:
    """Nodes of one rack, pod and hall side by side, in the order in which these first appear."""
    nodes = machine.nodes
    count = len(machine.names)
    assert nodes is not None
    hall = listed.get("hall", ["hall"] * count)
    pod = listed.get("pod", hall)
    rack = listed.get("rack", list(machine.names))
    where = list(zip(hall, pod, rack, strict=True))
    for kind, k in (("rack", 2), ("pod", 1)):
        seen: dict[str, tuple[str, ...]] = {}
        for row, one in enumerate(where, 2):
            if seen.setdefault(one[k], one[:k]) != one[:k]:
                told = f'{kind} "{one[k]}" stands in two places: {", ".join(seen[one[k]])} and {", ".join(one[:k])}'
                fix = f"name every {kind} once for the whole machine"
                raise InputError(Fault("E310", told, str(cluster), row, path=kind, fix=fix))
    halls, pods, racks = (list(dict.fromkeys(one[: k + 1] for one in where)) for k in range(3))
    place = {one: i for i, one in enumerate(sorted(racks, key=lambda r: (halls.index(r[:1]), pods.index(r[:2]))))}
    order = np.argsort([place[one] for one in where], kind="stable")
    names = [one for one, _ in sorted(place.items(), key=lambda item: item[1])]
    pod_of = {one: i for i, one in enumerate(dict.fromkeys(one[:2] for one in names))}
    hall_of = {one: i for i, one in enumerate(dict.fromkeys(one[:1] for one in names))}
    layout = Layout(
        np.array([place[where[i]] for i in order], dtype=np.int64),
        np.array([pod_of[one[:2]] for one in names], dtype=np.int64),
        np.array([hall_of[where[i][:1]] for i in order], dtype=np.int64),
        tuple(one[2] for one in names), tuple(one[1] for one in pod_of), tuple(one[0] for one in hall_of),
    )  # fmt: skip
    if len(layout.halls) > MOST:
        raise InputError(Fault("E310", f"{len(layout.halls)} halls", str(cluster), fix=f"at most {MOST}"))
    moved = replace(
        nodes, cpu_milli=nodes.cpu_milli[order], memory_mib=nodes.memory_mib[order], gpus=nodes.gpus[order],
        model=tuple(nodes.model[i] for i in order.tolist()),
    )  # fmt: skip
    there = replace(machine, nodes=moved, names=tuple(machine.names[i] for i in order.tolist()))
    return Ground(there, _with_owner(layout, listed, tenants, order), order.astype(np.int64))


def _with_owner(
    layout: Layout, listed: dict[str, list[str]], tenants: tuple[str, ...], order: Ints | None = None
) -> Layout:
    """Whose each node is: `A|B` in the column `tenants`, empty for everybody."""
    if "tenants" not in listed:
        return layout
    told = listed["tenants"] if order is None else [listed["tenants"][i] for i in order.tolist()]
    known = {name: i for i, name in enumerate(tenants)}
    mask = []
    for text in told:
        bits = 0
        for name in filter(None, text.split("|")):
            # a tenant without jobs keeps the others out
            bits |= 1 << min(known.get(name, MOST), MOST)
        mask.append(bits)
    return replace(layout, owner=np.array(mask, dtype=np.int64))
