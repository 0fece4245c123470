"""The schema: every key has a sentence, every number a bound, and the JSON Schema agrees with the reader."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, get_origin

import pytest
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from gigacampus.catalog import names_of
from gigacampus.scenario import schema, walk
from gigacampus.scenario.codes import CODES
from gigacampus.scenario.crossrefs import NAMES, PARTIES
from gigacampus.scenario.load import load
from gigacampus.scenario.matching import matching
from gigacampus.scenario.model import Scenario
from gigacampus.scenario.quantity import Quantity, When

SRC = Path(__file__).parents[2] / "src" / "gigacampus"
EVERY = {".".join(path): spot for path, spot in walk.every(Scenario)}


def test_the_walk_reaches_every_section() -> None:
    for path in ("deal.quotas.*.cap", "campus.halls.*.power", "tenants.*.tenancies.*.share", "site.sources.*.price"):
        assert path in EVERY
    assert "variants.*.operations.*.by" in EVERY


def test_every_key_has_a_sentence() -> None:
    told = {path: (spot.field.description or "").strip() for path, spot in EVERY.items() if spot.field}
    assert [path for path, text in told.items() if not text] == []
    assert [path for path, text in told.items() if text[-1] not in ".`:?"] == []


def unbounded(path: str, spot: walk.Spot) -> list[str]:
    found = []
    for one in walk.alternatives(spot):
        kind = get_origin(one.type) or one.type
        if not isinstance(kind, type) or issubclass(kind, (str, bool, BaseModel, When)):
            continue
        if issubclass(kind, (dict, list, tuple)):
            inner = walk.step(one, "0")
            found += unbounded(f"{path}.*", inner) if inner else []
        elif issubclass(kind, Quantity):
            found += [] if "x-maximum" in one.schema else [path]
        elif issubclass(kind, (int, float)):
            limits = [getattr(note, "le", getattr(note, "lt", None)) for note in one.metadata]
            found += [] if any(limit is not None for limit in limits) else [path]
    return found


def test_every_number_has_an_upper_bound() -> None:
    assert [one for path, spot in EVERY.items() for one in unbounded(path, spot)] == []


def test_a_number_without_a_bound_would_be_found() -> None:
    class Loose(BaseModel):
        count: int
        counts: dict[str, float | None]

    loose = dict(walk.every(Loose))
    assert [unbounded(path[0], spot) for path, spot in loose.items()] == [["count"], ["counts.*"]]


RATINGS = ("site.sources.*.solar.peak", "site.sources.*.battery.power")
"""Ratings of plant outside the chain from the grid to the chip, to which the four bases do not apply."""


def test_every_power_names_its_basis_in_its_key_or_its_value() -> None:
    def bases(path: str, schema: dict[str, Any]) -> bool:
        words = path.split(".")[-1].split("_")
        return "x-basis" in schema or any(one in words for one in ("it", "chip", "facility", "poi"))

    powers = {path: one.schema for path, spot in EVERY.items() for one in walk.alternatives(spot) if one.unit == "W"}
    assert len(powers) > 5
    assert sorted(path for path, schema in powers.items() if not bases(path, schema)) == sorted(RATINGS)


def test_every_example_can_be_read_and_every_bound_holds() -> None:
    for path, spot in EVERY.items():
        for one in walk.alternatives(spot):
            if one.unit:
                kind = TypeAdapter(Annotated[one.type, *one.metadata], config=ConfigDict(arbitrary_types_allowed=True))
                assert kind.validate_python(one.schema["x-example"]) is not None, path
            if "x-maximum" in one.schema:
                with pytest.raises(ValidationError):
                    kind.validate_python(f"{2.0 * one.schema['x-maximum'] + 1.0!r} {one.unit} it")


def described(node: Any, path: str = "") -> list[str]:
    """Paths of the JSON Schema's properties that lack a description."""
    found = []
    if isinstance(node, dict):
        for name, one in node.get("properties", {}).items():
            if "description" not in one and "$ref" not in one:
                found.append(f"{path}.{name}")
        for key, one in node.items():
            found += described(one, f"{path}.{key}")
    elif isinstance(node, list):
        for one in node:
            found += described(one, path)
    return found


def test_json_schema_describes_everything_and_wears_no_made_up_titles() -> None:
    made = schema()
    assert described(made) == []
    titles = re.findall(r'"title": "([^"]*)"', json.dumps(made))
    assert titles == ["gigacampus scenario"]
    assert made["properties"]["extends"]["description"]


def test_references_stand_in_the_schema() -> None:
    patterns = [one.removesuffix(".KEYS") for one in (*PARTIES, *NAMES, *NAMES.values())]
    assert [one for one in patterns if walk.at(Scenario, tuple(one.split("."))) is None] == []


def test_every_key_that_names_a_party_is_checked() -> None:
    listed = {one.removesuffix(".KEYS") for one in PARTIES}
    for path, spot in EVERY.items():
        text = (spot.field.description or "") if spot.field else ""
        is_text = any(one.type is str and not one.choices for one in walk.alternatives(spot))
        if is_text and text.startswith("Party") and not path.startswith("variants"):
            assert path in listed, f"{path} names a party; add it to crossrefs.PARTIES"


def test_matching_walks_patterns() -> None:
    found = dict(matching(load("one-hall"), ("tenants", "*", "tenancies", "*", "share")))
    assert {path: float(value) for path, value in found.items()} == {
        "tenants.lab.tenancies.0.share": 0.7,
        "tenants.cloud.tenancies.0.share": 0.3,
    }


def test_every_code_in_the_source_is_documented() -> None:
    used = {code for path in SRC.rglob("*.py") for code in re.findall(r'"([A-Z]\d{3})"', path.read_text("utf-8"))}
    assert sorted(used - set(names_of("chip")) - set(CODES)) == []
    assert sorted(code for code in CODES if code.startswith("S") and code not in used) == []
    assert all(text.endswith((".", "?")) for text in CODES.values())
