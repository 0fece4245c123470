"""Work an operation into a scenario's tree: what the author wrote stays, but for what the operation changes."""

from __future__ import annotations

import re
from datetime import date
from functools import singledispatch
from typing import Any

from gigacampus import units
from gigacampus.clock import add_months
from gigacampus.scenario.nodes import Mark, Node, Source, made
from gigacampus.scenario.quantity import UnreadableError, read_when
from gigacampus.scenario.targets import OperationError, Target, existing, is_list, near, targets
from gigacampus.scenario.variant import Add, Operation, Remove, Scale, Set, ShiftDates, Split, shift_of

_LEADING = re.compile(rf"^(\s*\$?\s*)({units.NUMBER})")
_BETWEEN = re.compile(rf"(\bto\b|\.\.)(\s*\$?\s*)({units.NUMBER})")


def apply(source: Source, operation: Operation, at: tuple[str | int, ...]) -> None:
    """Work one operation in; `at` is its own path, to which its faults and new values point. Raises OperationError."""
    _work(operation, source, source.find(at))


@singledispatch
def _work(operation: Operation, source: Source, mark: Mark) -> None:
    raise TypeError(type(operation).__name__)


@_work.register
def _(operation: Set, source: Source, mark: Mark) -> None:
    for target in targets(source.root, operation.set, operation, "set", may_be_new=True):
        target.put(made(operation.to, mark), mark)


@_work.register
def _(operation: Scale, source: Source, mark: Mark) -> None:
    for target in targets(source.root, operation.scale, operation, "scale"):
        target.put(scaled(existing(target), float(operation.by), mark), mark)


@_work.register
def _(operation: ShiftDates, source: Source, mark: Mark) -> None:
    for target in targets(source.root, operation.shift, operation, "shift"):
        target.put(_shifted(existing(target), operation.by, mark), mark)


@_work.register
def _(operation: Add, source: Source, mark: Mark) -> None:
    for target in targets(source.root, operation.add, operation, "add", may_be_new=True):
        new, there = made(operation.value, mark), target.node
        if there is not None and isinstance(there.value, list):
            there.value.append(new)
        elif there is not None and there.value is not None:
            fix = "use `set` to replace it, or name a new key"
            raise OperationError("S204", f"{'.'.join(target.path)} exists already", fix, "add")
        elif is_list(target.path) and not isinstance(operation.value, list):
            target.put(Node([new], mark), mark)  # the entry joins a list that was left out, which is an empty one
        else:
            target.put(new, mark)


@_work.register
def _(operation: Remove, source: Source, mark: Mark) -> None:
    # from the last to the first, so that positions in lists stay true
    for target in reversed(targets(source.root, operation.remove, operation, "remove")):
        del target.holder.value[target.key if target.index is None else target.index]


@_work.register
def _(operation: Split, source: Source, mark: Mark) -> None:
    for target in reversed(targets(source.root, operation.split, operation, "split")):
        old, share = existing(target), float(operation.share)
        if not old.is_map:
            raise OperationError(
                "S205", f"{'.'.join(target.path)} is no entry with keys", "name the entry itself", "split"
            )
        new = old.copy()
        for key in operation.on:
            amount = old.child(key)
            if amount is None:
                fix = near(key, old.value)
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
    for target in targets(source.root, path, Operation(), "", may_be_new=True):
        target.put(new, new.mark)


def _inside(node: Node, change: Any, mark: Mark) -> Node:
    """The node with its bare values changed, where it is sourced or a range; its source and note stay."""
    if node.is_sourced or (isinstance(node.value, dict) and {"p10", "p90"} <= set(node.value)):
        value = {
            key: _inside(child, change, mark) if key in {"value", "p10", "p50", "p90"} else child
            for key, child in node.value.items()
        }
        return Node(value, mark, dict(node.keys))
    return Node(change(node.value), mark)


def _shown(value: Any) -> str:
    return "a map" if isinstance(value, dict) else "a list" if isinstance(value, list) else repr(value)


def scaled(node: Node, by: float, mark: Mark) -> Node:
    """An amount times a number, in the unit in which it is written."""

    def number(text: str) -> str:
        return f"{float(text.replace(',', '').replace('_', '')) * by:.15g}"

    def change(value: Any) -> Any:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return float(number(repr(value)))
        if not isinstance(value, str) or not _LEADING.match(value):
            raise OperationError("S205", f"only amounts scale, found {_shown(value)}", "use `set`", "scale")
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
            raise OperationError("S205", f"only dates shift, found {_shown(value)}", "use `set`", "shift") from None
        except ValueError:
            raise OperationError(
                "S205", f"{value!r} shifted by {by} leaves the calendar", "shift by less", "by"
            ) from None

    return _inside(node, change, mark)
