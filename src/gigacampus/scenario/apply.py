"""Work an operation into a scenario's tree: what the author wrote stays, but for what the operation changes."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import singledispatch
from typing import Any, get_origin

from gigacampus import units
from gigacampus.clock import add_months
from gigacampus.scenario import walk
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.nodes import Mark, Node, Source, made
from gigacampus.scenario.quantity import UnreadableError, read_when
from gigacampus.scenario.variant import (
    Add,
    Condition,
    Dates,
    Operation,
    Remove,
    Scale,
    Set,
    ShiftDates,
    Split,
    shift_of,
)

_LEADING = re.compile(rf"^(\s*\$?\s*)({units.NUMBER})")
_BETWEEN = re.compile(rf"(\bto\b|\.\.)(\s*\$?\s*)({units.NUMBER})")


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


def apply(source: Source, operation: Operation, at: tuple[str | int, ...]) -> None:
    """Work one operation in; `at` is its own path, to which its faults and new values point. Raises OperationError."""
    _work(operation, source, source.find(at))


@singledispatch
def _work(operation: Operation, source: Source, mark: Mark) -> None:
    raise TypeError(type(operation).__name__)


@_work.register
def _(operation: Set, source: Source, mark: Mark) -> None:
    for target in _targets(source.root, operation.set, operation, "set", may_be_new=True):
        target.put(made(operation.to, mark), mark)


@_work.register
def _(operation: Scale, source: Source, mark: Mark) -> None:
    for target in _targets(source.root, operation.scale, operation, "scale"):
        target.put(scaled(_existing(target), float(operation.by), mark), mark)


@_work.register
def _(operation: ShiftDates, source: Source, mark: Mark) -> None:
    for target in _targets(source.root, operation.shift, operation, "shift"):
        target.put(_shifted(_existing(target), operation.by, mark), mark)


@_work.register
def _(operation: Add, source: Source, mark: Mark) -> None:
    for target in _targets(source.root, operation.add, operation, "add", may_be_new=True):
        new, there = made(operation.value, mark), target.node
        if there is not None and isinstance(there.value, list):
            there.value.append(new)
        elif there is not None and there.value is not None:
            fix = "use `set` to replace it, or name a new key"
            raise OperationError("S204", f"{'.'.join(target.path)} exists already", fix, "add")
        else:
            target.put(new, mark)


@_work.register
def _(operation: Remove, source: Source, mark: Mark) -> None:
    # from the last to the first, so that positions in lists stay true
    for target in reversed(_targets(source.root, operation.remove, operation, "remove")):
        del target.holder.value[target.key if target.index is None else target.index]


@_work.register
def _(operation: Split, source: Source, mark: Mark) -> None:
    for target in reversed(_targets(source.root, operation.split, operation, "split")):
        old, share = _existing(target), float(operation.share)
        if not old.is_map:
            raise OperationError(
                "S205", f"{'.'.join(target.path)} is no entry with keys", "name the entry itself", "split"
            )
        new = old.copy()
        for key in operation.on:
            amount = old.child(key)
            if amount is None:
                fix = _near(key, old.value)
                raise OperationError("S203", f'the entry {".".join(target.path)} has no key "{key}"', fix, "on")
            old.value[key] = scaled(amount, 1.0 - share, mark)
            new.value[key] = scaled(amount, share, mark)
        for key, value in operation.change.items():
            new.value[key], new.keys[key] = made(value, mark), mark
        _insert_after(target, operation.into, new, mark)


def _insert_after(target: Target, name: str, new: Node, mark: Mark) -> None:
    if target.index is not None:
        target.holder.value.insert(target.index + 1, new)
        return
    if not name:
        raise OperationError("S202", "the new entry needs a name", "add `into: NAME`", "split")
    if name in target.holder.value:
        raise OperationError("S204", f'an entry "{name}" exists already', "choose another name", "into")
    entries = dict(target.holder.value)
    target.holder.value.clear()
    for key, entry in entries.items():
        target.holder.value[key] = entry
        if key == target.key:
            target.holder.value[name] = new
    target.holder.keys[name] = mark


def put(source: Source, path: str, new: Node) -> None:
    """Set a path to a node, for `--set`; raises OperationError where the path leads to nothing."""
    for target in _targets(source.root, path, Operation(), "", may_be_new=True):
        target.put(new, new.mark)


def _targets(root: Node, path: str, operation: Operation, key: str, *, may_be_new: bool = False) -> list[Target]:
    """Where a path leads, those only that meet the operation's `where`; OperationError if nowhere."""
    parts = tuple(path.split("."))
    holders: list[tuple[Node, tuple[str, ...]]] = [(root, ())]
    for position, part in enumerate(parts[:-1]):
        if may_be_new:
            _open_map(holders, part)
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


def _open_map(holders: list[tuple[Node, tuple[str, ...]]], part: str) -> None:
    """Where a section leaves out a map of entries, it is there all the same, and empty: `add` may fill it."""
    for node, way in holders:
        spot = walk.at(Scenario, (*way, part)) if node.is_map and part not in node.value else None
        if spot and spot.field and any(get_origin(one.type) is dict for one in walk.alternatives(spot)):
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
    fix = "the scenario leaves it at its default; use `set`" if spot else _near(part, holder.value)
    if part == "*":
        return OperationError("S203", f"{where} has no entries", "drop the operation", key)
    return OperationError("S203", f'{where} has no key "{part}"', fix, key)


def _near(word: str, known: Any) -> str:
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


def _existing(target: Target) -> Node:
    node = target.node
    if node is None:
        raise OperationError("S203", f"{'.'.join(target.path)} does not exist", "use `set`")
    return node


def _inside(node: Node, change: Any, mark: Mark) -> Node:
    """The node with its bare values changed, where it is sourced or a range; its source and note stay."""
    if node.is_sourced or (isinstance(node.value, dict) and {"p10", "p90"} <= set(node.value)):
        value = {
            key: _inside(child, change, mark) if key in {"value", "p10", "p50", "p90"} else child
            for key, child in node.value.items()
        }
        return Node(value, mark, dict(node.keys))
    return Node(change(node.value), mark)


def scaled(node: Node, by: float, mark: Mark) -> Node:
    """An amount times a number, in the unit in which it is written."""

    def number(text: str) -> str:
        return f"{float(text.replace(',', '').replace('_', '')) * by:.15g}"

    def change(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(number(repr(value)))
        if not isinstance(value, str) or not _LEADING.match(value):
            raise OperationError("S205", f"only amounts scale, found {value!r}", "use `set`", "scale")
        first = _LEADING.sub(lambda found: found[1] + number(found[2]), value, count=1)
        return _BETWEEN.sub(lambda found: found[1] + found[2] + number(found[3]), first, count=1)

    return _inside(node, change, mark)


def _shifted(node: Node, by: str, mark: Mark) -> Node:
    months, days = shift_of(by)

    def moved(day: date) -> str:
        return date.fromordinal(add_months(day, months).toordinal() + days).isoformat()

    def change(value: Any) -> Any:
        try:
            when = read_when(value)
            if when.is_range:
                return f"{moved(when.low)} to {moved(when.high)}"
            return moved(when)
        except (UnreadableError, OverflowError):
            raise OperationError("S205", f"only dates shift, found {value!r}", "use `set`", "shift") from None
        except ValueError:
            raise OperationError(
                "S205", f"{value!r} shifted by {by} leaves the calendar", "shift by less", "by"
            ) from None

    return _inside(node, change, mark)
