"""Find a scenario by name or path, and build it on those that it extends."""

from __future__ import annotations

import difflib
from importlib import resources
from pathlib import Path

from gigacampus.errors import Fault, ScenarioError
from gigacampus.scenario.nodes import Node, Source, place
from gigacampus.scenario.read import nodes_of, text_of

_ENDINGS = (".yaml", ".yml", ".json", ".toml")


def built_in() -> dict[str, Path]:
    """The scenarios in the package, by name; those that only others extend (`_NAME`) are left out."""
    return {name: path for name, path in _packaged().items() if not name.startswith("_")}


def _packaged() -> dict[str, Path]:
    folder = Path(str(resources.files("gigacampus.catalog") / "data" / "scenarios"))
    return {path.stem: path for path in sorted(folder.glob("*.yaml"))}


def find(name_or_path: str | Path, beside: Path | None = None) -> Path:
    """The file of a built-in name or a path (relative to the folder `beside`, if given); ScenarioError if none."""
    text = str(name_or_path)
    known, packaged = built_in(), _packaged()
    path = (beside / text) if beside else Path(text)
    if text in packaged and not (isinstance(name_or_path, Path) or path.is_file()):
        return packaged[text]
    looks_like_path = "/" in text or "\\" in text or text.lower().endswith(_ENDINGS)
    try:
        if isinstance(name_or_path, Path) or looks_like_path or path.exists():
            if not path.is_symlink() and not path.exists():
                siblings = [str(p.name) for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
                near = difflib.get_close_matches(path.name, siblings, 1, 0.5)
                fix = f'did you mean "{path.parent / near[0]}"?' if near else "check the path"
                raise ScenarioError(Fault("S001", "no such file", str(path), fix=fix))
            return path
    except (OSError, ValueError) as error:
        raise ScenarioError(Fault("S003", f"cannot be read: {error}", text[:200], fix="check its name")) from None
    near = difflib.get_close_matches(text, known, 1, 0.4)
    hint = f'did you mean "{near[0]}"? ' if near else ""
    fix = f"{hint}built in: {', '.join(known) or 'none'}; or name a file"
    raise ScenarioError(Fault("S001", f'"{text[:200]}" is neither a file nor a built-in scenario', fix=fix))


def read(name_or_path: str | Path) -> Source:
    """A scenario's tree with everything it extends merged under it."""
    texts: dict[str, list[str]] = {}
    root = _read(find(name_or_path), texts, ())
    return Source(root, texts)


def _read(path: Path, texts: dict[str, list[str]], above: tuple[Path, ...]) -> Node:
    name = _shown(path)
    text = text_of(path)
    texts[name] = text.splitlines()
    root = nodes_of(text, name)
    if not isinstance(root.value, dict):
        raise ScenarioError(
            place(
                "S015",
                "a scenario is a map of sections, found " + _kind(root),
                root.mark,
                texts,
                "",
                "start with `title:`",
            )
        )
    asked = root.value.pop("extends", None)
    root.keys.pop("extends", None)
    if asked is None or asked.value is None:
        return root
    if not isinstance(asked.value, str):
        fix = "write `extends: FILE` or `extends: BUILT-IN-NAME`"
        raise ScenarioError(
            place("S017", "`extends` names one file or built-in scenario", asked.mark, texts, "extends", fix)
        )
    chain = (*above, _real(path))
    try:
        base_path = find(asked.value, path.parent)
    except ScenarioError as error:
        fault = error.faults[0]
        raise ScenarioError(
            place(fault.code, f"{fault.message}: {asked.value}", asked.mark, texts, "extends", fault.fix)
        ) from None
    if _real(base_path) in chain:
        around = " → ".join(one.name for one in (*chain, base_path))
        raise ScenarioError(
            place(
                "S016",
                f"scenarios extend each other in a circle: {around}",
                asked.mark,
                texts,
                "extends",
                "break the circle",
            )
        )
    return merged(_read(base_path, texts, chain), root)


def merged(base: Node, over: Node) -> Node:
    """`over` upon `base`: maps merge, lists, plain and sourced values replace."""
    if not (base.is_map and over.is_map):
        return over
    value, keys = dict(base.value), {**base.keys, **over.keys}
    for key, child in over.value.items():
        value[key] = merged(value[key], child) if key in value else child
    return Node(value, over.mark, keys)


def _shown(path: Path) -> str:
    """The path as faults print it: relative to the working folder where that is shorter."""
    try:
        relative = _real(path).relative_to(Path.cwd())
    except (ValueError, OSError):
        return str(path)
    return str(relative)


def _real(path: Path) -> Path:
    """The path without symbolic links; as it is where they go in a circle, which reading it then says."""
    try:
        return path.resolve()
    except (OSError, RuntimeError):
        return path.absolute()


def _kind(node: Node) -> str:
    return "a list" if isinstance(node.value, list) else f"the single value {node.value!r}"
