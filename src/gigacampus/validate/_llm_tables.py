"""Which of the three LLM tables a file is, read with its faults named."""

from __future__ import annotations

import csv
from pathlib import Path

from gigacampus.conditions.plain import lines
from gigacampus.errors import Fault, UsageError
from gigacampus.workload.readers.source import separator

Rows = list[dict[str, str]]
KEYS = {
    "training": ("id", "chip", "n_chips", "model", "seq_len", "global_batch", "precision", "tokens_per_s_per_chip"),
    "inference": ("id", "chip", "n_chips", "model", "precision", "framework", "output_tokens_per_s_per_chip"),
    "power": ("id", "chip", "n_chips", "workload", "mean_node_kw"),
}
MEASURED = {
    "training": "tokens_per_s_per_chip", "inference": "output_tokens_per_s_per_chip", "power": "mean_node_kw",
}  # fmt: skip


def read(path: Path) -> tuple[str, Rows]:
    """The kind of table and its rows, missing columns empty. UsageError names every fault by row and column."""
    text = lines(path)
    reader = csv.DictReader(text, delimiter=separator(text[0]) if text else ",")
    columns = set(reader.fieldnames or ())
    kinds = [kind for kind, column in MEASURED.items() if column in columns]
    if not kinds:
        raise UsageError(
            Fault("V010", "none of the three tables: no measured column", file=str(path), line=1,
                  fix=f"one of the columns {', '.join(MEASURED.values())}")
        )  # fmt: skip
    kind = kinds[0]
    lacking = [key for key in KEYS[kind] if key not in columns]
    if lacking:
        raise UsageError(
            Fault("V011", f"the {kind} table lacks {', '.join(lacking)}", file=str(path), line=1, fix="add the columns")
        )
    rows = [{key: _stated(key, value) for key, value in row.items() if key} for row in reader]
    if not rows:
        raise UsageError(Fault("V011", f"the {kind} table holds no rows", file=str(path), line=1, fix="add rows"))
    faults = [
        Fault("V012", f'{column} is "{row[column]}", no number', file=str(path), line=i, path=column,
              fix="write a number or leave it empty")
        for i, row in enumerate(rows, 2)
        for column in sorted(NUMBERS & columns)
        if row.get(column, "").strip() and not _is_number(row[column])
    ]  # fmt: skip
    if faults:
        raise UsageError(faults)
    return kind, rows


NUMBERS = {
    "n_chips", "n_nodes", "chips_per_scaleup", "layers", "hidden", "ffn", "gated_ffn", "heads", "kv_heads", "vocab",
    "seq_len", "global_batch", "micro_batch", "tp", "pp", "cp", "ep", "vp", "dp", "fsdp", "tokens_per_s_per_chip",
    "isl_mean", "osl_mean", "attention_dp", "concurrency", "output_tokens_per_s_per_chip", "mean_node_kw",
    "nameplate_node_kw",
}  # fmt: skip
"""Columns that must hold numbers where they hold anything."""


SILENT = {"n/a", "na", "nan", "none", "null", "-", "?"}
"""What tables write for a number that a source does not say; read as an empty cell."""


def _stated(key: str, value: str | None) -> str:
    text = (value or "").strip()
    return "" if key in NUMBERS and text.lower() in SILENT else text


def _is_number(text: str) -> bool:
    try:
        return abs(float(text)) < 1e18
    except ValueError:
        return False
