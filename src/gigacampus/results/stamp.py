"""The stamp of this code: what any result depends on beside its inputs, as one hash."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib import resources

from gigacampus.results.manifest import PACKAGES, bundled_hashes, versions


@cache
def code_stamp() -> str:
    """SHA-256 over the package's modules and data and the versions of the packages that results depend on."""
    digest = hashlib.sha256()
    root = resources.files("gigacampus")
    pending, found = [(root, "")], []
    while pending:
        folder, prefix = pending.pop()
        for entry in folder.iterdir():
            name = f"{prefix}{entry.name}"
            if entry.is_dir() and entry.name not in ("__pycache__", "data"):
                pending.append((entry, f"{name}/"))
            elif entry.name.endswith(".py"):
                found.append((name, hashlib.sha256(entry.read_bytes()).hexdigest()))
    for pair in (*sorted(found), *sorted(bundled_hashes().items()), *((name, versions()[name]) for name in PACKAGES)):
        digest.update("\n".join(pair).encode() + b"\0")
    return digest.hexdigest()
