"""Editors check a scenario by the JSON Schema: it accepts what the reader accepts, and catches common slips."""

from __future__ import annotations

from typing import Any

import pytest
from jsonschema import Draft202012Validator

from gigacampus.scenario import extend, load, resolved, schema
from gigacampus.scenario.read import nodes_of

SCHEMA = schema()
VALIDATOR = Draft202012Validator(SCHEMA)


def errors(document: Any) -> list[str]:
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message[:200]}" for one in VALIDATOR.iter_errors(document)]


def test_it_is_a_schema() -> None:
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", extend.built_in())
def test_built_in_scenarios_pass(name: str) -> None:
    assert errors(extend.read(name).root.plain()) == []
    assert errors(nodes_of(resolved(load(name)), name).plain()) == []


def test_a_file_that_extends_need_not_repeat_keys() -> None:
    assert errors({"extends": "one-hall"}) == []
    assert errors({"title": "x"}) != []


@pytest.mark.parametrize(
    "slip",
    [
        {"titel": "x"},
        {"campus": {"install_rate": 4}},
        {"operations": {"policy": "esay"}},
        {"seed": -1},
        {"campus": {"install_rate": {"value": "4 racks/day", "sorce": "x"}}},
        {"site": {"cooling": {"liquid_share": 7}}},
        {"variants": {"x": {"title": "x", "operations": [{"set": "a"}]}}},
    ],
)
def test_it_catches_slips(slip: dict[str, Any]) -> None:
    assert errors({"extends": "one-hall", **slip}) != []
