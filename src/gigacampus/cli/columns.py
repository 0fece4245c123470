"""Plain text columns for the terminal."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Sequence

NO_EDGE = 1_000_000
WIDEST = 40
"""Characters of a cell that is not in the last column."""


def table(head: Sequence[str], rows: Iterable[Sequence[object]], indent: str = "") -> str:
    """Rows under a head in aligned columns; the last one is cut at the terminal's edge, numbers stand right."""
    cells = [[_cut(str(one), last=i == len(head) - 1) for i, one in enumerate(row)] for row in rows]
    columns = list(zip(head, *cells, strict=True))
    widths = [max(map(len, column)) for column in columns]
    right = [all(_is_number(one) for one in column[1:]) and len(column) > 1 for column in columns]
    edge = max(shutil.get_terminal_size().columns, 60) if sys.stdout and sys.stdout.isatty() else NO_EDGE
    lines = []
    for row in [list(head), *cells]:
        text = "  ".join(
            one.rjust(width) if to_right else one.ljust(width)
            for one, width, to_right in zip(row, widths, right, strict=True)
        )
        line = (indent + text).rstrip()
        lines.append(line if len(line) <= edge else line[: edge - 1] + "…")
    return "\n".join(lines)


def _cut(text: str, *, last: bool) -> str:
    text = " ".join(text.split())
    return text if last or len(text) <= WIDEST else text[: WIDEST - 1] + "…"


def _is_number(text: str) -> bool:
    return (text[:1] in "+-0123456789" and not text[:4].isdigit()) or text.replace(",", "").replace(".", "").isdigit()
