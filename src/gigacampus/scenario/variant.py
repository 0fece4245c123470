"""Variants: named what-ifs, each a list of operations on dotted paths, applied in order.

A path names keys of maps and positions in lists (from 0); `*` stands for every entry. `where` keeps those targets
whose entry meets conditions, such as `{state: planned}`; a key that the entry leaves out counts as its default.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, WithJsonSchema

from gigacampus.scenario.base import Section
from gigacampus.scenario.quantity import Factor, Moment, Share, UnreadableError
from gigacampus.scenario.sourced import Status

VERBS = ("set", "scale", "shift", "add", "remove", "split")
_PATH = re.compile(r"[^.\s]+(\.[^.\s]+)*")
_SHIFT = re.compile(r"([-+]?\d+)\s*(day|week|month|quarter|year)s?")


def _path(raw: Any) -> str:
    if not isinstance(raw, str) or not _PATH.fullmatch(raw):
        raise UnreadableError("S202", f"expected a dotted path, found {raw!r}", "write it like deal.quotas.uae.cap")
    return raw


def read_shift(raw: Any) -> str:
    """Text such as `6 months` or `-30 days`: a whole number of days, weeks, months, quarters or years."""
    if not isinstance(raw, str) or not _SHIFT.fullmatch(raw.strip()):
        fix = "write it like 6 months or -30 days"
        raise UnreadableError("S202", f"expected a time by which dates move, found {raw!r}", fix)
    if abs(int(_SHIFT.fullmatch(raw.strip())[1])) > 10_000:  # type: ignore[index]
        raise UnreadableError("S106", f"dates move by at most 10,000 at once, found {raw!r}", "check the number")
    return raw.strip()


def shift_of(text: str) -> tuple[int, int]:
    """The whole months and the days that a shift such as `6 months` adds."""
    amount, name = _SHIFT.fullmatch(text).groups()  # type: ignore[union-attr]
    months = {"month": 1, "quarter": 3, "year": 12}.get(name, 0)
    days = {"day": 1, "week": 7}.get(name, 0)
    return int(amount) * months, int(amount) * days


Path = Annotated[str, BeforeValidator(_path)]
Shift = Annotated[
    str,
    BeforeValidator(read_shift),
    WithJsonSchema({"type": "string", "examples": ["6 months", "-30 days"], "pattern": _SHIFT.pattern}),
]


class Dates(Section):
    """A condition on a date: within `[from, before)`."""

    since: Moment | None = Field(default=None, alias="from")
    """This day or later."""
    before: Moment | None = None
    """Earlier than this day."""

    def holds(self, day: date) -> bool:
        """Whether a day meets it."""
        return (self.since is None or day >= self.since) and (self.before is None or day < self.before)


Condition = Dates | list[str] | str | bool
"""A value, any of a list of values, or a span of dates."""


class Operation(Section):
    """What all operations share."""

    where: dict[str, Condition] = Field(default_factory=dict)
    """Only targets whose entry has these values."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths that it changes, wildcards and all."""
        return tuple(str(getattr(self, verb)) for verb in VERBS if verb in type(self).model_fields)

    @property
    def said(self) -> str:
        """The operation in one line, as it might be written."""
        told = {
            type(self).model_fields[name].alias or name: getattr(self, name) for name in sorted(self.model_fields_set)
        }
        verb = next(name for name in VERBS if name in told)
        parts = [f"{verb} {told.pop(verb)}", *(f"{key}: {getattr(one, 'text', one)}" for key, one in told.items())]
        return ", ".join(parts)


class Set(Operation):
    """Give a key another value."""

    set: Path
    """Path of the key."""
    to: Any
    """Its new value, written as in the scenario."""


class Scale(Operation):
    """Multiply amounts; ranges, sources and units stay."""

    scale: Path
    """Path of the amount."""
    by: Factor
    """What to multiply by."""


class ShiftDates(Operation):
    """Move dates by calendar months or days; ranges and sources stay."""

    shift: Path
    """Path of the date."""
    by: Shift
    """How far: `6 months`, `-30 days`."""


class Add(Operation):
    """Add an entry: under a new key of a map, or at the end of a list."""

    add: Path
    """Path of the new entry, or of the list that it joins."""
    value: Any
    """The entry, written as in the scenario."""


class Remove(Operation):
    """Take an entry out."""

    remove: Path
    """Path of the entry."""


class Split(Operation):
    """Split an entry in two: the new one gets a share of its amounts and stands after it."""

    split: Path
    """Path of the entry."""
    share: Share
    """What the new entry gets of the divided amounts."""
    on: list[str] = Field(default=["share"], min_length=1)
    """Keys of the entry whose amounts are divided."""
    into: str = ""
    """Key of the new entry, where the entries have keys."""
    change: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Keys of the new entry that differ."""

    @property
    def paths(self) -> tuple[str, ...]:
        """The entry's, and the new one's."""
        *above, last = self.split.split(".")
        return self.split, ".".join([*above, self.into or (str(int(last) + 1) if last.isdigit() else last)])


def _verb(raw: Any) -> str | None:
    if isinstance(raw, Operation):
        return next((verb for verb in VERBS if verb in type(raw).model_fields), None)
    return next((str(key) for key in raw if key in VERBS), None) if isinstance(raw, dict) else None


def _one_verb(raw: Any) -> Any:
    if isinstance(raw, Operation):
        return raw
    fix = "write one operation for each, such as {set: PATH, to: VALUE}"
    if not isinstance(raw, dict):
        raise UnreadableError("S202", f"an operation is a map of keys, found {raw!r}", fix)
    verbs = [key for key in raw if key in VERBS]
    if len(verbs) != 1:
        found = " and ".join(verbs) if verbs else "none of them"
        raise UnreadableError("S202", f"an operation has one of the keys {', '.join(VERBS)}; found {found}", fix)
    return raw


AnyOperation = Annotated[
    Annotated[Set, Tag("set")]
    | Annotated[Scale, Tag("scale")]
    | Annotated[ShiftDates, Tag("shift")]
    | Annotated[Add, Tag("add")]
    | Annotated[Remove, Tag("remove")]
    | Annotated[Split, Tag("split")],
    Discriminator(_verb),
    BeforeValidator(_one_verb),
]


class Variant(Section):
    """A named what-if. None is ever on by default."""

    title: str
    """What it says, in one line."""
    status: Status = "assumption"
    """What kind of statement it rests on; results of `alleged` and `opinion` variants are marked as such."""
    source: str = ""
    """Where it comes from."""
    operations: list[AnyOperation]
    """What it changes, in order: each a map with one of set, scale, shift, add, remove or split."""
