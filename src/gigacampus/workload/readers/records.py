"""JSON logs: read whole, walked by each format into flat records."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

from gigacampus.errors import Fault, TraceError
from gigacampus.workload.readers.source import Broken, Records, read_all

JsonRecords = Records


def load_json(path: str) -> Any:
    """The document in a file; TraceError with line and column where it is no JSON."""
    text = read_all(path).decode("utf-8-sig", errors="replace")
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        line = text.split("\n")[error.lineno - 1][:200]
        raise TraceError(
            Fault(
                "T001",
                f"not JSON: {error.msg}",
                path,
                error.lineno,
                error.colno,
                text=line,
                fix="check that the file is whole",
            )
        ) from None


def load_lines(path: str) -> Iterator[dict[str, Any] | Broken]:
    """The objects of a JSON-lines file, and the lines that are none."""
    for number, line in enumerate(read_all(path).decode("utf-8-sig", errors="replace").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = json.loads(line)
        except json.JSONDecodeError as error:
            yield Broken(f"not JSON: {error.msg} (character {error.colno})", number, line[:200])
            continue
        yield found if isinstance(found, dict) else Broken("expected an object a line", number, line[:200])


def each(path: str, items: Any, what: str, make: Callable[[Any], dict[str, Any]]) -> list[dict[str, Any] | Broken]:
    """Every item of a list made a flat record, or a broken one that says why it has not the shape of `what`."""
    if not isinstance(items, list):
        raise TraceError(Fault("T002", f"expected a list of {what} objects, found {type(items).__name__}", path, 1))
    made: list[dict[str, Any] | Broken] = []
    for item in items:
        try:
            made.append(make(item))
        except (AttributeError, KeyError, TypeError, ValueError, IndexError) as error:
            why = f"lacks {error}" if isinstance(error, KeyError) else str(error)
            made.append(Broken(f"not the shape of a {what} object: {why}"))
    return made


def utc(seconds: float | None) -> str | None:
    """Seconds since 1970 as ISO text in UTC; 0 and absent ones are None, as schedulers write them."""
    return datetime.fromtimestamp(seconds, UTC).isoformat() if seconds else None
