"""Values that carry where they come from, and how a value that cannot be read says so."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import Any, Literal, get_args

Status = Literal["official", "reported", "estimate", "opinion", "alleged", "assumption"]
STATUSES: tuple[str, ...] = get_args(Status)
ENDS = ("p10", "p50", "p90")
KEYS = ("value", *ENDS, "source", "as_of", "status", "note")


class UnreadableError(ValueError):
    """Why a value cannot be read: a code of `scenario.codes`, a fix, the keys within the value that are at fault."""

    def __init__(
        self, code: str, message: str, fix: str = "", inner: tuple[str, ...] = (), at_key: bool = False
    ) -> None:
        super().__init__(message)
        self.code, self.fix, self.inner, self.at_key = code, fix, inner, at_key


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a value comes from: a URL, `derived:` with its formula, or `article`; and what kind of statement it is."""

    source: str = ""
    as_of: str = ""
    status: str = "assumption"
    note: str = ""


def opened(raw: Any, shape: str) -> tuple[Any, Origin]:
    """Split a sourced value into the bare value (or its percentiles) and its origin."""
    if isinstance(raw, list):
        raise UnreadableError("S103", f"expected a single value such as {shape}, found a list", f"write {shape}")
    if not isinstance(raw, dict):
        return raw, Origin()
    for key in raw:
        if key not in KEYS:
            near = difflib.get_close_matches(str(key), KEYS, 1, 0.6)
            fix = f'did you mean "{near[0]}"?' if near else f"known here: {', '.join(KEYS)}"
            raise UnreadableError("S110", f'unknown key "{key}" in a sourced value', fix, (str(key),), at_key=True)
    origin = _origin(raw)
    ends = {key: raw[key] for key in ENDS if key in raw}
    if "value" in raw and ends:
        fix = "drop one of the two"
        raise UnreadableError(
            "S110", "a sourced value has either `value:` or percentiles", fix, (next(iter(ends)),), True
        )
    if "value" in raw:
        return _bare(raw["value"], shape), origin
    if {"p10", "p90"} <= set(ends):
        return ends, origin
    raise UnreadableError("S110", "a sourced value needs `value:`, or `p10:` and `p90:`", f"add `value: {shape}`")


def _origin(raw: dict[str, Any]) -> Origin:
    for key in ("source", "as_of", "status", "note"):
        if isinstance(raw.get(key), (dict, list)):
            raise UnreadableError("S110", f'"{key}" of a sourced value is text', "write one line of text", (key,))
    status = str(raw.get("status", "assumption"))
    if status not in STATUSES:
        near = difflib.get_close_matches(status, STATUSES, 1, 0.5)
        fix = f'did you mean "{near[0]}"?' if near else f"one of {', '.join(STATUSES)}"
        raise UnreadableError("S110", f"{status!r} is no status (one of {', '.join(STATUSES)})", fix, ("status",))
    words = {key: "" if raw.get(key) is None else str(raw[key]) for key in ("source", "as_of", "note")}
    return Origin(status=status, **words)


def _bare(value: Any, shape: str) -> Any:
    if isinstance(value, dict) and not ({"p10", "p90"} <= set(value) <= set(ENDS)):
        raise UnreadableError("S110", "`value:` is an amount or a range", f"write `value: {shape}`", ("value",))
    if isinstance(value, list):
        raise UnreadableError(
            "S110", "`value:` is an amount or a range, not a list", f"write `value: {shape}`", ("value",)
        )
    return value


def sourced_schema() -> dict[str, Any]:
    """The JSON Schema of a sourced value."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "value": {"description": "the value, or a range"},
            "p10": {"description": "one in ten values lies below"},
            "p50": {"description": "the median"},
            "p90": {"description": "one in ten values lies above"},
            "source": {"type": "string", "description": "a URL, `derived:` with its formula, or `article`"},
            "as_of": {"type": ["string", "integer"], "description": "the day, month, quarter or year of the statement"},
            "status": {"enum": list(STATUSES), "description": "what kind of statement it is"},
            "note": {"type": "string", "description": "what to know about it"},
        },
    }
