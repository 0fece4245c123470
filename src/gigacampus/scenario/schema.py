"""The JSON Schema of a scenario file, for editors and the reference."""

from __future__ import annotations

from typing import Any

from gigacampus import units
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.sourced import sourced_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EXTENDS = {
    "type": "string",
    "description": "Another file (relative to this one) or a built-in scenario that this one builds on: "
    "maps merge, lists and values replace.",
}
SOURCED = {"description": "A value with its source, or a range by its percentiles.", **sourced_schema()}


def schema() -> dict[str, Any]:
    """The schema of what may stand in a scenario file; every key has a description."""
    made = _tidy(Scenario.model_json_schema(mode="validation"))
    sections = {**made.pop("$defs"), "Sourced": SOURCED}
    required = made.pop("required", [])
    return {
        "$schema": DIALECT,
        "title": "gigacampus scenario",
        **made,
        "properties": {"extends": EXTENDS, **made["properties"]},
        # a file that extends another need not repeat its keys
        "if": {"not": {"required": ["extends"]}},
        "then": {"required": required},
        "$defs": sections,
    }


def _tidy(node: Any) -> Any:
    """Without made-up titles; sourced values by reference; bounds told in the sentence that editors show."""
    if isinstance(node, list):
        return [_tidy(one) for one in node]
    if not isinstance(node, dict):
        return node
    if node == sourced_schema():
        return {"$ref": "#/$defs/Sourced"}
    kept = {key: _tidy(one) for key, one in node.items() if not (key == "title" and isinstance(one, str))}
    if "x-maximum" in kept and "description" in kept:
        kept["description"] = f"{kept['description']} {bounds(kept)}"
    return kept


def bounds(spot: dict[str, Any]) -> str:
    """The sentence of a quantity's unit and bounds, such as `E.g. 200 MW IT; 0 W to 1,000 GW.`"""
    unit = str(spot["x-unit"])
    most = units.human(spot["x-maximum"], unit)
    least = f"{units.human(spot['x-minimum'], unit)} to " if "x-minimum" in spot else "at most "
    return f"E.g. {spot['x-example']}; {least}{most}."
