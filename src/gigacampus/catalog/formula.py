"""The formulas of derived facts, worked out again from the rows that they name.

`derived: [stargate.rack_power] / [stargate.gpus_per_rack]`: brackets hold a fact, `chip:GB300:tpp_max` or `rule:KEY`;
numbers, + - * / and brackets stand as usual, `months(a, b)` counts months between two dates, `x to y` is a range.
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from datetime import date

from gigacampus.catalog.lookup import look_up
from gigacampus.catalog.records import Fact, number

MARK = "derived: "
_NAME = re.compile(r"\[([^\[\]]+)\]")
_BINARY: dict[type[ast.operator], Callable[[float, float], float]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip
_DAYS_PER_MONTH = 365.25 / 12.0


def is_derived(fact: Fact) -> bool:
    """Whether a fact carries a formula."""
    return fact.source.startswith(MARK)


def names_in(fact: Fact) -> list[str]:
    """What a derived fact's formula names."""
    return _NAME.findall(fact.source)


def derive(fact: Fact) -> tuple[float, float]:
    """A derived fact's value from its formula, as low and high (equal where it is no range).

    Raises ValueError where the fact has no formula or the formula is none.
    """
    if not is_derived(fact):
        raise ValueError(f"{fact.id} is not derived: {fact.source}")
    ends = [_value(part) for part in fact.source.removeprefix(MARK).split(" to ")]
    return ends[0], ends[-1]


def _value(text: str) -> float:
    found: list[str] = []

    def named(match: re.Match[str]) -> str:
        found.append(match[1])
        return f"_{len(found) - 1}"

    tree = ast.parse(_NAME.sub(named, text).strip(), mode="eval")
    return _node(tree.body, found)


def _node(node: ast.expr, names: list[str]) -> float:
    if isinstance(node, ast.Constant) and isinstance(node.value, (int, float)):
        return float(node.value)
    if isinstance(node, ast.Name) and node.id.startswith("_"):
        return number(_text(names[int(node.id[1:])]))
    if isinstance(node, ast.BinOp) and type(node.op) in _BINARY:
        return _BINARY[type(node.op)](_node(node.left, names), _node(node.right, names))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "months":
        first, last = (_day(_text(names[int(one.id[1:])])) for one in node.args if isinstance(one, ast.Name))
        return (last - first).days / _DAYS_PER_MONTH
    raise ValueError(f"no formula: {ast.unparse(node)}")


def _text(name: str) -> str:
    """What a bracket stands for, as text."""
    if name.startswith("chip:"):
        _, chip, key = name.split(":")
        return repr(look_up("chip", chip).all_of(key)[0].value)
    if name.startswith("rule:"):
        return look_up("rule", name.removeprefix("rule:")).value
    return look_up("fact", name).value


def _day(text: str) -> date:
    """A date, or the middle of a month."""
    year, month, *day = (int(part) for part in text.split("-"))
    return date(year, month, day[0] if day else 15)
