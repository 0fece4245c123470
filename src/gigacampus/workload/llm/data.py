"""The bundled LLM tables: architectures, constants, and published measurements."""

from __future__ import annotations

import csv
import gzip
import io
from functools import cache
from importlib import resources

Row = dict[str, str]
"""A row of a table as text; an empty cell means that the source does not say."""


@cache
def table(name: str) -> tuple[Row, ...]:
    """The rows of `catalog/data/llm/NAME`, packed files included, in file order."""
    place = resources.files("gigacampus.catalog").joinpath("data", "llm", name)
    if name.endswith(".gz"):
        text = gzip.decompress(place.read_bytes()).decode("utf-8")
    else:
        text = place.read_text(encoding="utf-8")
    return tuple(csv.DictReader(io.StringIO(text)))


def number(row: Row, key: str, default: float = float("nan")) -> float:
    """A cell as a number; `default` where it is empty or absent."""
    text = row.get(key, "") or ""
    return float(text) if text.strip() else default
