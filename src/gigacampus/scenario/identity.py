"""What a scenario says, as one hash: the same for two scenarios that say the same, wherever they were written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from gigacampus.scenario.beside import digests
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.nodes import Source

WORDS = frozenset({"title", "description", "variants", "applied"})
"""Keys that move no result."""


def identity(scenario: Scenario) -> str:
    """SHA-256 of all that a run depends on: every value as resolved, seed and files included; words and what-ifs not.

    Raises ValueError for a scenario that was not read by `load`.
    """
    if scenario._source is None:
        raise ValueError("only a scenario that was read has an identity")
    return of_tree(scenario._source, digests(scenario))


def of_tree(source: Source, files: Mapping[str, bytes]) -> str:
    """The same of a tree with variants and settings worked in, and of the digests of the files that it names."""
    tree: dict[str, Any] = source.root.plain()
    said = {key: value for key, value in tree.items() if key not in WORDS}
    digest = hashlib.sha256(json.dumps(said, sort_keys=True, default=str, ensure_ascii=False).encode())
    for name, file in sorted(files.items()):
        digest.update(f"\0{name}\0".encode() + file)
    return digest.hexdigest()
