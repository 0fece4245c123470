"""A scenario as read: plain values of which each knows its file, line and column.

Variants and `extends` work on this tree, before any number is understood, so that what the author wrote
(`9 to 12 BUSD`, a source, a note) survives every operation and every fault can point to the place it came from.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from gigacampus.errors import Fault

LONGEST = 1_000
"""Longer lines are not shown in faults."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place in a text: line and column count from 1 (0: no such place), `width` in characters."""

    file: str = ""
    line: int = 0
    column: int = 0
    width: int = 1


@dataclass(slots=True)
class Node:
    """A value (`dict` of nodes, `list` of nodes, or a scalar), where it stands, and where its keys stand."""

    value: Any
    mark: Mark
    keys: dict[str, Mark] = field(default_factory=dict)

    @property
    def is_map(self) -> bool:
        """Whether it is a map of entries; a sourced value is a single value, not a map."""
        return isinstance(self.value, dict) and not self.is_sourced

    @property
    def is_sourced(self) -> bool:
        """Whether it is a value with its source, or a range by its percentiles."""
        return isinstance(self.value, dict) and ("value" in self.value or {"p10", "p90"} <= set(self.value))

    def plain(self) -> Any:
        """The value without its places."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def copy(self) -> Node:
        """A deep copy."""
        if isinstance(self.value, dict):
            return Node({key: child.copy() for key, child in self.value.items()}, self.mark, dict(self.keys))
        if isinstance(self.value, list):
            return Node([child.copy() for child in self.value], self.mark)
        return replace(self)

    def child(self, key: str | int) -> Node | None:
        """The entry of a map or a list; None where there is none."""
        if isinstance(self.value, dict):
            return self.value.get(str(key))
        if isinstance(self.value, list) and str(key).isdigit() and int(key) < len(self.value):
            found: Node = self.value[int(key)]
            return found
        return None

    def children(self) -> Iterator[tuple[str, Node]]:
        """Entries of a map or a list, in order, by key or index."""
        if isinstance(self.value, dict):
            yield from self.value.items()
        elif isinstance(self.value, list):
            yield from ((str(index), child) for index, child in enumerate(self.value))


def made(value: Any, mark: Mark) -> Node:
    """A node of plain values, all of which stand at one place."""
    if isinstance(value, dict):
        return Node({str(k): made(v, mark) for k, v in value.items()}, mark, dict.fromkeys(map(str, value), mark))
    if isinstance(value, list):
        return Node([made(v, mark) for v in value], mark)
    return Node(value, mark)


def merged(base: Node, over: Node) -> Node:
    """`over` upon `base`: maps merge, lists, plain and sourced values replace."""
    if not (base.is_map and over.is_map):
        return over
    value, keys = dict(base.value), {**base.keys, **over.keys}
    for key, child in over.value.items():
        value[key] = merged(value[key], child) if key in value else child
    return Node(value, over.mark, keys)


@dataclass(slots=True)
class Source:
    """A scenario's tree and the texts it was read from."""

    root: Node
    texts: dict[str, list[str]]
    faults: list[Fault] = field(default_factory=list)
    """What is wrong with the texts' form; the tree has what is meant."""
    is_whole: bool = True
    """Whether all that it extends could be read."""

    def copy(self) -> Source:
        """The same with a tree of its own."""
        return Source(self.root.copy(), self.texts, self.faults, self.is_whole)

    def __eq__(self, other: object) -> bool:
        """Always equal: two scenarios that say the same are equal wherever they were written."""
        return isinstance(other, Source)

    __hash__ = None  # type: ignore[assignment]

    def find(self, path: tuple[str | int, ...], at_key: bool = False) -> Mark:
        """The place of a path, or of the deepest part of it that stands in the file; of its key on request."""
        node, mark = self.root, self.root.mark
        for key in path:
            child = node.child(key)
            if child is None:
                return node.keys.get(str(key), mark) if not isinstance(node.value, list) else mark
            mark = node.keys.get(str(key), child.mark) if at_key else child.mark
            if isinstance(child.value, (dict, list)):
                mark = node.keys.get(str(key), child.mark)
            node = child
        return mark

    def written(self, path: tuple[str | int, ...]) -> str:
        """The scalar at a path as its author wrote it, in a file or after `--set KEY=`."""
        mark = self.find(path)
        lines = self.texts.get(mark.file, [])
        if 0 < mark.line <= len(lines):
            return lines[mark.line - 1][mark.column - 1 : mark.column - 1 + mark.width]
        return mark.file.partition("=")[2].strip()

    def fault(
        self, code: str, message: str, path: tuple[str | int, ...] | str, fix: str = "", *, at_key: bool = False,
        mark: Mark | None = None,
    ) -> Fault:  # fmt: skip
        """A fault at a path of the scenario, with the line it stands in."""
        parts = tuple(path.split(".")) if isinstance(path, str) else path
        return place(code, message, mark or self.find(parts, at_key), self.texts, ".".join(map(str, parts)), fix)


def place(code: str, message: str, mark: Mark, texts: dict[str, list[str]], path: str = "", fix: str = "") -> Fault:
    """A fault at a mark, with the text of its line."""
    lines = texts.get(mark.file, [])
    text = lines[mark.line - 1].rstrip() if 0 < mark.line <= len(lines) else ""
    if len(text) > LONGEST:  # a line that no terminal shows: without it the place still tells where to look
        text = ""
    return Fault(code, message, mark.file, mark.line, mark.column, mark.width, path, text, fix)
