"""The bundled LLM tables: architectures, constants, and published measurements."""

from __future__ import annotations

import csv
import gzip
import io
import re
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


FORMATS = {
    "fp4": r"fp4", "int4": r"int4|w4a16", "fp8": r"fp8|float8|e4m3|int8|w8a8", "bf16": r"bf16|bfloat16",
    "fp16": r"fp16|float16|half",
}  # fmt: skip
"""Precisions that the models know, and how sources write them (MXFP8, NVFP4, FP8-CS); the narrowest that is named."""


def precision(row: Row) -> str:
    """The row's precision by the models' name; empty where it is not stated or none that they know."""
    text = row.get("precision", "").lower()
    return next((name for name, written in FORMATS.items() if re.search(written, text)), "")
