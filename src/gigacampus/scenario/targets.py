"""Find what a path of a variant leads to: wildcards, conditions, and what to say where it leads to nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any, get_origin

from gigacampus.scenario import walk
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.nodes import Mark, Node
from gigacampus.scenario.quantity import UnreadableError, read_when
from gigacampus.scenario.variant import Condition, Dates, Operation


class OperationError(ValueError):
    """Why an operation cannot be worked in: code, fix, and the key of the operation that is at fault."""

    def __init__(self, code: str, message: str, fix: str = "", key: str = "") -> None:
        super().__init__(message)
        self.code, self.fix, self.key = code, fix, key


@dataclass(frozen=True, slots=True)
class Target:
    """A place that a path leads to: the map or list that holds it, its key there, and the path without wildcards."""

    holder: Node
    key: str
    path: tuple[str, ...]

    @property
    def node(self) -> Node | None:
        """What stands there now."""
        return self.holder.child(self.key)

    @property
    def index(self) -> int | None:
        """Its position, where the holder is a list."""
        return int(self.key) if isinstance(self.holder.value, list) and self.key.isdigit() else None

    def put(self, node: Node, mark: Mark) -> None:
        """Replace or set it."""
        if self.index is not None:
            self.holder.value[self.index] = node
        else:
            self.holder.value[self.key] = node
            self.holder.keys[self.key] = mark


def targets(root: Node, path: str, operation: Operation, key: str, *, may_be_new: bool = False) -> list[Target]:
    """Where a path leads, those only that meet the operation's `where`; OperationError if nowhere."""
    parts = tuple(path.split("."))
    holders: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    for position, part in enumerate(parts[:-1]):
        if may_be_new:
            _open(holders, part)
        below = [(child, (*way, name)) for node, way in holders for name, child in _matching(node, part)]
        if not below:
            raise _lost(holders, parts, position, key)
        holders = below
    last, found = parts[-1], []
    for node, way in holders:
        for name, _child in _matching(node, last):
            found.append(Target(node, name, (*way, name)))
        if may_be_new and last != "*" and node.child(last) is None and isinstance(node.value, dict):
            found.append(Target(node, last, (*way, last)))
    if not found:
        raise _lost(holders, parts, len(parts) - 1, key)
    kept = [target for target in found if _meets(target, operation.where)]
    if not kept:
        said = ", ".join(f"{name}: {_said(wanted)}" for name, wanted in operation.where.items())
        raise OperationError("S203", f"no entry of {path} has {said}", "check `where`, or drop the operation", "where")
    return kept


def _open(holders: list[tuple[Node, tuple[str, ...]]], part: str) -> None:
    """Where the scenario leaves out a section or a map of entries, it is there all the same, at its defaults."""
    for node, way in holders:
        spot = walk.at(Scenario, (*way, part)) if node.is_map and part not in node.value else None
        if spot is None or spot.field is None:
            continue
        is_map = any(get_origin(one.type) is dict for one in walk.alternatives(spot))
        if is_map or walk.model_of(spot) is not None:
            node.value[part], node.keys[part] = Node({}, node.mark), node.mark


def _matching(node: Node, part: str) -> Iterator[tuple[str, Node]]:
    if part == "*":
        if not node.is_sourced:
            yield from node.children()
        return
    child = node.child(part)
    if child is not None and (part.isdigit() or not isinstance(node.value, list)):
        yield part, child


def _lost(
    holders: list[tuple[Node, tuple[str, ...]]], parts: tuple[str, ...], position: int, key: str
) -> OperationError:
    holder, way = holders[0]
    where = ".".join(way) or "the scenario"
    part = parts[position]
    if isinstance(holder.value, list):
        return OperationError(
            "S203", f"{where} is a list of {len(holder.value)}; it has no entry {part!r}", "count from 0", key
        )
    if not isinstance(holder.value, dict):
        return OperationError("S203", f"{where} has no keys", "shorten the path", key)
    spot = walk.at(Scenario, (*way, part)) if walk.model_of(walk.at(Scenario, way) or walk.Spot(Scenario)) else None
    fix = "the scenario leaves it at its default; use `set`" if spot else near(part, holder.value)
    if part == "*":
        return OperationError("S203", f"{where} has no entries", "drop the operation", key)
    return OperationError("S203", f'{where} has no key "{part}"', fix, key)


def near(word: str, known: Any) -> str:
    """What to say of a key that is not there: the nearest one, or all that are."""
    near = difflib.get_close_matches(word, [str(one) for one in known], 1, 0.5)
    return f'did you mean "{near[0]}"?' if near else f"known there: {', '.join(map(str, known)) or 'nothing'}"


def _meets(target: Target, where: dict[str, Condition]) -> bool:
    node = target.node
    entry, path = (node, target.path) if node is not None and node.is_map else (target.holder, target.path[:-1])
    return all(_holds(_value(entry, path, key), wanted) for key, wanted in where.items())


def _value(entry: Node, path: tuple[str, ...], key: str) -> Any:
    """The bare value of an entry's key, its default where the entry leaves it out."""
    child = entry.child(key)
    if child is None:
        spot = walk.at(Scenario, (*path, key))
        default = spot.field.get_default(call_default_factory=False) if spot and spot.field else None
        return default if isinstance(default, (str, bool, int, float, date)) else None
    plain = child.plain()
    return plain.get("value", plain) if isinstance(plain, dict) else plain


def _holds(found: Any, wanted: Condition) -> bool:
    if isinstance(wanted, Dates):
        try:
            return wanted.holds(read_when(found))
        except UnreadableError:
            return False
    if isinstance(wanted, list):
        return str(found) in wanted
    return found is wanted if isinstance(wanted, bool) else str(found) == wanted


def _said(wanted: Condition) -> str:
    if isinstance(wanted, Dates):
        return f"a date within [{wanted.since or '…'}, {wanted.before or '…'})"
    return str(wanted)


def existing(target: Target) -> Node:
    """What stands at a target; OperationError where nothing does."""
    node = target.node
    if node is None:
        raise OperationError("S203", f"{'.'.join(target.path)} does not exist", "use `set`")
    return node


def is_list(path: tuple[str, ...]) -> bool:
    """Whether the schema has a list at a path, and nothing but a list."""
    spot = walk.at(Scenario, path)
    return spot is not None and all(get_origin(one.type) is list for one in walk.alternatives(spot))
