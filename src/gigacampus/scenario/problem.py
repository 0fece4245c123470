"""A fault across sections, before it has a place in a file."""

from __future__ import annotations

from typing import NamedTuple


class Problem(NamedTuple):
    """A fault before it has a place: `path` leads to the value at fault."""

    code: str
    message: str
    path: str
    fix: str = ""
