"""Find a scenario by name or path, and build it on those that it extends."""

from __future__ import annotations

import difflib
from importlib import resources
from pathlib import Path

from gigacampus.errors import Fault, ScenarioError
from gigacampus.scenario.nodes import Mark, Node, Source, merged, place
from gigacampus.scenario.read import read as read_text
from gigacampus.scenario.read import text_of

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
    """A scenario's tree with everything it extends merged under it; ScenarioError where its form is not right."""
    source = tree(name_or_path)
    if source.faults:
        raise ScenarioError(source.faults)
    return source


def tree(name_or_path: str | Path) -> Source:
    """The same, with what is wrong with the form beside it; ScenarioError where there is no tree at all."""
    path = find(name_or_path)
    source = Source(Node({}, Mark()), {})
    try:
        source.root = _read(path, source, ())
    except ScenarioError as error:
        raise ScenarioError([*source.faults, *error.faults]) from None
    return source


def _read(path: Path, into: Source, above: tuple[Path, ...]) -> Node:
    """A file's tree upon those that it extends; its text and faults go `into` the source."""
    name = _shown(path)
    text = text_of(path)
    into.texts[name] = text.splitlines()
    root, faults = read_text(text, name)
    into.faults += faults
    if not isinstance(root.value, dict):
        told = f"a scenario is a map of sections, found {_kind(root)}"
        raise ScenarioError(place("S015", told, root.mark, into.texts, "", "start with `title:`"))
    asked = root.value.pop("extends", None)
    root.keys.pop("extends", None)
    if asked is None or asked.value is None:
        return root
    try:
        base = _base(asked, path, into, (*above, _real(path)))
    except ScenarioError as error:
        into.faults += error.faults
        into.is_whole = False
        return root
    return merged(base, root)


def _base(asked: Node, path: Path, into: Source, chain: tuple[Path, ...]) -> Node:
    """The tree that a file extends, by what stands after its `extends`."""

    def refuse(code: str, message: str, fix: str) -> ScenarioError:
        return ScenarioError(place(code, message, asked.mark, into.texts, "extends", fix))

    if not isinstance(asked.value, str) or not asked.value.strip():
        fix = "write `extends: FILE` or `extends: BUILT-IN-NAME`"
        raise refuse("S017", "`extends` names one file or built-in scenario", fix)
    try:
        found = find(asked.value, path.parent)
    except ScenarioError as error:
        fault = error.faults[0]
        raise refuse(fault.code, f"{fault.message}: {asked.value}", fault.fix) from None
    if _real(found) in chain:
        around = " → ".join(one.name for one in (*chain, found))
        raise refuse("S016", f"scenarios extend each other in a circle: {around}", "break the circle")
    return _read(found, into, chain)


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
