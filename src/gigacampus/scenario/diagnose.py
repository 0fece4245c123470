"""Turn pydantic's errors into faults: a stable code, the line and a caret, a sentence, a fix."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from gigacampus.errors import Fault
from gigacampus.scenario import walk
from gigacampus.scenario.base import RuleError
from gigacampus.scenario.nodes import Node, Source
from gigacampus.scenario.sourced import UnreadableError

_KINDS = {
    "string_type": ("text", "put it in quotes"),
    "int_type": ("a whole number", "write a whole number"),
    "int_parsing": ("a whole number", "write a whole number"),
    "int_from_float": ("a whole number", "round it"),
    "float_type": ("a number", "write a number"),
    "float_parsing": ("a number", "write a number"),
    "finite_number": ("a finite number", "write a number"),
    "bool_type": ("true or false", "write true or false"),
    "bool_parsing": ("true or false", "write true or false"),
    "dict_type": ("a map of entries", "write `name: value` lines under it"),
    "model_type": ("a map of keys", "write `key: value` lines under it"),
    "list_type": ("a list", "write `- entry` lines under it, or [a, b]"),
}
_BOUNDS = {
    "greater_than_equal": ("at least", "ge"),
    "greater_than": ("more than", "gt"),
    "less_than_equal": ("at most", "le"),
    "less_than": ("less than", "lt"),
}


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word that is likely meant; empty where none is near."""
    words = list(known)
    near = difflib.get_close_matches(word, words, 1, 0.6)
    if not near:
        folded = {one.lower(): one for one in reversed(words)}
        near = [folded[one] for one in difflib.get_close_matches(word.lower(), folded, 1, 0.5)]
    return near[0] if near else ""


def suggest(word: str, known: Iterable[Any], otherwise: str = "") -> str:
    """`did you mean "x"?` where a known word is near, else the list of them (or `otherwise`)."""
    words = [str(one) for one in known]
    if near := nearest(word, words):
        return f'did you mean "{near}"?'
    return otherwise or (f"known here: {', '.join(words)}" if words else "")


def faults(
    error: ValidationError, source: Source, root: type[BaseModel], above: tuple[str | int, ...] = ()
) -> list[Fault]:
    """All of a validation's errors as faults, in the order of the file; one for each place."""
    found = [
        fault for path, one in _first(error, source, root, above).items() for fault in _faults(one, path, source, root)
    ]
    return in_order(found, source)


def places(error: ValidationError, source: Source, root: type[BaseModel]) -> list[tuple[str | int, ...]]:
    """Where the values stand that a validation refuses."""
    return [path for path, one in _first(error, source, root, ()).items() if one["type"] != "missing"]


def _first(
    error: ValidationError, source: Source, root: type[BaseModel], above: tuple[str | int, ...]
) -> dict[tuple[str | int, ...], Any]:
    """The first error of each place."""
    found: dict[tuple[str | int, ...], Any] = {}
    for one in error.errors(include_url=False):
        path = above + _real(one["loc"], source, above, one["type"], root)
        if path not in found or (found[path]["type"] in _KINDS and one["type"] not in _KINDS):
            found[path] = one  # of two kinds of value, the one that was begun
    # of two kinds of value that may stand there, one was begun: that it is not the other is no fault
    begun = {path[:length] for path in found for length in range(len(path))}
    return {path: one for path, one in found.items() if not (path in begun and one["type"] in _KINDS)}


UNREAD = {"S005", "S012", "S018"}
"""Faults of a text that cannot be read as it stands."""
TOGETHER = {"S101", "S111", "S303", "S305"}
"""Faults of what stands together in a map."""


def without_consequences(found: list[Fault], source: Source) -> list[Fault]:
    """The faults that are no mere consequence of others.

    A text that cannot be read as it stands is not told again for what it then means, nor a key as missing that is
    misspelt, nor what does not fit together in a map that stands twice, nor what a ready-made block would have brought.
    """
    unread = {(one.file, one.line, one.column): one.code for one in found if one.code in UNREAD}
    twice = [f"{one.path}." for one in found if one.code == "S010"]
    unknown: dict[str, list[str]] = {}
    for one in found:
        if one.code == "S102":
            above, _, key = one.path.rpartition(".")
            unknown.setdefault(above, []).append(key)

    def follows(one: Fault) -> bool:
        if unread.get((one.file, one.line, one.column), one.code) != one.code:
            return True
        if one.code in TOGETHER and f"{one.path}.".startswith(tuple(twice)):
            return True
        above, _, key = one.path.rpartition(".")
        is_misspelt = one.code == "S101" and any(nearest(word, [key]) for word in unknown.get(above, ()))
        return is_misspelt or (one.code == "S101" and _would_come(one, found, source))

    return [one for one in found if not follows(one)]


def _would_come(missing: Fault, found: list[Fault], source: Source) -> bool:
    """Whether a missing key of an energy source would come with its `like`, were that and its `limit` in order."""
    above, _, key = missing.path.rpartition(".")
    parts = above.split(".")
    if parts[:2] != ["site", "sources"] or len(parts) != 3 or key == "supplier":
        return False
    own = {one.path.rpartition(".")[2] for one in found if one.path.rpartition(".")[0] == above and one is not missing}
    is_like = _has(source, tuple(parts), "like")
    return any(nearest(one, ["like"]) for one in own) or (is_like and key != "limit" and "limit" in own)


def in_order(found: list[Fault], source: Source) -> list[Fault]:
    """Faults in the order of files and lines, each once: the command line's first, those of other files last."""
    order = {name: position for position, name in enumerate(source.texts)}

    def place(fault: Fault) -> tuple[int, str, int, int]:
        if fault.file in order:
            return order[fault.file], "", fault.line, fault.column
        is_file = fault.line or (Path(fault.file).suffix and not fault.file.startswith("--"))
        return (len(order), fault.file, fault.line, fault.column) if is_file else (-1, "", 0, 0)

    return sorted(dict.fromkeys(found), key=place)


def _real(
    loc: tuple[str | int, ...], source: Source, above: tuple[str | int, ...], kind: str, root: type[BaseModel]
) -> tuple[str | int, ...]:
    """The part of pydantic's location that exists in the scenario: tags of unions are dropped."""
    node: Node | None = source.root
    for key in above:
        node = node.child(key) if node else None
    real: list[str | int] = []
    is_tag = False
    for position, key in enumerate(loc):
        child = node.child(key) if node else None
        if is_tag or child is None:
            if kind == "missing" and position == len(loc) - 1:
                real.append(key)
            is_tag = False
            continue
        real.append(key)
        node = child
        spot = walk.at(root, (*above, *real))
        is_tag = spot is not None and len(walk.models_of(spot)) > 1
    return tuple(real)


def _faults(one: Any, path: tuple[str | int, ...], source: Source, root: type[BaseModel]) -> list[Fault]:
    """The faults of one error: the rules of a section may name several places within it."""
    cause = one.get("ctx", {}).get("error")
    return of_rules(cause.broken, path, source) if isinstance(cause, RuleError) else [_fault(one, path, source, root)]


def of_rules(broken: Iterable[tuple[str, str]], path: tuple[str | int, ...], source: Source) -> list[Fault]:
    """The faults of the rules that the section at a path breaks."""
    found = []
    for key, told in broken:
        at = (*path, *key.split(".")) if key else path
        found.append(source.fault("S111", f"{key}: {told}" if key else told, at, _explained(at)))
    return found


def _explained(path: tuple[str | int, ...]) -> str:
    """Where a key's rules stand."""
    return "see `gigacampus explain " + ".".join(map(str, path)) + "`"


def _fault(one: Any, path: tuple[str | int, ...], source: Source, root: type[BaseModel]) -> Fault:
    kind, context, found = one["type"], one.get("ctx", {}), one.get("input")
    last = str(path[-1]) if path else ""
    if kind == "missing":
        parent = ".".join(map(str, path[:-1])) or "the scenario"
        spot = walk.at(root, path)
        sentence = (spot.field.description or "").rstrip(".") if spot and spot.field else ""
        fix = f"add `{last}:`" + (f" ({sentence})" if sentence else "")
        return source.fault(
            "S101",
            f'the key "{last}" is missing in {parent}',
            path,
            fix,
            at_key=True,
            mark=source.find(path[:-1], True),
        )
    if kind == "extra_forbidden":
        model = walk.model_of(walk.at(root, path[:-1]) or walk.Spot(root))
        known = list(model.model_fields) if model else []
        return source.fault("S102", f'unknown key "{last}"', path, suggest(last, known), at_key=True)
    if kind in {"literal_error", "enum"}:
        choices = re.findall(r"'([^']*)'", str(context.get("expected", "")))
        near = suggest(str(found), choices)
        listed = "" if near.startswith("known") else f" (one of {', '.join(choices)})"
        return source.fault("S107", f"{found!r} is none of the choices of {last}{listed}", path, near)
    if kind in _BOUNDS:
        words, name = _BOUNDS[kind]
        return source.fault(
            "S106",
            f"{last} must be {words} {context.get(name)}, found {_shown(found)}",
            path,
            "check the unit and the number",
        )
    if isinstance(cause := context.get("error"), UnreadableError):
        inner = cause.inner or ("value",)
        inner = tuple(key for key in inner if _has(source, path, key))
        return source.fault(cause.code, str(cause), (*path, *inner), cause.fix, at_key=cause.at_key)
    if kind == "finite_number" and (allowed := _allowed(walk.at(root, path))):
        typed = _short(source.written(path))
        return source.fault("S106", f"{last} must be {allowed}, found {typed}", path, "write a number in that range")
    if kind in _KINDS:
        wanted, fix = _KINDS[kind]
        return source.fault("S103", f"{last or 'the scenario'}: expected {wanted}, found {_shown(found)}", path, fix)
    if kind == "too_short":
        return source.fault("S111", f"{last} is empty; it needs at least {context.get('min_length')}", path, "add one")
    message = str(one["msg"]).removeprefix("Value error, ")
    return source.fault("S111", message, path, _explained(path))


def _has(source: Source, path: tuple[str | int, ...], key: str) -> bool:
    node: Node | None = source.root
    for part in path:
        node = node.child(part) if node else None
    return node is not None and node.child(key) is not None


def _allowed(spot: walk.Spot | None) -> str:
    """The range of a whole number, `a whole number from 0 to 9`; empty where its ends are not stated."""
    notes = spot.field.metadata if spot and spot.field and spot.type is int else []
    ends = [getattr(note, name) for name in ("ge", "le") for note in notes if hasattr(note, name)]
    return f"a whole number from {ends[0]} to {ends[1]}" if len(ends) == 2 else ""


def _short(text: str) -> str:
    """A text of up to 60 characters; of longer ones the beginning, and how long they are."""
    return text if len(text) <= 60 else f"{text[:40]}… ({len(text)} characters)"


def _shown(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a map"
    if isinstance(value, list):
        return "a list"
    text = repr(value)
    return text if len(text) <= 60 else text[:57] + "…"
