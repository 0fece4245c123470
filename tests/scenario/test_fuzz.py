"""Whatever stands in a file, loading it gives a scenario or faults, never another exception."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from gigacampus.errors import Fault, InputError
from gigacampus.scenario import extend, load
from gigacampus.scenario.nodes import Node, made

TEXT = extend.built_in()["one-hall"].read_text(encoding="utf-8")
ROOT = extend.read("one-hall").root
FUZZ = settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))


def paths(node: Node, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    below = [one for key, child in node.children() for one in paths(child, (*path, key))]
    return [path, *below] if path else below


PATHS = paths(ROOT)
junk = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12),
    st.sampled_from(["4 MW", "7 MW IT", "2026-02-30", "9 to 1", "1e999 s"]),
    st.sampled_from(["2026", "{p10: 1}", "-1 %", "9999-12-31", "*"]),
    st.lists(st.integers(), max_size=2), st.dictionaries(st.text(max_size=4), st.integers(), max_size=2),
    st.fixed_dictionaries({"value": st.one_of(st.none(), st.text(max_size=5), st.integers())}),
    st.fixed_dictionaries({"p10": st.text(max_size=5), "p90": st.integers()}),
)  # fmt: skip


def answer(*arguments: Any, **options: Any) -> None:
    """Load, and demand of what is refused that it says why."""
    refused: list[Fault] = []
    try:
        load(*arguments, **options)
    except InputError as error:
        refused = error.faults or [Fault("", str(error))]
    assert all(one.code and one.message and one.render() for one in refused)


def loads(path: Path) -> None:
    answer(path)
    answer(path, ["late-power", "half-quota"])


@FUZZ
@given(
    st.integers(0, len(TEXT)), st.integers(0, 12), st.text(st.sampled_from("{}[]:,-#&*!|>'\"%@` \n\tab1.~"), max_size=6)
)
def test_damaged_text(tmp_path: Path, at: int, cut: int, put: str) -> None:
    path = tmp_path / "s.yaml"
    path.write_text(TEXT[:at] + put + TEXT[at + cut :], encoding="utf-8")
    loads(path)


@FUZZ
@given(st.binary(max_size=60), st.integers(0, len(TEXT)))
def test_any_bytes(tmp_path: Path, data: bytes, at: int) -> None:
    path = tmp_path / "s.yaml"
    path.write_bytes(TEXT.encode()[:at] + data)
    loads(path)


@FUZZ
@given(st.lists(st.tuples(st.sampled_from(PATHS), junk), min_size=1, max_size=3))
def test_any_value_anywhere(tmp_path: Path, changes: list[tuple[tuple[str, ...], Any]]) -> None:
    root = ROOT.copy()
    for path, value in changes:
        node: Node | None = root
        for key in path[:-1]:
            node = node.child(key) if node else None
        if node is not None and isinstance(node.value, dict):
            node.value[path[-1]] = made(value, node.mark)
        elif node is not None and isinstance(node.value, list) and int(path[-1]) < len(node.value):
            node.value[int(path[-1])] = made(value, node.mark)
    file = tmp_path / "s.yaml"
    with file.open("w", encoding="utf-8") as out:
        YAML().dump(root.plain(), out)
    loads(file)


@FUZZ
@given(st.sampled_from(PATHS), st.text(max_size=10), junk)
def test_any_override(path: tuple[str, ...], tail: str, value: Any) -> None:
    answer("one-hall", overrides=[f"{'.'.join(path)}{tail}={value}"])
