"""`docs/article.md`: every claim of the article stands there, with facts and places that exist."""

from __future__ import annotations

import re
from pathlib import Path

from gigacampus import catalog
from gigacampus.scenario import load
from gigacampus.scenario.draws import look_up

PAGE = Path(__file__).parents[2] / "docs" / "article.md"
NAMED = re.compile(r"`([^`]+)`")


def claims() -> dict[str, list[str]]:
    """The cells of each claim's row, by its fact."""
    rows = [
        line.strip("| \n").split(" | ")
        for line in PAGE.read_text(encoding="utf-8").splitlines()
        if line.startswith("| `article.")
    ]
    return {row[0].strip("`"): row for row in rows}


def test_every_claim_of_the_article_has_its_row() -> None:
    wanted = [name for name in catalog.facts() if name.startswith("article.")]
    assert list(claims()) == wanted
    assert all(len(row) == 4 and all(cell.strip() for cell in row) for row in claims().values())


def test_evidence_names_facts_that_there_are() -> None:
    for row in claims().values():
        facts = NAMED.findall(row[2])
        assert facts
        assert set(facts) <= set(catalog.facts())


def test_places_lead_into_the_scenario_or_to_a_variant() -> None:
    scenario = load("stargate-uae")
    for fact, row in claims().items():
        places = NAMED.findall(row[3])
        assert places or "not modelled" in row[3], fact
        for place in places:
            if place == "alleged":
                continue
            if "." in place or place in type(scenario).model_fields:
                look_up(scenario, place)
            else:
                assert place in scenario.variants, place


def test_variants_named_for_a_claim_are_off_and_say_what_they_are() -> None:
    scenario = load("stargate-uae")
    assert scenario.applied == []
    for name, variant in scenario.variants.items():
        if name.startswith(("as-the-article", "approval-needs-xai")):
            assert variant.status == "alleged"
            assert variant.source
