"""Write a scenario that was kept in a report or a run folder, and its files beside it."""

from __future__ import annotations

import io
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from gigacampus.errors import Fault, UsageError
from gigacampus.files import put, refuse
from gigacampus.results.folder import write_files


def write(text: str, files: Mapping[str, bytes], out: Path, *, force: bool = False) -> Path:
    """Write the scenario at `out`, the files it names into `NAME.files` beside it, and name them there.

    Raises UsageError where either exists, unless `force`.
    """
    folder = out.with_suffix(".files")
    taken = [path for path in (out, *((folder,) if files else ())) if path.exists()]
    if taken and not force:
        told = f"{taken[0]} exists"
        raise UsageError(Fault("U002", told, fix="choose another --out, or give --force to replace it"))
    refuse(out, makes_folders=True)
    out.parent.mkdir(parents=True, exist_ok=True)
    if files:
        shutil.rmtree(folder, ignore_errors=True)
        text = renamed(text, {name: f"{folder.name}/{path.name}" for name, path in write_files(files, folder).items()})
    put(out, text)
    return out


def renamed(text: str, names: Mapping[str, str]) -> str:
    """The scenario with other names for its files, at the keys that name files and nowhere else."""
    yaml = YAML(typ="rt", pure=True)
    yaml.width = 10_000
    yaml.allow_unicode = True
    tree: Any = yaml.load(text)
    site, deal = tree.get("site") or {}, tree.get("deal") or {}
    holders = [(site, "weather"), (site, "events"), (deal, "actuals"), (tree.get("commitments") or {}, "file")]
    holders += [(source, "carbon_file") for source in (site.get("sources") or {}).values()]
    for holder, key in holders:
        value = holder.get(key)
        if isinstance(value, list):
            holder[key] = [names.get(one, one) for one in value]
        elif isinstance(value, str):
            holder[key] = names.get(value, value)
    out = io.StringIO()
    yaml.dump(tree, out)
    return out.getvalue()
