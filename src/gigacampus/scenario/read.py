"""Read one YAML file into nodes. Whatever is wrong with the file is a fault, never a traceback."""

from __future__ import annotations

import re
import warnings
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, ScalarNode, SequenceNode

from gigacampus.errors import Fault, ScenarioError
from gigacampus.scenario.nodes import Mark, Node, merged, place

LARGEST_BYTES = 2_000_000
MOST_NODES = 200_000
DEEPEST = 50
_FORMATS = {".toml": "TOML", ".csv": "CSV", ".xml": "XML", ".ini": "INI", ".xlsx": "Excel", ".py": "Python"}
_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: tuple[tuple[str, Any], ...] = (
    ("null Null NULL ~", None),
    ("true True TRUE", True),
    ("false False FALSE", False),
    (".inf .Inf .INF +.inf +.Inf +.INF", float("inf")),
    ("-.inf -.Inf -.INF", float("-inf")),
    (".nan .NaN .NAN", float("nan")),
)
_SPECIAL = {"": None} | {word: meaning for words, meaning in _WORDS for word in words.split()}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_NO_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
"""What an escape such as "\\e" can bring into a text and no terminal, page or file should be given."""


def text_of(path: Path, asked_at: Fault | None = None) -> str:
    """The file's text; ScenarioError where it cannot be a scenario. `asked_at` is a fault's place to reuse."""
    name = str(path)

    def refuse(code: str, message: str, fix: str, line: int = 0, text: str = "") -> ScenarioError:
        return ScenarioError(Fault(code, message, name, line, 1 if line else 0, 1, "", text, fix))

    if path.suffix.lower() in _FORMATS:
        found = _FORMATS[path.suffix.lower()]
        raise refuse("S019", f"{found} is not read as a scenario", "write it as YAML; `gigacampus init` makes one")
    try:
        if path.is_dir():
            raise refuse(
                "S002", "this is a directory, not a file", f"name the file in it, such as {path / 'scenario.yaml'}"
            )
        if path.exists() and not path.is_file():
            raise refuse("S002", "this is a pipe or a device, not a file", "save the scenario to a file first")
        if path.stat().st_size > LARGEST_BYTES:
            size = path.stat().st_size / 1e6
            raise refuse(
                "S007",
                f"the file has {size:.1f} MB; a scenario has at most 2 MB",
                "move bulk data to files that it names",
            )
        data = path.read_bytes()
    except FileNotFoundError:
        raise refuse("S001", "no such file", "check the path") from None
    except (OSError, ValueError) as error:
        raise refuse(
            "S003", f"cannot be read: {getattr(error, 'strerror', None) or error}", "check its name and permissions"
        ) from None
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        if b"\x00" in data:
            raise refuse("S005", "this is a binary file, not YAML", "name the YAML file", line) from None
        raise refuse("S004", f"byte 0x{data[error.start]:02x} is not UTF-8", "save the file as UTF-8", line) from None
    control = _CONTROL.search(text)
    if control:
        line = text[: control.start()].count("\n") + 1
        raise refuse(
            "S005",
            f"control character 0x{ord(control[0]):02x}: this is a binary file, not YAML",
            "name the YAML file",
            line,
        )
    return text


def nodes_of(text: str, name: str) -> Node:
    """The text's tree, the caller's own; ScenarioError with all faults of its form where it has any."""
    root, faults = read(text, name)
    if faults:
        raise ScenarioError(faults)
    return root


def read(text: str, name: str) -> tuple[Node, list[Fault]]:
    """The text's tree, the caller's own, and what is wrong with its form: the tree has what is meant all the same.

    ScenarioError where no tree can be made out of it.
    """
    root, faults = _tree(text, name)
    return root.copy(), list(faults)


@lru_cache(maxsize=16)
def _tree(text: str, name: str) -> tuple[Node, tuple[Fault, ...]]:
    """The same, read once: variants, comparisons and sweeps take a scenario up again and again."""
    lines = text.splitlines()
    texts = {name: lines}

    def refuse(code: str, message: str, fix: str, mark: Mark) -> ScenarioError:
        return ScenarioError(place(code, message, mark, texts, "", fix))

    tabs = [
        place(
            "S009", "a tab indents this line", Mark(name, number, line.index("\t") + 1), texts, "", "indent with spaces"
        )
        for number, line in enumerate(lines, 1)
        if "\t" in line[: len(line) - len(line.lstrip())] and line.strip() and not name.endswith(".json")
    ]
    if tabs:
        raise ScenarioError(tabs)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            top = YAML(typ="rt", pure=True).compose(text)
    except RecursionError:
        deepest = max(range(len(lines)), key=lambda one: lines[one].count("[") + lines[one].count("{"), default=0)
        raise refuse("S020", f"nests deeper than {DEEPEST} levels", "flatten it", Mark(name, deepest + 1, 1)) from None
    except MarkedYAMLError as error:
        raise ScenarioError(_syntax(error, name, lines)) from None
    except (YAMLError, ValueError, AssertionError, AttributeError, KeyError, IndexError, TypeError) as error:
        # ruamel lets a few plain exceptions out on malformed input; they mean the same
        raise refuse(
            "S008", f"not well-formed YAML: {error}".splitlines()[0], "check quotes, colons and brackets", Mark(name)
        ) from None
    if top is None or (isinstance(top, ScalarNode) and not top.value.strip()):
        raise refuse(
            "S006", "the file is empty", "`gigacampus init DIR` writes a scenario to start from", Mark(name, 1, 1)
        )
    reader = _Reader(name, lines)
    return reader.node(top, ()), tuple(reader.faults)


def _syntax(error: MarkedYAMLError, name: str, lines: list[str]) -> Fault:
    spot = error.problem_mark or error.context_mark
    mark = Mark(name, spot.line + 1, spot.column + 1) if spot else Mark(name)
    problem = (error.problem or error.context or "not well-formed YAML").strip()
    if "single document" in f"{error.context} {problem}":
        return place(
            "S014", "the file holds several YAML documents", mark, {name: lines}, "", "keep one; drop the `---`"
        )
    if "duplicate" in problem:
        return place("S010", problem.splitlines()[0], mark, {name: lines}, "", "drop one of the two")
    if mark.line > len(lines):
        mark = Mark(name, len(lines), len(lines[-1]) + 1 if lines else 1)
    context = f" ({error.context})" if error.context and error.context != problem else ""
    fix = "check quotes, colons, brackets and indentation here and in the lines above"
    return place("S008", f"not well-formed YAML: {problem}{context}", mark, {name: lines}, "", fix)


class _Reader:
    """Turns ruamel's nodes into ours: counts them, refuses tags, duplicates and circles, resolves YAML 1.2 scalars.

    What is refused is read as it is meant, so that the rest can be looked at too: the first of two values, keys that
    are no text by their letters.
    """

    def __init__(self, name: str, lines: list[str]) -> None:
        self.name, self.lines, self.count = name, lines, 0
        self.faults: list[Fault] = []

    def fault(self, code: str, message: str, mark: Mark, path: tuple[str, ...], fix: str) -> None:
        self.faults.append(place(code, message, mark, {self.name: self.lines}, ".".join(path), fix))

    def mark(self, node: Any) -> Mark:
        start, end = node.start_mark, node.end_mark
        if not isinstance(node, ScalarNode) and not node.flow_style:
            return Mark(self.name, start.line + 1, start.column + 1)
        line = self.lines[start.line] if start.line < len(self.lines) else ""
        last = end.column if end.line == start.line else len(line.rstrip())
        return Mark(self.name, start.line + 1, start.column + 1, max(1, last - start.column))

    def node(self, node: Any, path: tuple[str, ...], above: tuple[int, ...] = ()) -> Node:
        mark = self.mark(node)
        self.count += 1
        if self.count > MOST_NODES:
            self.fault("S011", f"aliases unfold to more than {MOST_NODES:,} values", mark, path, "write them out")
            raise ScenarioError(self.faults)
        if id(node) in above:
            self.fault("S012", "this anchor contains itself", mark, path, "write the value out")
            return Node(None, mark)
        if len(above) > DEEPEST:
            self.fault("S020", f"nests deeper than {DEEPEST} levels", mark, path, "flatten it")
            raise ScenarioError(self.faults)
        self.tagged(node, mark, path)
        if isinstance(node, MappingNode):
            return self.map(node, mark, path, (*above, id(node)))
        if isinstance(node, SequenceNode):
            inner = (*above, id(node))
            return Node([self.node(v, (*path, str(i)), inner) for i, v in enumerate(node.value)], mark)
        value = self.scalar(node)
        self.spelled(value, mark, path)
        return Node(value, mark)

    def tagged(self, node: Any, mark: Mark, path: tuple[str, ...]) -> None:
        """Whether a tag stands before a value or a key."""
        tag = str(node.tag or "")
        if (tag and not tag.startswith("tag:yaml.org,2002:")) or "python" in tag:
            self.fault("S013", f"the tag {tag!r} is not used in scenarios", mark, path, "drop it")

    def spelled(self, value: Any, mark: Mark, path: tuple[str, ...]) -> None:
        """Whether a text can be shown."""
        odd = _NO_TEXT.search(value) if isinstance(value, str) else None
        if odd:
            self.fault("S005", f"the text holds the control character U+{ord(odd[0]):04X}", mark, path, "leave it out")

    def map(self, node: MappingNode, mark: Mark, path: tuple[str, ...], above: tuple[int, ...]) -> Node:
        made, under = Node({}, mark), Node({}, mark)
        for key_node, value_node in node.value:
            where = self.mark(key_node)
            if not isinstance(key_node, ScalarNode) or not isinstance(self.scalar(key_node), str):
                shown = getattr(key_node, "value", "")
                shown = shown if isinstance(shown, str) else "a list or map"
                self.fault("S018", f"the key {shown!r} is not text", where, path, f'write it in quotes: "{shown}"')
                if not isinstance(key_node, ScalarNode):
                    continue
            key = key_node.value
            if key == "<<" and not key_node.style:
                told = "merge keys (`<<`) are not used in scenarios"
                self.fault("S013", told, where, path, "use `extends:`, or write it out")
                for one in value_node.value if isinstance(value_node, SequenceNode) else [value_node]:
                    under = merged(self.node(one, path, above), under)
                continue
            self.tagged(key_node, where, path)
            self.spelled(key, where, path)
            value = self.node(value_node, (*path, key), above)
            if key in made.value:
                told = f'the key "{key}" stands twice in this map, first in line {made.keys[key].line}'
                self.fault("S010", told, where, (*path, key), "drop one of the two")
                made.value[key] = merged(value, made.value[key])
                continue
            made.keys[key], made.value[key] = where, value
        return merged(under, made)

    def scalar(self, node: ScalarNode) -> Any:
        """The value of a scalar: quoted or block text is text, plain text by the core schema of YAML 1.2."""
        if node.style == ">":  # the reader marks the places where it folded lines
            return str(node.value).replace("\a", "")
        return str(node.value) if node.style else scalar(str(node.value))


def scalar(text: str) -> Any:
    """What plain text means in the core schema of YAML 1.2. Dates stay text: `quantity` reads them."""
    if text in _SPECIAL:
        return _SPECIAL[text]
    if _INT.fullmatch(text):
        return int(text) if len(text) < 400 else float("inf")
    return float(text) if _FLOAT.fullmatch(text) else text
