"""How to get the same tables again, and how to cite them."""

from __future__ import annotations

from typing import Any

from gigacampus.report.html import Html, tag
from gigacampus.report.listing import n, table
from gigacampus.report.section import Section, behind
from gigacampus.report.view import View
from gigacampus.results import manifest

SCENARIO_ID = "scenario-yaml"


def section(view: View) -> Section:
    """Command, versions, hashes, the scenario itself, BibTeX."""
    stored = manifest(view.results)
    parts: list[Any] = [
        tag("pre", tag("code", commands(stored))),
        _versions(stored),
        behind(
            "The scenario as resolved (scenario.yaml)",
            tag(
                "pre",
                view.results.scenario,
                id=SCENARIO_ID,
                class_="long",
                tabindex=0,
                role="region",
                aria_label="The scenario",
            ),
            is_printed=False,
        ),
        behind("Hashes of the tables", _hashes(stored)),
        tag("div", tag("h3", "Cite"), tag("pre", tag("code", bibtex(view, stored)))),
    ]
    answer = "The resolved scenario and the seed give the same tables again, to the bit, with the versions named here."
    return Section("reproduce", "Reproduce and cite", "How do I get the same numbers?", answer, parts, nav="Cite")


def commands(stored: dict[str, Any]) -> str:
    """What was called, and what to call to get the same again."""
    called = f"{stored['command']}\n" if stored.get("command") else ""
    return f"{called}gigacampus run RUN/scenario.yaml --seed {stored.get('seed')}   # the same table hashes"


def _versions(stored: dict[str, Any]) -> Html:
    packages = ", ".join(f"{name} {version}" for name, version in stored.get("packages", {}).items())
    text = f"gigacampus {stored.get('gigacampus')}, Python {stored.get('python')}, {packages}. "
    return tag(
        "p", text, "Scenario SHA-256 ", tag("code", stored.get("scenario_sha256", "")), ".", class_="note hashes"
    )


def _hashes(stored: dict[str, Any]) -> Any:
    rows = [[name, f"{one['rows']:,}", tag("code", one["sha256"])] for name, one in stored.get("tables", {}).items()]
    return table(
        "SHA-256 of each table's columns", ["table", n("rows", "", "Rows of the Parquet file"), "SHA-256"], rows
    )


def bibtex(view: View, stored: dict[str, Any]) -> str:
    """A BibTeX entry; braces and backslashes of the title are taken out, they would break it."""
    title = "".join(" " if sign in "{}\\" else sign for sign in str(view.meta["title"]))
    key = f"gigacampus_{stored.get('scenario_sha256', '')[:8]}"
    note = (
        f"gigacampus {stored.get('gigacampus')}, seed {stored.get('seed')}, known as of {view.meta['known_as_of']}, "
        f"scenario SHA-256 {stored.get('scenario_sha256', '')[:16]}"
    )
    return (
        f"@misc{{{key},\n  title = {{{title}: a gigacampus run}},\n  author = {{{{The gigacampus authors}}}},\n"
        f"  year = {{{view.meta['known_as_of'][:4]}}},\n  note = {{{note}}}\n}}"
    )
